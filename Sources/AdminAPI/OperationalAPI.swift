internal import HTTP1
internal import JSON
internal import Metrics

/// What probes and scrapers ask, without a key: liveness, readiness, metrics, the description of the API.
enum OperationalAPI {
    static func routes(_ services: AdminServices) -> [Route] {
        // The same bytes each time: a load balancer asks often.
        let alive = JSON(["status": "ok"]).bytes
        let description = services.openAPI
        return [
            Route(.get, "/healthz") { _ in Response(.ok, contentType: "application/json", .bytes(alive)) },
            Route(.get, "/readyz") { request in
                let reasons = await services.unreadiness()
                if reasons.isEmpty { return .json(["status": "ready"]) }
                var problem = Problem("not-ready", .serviceUnavailable, detail: reasons.joined(separator: "; ") + ".")
                problem.members["reasons"] = JSON(reasons.map { JSON($0) })
                return request.problem(problem)
            },
            Route(.get, "/metrics") { _ in
                Response(.ok, contentType: "text/plain; version=0.0.4", .bytes(Array(services.metrics.text().utf8)))
            },
            Route(.get, "/openapi.yaml") { _ in Response(.ok, contentType: "application/yaml", .bytes(description)) },
        ]
    }
}
