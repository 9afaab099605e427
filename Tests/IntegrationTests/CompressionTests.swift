import Foundation
import Glibc
import JSON
import TestSupport
import Testing

extension IntegrationTests {
    /// Pixels on their way: encoded as the integration says, or as the destination lets it, and told.
    @Suite(.enabled(if: Tools.hasDCMTK && Tools.python != nil, "DCMTK or a Python with pynetdicom is not installed"))
    struct CompressionTests {
        private static let standard: JSON = ["image": "standard", "cine": "standard"]
        private static let jpegBaseline = "1.2.840.10008.1.2.4.50"
        private static let jpegLossless = "1.2.840.10008.1.2.4.70"
        private static let jpeg2000Lossless = "1.2.840.10008.1.2.4.90"
        private static let explicit = "1.2.840.10008.1.2.1"
        private static let implicit = "1.2.840.10008.1.2"

        /// What arrived of the study of compression_study.py, by the name of each file.
        private struct Outcome {
            let report: JSON
            let rows: [String: JSON]
            let delivery: JSON

            /// The syntax in which it arrived.
            func syntax(_ what: String) -> String? { rows[what]?["syntax"]?.string }

            /// What the delivery says of it.
            func change(_ what: String, _ files: StudyFiles) -> JSON? {
                guard let index = files.paths.firstIndex(where: { $0.hasSuffix("-\(what).dcm") }) else { return nil }
                return delivery["details"]?.array?.first { $0["sopInstanceUID"]?.string == files.instances[index] }?[
                    "change"]
            }
        }

        private func study(in folder: TemporaryFolder) throws -> StudyFiles {
            try StudyFiles.make("study", in: folder, [], script: "compression_study.py")
        }

        private func forward(
            _ files: StudyFiles, to receiver: Receiver, _ compression: JSON, over server: RunningServer
        ) async throws -> Outcome {
            let integration = try server.makeDestination("pacs", port: receiver.port, compression: compression)
            let archive = try server.makeArchive("a", to: [integration])
            let delivery = try #require(try await server.settled(server.store(files, in: archive)).first)
            let report = try receiver.compressed(from: files.folder)
            let rows = (report["instances"]?.array ?? []).map { row in
                (String((row["name"]?.string ?? "").dropFirst(6).dropLast(4)), row)
            }
            return Outcome(report: report, rows: Dictionary(rows, uniquingKeysWith: { $1 }), delivery: delivery)
        }

        enum Peer: String, CaseIterable {
            case storescp, orthanc

            static let installed = allCases.filter { $0 != .orthanc || Tools.hasOrthanc }
        }

        @Test(arguments: Peer.installed) func aMixedStudyGoesThroughStandard(_ peer: Peer) async throws {
            try await withServer { server in
                let receiver: Receiver =
                    switch peer {
                    case .storescp: try await .storescp("pacs", in: server.folder)
                    case .orthanc: try await .orthanc("pacs", in: server.folder)
                    }
                defer { receiver.stop() }
                let files = try study(in: server.folder)
                let outcome = try await forward(files, to: receiver, Self.standard, over: server)
                #expect(outcome.delivery["state"] == "delivered", "\(outcome.delivery.text)")
                #expect(outcome.report["missing"] == [] && outcome.report["extra"] == [], "\(outcome.report.text)")
                #expect(outcome.report["unresolved"] == [], "\(outcome.report.text)")
                expectLossy(outcome.rows["still"], frames: 1)
                expectLossy(outcome.rows["cine"], frames: 30)
                // Named by a report or a presentation state: no sample changes, so the name stays.
                for what in ["keyStill", "shownStill", "palette"] {
                    #expect(outcome.syntax(what) == Self.jpegLossless, "\(what)")
                    #expect(outcome.rows[what]?["equal"] == true && outcome.rows[what]?["sameUID"] == true, "\(what)")
                }
                #expect(outcome.syntax("lossyCine") == Self.jpegBaseline)
                for what in ["lossyCine", "report", "pdf", "keyObjects", "presentationState"] {
                    #expect(outcome.rows[what]?["equal"] == true && outcome.rows[what]?["sameUID"] == true, "\(what)")
                }
                for (what, row) in outcome.rows {
                    #expect(row["newErrors"] == [] && row["metaAgrees"] == true, "\(what): \(row.text)")
                }
                try await expectTold(outcome, files, server)
                if peer == .orthanc { try receiver.expectFramesAreShown() }
            }
        }

        private func expectLossy(_ row: JSON?, frames: Int) {
            #expect(row?["syntax"]?.string == Self.jpegBaseline, "\(row?.text ?? "missing")")
            #expect(row?["frames"]?.int == frames)
            #expect(row?["sameUID"] == false && row?["equal"] == false && row?["derived"] == true)
            #expect(row?["lossy"] == "01" && row?["ratios"] == 1 && row?["methods"] == ["ISO_10918_1"])
            #expect((row?["psnr"]?.double ?? 0) > 35)
        }

