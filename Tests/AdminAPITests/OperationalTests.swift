import DatabaseSupport
import Domain
import JSON
import Logging
import Reactor
import Testing
import TestSupport

@testable import HTTP1

@Suite struct OperationalTests {
    @Test func probesNeedNoKey() async throws {
        try await APIFixture.run { f in
            #expect(await f.get("/healthz", as: .nobody).json == ["status": "ok"])
            #expect(await f.get("/readyz", as: .nobody).json == ["status": "ready"])
            #expect(await f.get("/metrics", as: .nobody).fields["content-type"] == "text/plain; version=0.0.4")
            let description = await f.get("/openapi.yaml", as: .nobody)
            #expect(description.text == "openapi: 3.1.0\n" && description.fields["content-type"] == "application/yaml")
        }
    }

    @Test func whatIsNotReadySaysWhy() async throws {
        let reasons = ["the database does not answer", "the schema is older than the program"]
        try await APIFixture.run(unreadiness: reasons) { f in
            let answer = await f.get("/readyz", as: .nobody)
            #expect(answer.status == 503 && answer.problem == "not-ready")
            #expect(answer.json["reasons"] == JSON(reasons.map { .string($0) }))
            #expect(await f.get("/healthz", as: .nobody).status == 200, "alive all the same")
        }
    }

    /// The same over a socket, with curl as the client.
    @Test func scriptsWorkOverASocket() async throws {
        try await APIFixture.run { f in
            let group = try EventLoopGroup(count: 1, name: "api")
            defer { group.stop() }
            var logger = Logger(label: "test")
            logger.logLevel = .critical
            let router = f.router
            let server = HTTPServer(
                HTTPServerSettings(logger: logger) { await router.respond(to: $0) }, loops: group.loops)
            let address = try await server.listen(.loopback(port: 0))
            let base = "http://127.0.0.1:\(address.port)/v1"
            let key = try #require(f.keys[.admin])
            func curl(_ arguments: String...) throws -> Command.Outcome {
                try Command.run(
                    "curl", ["-sS", "--fail-with-body", "-m", "20", "-H", "Authorization: Bearer \(key)"] + arguments)
            }
            let made = try curl(base + "/connections", "--json", "{\"name\": \"A\", \"host\": \"127.0.0.1\"}")
            #expect(made.status == 0 && made.output.contains("\"fingerprint\""), "\(made.output)")
            let id = try JSON(parsing: Array(made.output.utf8), byteCountMax: 1 << 20)["id"]?.string ?? ""
            let body = "{\"name\":\"P\",\"connectionId\":\"\(id)\",\"calledAET\":\"P\",\"port\":104}"
            let integration = try curl(base + "/integrations", "--json", body)
            let integrationId =
                try JSON(parsing: Array(integration.output.utf8), byteCountMax: 1 << 20)["id"]?.string ?? ""
            #expect(try curl("-X", "POST", base + "/integrations/\(integrationId)/echo").status == 0)
            f.echo.ok = false
            let failed = try curl(
                "-X", "POST", "-H", "Accept: text/plain", base + "/integrations/\(integrationId)/echo")
            #expect(
                failed.status == 22 && failed.output.contains("FAILED"), "a script sees the failure: \(failed.output)")
            let wrong = try curl(base + "/archives", "--json", "{\"nam\": 1}")
            #expect(wrong.status == 22 && wrong.output.contains("/nam") && wrong.output.contains("/name"))
            let events = await f.get("/v1/audit-events?action=connection.create")
            #expect(events.json["items"]?[0]?["address"] == "127.0.0.1")
            await server.drain(deadline: .after(.milliseconds(200)))
        }
    }
}
