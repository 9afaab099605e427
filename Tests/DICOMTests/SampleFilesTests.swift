import Bytes
import DICOM
import Foundation
import Testing

/// Runs over a directory of real files, such as pydicom's, named by CAUSEWAY_SAMPLES.
@Suite(.enabled(if: SampleFiles.directory != nil, "CAUSEWAY_SAMPLES names no directory"))
struct SampleFilesTests {
    /// Files that are no DICOM files or that are broken on purpose, and a word of the refusal that is right for them.
    private static let refused = [
        "OT-PAL-8-face.dcm": "no DICM", "ExplVR_BigEndNoMeta.dcm": "no DICM", "ExplVR_LitEndNoMeta.dcm": "no DICM",
        "no_meta.dcm": "no DICM", "rtstruct.dcm": "no DICM", "meta_missing_tsyntax.dcm": "(0002,0010) is missing",
        "emri_small_jpeg_2k_lossless_too_short.dcm": "0 left", "MR_truncated.dcm": "8130 left",
        "rtplan_truncated.dcm": "711 left", "SC_rgb_jpeg.dcm": "unknown VR",
    ]

    @Test func everyFileIsReadOrRefusedForTheRightReason() throws {
        let paths = SampleFiles.paths()
        #expect(!paths.isEmpty)
        for path in paths {
            let bytes = SampleFiles.bytes(path)
            let name = String(path.split(separator: "/").last ?? "")
            do {
                let (syntax, body) = try Self.open(bytes)
                let dataSet = try DataSetReader.read(body, syntax)
                #expect(!dataSet.isEmpty || body.isEmpty, "\(name)")
                #expect(Self.refused[name] == nil, "\(name) should have been refused")
                try Self.checkConversions(body, syntax, dataSet, name)
            } catch {
                #expect(Self.refused[name].map { "\(error)".contains($0) } == true, "\(name): \(error)")
            }
        }
    }

    /// What explicit encodings say of the values must survive the way to Explicit VR Little Endian.
    private static func checkConversions(
        _ body: [UInt8], _ syntax: TransferSyntax, _ dataSet: DataSet, _ name: String
    ) throws {
        let isWide = !syntax.isLittleEndian && dataSet.int(.bitsAllocated) == 32
        guard syntax.isNative, !isWide else { return }
        let explicit = try #require(try NativeConverter.convert(body, from: syntax, to: .explicitVRLittleEndian))
        let rewritten = try DataSetWriter.encode(dataSet, .explicitVRLittleEndian)
        #expect(
            try DataSetReader.read(explicit, .explicitVRLittleEndian)
                == DataSetReader.read(rewritten, .explicitVRLittleEndian), "\(name)")
    }

    private struct NeedsMore: Error {}

    private static func open(_ bytes: [UInt8]) throws -> (TransferSyntax, [UInt8]) {
        guard case .header(let header) = try Part10Header.parse(bytes.rawSpan, isWhole: true) else {
            throw NeedsMore()
        }
        return (header.transferSyntax, Array(bytes[header.dataSetOffset...]))
    }
}

enum SampleFiles {
    static let directory = ProcessInfo.processInfo.environment["CAUSEWAY_SAMPLES"]

    static func paths() -> [String] {
        guard let directory, let files = FileManager.default.enumerator(atPath: directory) else { return [] }
        return files.compactMap { $0 as? String }.filter { $0.hasSuffix(".dcm") }.sorted().map { directory + "/" + $0 }
    }

    static func bytes(_ path: String) -> [UInt8] { FileManager.default.contents(atPath: path).map { Array($0) } ?? [] }
}
