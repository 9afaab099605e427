import Domain
import JSON
import Security
import Store
import Testing

@testable import HTTP1

/// Bodies, queries, pages, versions, repeated requests: the same for all resources.
@Suite struct RequestRulesTests {
    @Test func aBodyThatIsNoJSONIs400() async throws {
        try await APIFixture.run { f in
            let broken = await f.call(.post, "/v1/archives", bytes: Array("{\"name\" \"A\"}".utf8))
            #expect(broken.status == 400 && broken.problem == "malformed-json")
            #expect(await f.post("/v1/archives").problem == "body-required")
            let list = await f.post("/v1/archives", [1])
            #expect(list.status == 422)
            #expect(broken.json["requestId"] == "test-request")
        }
    }

    @Test func aLargeBodyIs413() async throws {
        try await APIFixture.run { f in
            let bytes = [UInt8](repeating: 32, count: 300 << 10)
            #expect(await f.call(.post, "/v1/archives", bytes: bytes).status == 413)
        }
    }

    @Test func unknownNamesInAQueryAreErrors() async throws {
        try await APIFixture.run { f in
            let answer = await f.get("/v1/studies?patent=P1&limit=5&color=red")
            #expect(answer.status == 422 && answer.wrongFields == ["?patent", "?color"])
            #expect(await f.get("/v1/archives?limit=1&limit=2").wrongFields == ["?limit"])
            #expect(await f.get("/v1/archives?limit=%zz").status == 400)
            #expect(await f.get("/v1/archives/\(APIFixture.newId())?fields=name").status == 422)
        }
    }

    @Test func aLimitOutOfRangeIs422() async throws {
        try await APIFixture.run { f in
            let cases: [String] = ["0", "201", "-1", "x", "", "1e2"]
            for limit in cases {
                #expect(await f.get("/v1/archives?limit=\(limit)").wrongFields == ["?limit"])
            }
        }
    }

    @Test func listsAreReadPageByPage() async throws {
        try await APIFixture.run { f in
            var made: [String] = []
            for i in 1...5 { made.append(try await f.archive("A\(i)")) }
            var found: [String] = []
            var cursor: String?
            var pages = 0
            repeat {
                let answer = await f.get("/v1/archives?limit=2" + (cursor.map { "&cursor=\($0)" } ?? ""))
                found += answer.ids
                cursor = answer.json["nextCursor"]?.string
                pages += 1
            } while cursor != nil && pages < 10
            #expect(found == made && pages == 3)
            #expect(await f.get("/v1/archives?limit=5").json["nextCursor"] == .null)
            let bad = await f.get("/v1/archives?cursor=nonsense")
            #expect(bad.status == 422 && bad.wrongFields == ["?cursor"])
        }
    }

    @Test func anIdThatIsNoneIs404() async throws {
        try await APIFixture.run { f in
            for path in ["/v1/archives/1", "/v1/connections/x/certificates", "/v1/studies/-", "/v1/nothing"] {
                let answer = await f.get(path)
                #expect(answer.status == 404 && answer.problem == "not-found", "\(path)")
            }
            #expect(await f.call(.put, "/v1/archives").status == 405)
        }
    }

    // MARK: Versions

    @Test func tagsSaveReading() async throws {
        try await APIFixture.run { f in
            let path = "/v1/archives/\(try await f.archive())"
            let read = await f.get(path)
            let tag = try #require(read.fields["etag"])
            for known in [tag, "*", "W/\(tag)", "\"v9\", \(tag)", "\"v9\",W/\(tag)"] {
                let answer = await f.get(path, ["if-none-match": known])
                #expect(answer.status == 304 && answer.body.isEmpty && answer.fields["etag"] == tag, "\(known)")
            }
            #expect(await f.get(path, ["if-none-match": "\"v9\""]).status == 200)
            #expect(await f.call(.head, path, nil, ["if-none-match": tag]).status == 304)
        }
    }

