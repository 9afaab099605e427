import Foundation
import Glibc
import JSON
import TestSupport
import Testing

extension IntegrationTests {
    /// The program as a person at a shell meets it.
    @Suite struct CommandLineTests {
        private func run(_ arguments: [String], _ environment: [String: String] = [:]) async throws -> (Int32, String) {
            let folder = try TemporaryFolder()
            defer { folder.remove() }
            let child = try Child(Tools.causeway, arguments, log: folder.path + "/log", environment: environment)
            defer { child.stop() }
            return (try await child.end(), child.output)
        }

        @Test func versionNamesTheLibraries() async throws {
            let (status, output) = try await run(["version", "--json"])
            #expect(status == 0)
            let version = try JSON(parsing: output)
            #expect(version.object?.count ?? 0 >= 4, "\(output)")
            for library in ["OpenSSL", "PostgreSQL", "curl"] {
                #expect(output.lowercased().contains(library.lowercased()) || output.contains("libpq"), "\(library)")
            }
        }

        @Test(arguments: [
            ["up"], ["serve"], ["work"], ["receive"], ["migrate"], ["db", "status"], ["key", "create"],
            ["key", "list"],
            ["key", "revoke"], ["echo"], ["send"], ["pacs"], ["version"],
        ])
        func everyCommandHasHelpWithAnExample(_ command: [String]) async throws {
            let (status, output) = try await run(command + ["--help"])
            #expect(status == 0)
            #expect(output.contains("Example: ") && output.contains("causeway \(command.joined(separator: " "))"))
        }

        @Test func allErrorsOfTheSettingsStandInOneReport() async throws {
            let (status, output) = try await run(
                ["up", "--http-listen", "nowhere"],
                [
                    "CAUSEWAY_WORKERS": "0", "CAUSEWAY_LOG": "loud", "CAUSEWAY_NO_SUCH": "1",
                    "CAUSEWAY_DATABASE_URL": "postgresql://x", "CAUSEWAY_DATA": "/nonexistent/causeway",
                ])
            #expect(status == 1)
            for part in [
                "--http-listen", "CAUSEWAY_WORKERS", "CAUSEWAY_LOG", "CAUSEWAY_NO_SUCH", "CAUSEWAY_MASTER_KEY_FILE",
            ] {
                #expect(output.contains(part), "\(part) in \(output)")
            }
            #expect(!FileManager.default.fileExists(atPath: "/nonexistent"))
        }

        @Test func keysAreMadeListedAndRevokedBesideTheServer() async throws {
            try await withServer { server in
                let settings = ["CAUSEWAY_DATA": server.data]
                let (made, text) = try await run(
                    ["key", "create", "--role", "viewer", "--name", "night", "--json"], settings)
                #expect(made == 0)
                let key = try JSON(parsing: text)
                let secret = key["key"]?.string ?? "", id = key["id"]?.string ?? ""
                #expect(try server.send("GET", "/v1/archives", key: secret).status == 200)
                #expect(try server.send("POST", "/v1/archives", ["name": "x"], key: secret).status == 403)
                let (listed, lines) = try await run(["key", "list"], settings)
                #expect(listed == 0 && lines.contains(id) && lines.contains("night") && !lines.contains(secret))
                #expect(try await run(["key", "revoke", id], settings).0 == 0)
                try await wait(for: "the revoked key to be refused") {
                    try server.send("GET", "/v1/archives", key: secret).status == 401
                }
                let (wrong, message) = try await run(
                    ["key", "revoke", "0199f3a0-0000-7000-8000-000000000000"], settings)
                #expect(wrong == 1 && message.contains("causeway"))
                let (status, report) = try await run(["db", "status", "--json"], settings)
                #expect(status == 0)
                #expect(try JSON(parsing: report)["kind"] == "embedded")
                #expect(try server.send("GET", "/readyz").status == 200, "the commands leave the cluster running")
            }
        }

        @Test(.enabled(if: Tools.hasDCMTK && Tools.python != nil, "DCMTK or pydicom is not installed"))
        func sendAndPacsMoveAStudyAndTellOfFailures() async throws {
            let folder = try TemporaryFolder()
            defer { folder.remove() }
            let study = try StudyFiles.make("study", in: folder, ["--mixed", "--stills", "5"])
            let port = freePort()
            let pacs = try Child(
                Tools.causeway,
                ["pacs", "--listen", "\(port)", "--directory", folder.path + "/in", "--json", "--called", "PACS"],
                log: folder.path + "/pacs.log")
            defer { pacs.stop() }
            try await wait(for: "pacs to listen") { Receiver.listens(port) }
            let (status, output) = try await run(
                ["send", "127.0.0.1:\(port)", "--called", "PACS", "--associations", "2", study.folder])
            #expect(status == 0, "\(output)")
            let report = try JSON(parsing: Tools.script("compare.py", [study.folder, folder.path + "/in"]))
            #expect(report["missing"] == [] && report["extra"] == [])
            #expect(report["instances"]?.array?.count == 10)
            #expect(report["instances"]?.array?.allSatisfy { $0["bytes"] == true && $0["syntax"] == true } == true)
            let (refused, why) = try await run(["send", "127.0.0.1:\(port)", "--called", "OTHER", study.folder])
            #expect(refused == 1 && why.lowercased().contains("called"), "\(why)")
            #expect(try await run(["echo", "127.0.0.1:\(port)", "--called", "PACS"]).0 == 0)
            #expect(try await run(["echo", "127.0.0.1:\(freePort())"]).0 == 1)
            pacs.signal(SIGTERM)
            #expect(try await pacs.end() == 0)
        }
    }
}

/// Everything here starts processes and measures the whole; one after the other, so that they do not starve each other.
@Suite(.serialized) struct IntegrationTests {}
