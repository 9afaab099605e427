import Foundation
import JSON
import TestSupport
import Testing

private let oraclesAreInstalled =
    Tools.python != nil && Tools.hasDCMTK
    && Tools.has("/usr/bin/gdcmconv", "/usr/bin/ojph_compress", "/usr/bin/ffmpeg", "/usr/bin/dciodvfy")

extension IntegrationTests {
    /// What `causeway transcode` makes of every transfer syntax in every other one, as other people's programs see it:
    /// real files where there are some, else made by other people's encoders (scripts/oracle_sources.py, oracle.py).
    @Suite(.enabled(if: oraclesAreInstalled, "Python, DCMTK, GDCM, OpenJPH, FFmpeg or dicom3tools is not installed"))
    struct OracleTests {
        /// Sources by the last parts of their syntax.
        private static let decoded: Set<String> = [
            "2", "2.1", "2.2", "2.1.98", "2.1.99", "2.5", "2.4.50", "2.4.57", "2.4.70", "2.4.80", "2.4.81", "2.4.90",
            "2.4.91", "2.4.201", "2.4.202", "2.4.203",
        ]
        private static let targets: Set<String> = [
            "native", "rle", "jpegLossless", "jpegLS", "jpegLSNear", "jpeg2000", "jpeg2000Lossy", "jpeg444", "jpeg422",
            "jpeg420", "h264",
        ]
        /// A JP2 file in a fragment is no codestream (PS3.5 A.4.4).
        private static let notConformant = "GDCMJ2K_TextGBR"
        /// dciodvfy wants none of the attributes of an enhanced MR acquisition in what is DERIVED.
        private static let enhanced = "emri_small"
        /// One plane without regions and without a black border: our luminance is the whole frame.
        private static let plainSources = ["vlut_04", "image_dfl", "emri_small_RLE", "htj2k-12bit", "jpegls-near"]

        private struct Row {
            let json: JSON
            var source: String { json["source"]?.string ?? "" }
            var from: String { String((json["from"]?.string ?? "").dropFirst("1.2.840.10008.1.".count)) }
            var target: String { json["target"]?.string ?? "" }
            var isMade: Bool { json["made"] == true }
            var isLossy: Bool { json["lossy"] == true }
            var differences: [Int] { json["differences"]?.object.map { $0.members.compactMap(\.value.int) } ?? [] }
            var name: Comment { "\(source) to \(target): \(json.text)" }
        }

        private func rows() throws -> [Row] {
            let work = try TemporaryFolder()
            defer { work.remove() }
            let answer = try Tools.script("oracle.py", [Tools.causeway, work.path])
            return try #require(JSON(parsing: answer).array).map(Row.init)
        }

        @Test func everyPairIsWhatForeignDecodersSee() throws {
            let rows = try rows()
            let made = rows.filter(\.isMade)
            let pairs = Set(made.map { "\($0.from) \($0.target)" })
            let wanted = Set(Self.decoded.flatMap { from in Self.targets.map { "\(from) \($0)" } })
            #expect(wanted.subtracting(pairs).isEmpty, "pairs of which no file was made")
            for row in rows {
                if row.source == Self.notConformant {
                    #expect(!row.isMade && row.json["error"]?.string?.contains("JP2 file") == true, row.name)
                } else {
                    #expect(row.json["made"] == row.json["allowed"], row.name)
                }
            }
            for row in made {
                #expect(row.differences.count >= (row.target == "h264" ? 1 : 2), row.name)
                if row.isLossy { expectCloseness(row) } else { expectEquality(row) }
                #expect(row.json["dataSet"] == [], row.name)
                if !(row.isLossy && row.source.hasPrefix(Self.enhanced)) {
                    #expect(row.json["newErrors"] == [], row.name)
                }
            }
        }

        private func expectEquality(_ row: Row) {
            // Decoders of irreversible wavelets and of DCT may round otherwise.
            let isRounded = ["2.4.50", "2.4.91", "2.4.203"].contains(row.from)
            #expect(row.differences.allSatisfy { 0...(isRounded ? 2 : 0) ~= $0 }, row.name)
        }

        private func expectCloseness(_ row: Row) {
            let quality = row.json["psnr"]?.double
            #expect(quality.map { $0 > 40 } ?? (row.json["psnr"] == .null), row.name)
            guard row.target != "h264" else { return }
            #expect(row.json["apart"]?.int.map { 0...2 ~= $0 } == true, row.name)
            #expect(row.json["ours"]?.int.map { 0...2 ~= $0 } == true, row.name)
            if Self.plainSources.contains(row.source), let quality {
                let told = row.json["report"]?["psnr"]?.double ?? 0
                #expect(abs(told - quality) < 0.1, row.name)
            }
            if row.target == "jpegLSNear", Self.plainSources.contains(row.source), row.from != "2.4.203" {
                #expect(row.differences.allSatisfy { $0 <= 2 }, row.name)
            }
        }
    }
}
