import Foundation
import JSON
import TestSupport
import Testing

extension IntegrationTests {
    /// A saved study at receivers of other makers.
    @Suite(.enabled(if: Tools.hasDCMTK && Tools.python != nil, "DCMTK or a Python with pynetdicom is not installed"))
    struct DeliveryTests {
        enum Peer: String, CaseIterable {
            case storescp, storescpTLS, stunnel, orthanc, orthancTLS, pynetdicom, pynetdicomTLS

            static let installed = allCases.filter { peer in
                switch peer {
                case .stunnel: Tools.hasStunnel
                case .orthanc, .orthancTLS: Tools.hasOrthanc
                default: true
                }
            }
        }

        /// The peer, with the certificate that we made when it speaks TLS, and an integration for it.
        private func connect(_ peer: Peer, to server: RunningServer) async throws -> (Receiver, String) {
            let (name, folder) = (peer.rawValue, server.folder)
            let isSecure = [.storescpTLS, .stunnel, .orthancTLS, .pynetdicomTLS].contains(peer)
            let connection = try server.makeConnection(name, tls: isSecure)
            let id = connection["id"]?.string ?? ""
            if peer == .stunnel {
                // The kit lists a service for each integration, so that comes first.
                let port = freePort()
                let integration = try server.makeIntegration(name, connection: id, port: port)
                let kit = try server.unpack("/v1/connections/\(id)/kits/stunnel", into: folder.path + "/kit")
                return (try await Receiver.stunnel(name, kit: kit, in: folder, port: port), integration)
            }
            let pair = isSecure ? try server.downloadPair(connection, into: folder.path + "/\(name)-pair") : nil
            let receiver: Receiver
            switch peer {
            case .storescp, .storescpTLS, .stunnel: receiver = try await .storescp(name, in: folder, tls: pair)
            case .orthanc, .orthancTLS: receiver = try await .orthanc(name, in: folder, tls: pair)
            case .pynetdicom, .pynetdicomTLS: receiver = try await .pynetdicom(name, in: folder, tls: pair)
            }
            do {
                return (receiver, try server.makeIntegration(name, connection: id, port: receiver.port))
            } catch {
                receiver.stop()
                throw error
            }
        }

        /// Stills, a 30-frame cine and a structured report.
        @Test(arguments: Peer.installed) func studyArrivesWhole(_ peer: Peer) async throws {
            try await withServer { server in
                let (receiver, integration) = try await connect(peer, to: server)
                defer { receiver.stop() }
                let echo = try server.send("POST", "/v1/integrations/\(integration)/echo")
                #expect(echo.status == 200, "\(echo.text)")
                let archive = try server.makeArchive("all", to: [integration])
                let files = try StudyFiles.make("study", in: server.folder, ["--mixed"])
                let study = try server.store(files, in: archive)
                let delivery = try #require(try await server.settled(study).first)
                #expect(delivery["state"] == "delivered", "\(delivery.text)")
                #expect(delivery["instances"]?["delivered"]?.int == 5)
                // Orthanc writes the elements anew.
                let isRewritten = peer == .orthanc || peer == .orthancTLS
                try receiver.expectIdentical(from: files.folder, converted: isRewritten)
            }
        }

        /// The same to several at once, and by each of the ways into an archive.
        @Test(arguments: ["stow", "storescu", "causeway"]) func everyWayInLeadsOut(_ way: String) async throws {
            try await withServer { server in
                let one = try await Receiver.storescp("one", in: server.folder)
                defer { one.stop() }
                let two = try await Receiver.pynetdicom("two", in: server.folder)
                defer { two.stop() }
                let integrations = [
                    try server.makeDestination("one", port: one.port),
                    try server.makeDestination("two", port: two.port),
                ]
                let archive = try server.makeArchive("in", to: integrations, calledAET: "FOLDER")
                let files = try StudyFiles.make("study", in: server.folder, ["--mixed"])
                switch way {
                case "stow": _ = try server.store(files, in: archive, save: false)
                case "storescu":
                    // -R: only the contexts that are needed; -xy, -xw: the syntaxes of the cine and of JPEG 2000.
                    for path in files.paths {
                        let options = path.hasSuffix("3.dcm") ? ["-xv"] : path.hasSuffix("4.dcm") ? ["-xy"] : ["-xe"]
                        let done = try Command.run(
                            "storescu", options + ["-R", "-aec", "FOLDER", "127.0.0.1", server.port("dicom"), path])
                        #expect(done.status == 0, "\(done.output)")
                    }
                default:
                    let done = try Command.run(
                        Tools.causeway,
                        ["send", "127.0.0.1:\(server.port("dicom"))", "--called", "FOLDER", files.folder])
                    #expect(done.status == 0, "\(done.output)")
                }
                let study = try server.study(files.uid, in: archive)
                #expect(study["instances"] == 5 && study["state"] == "receiving")
                let id = study["id"]?.string ?? ""
                try server.call("POST", "/v1/studies/\(id)/save")
                for delivery in try await server.settled(id, count: 2) {
                    #expect(delivery["state"] == "delivered", "\(delivery.text)")
                }
                // storescu writes the elements anew.
                try one.expectIdentical(from: files.folder, converted: way == "storescu")
                try two.expectIdentical(from: files.folder, converted: way == "storescu")
            }
        }

