import Domain
import JSON
import Security
import Store
import Testing

@testable import AdminAPI
@testable import HTTP1

/// Who may call what.
@Suite struct AccessTests {
    /// Written out, so that a slip in the code shows.
    private static let allowed: [APIKeyRole: Set<String>] = [
        .admin: ["read", "upload", "operate", "configure"],
        .operator: ["read", "upload", "operate"],
        .uploader: ["read", "upload"],
        .viewer: ["read"],
    ]

    private func path(_ endpoint: Endpoint, id: String = "\(APIFixture.newId())", cid: String? = nil) -> String {
        endpoint.pattern.replacing("{id}", with: id).replacing("{cid}", with: cid ?? id)
            .replacing("{product}", with: "stunnel").replacing("{studyUID}", with: "1.2.3")
    }

    @Test func eachRoleMayDoWhatItsClassAllows() async throws {
        try await APIFixture.run { f in
            for endpoint in AdminAPI.endpoints {
                for role in APIKeyRole.allCases {
                    let answer = await f.call(endpoint.method, path(endpoint), as: .role(role))
                    let isAllowed = Self.allowed[role]?.contains("\(endpoint.permission)") == true
                    #expect((answer.status != 403) == isAllowed, "\(role) \(endpoint.method) \(endpoint.pattern)")
                    if !isAllowed { #expect(answer.problem == "forbidden") }
                }
            }
        }
    }

    @Test func nothingAnswersWithoutAKey() async throws {
        try await APIFixture.run { f in
            for endpoint in AdminAPI.endpoints {
                let answer = await f.call(endpoint.method, path(endpoint), as: .nobody)
                #expect(answer.status == 401 && answer.problem == "unauthorized", "\(endpoint.pattern)")
                #expect(answer.fields["www-authenticate"]?.hasPrefix("Bearer") == true)
            }
        }
    }

    @Test func aKeyThatIsUnknownWrongExpiredOrRevokedSaysNothingMore() async throws {
        try await APIFixture.run { f in
            let unknown = APIKeyToken.generate()
            let wrong = APIKeyToken.generate()
            let other = APIKeyToken.generate()
            _ = try await f.scope.createAPIKey(
                APIKeySpec(name: "w", role: .admin), keyId: wrong.keyID, secretHash: other.secretHash)
            let expired = APIKeyToken.generate()
            let past = Timestamp(microseconds: 1_000_000)
            _ = try await f.scope.createAPIKey(
                APIKeySpec(name: "e", role: .admin, expiresAt: past), keyId: expired.keyID,
                secretHash: expired.secretHash)
            let revoked = APIKeyToken.generate()
            let key = try await f.scope.createAPIKey(
                APIKeySpec(name: "r", role: .admin), keyId: revoked.keyID, secretHash: revoked.secretHash)
            try await f.scope.revokeAPIKey(key.id)
            let answers = await [unknown, wrong, expired, revoked].asyncMap { token in
                await f.get("/v1/archives", as: .key(token.text))
            }
            #expect(answers.allSatisfy { $0.status == 401 })
            #expect(Set(answers.map(\.text)).count == 1, "the same words for each")
        }
    }

    @Test func malformedAuthorizationIs401() async throws {
        try await APIFixture.run { f in
            let cases: [String] = ["", "Bearer", "Basic Zm9v", "Bearer a b", "Bearer cw_short", "cw_x"]
            for text in cases {
                let answer = await f.get("/v1/archives", as: .nobody, ["authorization": text])
                #expect(answer.status == 401)
            }
        }
    }

    @Test func aTypingErrorInAKeyIsSeenWithoutALookUp() async throws {
        try await APIFixture.run { f in
            let key = try #require(f.keys[.admin])
            let typo = key.dropLast() + (key.hasSuffix("A") ? "B" : "A")
            #expect(
                await f.get("/v1/archives", as: .key(String(typo))).json["detail"]?.string?.contains("whole") == true)
        }
    }