        /// The delivery and the ledger tell codec, parameters and figures.
        private func expectTold(_ outcome: Outcome, _ files: StudyFiles, _ server: RunningServer) async throws {
            let change = outcome.change("still", files)
            let compression = change?["compression"]
            #expect(compression?["codec"]?.string?.hasPrefix("libjpeg-turbo") == true, "\(change?.text ?? "none")")
            #expect(compression?["parameters"]?.string?.hasPrefix("quality 9") == true)
            #expect((compression?["psnr"]?.double ?? 0) >= 38 && (compression?["ssim"]?.double ?? 0) >= 0.96)
            #expect(change?["sopInstanceUID"] != compression?["sourceSOPInstanceUID"])
            #expect(outcome.change("report", files) == .null)
            let id = outcome.delivery["id"]?.string ?? ""
            let ledger = try server.call("GET", "/v1/ledger?delivery=\(id)")["items"]?[0]
            #expect(ledger?["changes"]?.array?.contains { $0["compression"] == compression } == true)
        }

        @Test func aPlanIsShownBeforeAnythingIsSent() async throws {
            try await withServer { server in
                let integration = try server.makeDestination("pacs", port: freePort(), compression: Self.standard)
                let archive = try server.makeArchive("a", to: [integration])
                let files = try study(in: server.folder)
                let id = try server.store(files, in: archive, save: false)
                let plan = try server.call("GET", "/v1/integrations/\(integration)/plan?study=\(id)")
                #expect(plan["instances"]?.array?.count == files.paths.count && plan["isComplete"] == true)
                let first = plan["instances"]?.array?.first { $0["sopInstanceUID"]?.string == files.instances[2] }
                #expect(first?["ways"]?[0]?["transferSyntax"]?["uid"]?.string == Self.jpegBaseline, "\(plan.text)")
                #expect(first?["ways"]?[0]?["lossy"] == true)
                let text = try server.request(
                    "GET", "/v1/integrations/\(integration)/plan?study=\(id)", ["-H", "Accept: text/plain"])
                #expect(text.status == 200 && text.text.contains("JPEG Baseline"), "\(text.text)")
                #expect(try server.send("GET", "/v1/integrations/\(integration)/plan").status == 422)
            }
        }

        /// Implicit VR only: everything arrives without loss; what was stored lossy keeps its samples.
        @Test func aReceiverOfImplicitAloneGetsNativePixels() async throws {
            try await withServer { server in
                let receiver = try await Receiver.pynetdicom(
                    "pacs", in: server.folder, options: ["--syntax", Self.implicit])
                defer { receiver.stop() }
                let files = try study(in: server.folder)
                let outcome = try await forward(files, to: receiver, Self.standard, over: server)
                #expect(outcome.delivery["state"] == "delivered", "\(outcome.delivery.text)")
                for (what, row) in outcome.rows {
                    #expect(row["syntax"]?.string == Self.implicit && row["sameUID"] == true, "\(what)")
                    // Two decoders of JPEG may differ by a count or two.
                    let isNear = what == "lossyCine" && (row["psnr"]?.double ?? 0) > 45
                    #expect(row["equal"] == true || isNear, "\(what): \(row.text)")
                }
                #expect(outcome.rows.count == files.paths.count)
                #expect(outcome.rows["lossyCine"]?["lossy"] == "01")
                #expect(outcome.change("still", files)?["reasons"]?.text.contains("JPEG Baseline") == true)
            }
        }

        /// JPEG Baseline only: what may become lossy arrives, and what may not is refused by name.
        @Test func aReceiverOfJPEGBaselineAloneGetsNoLosslessImage() async throws {
            try await withServer { server in
                let receiver = try await Receiver.pynetdicom(
                    "pacs", in: server.folder, options: ["--syntax", Self.jpegBaseline])
                defer { receiver.stop() }
                let files = try study(in: server.folder)
                let outcome = try await forward(files, to: receiver, Self.standard, over: server)
                #expect(outcome.delivery["state"] == "failed")
                #expect(Set(outcome.rows.keys) == ["still", "cine", "lossyCine"])
                expectLossy(outcome.rows["cine"], frames: 30)
                let palette = outcome.delivery["details"]?.array?.first {
                    $0["sopInstanceUID"]?.string == files.instances[3]
                }
                #expect(palette?["message"]?.string?.contains("JPEG Lossless") == true, "\(palette?.text ?? "")")
                // A lossless policy never becomes lossy.
                let lossless = try server.makeDestination(
                    "lossless", port: receiver.port, compression: ["image": "lossless", "cine": "lossless"])
                let archive = try server.makeArchive("b", to: [lossless])
                let delivery = try #require(try await server.settled(server.store(files, in: archive)).first)
                #expect(delivery["instances"]?["delivered"]?.int == 1, "the cine that was stored lossy")
            }
        }