        @Test func lateInstancesGoByThemselves() async throws {
            try await withServer { server in
                let receiver = try await Receiver.pynetdicom("late", in: server.folder)
                defer { receiver.stop() }
                let archive = try server.makeArchive(
                    "late", to: [try server.makeDestination("late", port: receiver.port)])
                let first = try StudyFiles.make("study", in: server.folder, ["--stills", "4"])
                let study = try server.store(first, in: archive)
                _ = try await server.settled(study)
                let more = try StudyFiles.make(
                    "study", in: server.folder, ["--stills", "2", "--study", first.uid, "--start", "5"])
                #expect(try server.store(more, in: archive) == study)
                let deliveries = try await server.settled(study, count: 2)
                #expect(deliveries.compactMap { $0["instances"]?["total"]?.int }.sorted() == [2, 4])
                #expect(receiver.arrivals.map(\.uid).sorted() == (first.instances + more.instances).sorted())
                try receiver.expectIdentical(from: first.folder)
                // The same once more changes nothing.
                #expect(try server.upload(first.paths, to: archive).status == 200)
                try server.call("POST", "/v1/studies/\(study)/save")
                #expect(try server.deliveries(study).count == 2)
            }
        }

        /// Zero saves at once, null only when asked, a number after so much quiet.
        @Test func quietTimeDecidesWhenAStudyIsSaved() async throws {
            try await withServer { server in
                let receiver = try await Receiver.pynetdicom("quiet", in: server.folder)
                defer { receiver.stop() }
                let integration = try server.makeDestination("quiet", port: receiver.port)
                let files = try StudyFiles.make("study", in: server.folder, ["--stills", "2"])
                let atOnce = try server.makeArchive("at once", to: [integration], quiet: 0)
                let soon = try server.makeArchive("soon", to: [integration], quiet: 1)
                let asked = try server.makeArchive("asked", to: [integration])
                let later = try server.makeArchive("later", to: [integration], quiet: 3600)
                var studies: [String: String] = [:]
                for archive in [atOnce, soon, asked, later] {
                    studies[archive] = try server.store(files, in: archive, save: false)
                }
                for archive in [atOnce, soon] {
                    let deliveries = try await server.settled(studies[archive] ?? "")
                    #expect(deliveries.allSatisfy { $0["state"] == "delivered" })
                }
                for archive in [asked, later] {
                    #expect(try server.deliveries(studies[archive] ?? "").isEmpty)
                    #expect(try server.study(files.uid, in: archive)["state"] == "receiving")
                }
            }
        }

        @Test func classThatThePeerRefusesFailsWithItsNameAndSyntax() async throws {
            try await withServer { server in
                let receiver = try await Receiver.pynetdicom(
                    "refusing", in: server.folder, options: ["--refuse-class", "1.2.840.10008.5.1.4.1.1.3.1"])
                defer { receiver.stop() }
                let archive = try server.makeArchive(
                    "refused", to: [try server.makeDestination("refused", port: receiver.port)])
                let files = try StudyFiles.make("study", in: server.folder, ["--mixed"])
                let delivery = try #require(try await server.settled(server.store(files, in: archive)).first)
                #expect(delivery["state"] == "failed", "\(delivery.text)")
                #expect(delivery["instances"]?["delivered"]?.int == 4)
                #expect(delivery["instances"]?["failed"]?.int == 1)
                #expect(delivery.text.contains("Ultrasound Multi-frame") && delivery.text.contains("JPEG Baseline"))
                #expect(receiver.arrivals.count == 4)
            }
        }

        /// +xi: Implicit VR Little Endian and nothing else.
        @Test func nativeSyntaxIsConvertedForAPeerThatWantsAnother() async throws {
            try await withServer { server in
                let receiver = try await Receiver.storescp("implicit", in: server.folder, options: ["+xi"])
                defer { receiver.stop() }
                let archive = try server.makeArchive(
                    "implicit", to: [try server.makeDestination("implicit", port: receiver.port)])
                let files = try StudyFiles.make("study", in: server.folder, ["--stills", "3"])
                let delivery = try #require(try await server.settled(server.store(files, in: archive)).first)
                #expect(delivery["state"] == "delivered", "\(delivery.text)")
                try receiver.expectIdentical(from: files.folder, converted: true)
            }
        }

        @Test func warningStatusCountsAsDeliveredWithWarnings() async throws {
            try await withServer { server in
                let receiver = try await Receiver.pynetdicom(
                    "warning", in: server.folder, options: ["--status", "B000"])
                defer { receiver.stop() }
                let archive = try server.makeArchive("w", to: [try server.makeDestination("w", port: receiver.port)])
                let files = try StudyFiles.make("study", in: server.folder, ["--stills", "2"])
                let delivery = try #require(try await server.settled(server.store(files, in: archive)).first)
                #expect(delivery["state"] == "deliveredWithWarnings", "\(delivery.text)")
                #expect(delivery["instances"]?["delivered"]?.int == 2)
            }
        }
    }
}
