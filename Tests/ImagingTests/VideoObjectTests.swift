import Bytes
import DICOM
import Foundation
@testable import Imaging
import Reactor
import Testing

@Suite struct VideoObjectTests {
    private static let format = LibraryCodecFixture.format(32, 16, 3)
    private static let video = (0..<1001).map { UInt8(truncatingIfNeeded: $0 * 7) }

    private static func wrap(
        _ object: [UInt8], decoded: [UInt8]?, gate: QualityGate? = nil
    ) throws -> (result: TranscodeReport, bytes: [UInt8]) {
        var recipe = TranscodeRecipe(.h264(crf: 18, isLevel42: false))
        recipe.gate = gate
        let (input, video) = try (EngineFixture.readable(object), EngineFixture.readable(Self.video))
        let pipe = try decoded.map { try Self.pipe($0) }
        return try EngineFixture.written { output in
            try VideoObject.wrap(
                input, video: video, decoded: pipe, to: output,
                VideoWrapping(recipe, encoder: "x264 test", digest: EngineFixture.digest))
        }
    }

    /// The frames as they would come from the decoder of the video.
    private static func pipe(_ bytes: [UInt8]) throws -> PipeReader {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("causeway-pipe-\(UUID().uuidString)")
            .path
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        return PipeReader(descriptor: unsafe open(path, O_RDONLY | O_CLOEXEC))
    }

    @Test(arguments: [1, 2])
    func framesAreWrittenAsRGB(lanes: Int) throws {
        let frames = EngineFixture.cine(Self.format, frames: 5)
        let input = try EngineFixture.readable(EngineFixture.native(Self.format, frames))
        let written = try EngineFixture.written { try VideoObject.writeFrames(input, to: $0, lanes: lanes) }
        #expect(written.bytes == Array(frames.joined()))
    }

    @Test func greyFramesAreRepeatedThrice() throws {
        let format = LibraryCodecFixture.format(8, 4, 1)
        let frames = EngineFixture.cine(format, frames: 2)
        let input = try EngineFixture.readable(EngineFixture.native(format, frames))
        let written = try EngineFixture.written { try VideoObject.writeFrames(input, to: $0, lanes: 1) }
        #expect(written.bytes == frames.joined().flatMap { [$0, $0, $0] })
        let wide = LibraryCodecFixture.format(8, 4, 1, stored: 12)
        let other = try EngineFixture.readable(EngineFixture.native(wide, EngineFixture.cine(wide, frames: 2)))
        #expect(throws: TranscodeError.self) {
            try EngineFixture.written { try VideoObject.writeFrames(other, to: $0, lanes: 1) }
        }
    }

    @Test func greyBecomesThreeSamples() throws {
        let format = LibraryCodecFixture.format(8, 4, 1)
        let object = try EngineFixture.native(format, EngineFixture.cine(format, frames: 2))
        let made = try Self.wrap(object, decoded: nil)
        guard case .header(let header) = try Part10Header.parse(made.bytes.rawSpan, isWhole: true) else { return }
        let dataSet = try DataSetReader.read(Array(made.bytes[header.dataSetOffset...]), header.transferSyntax)
        #expect(dataSet.string(.photometricInterpretation) == "YBR_PARTIAL_420")
        #expect(dataSet.int(.samplesPerPixel) == 3 && dataSet.int(.planarConfiguration) == 0)
        #expect(made.result.nativeByteCount == 8 * 4 * 2)
    }

    @Test func theWholeVideoIsInOneFragmentBehindAnEmptyTable() throws {
        let object = try EngineFixture.native(Self.format, EngineFixture.cine(Self.format, frames: 5))
        let made = try Self.wrap(object, decoded: nil)
        guard case .header(let header) = try Part10Header.parse(made.bytes.rawSpan, isWhole: true) else { return }
        #expect(header.transferSyntax == .mpeg4HP41)
        let dataSet = try DataSetReader.read(Array(made.bytes[header.dataSetOffset...]), header.transferSyntax)
        #expect(dataSet[.pixelData]?.value == .fragments([[], Self.video + [0]]))
        #expect(dataSet.string(.photometricInterpretation) == "YBR_PARTIAL_420")
        #expect(dataSet.string(.lossyImageCompressionMethod) == "ISO_14496_10")
        #expect(made.result.quality == nil && made.result.encodedByteCount == 1001)
        #expect(dataSet.uid(.sopInstanceUID) == made.result.sopInstanceUID)
        #expect(made.result.sopInstanceUID != EngineFixture.sopInstance)
    }

    @Test func decodedFramesAreCompared() throws {
        let frames = EngineFixture.cine(Self.format, frames: 4)
        let object = try EngineFixture.native(Self.format, frames)
        let equal = try #require(Self.wrap(object, decoded: Array(frames.joined())).result.quality)
        #expect(equal.psnr == nil && equal.ssim == 1)
        var off = frames
        off[2] = off[2].map { $0 ^ 4 }
        let quality = try #require(Self.wrap(object, decoded: Array(off.joined())).result.quality)
        #expect(try #require(quality.psnr) < 40 && quality.ssim < 1)
        #expect {
            try Self.wrap(object, decoded: Array(off.joined()), gate: QualityGate(psnrMin: 50))
        } throws: {
            if case .gateFailed? = $0 as? TranscodeError { true } else { false }
        }
    }

    @Test func aVideoOfAnotherLengthIsRefused() throws {
        let frames = EngineFixture.cine(Self.format, frames: 4)
        let object = try EngineFixture.native(Self.format, frames)
        for count in [0, 3, 5] {
            let decoded = Array((frames + frames).prefix(count).joined())
            #expect {
                try Self.wrap(object, decoded: decoded)
            } throws: {
                if case .verificationFailed? = $0 as? TranscodeError { true } else { false }
            }
        }
    }
}
