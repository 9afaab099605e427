import DICOM
import Foundation
@testable import Imaging
import Reactor
import TestSupport

/// The objects that are damaged: one small one for each compressed syntax.
enum HostileObjects: String, CaseIterable {
    case rle, rleFrames, jpegBaseline, jpegLossless, jpegLosslessSV1, jpegLSLossless, jpegLSNear, jpeg2000Lossless
    case jpeg2000Frames, jpeg2000, htj2k

    private static let directory = ProcessInfo.processInfo.environment["CAUSEWAY_SAMPLES"]
    static let available: [HostileObjects] = directory == nil ? [] : allCases.filter { $0.whyNot == nil }

    private static let paths: [String: String] = {
        guard let directory, let names = FileManager.default.enumerator(atPath: directory) else { return [:] }
        let found = names.compactMap { $0 as? String }.filter { $0.hasSuffix(".dcm") }
        return Dictionary(found.map { (String($0.split(separator: "/").last ?? ""), directory + "/" + $0) }) { $1 }
    }()

    private var fileName: String {
        switch self {
        case .rle: "MR_small_RLE.dcm"
        case .rleFrames: "SC_rgb_rle_2frame.dcm"
        case .jpegBaseline: "SC_rgb_dcmtk_+eb+cy+np.dcm"
        case .jpegLossless: "MR_small.dcm"
        case .jpegLosslessSV1, .htj2k: "SC_rgb_jpeg_gdcm.dcm"
        case .jpegLSLossless: "MR_small_jpeg_ls_lossless.dcm"
        case .jpegLSNear: "JPEGLSNearLossless_08.dcm"
        case .jpeg2000Lossless: "MR_small_jp2klossless.dcm"
        case .jpeg2000Frames: "emri_small_jpeg_2k_lossless.dcm"
        case .jpeg2000: "JPEG2000.dcm"
        }
    }

    /// The program that makes it, where there is no such file.
    private var tool: String? {
        switch self {
        case .jpegLossless: "dcmcjpeg"
        case .htj2k: "ojph_compress"
        default: nil
        }
    }

    /// Nil when there is one here.
    var whyNot: String? {
        if Self.paths[fileName] == nil { return "\(fileName) is not among the samples" }
        guard let tool, (try? Command.run("which", [tool]).status) != 0 else { return nil }
        return "\(tool) is not installed"
    }

    /// How far decoders may be apart on the same codestream.
    var tolerance: Int { self == .jpegBaseline || self == .jpeg2000 ? 2 : 0 }

    struct NotMade: Error { let why: String }

    /// - Parameter folder: for what is made on the way.
    func load(in folder: String) throws -> HostileSample {
        guard let path = Self.paths[fileName] else { throw NotMade(why: whyNot ?? "") }
        switch self {
        case .jpegLossless:
            let made = folder + "/jpegLossless"
            let outcome = try Command.run("dcmcjpeg", ["+el", path, made])
            guard outcome.status == 0 else { throw NotMade(why: outcome.output) }
            return try HostileSample(made)
        case .htj2k: return try Self.highThroughput(path, folder)
        default: return try HostileSample(path)
        }
    }

    /// The samples of an object of 8 bits and three components, encoded by OpenJPH.
    private static func highThroughput(_ path: String, _ folder: String) throws -> HostileSample {
        let native = folder + "/native"
        let source = try ReadableFile(path: path)
        _ = try Transcoder.transcode(
            source, to: WritableFile(creating: native), TranscodeRecipe(.native), lanes: 1, digest: { $0 })
        var sample = try HostileSample(native)
        let description = try PixelDescription(sample.dataSet)
        let file = try Data(contentsOf: URL(fileURLWithPath: native))
        let picture =
            Data("P6 \(description.columns) \(description.rows) 255\n".utf8) + file.suffix(description.nativeByteCount)
        try picture.write(to: URL(fileURLWithPath: folder + "/picture.ppm"))
        let outcome = try Command.run(
            "ojph_compress", ["-i", folder + "/picture.ppm", "-o", folder + "/picture.j2c", "-reversible", "true"])
        guard outcome.status == 0 else { throw NotMade(why: outcome.output) }
        sample.fragments = [Array(try Data(contentsOf: URL(fileURLWithPath: folder + "/picture.j2c")))]
        sample.syntax = .htj2kLossless
        sample.dataSet.set(.photometricInterpretation, "YBR_RCT")
        return sample
    }
}
