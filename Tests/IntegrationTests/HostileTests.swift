import Foundation
import JSON
import TestSupport
import Testing

extension IntegrationTests {
    /// Hostile instances among good ones: each costs itself, and nothing else.
    @Suite(.enabled(if: Tools.hasDCMTK && Tools.python != nil, "DCMTK or a Python with pynetdicom is not installed"))
    struct HostileTests {
        /// What the delivery says of each instance of hostile_study.py whose pixels cannot be decoded.
        private static let reasons = [
            "cutJPEG": "the codestream ends before EOI", "cutJPEGLS": "the codestream ends before EOI",
            "cutJPEG2000": "a tile-part of the codestream has 4190 bytes, and 2036 are left",
            "otherSize": "the codestream has 100 x 100 pixels, the data set 100 x 50",
            "memoryJPEG2000": "a frame of 2147352578 bytes is over the limit of 1073741824",
            "memoryRLE": "a frame of 4294836225 bytes is over the limit of 1073741824",
            "offsetsRLE": "the RLE segment offsets do not ascend within the frame",
            "framesWithoutEnd": "1 fragments cannot be told apart into 99999 frames",
            "noSegments": "the codestream has no scan", "noStart": "the codestream does not begin with SOI",
            "noCodestream": "the codestream ends inside its main header",
        ]

        private static let lossless: JSON = ["image": "lossless", "cine": "lossless"]
        private static let jpegLossless = "1.2.840.10008.1.2.4.70"
        private static let explicit = "1.2.840.10008.1.2.1"

        /// What hostile_study.py made.
        private struct Mixed {
            /// Those that can be stored.
            let files: StudyFiles
            /// Paths of the others.
            let refused: [String]
            /// By instance UID.
            let names: [String: String]
            let goodCount: Int

            init(in folder: TemporaryFolder) throws {
                let path = folder.path + "/hostile"
                let made = try JSON(parsing: Tools.script("hostile_study.py", [path]))
                let all = made["files"]?.array ?? []
                let stored = all.filter { $0["fate"] != "refused" }
                files = StudyFiles(
                    uid: made["study"]?.string ?? "", folder: path, paths: stored.compactMap { $0["path"]?.string },
                    instances: stored.compactMap { $0["uid"]?.string })
                refused = all.filter { $0["fate"] == "refused" }.compactMap { $0["path"]?.string }
                names = Dictionary(all.map { ($0["uid"]?.string ?? "", $0["what"]?.string ?? "") }) { $1 }
                goodCount = all.count { $0["fate"] == "good" }
            }
        }

        /// One destination takes what our codecs make of images, the other takes everything as it is stored, too.
        @Test func hostileInstancesAreParkedWithTheirReasonAndTheOthersArrive() async throws {
            try await withServer { server in
                let narrow = try await Receiver.pynetdicom(
                    "narrow", in: server.folder, options: ["--syntax", Self.jpegLossless, Self.explicit])
                defer { narrow.stop() }
                let wide = try await Receiver.storescp("wide", in: server.folder)
                defer { wide.stop() }
                let destinations = try [("narrow", narrow), ("wide", wide)].map {
                    try server.makeDestination($0.0, port: $0.1.port, compression: Self.lossless)
                }
                let archive = try server.makeArchive("a", to: destinations)
                let mixed = try Mixed(in: server.folder)
                #expect(mixed.refused.count == 4)
                for path in mixed.refused {
                    let answer = try server.upload([path], to: archive)
                    #expect((400..<500).contains(answer.status), "\(path): \(answer.status) \(answer.text)")
                }
                for delivery in try await server.settled(server.store(mixed.files, in: archive), count: 2) {
                    if delivery["integrationId"]?.string == destinations[0] {
                        expectParked(delivery, mixed)
                    } else {
                        #expect(delivery["state"] == "delivered", "\(delivery.text)")
                    }
                }
                try expectGood(narrow, mixed)
                try expectAsStored(wide, mixed)
                try await expectHealthy(server, archive)
            }
        }

        private func expectParked(_ delivery: JSON, _ mixed: Mixed) {
            #expect(delivery["state"] == "failed")
            var parked: Set<String> = []
            for detail in delivery["details"]?.array ?? [] {
                let name = mixed.names[detail["sopInstanceUID"]?.string ?? ""] ?? ""
                guard let reason = Self.reasons[name] else {
                    #expect(detail["state"] == "delivered", "\(name): \(detail.text)")
                    continue
                }
                parked.insert(name)
                #expect(detail["state"] == "failed", "\(name): \(detail.text)")
                #expect(detail["message"]?.string?.contains("was not made: \(reason)") == true, "\(detail.text)")
            }
            #expect(parked == Set(Self.reasons.keys))
        }

        /// The good ones are there with every sample, and nothing else is.
        private func expectGood(_ receiver: Receiver, _ mixed: Mixed) throws {
            let report = try receiver.compressed(from: mixed.files.folder)
            let arrived = report["instances"]?.array ?? []
            #expect(arrived.count == mixed.goodCount && report["extra"] == [], "\(report.text)")
            for row in arrived {
                #expect(row["equal"] == true && row["sameUID"] == true, "\(row.text)")
                #expect(row["syntax"]?.string == Self.jpegLossless, "\(row.text)")
            }
        }

        /// What cannot be decoded arrives as it was stored, where that is taken: the same bytes of pixels.
        private func expectAsStored(_ receiver: Receiver, _ mixed: Mixed) throws {
            try receiver.fetch()
            let report = try JSON(parsing: Tools.script("compare.py", [mixed.files.folder, receiver.inbox]))
            #expect(report["missing"] == [] && report["extra"] == [], "\(report.text)")
            for row in report["instances"]?.array ?? [] {
                let isHostile = Self.reasons[mixed.names[row["uid"]?.string ?? ""] ?? ""] != nil
                #expect(!isHostile || (row["pixels"] == true && row["syntax"] == true), "\(row.text)")
            }
        }

        /// The server is as well as before.
        private func expectHealthy(_ server: RunningServer, _ archive: String) async throws {
            #expect(try server.request("GET", "/readyz").status == 200)
            let after = try StudyFiles.make("after", in: server.folder, ["--stills", "2"])
            for delivery in try await server.settled(server.store(after, in: archive), count: 2) {
                #expect(delivery["state"] == "delivered", "\(delivery.text)")
            }
        }
    }
}
