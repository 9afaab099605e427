import Foundation
import JSON
import TestSupport
import Testing

extension IntegrationTests {
    /// What comes in over the sockets of a running server.
    struct ListenerTests {
        /// A certificate for 127.0.0.1 that is its own CA.
        private func makePair(in folder: TemporaryFolder) throws -> Receiver.Pair {
            let pair = (certificate: folder.path + "/cert.pem", key: folder.path + "/key.pem")
            let made = try Command.run(
                "openssl",
                [
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout",
                    pair.key, "-out", pair.certificate,
                ])
            guard made.status == 0 else { throw Failure(made.output) }
            return pair
        }

        private func echo(_ server: RunningServer, _ listener: String, _ options: [String] = []) throws
            -> Command.Outcome
        {
            try Command.run(
                Tools.causeway, ["echo", "127.0.0.1:\(server.port(listener))", "--called", "GARBAGE"] + options)
        }

        /// CAUSEWAY_TEST_GARBAGE connections a listener (10,000 are the full measure), CAUSEWAY_TEST_SEED the bytes.
        @Test(.enabled(if: Tools.python != nil, "no Python")) func randomBytesHarmNoListener() async throws {
            let folder = try TemporaryFolder()
            defer { folder.remove() }
            let pair = try makePair(in: folder)
            let settings = [
                "CAUSEWAY_DICOM_TLS_LISTEN": "127.0.0.1:0", "CAUSEWAY_DICOM_TLS_CERT": pair.certificate,
                "CAUSEWAY_DICOM_TLS_KEY": pair.key, "CAUSEWAY_LOG": "error",
            ]
            try await withServer(settings.merging(["CAUSEWAY_LOG": "notice"]) { $1 }) { server in
                _ = try server.makeArchive("garbage", to: [], calledAET: "GARBAGE")
                let rounds = Tools.number("CAUSEWAY_TEST_GARBAGE", 100), seed = Tools.number("CAUSEWAY_TEST_SEED", 1)
                #expect(try server.send("GET", "/readyz").status == 200)
                let before = server.descriptorCount
                for (listener, options) in [("http", []), ("dicom", []), ("dicomTLS", []), ("dicomTLS", ["--tls"])] {
                    let report = try Tools.script(
                        "garbage.py", [server.port(listener), "\(rounds)", "\(seed)", "1000000"] + options)
                    #expect(try JSON(parsing: report)["closed"]?.int == rounds, "\(listener) \(options)")
                    #expect(server.process.isRunning, "ended by garbage on \(listener) \(options)")
                    try await wait(for: "the descriptors of \(listener) \(options) to be closed") {
                        server.descriptorCount <= before
                    }
                }
                #expect(try server.send("GET", "/readyz").status == 200)
                let plain = try echo(server, "dicom"),
                    secure = try echo(server, "dicomTLS", ["--tls", "--tls-verify", "none"])
                #expect(plain.status == 0, "\(plain.output)")
                #expect(secure.status == 0, "\(secure.output)")
                let metric = try server.request("GET", "/metrics").text
                #expect(metric.contains("causeway_open_descriptors"))
            }
        }

        @Test func adminAPISpeaksHTTPS() async throws {
            let folder = try TemporaryFolder()
            defer { folder.remove() }
            let pair = try makePair(in: folder)
            let settings = ["CAUSEWAY_HTTP_TLS_CERT": pair.certificate, "CAUSEWAY_HTTP_TLS_KEY": pair.key]
            try await withServer(settings) { server in
                server.curlOptions = ["--cacert", pair.certificate]
                #expect(try server.send("GET", "/v1/archives").status == 200)
                #expect(try server.send("GET", "/v1/archives", key: "wrong").status == 401)
                let plain = try Command.run(
                    "curl", ["-s", "--max-time", "10", "http://127.0.0.1:\(server.port("http"))/healthz"])
                #expect(plain.status != 0 || plain.output.isEmpty, "\(plain.output)")
            }
        }

        /// Who is not on the list of calling titles, or calls no archive, is told so.
        @Test(.enabled(if: Tools.hasDCMTK && Tools.python != nil, "DCMTK or pydicom is not installed"))
        func storageIsServedToThoseWhoMay() async throws {
            try await withServer { server in
                let files = try StudyFiles.make("study", in: server.folder, ["--stills", "1"])
                let archive = try server.make(
                    "/v1/archives", ["name": "in", "receive": ["calledAET": "FOLDER", "callingAETs": ["GOOD"]]])
                func store(_ calling: String, _ called: String) throws -> Command.Outcome {
                    try Command.run(
                        "storescu",
                        [
                            "-R", "-xe", "-aet", calling, "-aec", called, "127.0.0.1", server.port("dicom"),
                            files.paths[0],
                        ])
                }
                let stranger = try store("STRANGER", "FOLDER"), lost = try store("GOOD", "NOWHERE")
                #expect(stranger.status != 0 && stranger.output.contains("Calling AE Title Not Recognized"))
                #expect(lost.status != 0 && lost.output.contains("Called AE Title Not Recognized"))
                #expect(try server.call("GET", "/v1/studies?archive=\(archive)")["items"] == [])
                #expect(try store("GOOD", "FOLDER").status == 0)
                #expect(try server.study(files.uid, in: archive)["instances"] == 1)
            }
        }
    }
}
