import JSON
import Testing

@testable import AdminAPI
@testable import HTTP1

/// openapi.yaml and the routes, both ways. That answers are as described is checked on each call of all other tests.
@Suite struct ContractTests {
    private let described = OpenAPIDescription.shared.operations

    private var routes: Set<String> {
        Set(AdminAPI.endpoints.map { "\($0.method.rawValue) \($0.pattern)" })
            .union(["GET /healthz", "GET /readyz", "GET /metrics", "GET /openapi.yaml"])
    }

    @Test func everyRouteIsDescribedAndEveryDescriptionIsARoute() {
        #expect(described.count > 50)
        #expect(Set(described.map(\.name)).subtracting(routes) == [], "described, not there")
        #expect(routes.subtracting(described.map(\.name)) == [], "there, not described")
    }

    @Test func theQueriesAreTheSame() throws {
        for endpoint in AdminAPI.endpoints {
            let name = "\(endpoint.method.rawValue) \(endpoint.pattern)"
            let operation = try #require(described.first { $0.name == name })
            #expect(endpoint.queryNames == operation.queryNames, "\(name)")
        }
    }

    @Test func theRolesAreTheSame() throws {
        for endpoint in AdminAPI.endpoints {
            let name = "\(endpoint.method.rawValue) \(endpoint.pattern)"
            let role =
                switch endpoint.permission {
                case .platform: "platform"
                case .read: "viewer"
                case .upload: "uploader"
                case .operate: "operator"
                case .configure: "admin"
                }
            let operation = try #require(described.first { $0.name == name })
            #expect(operation.json["x-role"]?.string == role, "\(name)")
        }
    }

    @Test func whatChangesSomethingIsAudited() {
        for endpoint in AdminAPI.endpoints where endpoint.method != .get {
            #expect(endpoint.action != nil, "\(endpoint.method.rawValue) \(endpoint.pattern)")
        }
        let gets = AdminAPI.endpoints.filter { $0.method == .get && $0.action != nil }.compactMap(\.action)
        #expect(Set(gets) == ["certificate.download", "kit.download"], "reading that gives a key away")
    }

    @Test func operationsHaveNamesOfTheirOwn() {
        let names = described.compactMap { $0.json["operationId"]?.string }
        #expect(names.count == described.count && Set(names).count == names.count)
    }
}
