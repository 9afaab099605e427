/// One line of a route table: what answers `method` on addresses of the form `pattern`.
package struct Route: Sendable {
    package typealias Handler = @Sendable (Request) async -> Response

    package let method: HTTPMethod
    /// Segments between slashes; `{name}` stands for any one segment that is not empty: "/v1/connections/{id}".
    package let pattern: String
    /// Bodies above it are refused with 413.
    package let bodyByteCountMax: Int
    package let handler: Handler

    package init(
        _ method: HTTPMethod, _ pattern: String, bodyByteCountMax: Int = 1024 * 1024, _ handler: @escaping Handler
    ) {
        self.method = method
        self.pattern = pattern
        self.bodyByteCountMax = bodyByteCountMax
        self.handler = handler
    }
}

/// Finds the route of a request; answers 404, 405 and OPTIONS itself. HEAD goes to the route of GET.
package struct Router: Sendable {
    /// In the order of the table.
    package let routes: [Route]
    private let tree: RouteTree

    package init(_ routes: [Route]) {
        self.routes = routes
        tree = RouteTree(routes)
    }

    package func respond(to request: Request) async -> Response {
        var request = request
        guard let match = tree.find(request.head.target.segments) else {
            return request.method == .options && request.path == "*" ? Response(.noContent) : request.problem(.notFound)
        }
        let method = request.method
        guard
            let index = match.routes.first(where: { routes[$0].method == method })
                ?? (method == .head ? match.routes.first { routes[$0].method == .get } : nil)
        else {
            return offer(match.routes, request)
        }
        let route = routes[index]
        request.captures = Captures(names: tree.captureNames[index], values: match.captures)
        request.body.byteCountMax = min(request.body.byteCountMax, route.bodyByteCountMax)
        var response: Response
        do throws(HTTPError) {
            try request.body.checkDeclared()
            response = await route.handler(request)
        } catch {
            response = request.problem(Problem(error))
        }
        response.route = route.pattern
        return response
    }

    /// The answer to OPTIONS, and to methods that the address does not offer.
    private func offer(_ offered: [Int], _ request: Request) -> Response {
        var methods = Set(offered.map { routes[$0].method })
        if methods.contains(.get) { methods.insert(.head) }
        methods.insert(.options)
        let allow = HTTPMethod.allCases.filter(methods.contains).map(\.rawValue).joined(separator: ", ")
        if request.method == .options {
            var response = Response(.noContent)
            response.fields.append("allow", allow)
            return response
        }
        return request.problem(
            Problem("method-not-allowed", .methodNotAllowed, detail: "This address offers \(allow).")
                .with(field: "allow", allow))
    }
}
