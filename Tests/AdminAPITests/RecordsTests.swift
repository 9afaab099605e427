import Domain
import JSON
import Reactor
import Store
import Testing

@testable import HTTP1

/// Webhooks and the audit trail.
@Suite struct RecordsTests {
    private let hook: JSON = ["url": "https://203.0.113.9/hooks?x=1", "events": ["delivery.failed"]]

    @Test func theSecretOfAWebhookIsShownOnce() async throws {
        try await APIFixture.run { f in
            let made = await f.post("/v1/webhooks", hook)
            #expect(made.status == 201 && made.fields["cache-control"] == "no-store" && made.fields["etag"] == "\"v1\"")
            let secret = try #require(made.json["secret"]?.string)
            #expect(secret.hasPrefix("whsec_") && secret.count > 60)
            let path = try #require(made.fields["location"])
            let read = await f.get(path)
            #expect(read.status == 200 && read.json["secret"] == nil && read.json["state"] == "active")
            let changed = await f.call(.patch, path, ["state": "paused"])
            #expect(changed.json["state"] == "paused" && changed.json["secret"] == nil)
            #expect(!(await f.get("/v1/webhooks")).text.contains("whsec_"))
            #expect(await f.call(.delete, path).status == 204)
            #expect(await f.get(path).status == 404)
        }
    }

    @Test func aRepeatedRequestForASecretIsAConflict() async throws {
        try await APIFixture.run { f in
            let headers: HeaderFields = ["idempotency-key": "h"]
            #expect(await f.post("/v1/webhooks", hook, headers).status == 201)
            let again = await f.post("/v1/webhooks", hook, headers)
            #expect(again.status == 409 && !again.text.contains("whsec_"))
            #expect(await f.get("/v1/webhooks").ids.count == 1)
        }
    }

    @Test func addressesThatMayNotBeCalledAreRefused() async throws {
        try await APIFixture.run(policy: .publicOnly) { f in
            let cases: [String] = [
                "http://203.0.114.9/", "http://example.com/", "https://10.0.0.1/", "https://[::1]/x",
                "https://user@203.0.113.9/", "https://", "ftp://203.0.113.9/", "https://a b/", "x",
                "https://169.254.169.254/latest/meta-data", "https://localhost:8080/", "https://[fd00::1]:443/",
                "http://localhost/",
            ]
            for url in cases {
                let answer = await f.post("/v1/webhooks", ["url": .string(url), "events": ["test"]])
                #expect(answer.status == 422 && answer.wrongFields == ["/url"], "\(answer.text)")
            }
        }
    }

    @Test func plainHTTPIsForAddressesThatTheOperatorExempted() async throws {
        try await APIFixture.run { f in
            let made = await f.post("/v1/webhooks", ["url": "http://127.0.0.1:9999/", "events": ["test"]])
            #expect(made.status == 201)
            let path = try #require(made.fields["location"])
            #expect(await f.call(.patch, path, ["url": "http://8.8.8.8/"]).wrongFields == ["/url"])
            #expect(await f.call(.patch, path, ["url": "https://203.0.113.1/"]).status == 200)
        }
    }

    @Test func everythingWrongIsNamedAtOnce() async throws {
        try await APIFixture.run { f in
            let answer = await f.post("/v1/webhooks", ["events": ["x"], "state": "on", "secret": "mine"])
            #expect(Set(answer.wrongFields) == ["/url", "/events/0", "/state", "/secret"])
            #expect(
                await f.post("/v1/webhooks", ["url": "https://203.0.113.9/", "events": []]).wrongFields == ["/events"])
        }
    }

    @Test func aTestEventIsQueued() async throws {
        try await APIFixture.run { f in
            let id = try await f.made("/v1/webhooks", hook)
            let answer = await f.post("/v1/webhooks/\(id)/test")
            #expect(answer.status == 202)
            let events = try await f.store.claimWebhookEvents(limit: 10)
            #expect(events.map { "\($0.id)" } == [answer.json["eventId"]?.string])
            #expect(await f.post("/v1/webhooks/\(APIFixture.newId())/test").status == 404)
        }
    }

    // MARK: Audit

    @Test func changesAreWrittenDown() async throws {
        try await APIFixture.run { f in
            let connection = try await f.connection()
            let integration = try await f.integration(over: connection)
            _ = await f.call(.patch, "/v1/integrations/\(integration)", ["port": 105])
            _ = await f.post("/v1/integrations/\(integration)/pause", as: .role(.operator))
            _ = await f.call(.delete, "/v1/connections/\(connection)")
            _ = await f.get("/v1/connections")
            let events = await f.get("/v1/audit-events").json["items"]?.array ?? []
            let told = events.map { "\($0["action"]?.string ?? "") \($0["outcome"]?.string ?? "")" }
            #expect(
                Set(told) == [
                    "connection.create success", "integration.create success", "integration.update success",
                    "integration.pause success", "connection.delete failure",
                ])
            let keyIds = Set(events.compactMap { $0["actor"]?.string })
            #expect(keyIds.count == 2 && f.keys.values.allSatisfy { !keyIds.contains($0) }, "the id, not the key")
            let update = events.first { $0["action"] == "integration.update" }
            #expect(update?["objectKind"] == "integration" && update?["objectId"] == .string(integration))
            let failure = events.first { $0["outcome"] == "failure" }
            #expect(failure?["detail"] == ["problem": "in-use", "requestId": "test-request"])
        }
    }

    @Test func theTrailIsFiltered() async throws {
        try await APIFixture.run { f in
            let archive = try await f.archive()
            _ = try await f.archive("Other")
            _ = await f.call(.patch, "/v1/archives/\(archive)", ["name": "B"])
            #expect(await f.get("/v1/audit-events?object=\(archive)").ids.count == 2)
            #expect(await f.get("/v1/audit-events?action=archive.create").ids.count == 2)
            #expect(await f.get("/v1/audit-events?since=2100-01-01T00:00:00Z").ids.isEmpty)
            #expect(await f.get("/v1/audit-events?object=x&since=y").wrongFields == ["?object", "?since"])
            #expect(await f.get("/v1/audit-events?limit=1").json["nextCursor"]?.string != nil)
            #expect(try await f.neighbor().get("/v1/audit-events").ids.isEmpty)
        }
    }

    @Test func noSecretIsInTheTrail() async throws {
        try await APIFixture.run { f in
            let key = await f.post("/v1/api-keys", ["name": "k", "role": "viewer"]).json["key"]?.string ?? ""
            let secret = await f.post("/v1/webhooks", hook).json["secret"]?.string ?? ""
            let trail = await f.get("/v1/audit-events").text
            #expect(!trail.contains(key) && !trail.contains(secret) && !key.isEmpty && !secret.isEmpty)
        }
    }
}