    @Test func aPlatformKeyNamesTheOrganization() async throws {
        try await APIFixture.run { f in
            let none = await f.get("/v1/archives", as: .platform)
            #expect(none.status == 400 && none.problem == "organization-required")
            for name in ["Northside", "\(f.organization.id)"] {
                let answer = await f.get("/v1/archives", as: .platform, ["causeway-organization": name])
                #expect(answer.status == 200, "\(name)")
            }
            for name in ["Nobody", "\(APIFixture.newId())"] {
                let answer = await f.get("/v1/archives", as: .platform, ["causeway-organization": name])
                #expect(answer.status == 404, "\(name)")
            }
        }
    }

    @Test func anOrganizationsKeyStaysInItWhateverItNames() async throws {
        try await APIFixture.run { f in
            let other = try await f.neighbor()
            _ = try await other.archive("Theirs")
            let answer = await f.get("/v1/archives", as: .admin, ["causeway-organization": "Southside"])
            #expect(answer.status == 200 && answer.ids.isEmpty)
        }
    }

    /// Every address with an id, called with what belongs to another organization.
    @Test func whatBelongsToOthersIsNotThere() async throws {
        try await APIFixture.run { f in
            let other = try await f.neighbor()
            let connection = try await f.connection(tls: true)
            let integration = try await f.integration(over: connection)
            let archive = try await f.archive(to: [integration])
            let study = try await f.study(in: archive)
            let saved = await f.post("/v1/studies/\(study)/save")
            let certificates = await f.get("/v1/connections/\(connection)/certificates")
            let hook: JSON = ["url": "https://203.0.113.9/", "events": ["test"]]
            let key: JSON = ["name": "k", "role": "viewer"]
            let ids = [
                "connections": connection, "integrations": integration, "archives": archive, "studies": study,
                "deliveries": try #require(saved.json["deliveries"]?[0]?["id"]?.string),
                "webhooks": try await f.made("/v1/webhooks", hook), "api-keys": try await f.made("/v1/api-keys", key),
            ]
            let bodies: [HTTPMethod: JSON] = [.patch: [:], .put: ["destinations": []], .post: ["source": "generate"]]
            for endpoint in AdminAPI.endpoints where endpoint.pattern.contains("{id}") {
                let kind = String(endpoint.pattern.split(separator: "/")[1])
                guard let id = ids[kind] else { continue }
                let needsSource = endpoint.pattern.hasSuffix("/certificates")
                let body = endpoint.method == .post && !needsSource ? nil : bodies[endpoint.method]
                let path = path(endpoint, id: id, cid: certificates.ids.first)
                let answer = await other.call(endpoint.method, path, body)
                #expect(answer.status == 404, "\(endpoint.method) \(endpoint.pattern): \(answer.text)")
            }
            #expect(await f.get("/v1/connections/\(connection)/certificates").json == certificates.json, "untouched")
            #expect(await f.get("/v1/studies/\(study)").json == saved.json)
            for list in ["connections", "integrations", "archives", "studies", "deliveries", "webhooks"] {
                #expect(await other.get("/v1/\(list)").ids.isEmpty)
            }
        }
    }

    @Test func refusalsAreAudited() async throws {
        try await APIFixture.run { f in
            _ = await f.get("/v1/webhooks", as: .role(.viewer))
            _ = await f.post("/v1/archives", ["name": "A"], as: .role(.viewer))
            let events = await f.get("/v1/audit-events").json["items"]?.array ?? []
            #expect(events.count == 2)
            #expect(events.allSatisfy { $0["outcome"] == "failure" && $0["detail"]?["problem"] == "forbidden" })
            #expect(Set(events.compactMap { $0["action"]?.string }) == ["read", "archive.create"])
        }
    }
}

extension Sequence {
    func asyncMap<T>(_ transform: (Element) async -> T) async -> [T] {
        var results: [T] = []
        for element in self { results.append(await transform(element)) }
        return results
    }
}
