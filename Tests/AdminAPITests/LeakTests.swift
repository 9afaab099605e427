import DatabaseSupport
import Domain
import JSON
import Postgres
import Reactor
import Testing

@testable import HTTP1

/// What clients and the log are told when something of ours breaks.
@Suite struct LeakTests {
    @Test func aDefectIsLoggedAndNotTold() async throws {
        try await APIFixture.run { f in
            try await f.database.pool.runScript("DROP TABLE webhook CASCADE", deadline: .after(.seconds(10)))
            let answer = await f.get("/v1/webhooks")
            #expect(answer.status == 500 && answer.problem == "internal")
            #expect(!answer.text.contains("webhook") && !answer.text.contains("relation"), "\(answer.text)")
            let line = f.log.lines.first { $0.contains("the store failed") } ?? ""
            #expect(line.contains("test-request") && line.contains("webhook"), "\(f.log.lines)")
        }
    }

    @Test func aDatabaseThatIsAwayIs503() async throws {
        try await APIFixture.run { f in
            await f.database.pool.close()
            let answer = await f.get("/v1/archives")
            #expect(answer.status == 503 && answer.problem == "unavailable" && answer.fields["retry-after"] == "2")
            #expect(!answer.text.contains("pool") && !answer.text.contains("socket"))
        }
    }

    @Test func noSecretIsInTheLogOrShownTwice() async throws {
        try await APIFixture.run { f in
            let passphrase = "correct horse battery"
            let made = await f.post("/v1/connections", ["name": "A", "host": "127.0.0.1"])
            let path = "/v1/connections/\(made.json["id"]?.string ?? "")"
            let cid = made.json["certificates"]?[0]?["id"]?.string ?? ""
            let address = "\(path)/certificates/\(cid)/download?format=pkcs12"
            #expect(await f.get(address, ["causeway-passphrase": passphrase]).status == 200)
            let key = await f.post("/v1/api-keys", ["name": "k", "role": "viewer"]).json["key"]?.string ?? ""
            try await f.database.pool.runScript("DROP TABLE audit_event CASCADE", deadline: .after(.seconds(10)))
            let hook = await f.post("/v1/webhooks", ["url": "https://203.0.113.9/", "events": ["test"]])
            #expect(hook.status == 201, "an audit trail that is away stops nothing")
            #expect(f.log.lines.contains { $0.contains("an audit event was not kept") })
            let log = f.log.lines.joined(separator: "\n")
            for secret in [passphrase, key, hook.json["secret"]?.string ?? "", f.keys[.admin] ?? "", f.platformKey] {
                #expect(!secret.isEmpty && !log.contains(secret))
            }
        }
    }
}
