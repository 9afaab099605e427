import Foundation
import JSON
import TestSupport
import Testing

/// The folder with the sample files of the Python packages.
private let samples: String? = {
    if let path = ProcessInfo.processInfo.environment["CAUSEWAY_SAMPLES"] { return path }
    let code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    guard let python = Tools.python, let done = try? Command.run(python, ["-c", code]), done.status == 0 else {
        return nil
    }
    return done.output.trimmingCharacters(in: .whitespacesAndNewlines)
}()

extension IntegrationTests {
    /// Real files of many makers in every syntax: what arrives is what was stored, byte for byte.
    @Suite(.enabled(if: samples != nil && Tools.python != nil, "no sample files, or no Python with pynetdicom"))
    struct SampleTests {
        private struct Sample {
            let path: String, name: String, uid: String, syntax: String, digest: String

            init?(_ json: JSON) {
                guard let path = json["path"]?.string, let name = json["name"]?.string, let uid = json["uid"]?.string,
                    let syntax = json["syntax"]?.string, let digest = json["sha256"]?.string
                else { return nil }
                (self.path, self.name, self.uid, self.syntax, self.digest) = (path, name, uid, syntax, digest)
            }
        }

        /// The ultrasound files and companions of peers.md (e) that must be among them.
        private static let ultrasound: Set<String> = [
            "examples_ybr_color.dcm", "examples_palette.dcm", "examples_rgb_color.dcm", "examples_jpeg2k.dcm",
            "ExplVR_BigEnd.dcm", "color3d_jpeg_baseline.dcm", "OBXXXX1A_rle_2frame.dcm", "OBXXXX1A_2frame.dcm",
            "OBXXXX1A_expb_2frame.dcm", "OBXXXX1A.dcm", "OBXXXX1A_rle.dcm", "OBXXXX1A_expb.dcm", "US1_UNCR.dcm",
            "US1_UNCI.dcm", "US1_J2KR.dcm", "US1_J2KI.dcm", "JPGLosslessP14SV1_1s_1f_8b.dcm", "gdcm-US-ALOKA-16.dcm",
            "gdcm-US-ALOKA-16_big.dcm", "color-px.dcm", "color-pl.dcm", "test-SR.dcm", "waveform_ecg.dcm",
        ]

        /// Files that ingest refuses, and a word of its reason.
        private static let refused: [String: String] = {
            let names = [
                // The file meta information names another instance than the data set.
                "was announced": [
                    "chrJapMulti", "chrJapMultiExplicitIR6", "badVR", "rtdose", "rtdose_1frame", "rtdose_expb",
                    "rtdose_expb_1frame", "rtplan",
                ],
                // Color palettes are of no study; some test images were made without one.
                "StudyInstanceUID is missing": [
                    "fall", "hotiron", "hotmetalblue", "pet", "pet20step", "spring", "summer", "winter",
                    "JPEGLSNearLossless_08", "JPEGLSNearLossless_16", "SC_rgb_jls_lossy_line",
                    "SC_rgb_jls_lossy_sample",
                ],
                "unknown VR": ["SC_rgb_jpeg"], "0 left": ["rtplan_truncated"], "not a UID": ["bad_sequence"],
            ]
            return names.reduce(into: [:]) { all, reason in
                for name in reason.value { all[name + ".dcm"] = reason.key }
            }
        }()

        /// Uploads each into the first archive that has no object of its UID; the studies to save.
        private func upload(_ all: [Sample], to server: RunningServer, _ integration: String) throws -> (
            archives: [String], kept: [Sample]
        ) {
            var archives: [(id: String, uids: Set<String>)] = []
            var kept: [Sample] = []
            for sample in all {
                var index = archives.firstIndex { !$0.uids.contains(sample.uid) }
                if index == nil {
                    archives.append((try server.makeArchive("samples \(archives.count)", to: [integration]), []))
                    index = archives.count - 1
                }
                guard let index else { continue }
                let answer = try server.upload([sample.path], to: archives[index].id)
                if answer.status == 200 {
                    archives[index].uids.insert(sample.uid)
                    kept.append(sample)
                    #expect(Self.refused[sample.name] == nil, "\(sample.name) should be refused")
                } else {
                    let reason = Self.refused[sample.name]
                    #expect(
                        reason.map { answer.text.contains($0) } == true,
                        "\(sample.name): \(answer.status) \(answer.text)")
                }
            }
            return (archives.map(\.id), kept)
        }

        @Test func everySampleArrivesAsItWasStored() async throws {
            try await withServer { server in
                let receiver = try await Receiver.pynetdicom("samples", in: server.folder)
                defer { receiver.stop() }
                let integration = try server.makeDestination("samples", port: receiver.port)
                let folder = samples ?? ""
                let listed = try JSON(
                    parsing: Tools.script("samples.py", [folder + "/pydicom/data", folder + "/data_store"]))
                let all = (listed.array ?? []).compactMap(Sample.init)
                let (archives, kept) = try upload(all, to: server, integration)
                #expect(Self.ultrasound.subtracting(kept.map(\.name)).sorted() == [])
                var studies: [String] = []
                for archive in archives {
                    let page = try server.call("GET", "/v1/studies?archive=\(archive)&limit=200")
                    #expect(page["nextCursor"]?.isNull == true)
                    studies += (page["items"]?.array ?? []).compactMap { $0["id"]?.string }
                }
                for study in studies { try server.call("POST", "/v1/studies/\(study)/save") }
                for study in studies {
                    let delivery = try #require(try await server.settled(study).first)
                    #expect(delivery["state"] == "delivered", "\(delivery.text)")
                }
                let arrived = receiver.arrivals
                #expect(arrived.map(\.digest).sorted() == kept.map(\.digest).sorted())
                for sample in kept {
                    let found = arrived.contains { $0 == (sample.uid, sample.digest, sample.syntax) }
                    #expect(found, "\(sample.name) in \(sample.syntax)")
                }
            }
        }
    }
}