    @Test func changesCanStateTheVersion() async throws {
        try await APIFixture.run { f in
            let path = "/v1/archives/\(try await f.archive())"
            let changed = await f.call(.patch, path, ["name": "B"], ["if-match": "\"v1\""])
            #expect(changed.status == 200 && changed.fields["etag"] == "\"v2\"")
            for tag in ["\"v1\"", "v2", "\"2\"", "\"v99999999999999999999\"", "\"v4294967298\"", "W/\"v2\""] {
                let answer = await f.call(.patch, path, ["name": "C"], ["if-match": tag])
                #expect(answer.status == 412 && answer.problem == "version-mismatch", "\(tag)")
            }
            #expect(await f.call(.patch, path, ["name": "C"], ["if-match": "*"]).status == 200)
            #expect(await f.call(.delete, path, nil, ["if-match": "\"v1\""]).status == 412)
            #expect(await f.call(.delete, path, nil, ["if-match": "\"v3\""]).status == 204)
        }
    }

    // MARK: Idempotency

    @Test func aRepeatedRequestGetsTheFirstAnswer() async throws {
        try await APIFixture.run { f in
            let headers: HeaderFields = ["idempotency-key": "abc"]
            let first = await f.post("/v1/archives", ["name": "A"], headers)
            let again = await f.post("/v1/archives", ["name": "A"], headers)
            #expect(first.status == 201 && again.status == 201 && again.body == first.body)
            #expect(
                again.fields["etag"] == first.fields["etag"] && again.fields["location"] == first.fields["location"])
            #expect(again.fields["idempotency-replayed"] == "true" && first.fields["idempotency-replayed"] == nil)
            #expect(await f.get("/v1/archives").ids.count == 1)
            let other = await f.post("/v1/archives", ["name": "B"], headers)
            #expect(other.status == 422 && other.problem == "idempotency-key-reused")
            let elsewhere = await f.post("/v1/connections", ["name": "A"], headers)
            #expect(elsewhere.problem == "idempotency-key-reused", "the address counts too")
            #expect(await f.get("/v1/audit-events?action=archive.create").json["items"]?.array?.count == 2)
        }
    }

    @Test func keysOfOrganizationsAreApart() async throws {
        try await APIFixture.run { f in
            let other = try await f.neighbor()
            let headers: HeaderFields = ["idempotency-key": "abc"]
            let first = await f.post("/v1/archives", ["name": "A"], headers)
            let second = await other.post("/v1/archives", ["name": "A"], headers)
            #expect(second.status == 201 && second.body != first.body)
        }
    }

    @Test func aRequestStillUnderWayIs409() async throws {
        try await APIFixture.run { f in
            let body: JSON = ["name": "A"]
            let digest = Digest()
            digest.update(Array("POST /v1/archives\n".utf8))
            digest.update(body.bytes)
            _ = try await f.scope.beginIdempotent(key: "abc", requestHash: digest.finish())
            let answer = await f.post("/v1/archives", body, ["idempotency-key": "abc"])
            #expect(answer.status == 409 && answer.problem == "idempotency-key-running")
            #expect(answer.fields["retry-after"] == "1")
        }
    }

    @Test func aRequestThatFailedMayBeMadeAgain() async throws {
        try await APIFixture.run { f in
            let headers: HeaderFields = ["idempotency-key": "abc"]
            #expect(await f.post("/v1/archives", ["name": ""], headers).status == 422)
            #expect(await f.post("/v1/archives", ["name": "A"], headers).status == 201)
        }
    }

    @Test func anIdempotencyKeyMustBeSane() async throws {
        try await APIFixture.run { f in
            let cases: [String] = ["", String(repeating: "k", count: 256), "two words"]
            for key in cases {
                #expect(await f.post("/v1/archives", ["name": "A"], ["idempotency-key": key]).status == 400)
            }
        }
    }
}

extension APIFixture {
    func get(_ path: String, _ headers: HeaderFields) async -> Answer { await get(path, as: .admin, headers) }

    func post(_ path: String, _ body: JSON?, _ headers: HeaderFields) async -> Answer {
        await post(path, body, as: .admin, headers)
    }

    func call(_ method: HTTPMethod, _ path: String, _ body: JSON?, _ headers: HeaderFields) async -> Answer {
        await call(method, path, body, as: .admin, headers)
    }
}
