import Domain
import JSON
import Testing

@testable import HTTP1

@Suite struct IntegrationsTests {
    private func body(_ connection: String, _ more: JSONObject = [:]) -> JSON {
        var object: JSONObject = [
            "name": "PACS", "connectionId": .string(connection), "calledAET": "PACS", "port": 2762,
        ]
        for member in more.members { object[member.name] = member.value }
        return JSON(object)
    }

    @Test func whatIsNotSaidHasItsDefault() async throws {
        try await APIFixture.run { f in
            let connection = try await f.connection()
            let made = await f.post("/v1/integrations", body(connection))
            #expect(made.status == 201 && made.json["type"] == "pacs" && made.json["callingAET"] == "CAUSEWAY")
            #expect(made.json["compression"] == CompressionPolicy().json)
            #expect(made.json["limits"] == ["associations": 4] && made.json["state"] == "active")
            let path = try #require(made.fields["location"])
            #expect(await f.get(path).json == made.json)
            #expect(await f.get("/v1/integrations").json["items"] == [made.json])
        }
    }

    @Test func everythingWrongIsNamedAtOnce() async throws {
        try await APIFixture.run { f in
            let answer = await f.post(
                "/v1/integrations",
                [
                    "type": "ris", "connectionId": "x", "callingAET": "A\\B", "calledAET": "12345678901234567",
                    "port": 0,
                    "compression": ["image": "max", "video": "x"], "limits": ["associations": 65], "state": "off",
                    "color": 1,
                ])
            #expect(answer.status == 422)
            #expect(
                Set(answer.wrongFields) == [
                    "/name", "/type", "/connectionId", "/callingAET", "/calledAET", "/port", "/compression/image",
                    "/compression/video", "/limits/associations", "/state", "/color",
                ])
        }
    }

    @Test func theConnectionMustBeOnesOwn() async throws {
        try await APIFixture.run { f in
            let foreign = try await f.neighbor().connection()
            for id in [foreign, "\(APIFixture.newId())"] {
                let answer = await f.post("/v1/integrations", body(id))
                #expect(answer.status == 422 && answer.wrongFields == ["/connectionId"], "\(answer.text)")
            }
        }
    }

    @Test func changesAreMergedAndWakeTheWorkers() async throws {
        try await APIFixture.run { f in
            let connection = try await f.connection()
            let path = "/v1/integrations/\(try await f.integration(over: connection))"
            let changed = await f.call(.patch, path, ["port": 104, "compression": ["cine": "review"]])
            #expect(changed.status == 200 && changed.json["port"] == 104)
            let compression = changed.json["compression"]
            #expect(compression?["image"] == "asStored" && compression?["cine"] == "review")
            #expect(f.nudges.total == 1)
            #expect(await f.call(.patch, path, ["port": 65_536]).wrongFields == ["/port"])
            let foreign = try await f.neighbor().connection()
            #expect(await f.call(.patch, path, ["connectionId": .string(foreign)]).status == 422)
        }
    }

    @Test func oneThatIsUsedStays() async throws {
        try await APIFixture.run { f in
            let integration = try await f.integration(over: try await f.connection())
            let archive = try await f.archive(to: [integration])
            #expect(await f.call(.delete, "/v1/integrations/\(integration)").status == 409)
            #expect(await f.call(.put, "/v1/archives/\(archive)/destinations", ["destinations": []]).status == 200)
            #expect(await f.call(.delete, "/v1/integrations/\(integration)").status == 204)
            #expect(await f.get("/v1/integrations/\(integration)").status == 404)
        }
    }

    @Test func pauseAndResume() async throws {
        try await APIFixture.run { f in
            let path = "/v1/integrations/\(try await f.integration(over: try await f.connection()))"
            let paused = await f.post(path + "/pause", as: .role(.operator))
            #expect(paused.status == 200 && paused.json["state"] == "paused")
            #expect(await f.post(path + "/pause").status == 200, "twice is harmless")
            #expect(f.nudges.total == 0)
            let resumed = await f.post(path + "/resume", as: .role(.operator))
            #expect(resumed.json["state"] == "active" && f.nudges.total == 1)
        }
    }

    @Test func anEchoThatSucceedsIs200() async throws {
        try await APIFixture.run { f in
            let path = "/v1/integrations/\(try await f.integration(over: try await f.connection()))/echo"
            let answer = await f.post(path, as: .role(.operator))
            #expect(answer.status == 200 && answer.json["ok"] == true)
            #expect(answer.json["steps"]?[0]?["step"] == "connect" && f.echo.hosts == ["127.0.0.1:2762"])
        }
    }

    @Test func anEchoThatFailsIs502WithTheSameSteps() async throws {
        try await APIFixture.run { f in
            f.echo.ok = false
            let path = "/v1/integrations/\(try await f.integration(over: try await f.connection()))/echo"
            let answer = await f.post(path)
            #expect(answer.status == 502 && answer.problem == "echo-failed")
            #expect(answer.fields["content-type"] == "application/problem+json")
            #expect(answer.json["ok"] == false && answer.json["steps"]?.array?.count == 1)
            #expect(answer.json["advice"] == "Start the PACS." && answer.json["detail"] == "Start the PACS.")
        }
    }

    @Test func aTranscriptIsForTerminals() async throws {
        try await APIFixture.run { f in
            let path = "/v1/integrations/\(try await f.integration(over: try await f.connection()))/echo"
            let cases: [String] = ["text/plain", "text/plain; charset=utf-8", "text/html, text/plain;q=0.9"]
            for accept in cases {
                for ok in [true, false] {
                    f.echo.ok = ok
                    let answer = await f.post(path, nil, ["accept": accept])
                    #expect(answer.status == (ok ? 200 : 502) && answer.text == "connect  \(ok ? "ok" : "FAILED")\n")
                    #expect(answer.fields["content-type"]?.hasPrefix("text/plain") == true)
                }
                #expect(await f.post(path, nil, ["accept": "*/*"]).json["ok"] == false, "JSON unless asked")
            }
        }
    }

    @Test func aPlanNamesItsStudy() async throws {
        try await APIFixture.run { f in
            let path = "/v1/integrations/\(try await f.integration(over: try await f.connection()))/plan"
            let study = APIFixture.newId()
            let answer = await f.get("\(path)?study=\(study)")
            #expect(answer.status == 200 && answer.json["studyId"] == JSON(study))
            for wrong in [path, "\(path)?study=x", "\(path)?study=\(study)&color=1"] {
                #expect(await f.get(wrong).status == 422)
            }
            #expect(await f.get("/v1/integrations/\(APIFixture.newId())/plan?study=\(study)").status == 404)
        }
    }
}
