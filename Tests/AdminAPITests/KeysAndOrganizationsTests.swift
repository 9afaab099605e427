import Domain
import JSON
import Store
import Testing

@testable import HTTP1

@Suite struct KeysAndOrganizationsTests {
    @Test func aKeyIsShownOnceAndWorksUntilRevoked() async throws {
        try await APIFixture.run { f in
            let made = await f.post("/v1/api-keys", ["name": "Upload station", "role": "viewer"])
            #expect(made.status == 201 && made.fields["cache-control"] == "no-store")
            let key = try #require(made.json["key"]?.string)
            let id = try #require(made.json["id"]?.string)
            #expect(key.hasPrefix("cw_") && made.fields["location"] == "/v1/api-keys/\(id)")
            #expect(await f.get("/v1/archives", as: .key(key)).status == 200)
            let read = await f.get("/v1/api-keys/\(id)")
            let list = await f.get("/v1/api-keys")
            #expect(read.status == 200 && read.json["key"] == nil && !list.text.contains(key.suffix(20)))
            #expect(read.json["lastUsedAt"]?.string != nil && list.ids.contains(id))
            #expect(await f.call(.delete, "/v1/api-keys/\(id)").status == 204)
            #expect(await f.get("/v1/archives", as: .key(key)).status == 401, "at once")
            #expect(await f.get("/v1/api-keys/\(id)").json["revokedAt"]?.string != nil)
            #expect(await f.call(.delete, "/v1/api-keys/\(APIFixture.newId())").status == 404)
        }
    }

    @Test func wrongKeysAreRefusedWithAllThatIsWrong() async throws {
        try await APIFixture.run { f in
            let answer = await f.post("/v1/api-keys", ["role": "king", "expiresAt": "soon", "color": "red"])
            #expect(answer.status == 422)
            #expect(Set(answer.wrongFields) == ["/name", "/role", "/expiresAt", "/color"])
            let past = await f.post(
                "/v1/api-keys", ["name": "k", "role": "admin", "expiresAt": "2020-01-01T00:00:00Z"])
            #expect(past.status == 422 && past.wrongFields == ["/expiresAt"])
        }
    }

    @Test func theAnswerToARepeatedRequestForAKeyIsWhereItIs() async throws {
        try await APIFixture.run { f in
            let headers: HeaderFields = ["idempotency-key": "k1"]
            let first = await f.post("/v1/api-keys", ["name": "k", "role": "viewer"], headers)
            let second = await f.post("/v1/api-keys", ["name": "k", "role": "viewer"], headers)
            #expect(first.status == 201 && second.status == 409 && second.problem == "secret-shown-before")
            #expect(second.fields["location"] == first.fields["location"] && second.json["key"] == nil)
            #expect(second.fields["idempotency-replayed"] == "true")
            #expect(await f.get("/v1/api-keys").ids.count == 5, "four of the fixture and one")
        }
    }

    @Test func organizationsAreMadeChangedAndDeletedByThePlatform() async throws {
        try await APIFixture.run { f in
            let made = await f.post("/v1/organizations", ["name": "Eastside"], as: .platform)
            let id = try #require(made.json["id"]?.string)
            #expect(made.status == 201 && made.fields["etag"] == "\"v1\"")
            #expect(await f.post("/v1/organizations", ["name": "Eastside"], as: .platform).status == 409)
            #expect(await f.post("/v1/organizations", ["nam": " "], as: .platform).status == 422)
            let path = "/v1/organizations/\(id)"
            let changed = await f.call(.patch, path, ["name": "Westside"], as: .platform, ["if-match": "\"v1\""])
            #expect(changed.status == 200 && changed.json["name"] == "Westside")
            let stale = await f.call(.patch, path, ["name": "X"], as: .platform, ["if-match": "\"v1\""])
            #expect(stale.status == 412 && stale.problem == "version-mismatch")
            #expect(await f.get("/v1/organizations", as: .platform).ids.contains(id))
            #expect(await f.get(path, as: .platform, ["if-none-match": "\"v2\""]).status == 304)
            #expect(await f.call(.delete, path, as: .platform, ["if-match": "\"v1\""]).status == 412)
            #expect(await f.call(.delete, path, as: .platform).status == 204)
            #expect(await f.get(path, as: .platform).status == 404)
        }
    }

    @Test func anOrganizationWithStudiesStays() async throws {
        try await APIFixture.run { f in
            _ = try await f.study(in: try await f.archive())
            let answer = await f.call(.delete, "/v1/organizations/\(f.organization.id)", as: .platform)
            #expect(answer.status == 409 && answer.problem == "in-use")
        }
    }

    @Test func whatHappensToAnOrganizationIsInItsOwnTrail() async throws {
        try await APIFixture.run { f in
            let path = "/v1/organizations/\(f.organization.id)"
            _ = await f.call(.patch, path, ["name": "Renamed"], as: .platform)
            let events = await f.get("/v1/audit-events?action=organization.update")
            #expect(events.ids.count == 1 && events.json["items"]?[0]?["objectId"] == JSON(f.organization.id))
        }
    }
}
