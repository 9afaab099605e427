import Domain
import JSON
import Testing

@testable import HTTP1

@Suite struct ArchivesTests {
    @Test func whatIsNotSaidHasItsDefault() async throws {
        try await APIFixture.run { f in
            let made = await f.post("/v1/archives", ["name": "Cardiology"])
            #expect(made.status == 201 && made.json["saveAfterQuietSeconds"] == 30)
            #expect(made.json["destinations"] == [] && made.json["receive"] == .null)
            #expect(await f.get(made.fields["location"] ?? "").json == made.json)
        }
    }

    @Test func theQuietTimeIsKept() async throws {
        try await APIFixture.run { f in
            let cases: [JSON] = [JSON.null, 0, 1, 86_400]
            for seconds in cases {
                let made = await f.post(
                    "/v1/archives", ["name": .string("A\(seconds)"), "saveAfterQuietSeconds": seconds])
                #expect(made.status == 201 && made.json["saveAfterQuietSeconds"] == seconds, "\(made.text)")
                let path = try #require(made.fields["location"])
                #expect(await f.call(.patch, path, ["receive": nil]).json["saveAfterQuietSeconds"] == seconds)
            }
        }
    }

    @Test func otherQuietTimesAreRefused() async throws {
        try await APIFixture.run { f in
            let cases: [JSON] = [JSON.int(-1), 86_401, 1.5, "30", false]
            for seconds in cases {
                let answer = await f.post("/v1/archives", ["name": "A", "saveAfterQuietSeconds": seconds])
                #expect(answer.status == 422 && answer.wrongFields == ["/saveAfterQuietSeconds"])
            }
        }
    }

    @Test func nullInAPatchMeansOnlyWhenAsked() async throws {
        try await APIFixture.run { f in
            let made = await f.post("/v1/archives", ["name": "A"])
            let path = try #require(made.fields["location"])
            let changed = await f.call(.patch, path, ["saveAfterQuietSeconds": nil])
            #expect(changed.status == 200 && changed.json["saveAfterQuietSeconds"] == .null)
        }
    }

    @Test func everythingWrongIsNamedAtOnce() async throws {
        try await APIFixture.run { f in
            let answer = await f.post(
                "/v1/archives",
                [
                    "name": "  ", "destinations": ["x"], "saveAfterQuietSeconds": -1,
                    "receive": ["callingAETs": ["\\"], "port": 1], "color": 1,
                ])
            #expect(answer.status == 422)
            #expect(
                Set(answer.wrongFields) == [
                    "/name", "/destinations/0", "/saveAfterQuietSeconds", "/receive/calledAET",
                    "/receive/callingAETs/0",
                    "/receive/port", "/color",
                ])
        }
    }

    @Test func destinationsMustBeOnesOwnIntegrationsOfTypePACS() async throws {
        try await APIFixture.run { f in
            let other = try await f.neighbor()
            let foreign = try await other.integration(over: try await other.connection())
            let worklist = await f.post(
                "/v1/integrations",
                [
                    "name": "W", "type": "worklist", "connectionId": .string(try await f.connection()),
                    "calledAET": "W", "port": 104,
                ])
            let archive = try await f.archive()
            for id in [foreign, worklist.json["id"]?.string ?? "", "\(APIFixture.newId())"] {
                let made = await f.post("/v1/archives", ["name": "B", "destinations": [.string(id)]])
                #expect(made.status == 422 && made.wrongFields == ["/destinations"], "\(made.text)")
                let path = "/v1/archives/\(archive)/destinations"
                #expect(await f.call(.put, path, ["destinations": [.string(id)]]).status == 422)
            }
        }
    }

    @Test func destinationsAreReplacedInOrder() async throws {
        try await APIFixture.run { f in
            let connection = try await f.connection()
            let first = try await f.integration("A", over: connection)
            let second = try await f.integration("B", over: connection)
            let archive = "/v1/archives/\(try await f.archive(to: [first]))"
            let path = archive + "/destinations"
            #expect(await f.get(path).json == ["destinations": [.string(first)]])
            let both: JSON = ["destinations": [.string(second), .string(first), .string(second)]]
            let changed = await f.call(.put, path, both, ["if-match": "\"v1\""])
            #expect(changed.status == 200 && changed.fields["etag"] == "\"v2\"")
            #expect(changed.json == ["destinations": [.string(second), .string(first)]], "each once")
            #expect(await f.get(archive).json["destinations"] == changed.json["destinations"])
            #expect(await f.call(.put, path, both, ["if-match": "\"v1\""]).status == 412)
            #expect(await f.call(.put, path, [:]).wrongFields == ["/destinations"])
        }
    }

    @Test func aCalledTitleIsUniqueInTheInstallation() async throws {
        try await APIFixture.run { f in
            let body: JSON = ["name": "A", "receive": ["calledAET": "INBOX", "callingAETs": ["US1"]]]
            #expect(
                await f.post("/v1/archives", body).json["receive"] == ["calledAET": "INBOX", "callingAETs": ["US1"]])
            let taken = try await f.neighbor().post("/v1/archives", body)
            #expect(taken.status == 409 && taken.wrongFields == ["/receive/calledAET"])
            #expect(!taken.text.contains("Northside"), "not whose it is")
        }
    }

    @Test func anArchiveWithStudiesStays() async throws {
        try await APIFixture.run { f in
            let archive = try await f.archive()
            _ = try await f.study(in: archive)
            #expect(await f.call(.delete, "/v1/archives/\(archive)").problem == "in-use")
            let empty = try await f.archive("Empty")
            #expect(await f.call(.delete, "/v1/archives/\(empty)").status == 204)
        }
    }

    @Test func uploadsGoToTheUploader() async throws {
        try await APIFixture.run { f in
            let path = "/v1/archives/\(try await f.archive())/dicomweb/studies"
            let bytes = [UInt8](repeating: 1, count: 400 << 10)
            #expect(await f.call(.post, path, bytes: bytes, as: .role(.uploader)).status == 200)
            #expect(await f.call(.post, path + "/1.2.3", bytes: [1], as: .role(.uploader)).status == 200)
            #expect(f.uploader.calls == ["Cardiology any 409600", "Cardiology 1.2.3 1"])
            #expect(await f.call(.post, path, bytes: [1], as: .role(.viewer)).status == 403)
            let nowhere = "/v1/archives/\(APIFixture.newId())/dicomweb/studies"
            #expect(await f.call(.post, nowhere, bytes: [1]).status == 404)
            #expect(f.uploader.calls.count == 2)
        }
    }
}
