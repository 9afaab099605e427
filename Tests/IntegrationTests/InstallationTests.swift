import DatabaseSupport
import Foundation
import Glibc
import JSON
import TestSupport
import Testing

extension IntegrationTests {
    /// Several organizations on one server, several processes on one database.
    struct InstallationTests {
        private func makeKey(_ server: RunningServer, _ options: [String]) throws -> String {
            let made = try Command.run(
                Tools.causeway, ["key", "create", "--data", server.data] + options)
            guard made.status == 0 else { throw Failure("key create: \(made.output)") }
            return made.output.trimmingCharacters(in: .whitespacesAndNewlines)
        }

        @Test(.enabled(if: Tools.python != nil, "no Python with pynetdicom"))
        func organizationsDoNotSeeEachOther() async throws {
            try await withServer { server in
                let platform = try makeKey(server, ["--platform", "--name", "platform"])
                try server.call("POST", "/v1/organizations", ["name": "Other Clinic"], key: platform)
                let other = try makeKey(server, ["--organization", "Other Clinic"])
                let receiver = try await Receiver.pynetdicom("pacs", in: server.folder)
                defer { receiver.stop() }
                let connection = try server.makeConnection("c")["id"]?.string ?? ""
                let integration = try server.makeIntegration("i", connection: connection, port: receiver.port)
                let archive = try server.makeArchive("a", to: [integration])
                let files = try StudyFiles.make("study", in: server.folder, ["--stills", "1"])
                let study = try server.store(files, in: archive)
                let delivery = try #require(try await server.settled(study).first)["id"]?.string ?? ""
                let webhook = try server.make("/v1/webhooks", ["url": "http://127.0.0.1:9/x", "events": ["test"]])
                for path in [
                    "connections/\(connection)", "integrations/\(integration)", "archives/\(archive)",
                    "studies/\(study)",
                    "deliveries/\(delivery)", "webhooks/\(webhook)",
                ] {
                    #expect(try server.send("GET", "/v1/\(path)").status == 200, "\(path)")
                    #expect(try server.send("GET", "/v1/\(path)", key: other).status == 404, "\(path)")
                    let list = path.split(separator: "/")[0]
                    #expect(try server.call("GET", "/v1/\(list)", key: other)["items"] == [], "\(list)")
                }
                for (method, path) in [
                    ("POST", "integrations/\(integration)/echo"), ("POST", "studies/\(study)/forward"),
                    ("POST", "deliveries/\(delivery)/retry"), ("DELETE", "archives/\(archive)"),
                    ("POST", "connections/\(connection)/certificates"),
                ] {
                    let body: JSON? = path.hasSuffix("certificates") ? ["source": "generate"] : nil
                    #expect(try server.send(method, "/v1/\(path)", body, key: other).status == 404, "\(path)")
                }
                #expect(try server.upload(files.paths, to: archive, key: other).status == 404)
                #expect(try server.call("GET", "/v1/ledger", key: other)["items"] == [])
                // Its own things may have the same names, but not another's destinations.
                let own = try server.make("/v1/archives", ["name": "a"], key: other)
                let steal = try server.send(
                    "PUT", "/v1/archives/\(own)/destinations", ["destinations": [JSON(integration)]], key: other)
                #expect((400..<500).contains(steal.status), "\(steal.text)")
                #expect(try server.send("GET", "/v1/organizations").status == 403)
            }
        }

        /// The database is migrated once though both start at once; each serves, both forward.
        @Test(.enabled(if: Tools.python != nil, "no Python with pynetdicom"))
        func twoProcessesShareOneDatabase() async throws {
            try await TestDatabase.run { database in
                let shared = try TemporaryFolder()
                defer { shared.remove() }
                let key = try Command.run("openssl", ["rand", "-base64", "32"]).output
                try shared.write("master-key", Array(key.utf8))
                let settings = [
                    "CAUSEWAY_DATABASE_URL": database.conninfo, "CAUSEWAY_MASTER_KEY_FILE": shared.path + "/master-key",
                    "CAUSEWAY_BLOBS": "file:\(shared.path)/blobs", "CAUSEWAY_WORKERS": "1",
                ]
                async let starting = RunningServer.start(settings)
                let one = try await RunningServer.start(settings)
                defer { one.stop() }
                let two = try await starting
                defer { two.stop() }
                let applied = [one, two].filter { $0.log.contains("\"applied") }.count
                #expect(applied <= 1)
                let admin = one.key.isEmpty ? two.key : one.key
                (one.key, two.key) = (admin, admin)
                #expect(!admin.isEmpty, "one of them made the first key")
                let receiver = try await Receiver.pynetdicom("pacs", in: shared, options: ["--delay", "20"])
                defer { receiver.stop() }
                let archive = try one.makeArchive("a", to: [try one.makeDestination("d", port: receiver.port)])
                var studies: [String] = []
                for number in 0..<6 {
                    let files = try StudyFiles.make("all", in: shared, ["--stills", "10", "--start", "\(number * 10)"])
                    studies.append(try (number % 2 == 0 ? one : two).store(files, in: archive))
                }
                for study in studies {
                    let delivery = try #require(try await two.settled(study).first)
                    #expect(delivery["state"] == "delivered", "\(delivery.text.prefix(1000))")
                }
                #expect(receiver.arrivals.count == 60, "nothing is sent twice")
                try receiver.expectIdentical(from: shared.path + "/all")
                #expect(try await one.terminate() == 0)
                #expect(try two.send("GET", "/readyz").status == 200)
            }
        }
    }
}