        @Test func aReceiverOfJPEG2000AloneGetsItWithoutLoss() async throws {
            try await withServer { server in
                let receiver = try await Receiver.pynetdicom(
                    "pacs", in: server.folder, options: ["--syntax", Self.jpeg2000Lossless, Self.explicit])
                defer { receiver.stop() }
                let files = try study(in: server.folder)
                let outcome = try await forward(files, to: receiver, Self.standard, over: server)
                #expect(outcome.delivery["state"] == "delivered", "\(outcome.delivery.text)")
                for what in ["still", "cine"] {
                    #expect(outcome.syntax(what) == Self.jpeg2000Lossless)
                    #expect(outcome.rows[what]?["equal"] == true && outcome.rows[what]?["sameUID"] == true, "\(what)")
                }
            }
        }

        /// The next study begins where the last one ended: nothing is encoded in vain.
        @Test func whatTheDestinationRefusedIsNotPreparedAgain() async throws {
            try await withServer { server in
                let receiver = try await Receiver.pynetdicom(
                    "pacs", in: server.folder, options: ["--syntax", Self.jpegLossless, Self.explicit])
                defer { receiver.stop() }
                let integration = try server.makeDestination("p", port: receiver.port, compression: Self.standard)
                let archive = try server.makeArchive("a", to: [integration])
                for number in 1...2 {
                    let files = try StudyFiles.make("study\(number)", in: server.folder, ["--stills", "2"])
                    let delivery = try #require(try await server.settled(server.store(files, in: archive)).first)
                    #expect(delivery["state"] == "delivered", "\(delivery.text)")
                    let reasons = delivery["details"]?[0]?["change"]?["reasons"]?.array ?? []
                    // The first time the association says no; the second time nobody asks for JPEG Baseline first.
                    #expect(reasons.count == (number == 1 ? 2 : 1), "\(reasons)")
                }
            }
        }

        @Test func aReceiverWithoutMultiFrameGetsTheRest() async throws {
            try await withServer { server in
                let receiver = try await Receiver.pynetdicom(
                    "pacs", in: server.folder, options: ["--refuse-class", "1.2.840.10008.5.1.4.1.1.3.1"])
                defer { receiver.stop() }
                let files = try study(in: server.folder)
                let outcome = try await forward(files, to: receiver, Self.standard, over: server)
                #expect(outcome.delivery["state"] == "failed")
                #expect(outcome.rows["cine"] == nil && outcome.rows["lossyCine"] == nil)
                #expect(outcome.rows.count == files.paths.count - 2, "\(outcome.report.text)")
                #expect(outcome.delivery.text.contains("Ultrasound Multi-frame"))
            }
        }

        /// Codec processes die at random; nothing is lost, nothing is wrong. CAUSEWAY_TEST_CODEC_KILLS says how often.
        @Test func killedCodecProcessesLoseNothing() async throws {
            let kills = Tools.number("CAUSEWAY_TEST_CODEC_KILLS", 10)
            try await withServer { server in
                let receiver = try await Receiver.pynetdicom("pacs", in: server.folder)
                defer { receiver.stop() }
                let integration = try server.makeDestination("p", port: receiver.port, compression: Self.standard)
                let archive = try server.makeArchive("a", to: [integration])
                let files = try StudyFiles.make("study", in: server.folder, ["--stills", "\(kills * 4)"])
                let study = try server.store(files, in: archive)
                var killed = 0
                _ = try await until("the delivery to end", seconds: 300) { () -> Bool? in
                    let states = try server.deliveries(study).map { $0["state"]?.string ?? "" }
                    if states.allSatisfy({ RunningServer.endStates.contains($0) }), !states.isEmpty { return true }
                    if killed < kills, let worker = server.codecProcesses().randomElement() {
                        kill(worker, SIGKILL)
                        killed += 1
                    }
                    return nil
                }
                let delivery = try #require(try await server.settled(study).first)
                #expect(delivery["state"] == "delivered", "\(delivery.text.prefix(3000))")
                #expect(killed > 0)
                let report = try receiver.compressed(from: files.folder)
                #expect(report["missing"] == [] && report["extra"] == [])
            }
        }
    }
}

extension Receiver {
    /// What compressed.py says of what arrived.
    func compressed(from sent: String) throws -> JSON {
        try fetch()
        return try JSON(parsing: Tools.script("compressed.py", [sent, inbox]))
    }
}

extension RunningServer {
    /// Children of the server that are codec processes.
    func codecProcesses() -> [pid_t] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { pid_t($0) }.filter { pid in
            guard let line = try? FileText.read("/proc/\(pid)/stat"), let end = line.lastIndex(of: ")"),
                let command = try? FileText.read("/proc/\(pid)/cmdline")
            else { return false }
            let fields = line[line.index(after: end)...].split(separator: " ")
            return fields.count > 1 && fields[1] == "\(process.id)" && command.hasSuffix("codec\0")
        }
    }
}
