import Bytes
@testable import DICOM
import Domain
@testable import Imaging
import Reactor
import TestSupport
import Testing

@Suite struct TranscoderTests {
    private static let lossless: [CodecParameters] = [
        .native, .rle, .jpegLosslessSV1, .jpegLS(near: 0), .jpeg2000(psnr: nil),
    ]
    private static let lossy: [CodecParameters] = [
        .jpegLS(near: 2), .jpeg2000(psnr: 42), .jpegBaseline(quality: 90, .none),
        .jpegBaseline(quality: 88, .horizontal), .jpegBaseline(quality: 88, .both),
    ]
    private static let color = LibraryCodecFixture.format(37, 26, 3)
    private static let grey = LibraryCodecFixture.format(37, 25, 1)

    private static func recipe(_ parameters: CodecParameters) -> TranscodeRecipe { TranscodeRecipe(parameters) }

    // MARK: Samples

    @Test(arguments: lossless, lossless)
    func losslessPairsGiveTheSameSamples(first: CodecParameters, second: CodecParameters) throws {
        for format in [
            Self.color, Self.grey, LibraryCodecFixture.format(21, 9, 1, stored: 12),
            LibraryCodecFixture.format(21, 9, 1, stored: 16),
        ] {
            let frames = EngineFixture.cine(format, frames: 2)
            let once = try EngineFixture.transcode(EngineFixture.native(format, frames), Self.recipe(first))
            let twice = try EngineFixture.transcode(once.bytes, Self.recipe(second))
            #expect(try EngineFixture.frames(once.bytes).frames == frames)
            #expect(try EngineFixture.frames(twice.bytes).frames == frames)
            #expect(twice.report.from == first.transferSyntax && twice.report.to == second.transferSyntax)
            #expect(!twice.report.isLossy && twice.report.sopInstanceUID == EngineFixture.sopInstance)
        }
    }

    @Test(arguments: lossless.dropFirst())
    func signedSamplesSurvive(parameters: CodecParameters) throws {
        let format = LibraryCodecFixture.format(19, 11, 1, stored: 12, isSigned: true)
        guard parameters != .jpegLS(near: 0) else { return }
        let frames = EngineFixture.cine(format, frames: 2)
        let made = try EngineFixture.transcode(EngineFixture.native(format, frames), Self.recipe(parameters))
        #expect(try EngineFixture.frames(made.bytes).frames == frames)
    }

    @Test(arguments: lossless)
    func paletteStaysPalette(parameters: CodecParameters) throws {
        let frames = EngineFixture.cine(Self.grey, frames: 1)
        let made = try EngineFixture.transcode(
            EngineFixture.native(Self.grey, frames, .paletteColor), Self.recipe(parameters))
        let read = try EngineFixture.frames(made.bytes)
        #expect(read.frames == frames && read.photometric == .paletteColor)
    }

    @Test(arguments: lossy)
    func lossyOnesComeNearAndBecomeRGB(parameters: CodecParameters) throws {
        let frames = EngineFixture.cine(Self.color, frames: 3)
        let made = try EngineFixture.transcode(EngineFixture.native(Self.color, frames), Self.recipe(parameters))
        let read = try EngineFixture.frames(made.bytes)
        #expect(read.photometric == .rgb)
        for (before, after) in zip(frames, read.frames) {
            #expect(LibraryCodecFixture.psnr(before, after, Self.color) > 25)
        }
        let quality = try #require(made.report.quality)
        #expect(try #require(quality.psnr) > 30 && quality.ssim > 0.9 && quality.ratio > 0.5)
        // From there to a lossless syntax it is RGB as well.
        let back = try EngineFixture.transcode(made.bytes, Self.recipe(.jpegLosslessSV1))
        #expect(try EngineFixture.frames(back.bytes).frames == read.frames)
        #expect(try EngineFixture.frames(back.bytes).image.description.photometric == .rgb)
    }

    @Test(arguments: lossy)
    func paletteAndSignedSamplesAreNeverLossy(parameters: CodecParameters) throws {
        let palette = try EngineFixture.native(Self.grey, EngineFixture.cine(Self.grey, frames: 1), .paletteColor)
        let format = LibraryCodecFixture.format(8, 8, 1, isSigned: true)
        let signed = try EngineFixture.native(format, EngineFixture.cine(format, frames: 1))
        for object in [palette, signed] {
            #expect(throws: TranscodeError.self) { try EngineFixture.transcode(object, Self.recipe(parameters)) }
        }
    }

    // MARK: Objects

    @Test(arguments: lossless + lossy)
    func theBytesAreTheSameWhateverTheLanes(parameters: CodecParameters) throws {
        let object = try EngineFixture.native(Self.color, EngineFixture.cine(Self.color, frames: 9))
        let one = try EngineFixture.transcode(object, Self.recipe(parameters), lanes: 1)
        for lanes in [2, 4] {
            let more = try EngineFixture.transcode(object, Self.recipe(parameters), lanes: lanes)
            #expect(more.bytes == one.bytes && more.report == one.report, "\(lanes) lanes")
        }
    }

    /// JPEG is encoded on another way then.
    @Test(arguments: lossless + lossy)
    func theBytesAreTheSameWithoutVerification(parameters: CodecParameters) throws {
        for (columns, rows) in [(1, 1), (7, 3), (16, 16), (17, 33), (40, 31), (64, 48)] {
            for samples in [1, 3] {
                let format = LibraryCodecFixture.format(columns, rows, samples)
                let object = try EngineFixture.native(format, [LibraryCodecFixture.noise(format, seed: 4)])
                var recipe = Self.recipe(parameters)
                let verified = try EngineFixture.transcode(object, recipe)
                recipe.isVerified = false
                let plain = try EngineFixture.transcode(object, recipe)
                #expect(plain.bytes == verified.bytes, "\(columns) x \(rows) x \(samples)")
                #expect(plain.report.quality == nil)
            }
        }
    }

    @Test(arguments: lossless + lossy)
    func theObjectIsWhole(parameters: CodecParameters) throws {
        var trailer = DataSet()
        trailer.set(.init(DICOM.Tag(0x7FE1, 0x0010), .LO, .bytes(Array("VENDOR".utf8))))
        let frames = EngineFixture.cine(Self.grey, frames: 3)
        let object = try EngineFixture.native(Self.grey, frames, trailer: trailer)
        let made = try EngineFixture.transcode(object, Self.recipe(parameters))
        #expect(made.bytes.prefix(128).allSatisfy { $0 == 0 })
        guard case .header(let header) = try Part10Header.parse(made.bytes.rawSpan, isWhole: true) else { return }
        #expect(header.transferSyntax == parameters.transferSyntax)
        let dataSet = try DataSetReader.read(
            Array(made.bytes[header.dataSetOffset...]), header.transferSyntax)
        #expect(dataSet.uid(.sopInstanceUID) == header.mediaStorageSOPInstanceUID)
        #expect(dataSet.uid(.sopInstanceUID) == made.report.sopInstanceUID)
        #expect((made.report.sopInstanceUID == EngineFixture.sopInstance) == !parameters.isLossy)
        #expect(dataSet.bytes(DICOM.Tag(0x7FE1, 0x0010)) == Array("VENDOR".utf8))
        #expect(made.report.nativeByteCount == 3 * Self.grey.byteCount && made.report.frameCount == 3)
        switch try #require(dataSet[.pixelData]).value {
        case .bytes(let bytes):
            #expect(parameters == .native && bytes == Array(frames.joined()) + [0])
        case .fragments(let fragments):
            let offsets = fragments.dropFirst().reduce(into: [0]) { $0.append($0[$0.count - 1] + 8 + $1.count) }
            #expect(fragments[0] == offsets.dropLast().flatMap { EngineFixture.le32($0) })
            #expect(fragments.count == 4 && fragments.allSatisfy { $0.count % 2 == 0 })
        default: Issue.record("no pixels")
        }
    }

    @Test func theHeaderHasOneLengthWhateverTheRatio() throws {
        let object = try EngineFixture.native(Self.color, EngineFixture.cine(Self.color, frames: 1))
        let image = try EngineFixture.frames(object).image
        var change = PixelChange(
            from: .explicitVRLittleEndian, to: .jpegBaseline(quality: 90, .none), codec: "codec", photometric: .rgb,
            source: image.description, ratio: 1, wasLossy: false, lossyUID: .new, sopInstanceUID: UID(literal: "2.25.1")
        )
        let counts = try [0.00001, 1, 9.99999, 123.4567, 98_765.4321, 1e12].map { ratio in
            change.ratio = ratio
            return try ChangedObject(image, change).header.count
        }
        #expect(Set(counts).count == 1)
    }

    @Test func theRatioIsThatOfThisObject() throws {
        let object = try EngineFixture.native(Self.color, EngineFixture.cine(Self.color, frames: 4))
        let made = try EngineFixture.transcode(object, Self.recipe(.jpegBaseline(quality: 90, .none)))
        let text = try #require(EngineFixture.frames(made.bytes).image.dataSet.string(.lossyImageCompressionRatio))
        let expected = Double(made.report.nativeByteCount) / Double(made.report.encodedByteCount)
        #expect(abs(try #require(Double(text)) - expected) <= 0.0006)
    }

    @Test func aKeptUIDIsKept() throws {
        let object = try EngineFixture.native(Self.grey, EngineFixture.cine(Self.grey, frames: 1))
        var recipe = Self.recipe(.jpegBaseline(quality: 90, .none))
        recipe.lossyUID = .keep
        #expect(try EngineFixture.transcode(object, recipe).report.sopInstanceUID == EngineFixture.sopInstance)
    }

    @Test(arguments: [CodecParameters.native, .rle])
    func anObjectOverTheLimitIsRefused(parameters: CodecParameters) throws {
        let object = try EngineFixture.native(Self.color, EngineFixture.cine(Self.color, frames: 4))
        var recipe = Self.recipe(parameters)
        let whole = try EngineFixture.transcode(object, recipe).bytes.count
        recipe.byteCountMax = whole + 32
        #expect(throws: Never.self) { try EngineFixture.transcode(object, recipe) }
        for limit in [whole - 1, whole / 2, 500, 0] {
            recipe.byteCountMax = limit
            #expect(throws: TranscodeError.tooLarge(byteCountMax: limit)) {
                try EngineFixture.transcode(object, recipe)
            }
        }
    }

    // MARK: Gates

    @Test func aGateRaisesTheQualityStepByStep() throws {
        let object = try EngineFixture.native(Self.color, EngineFixture.cine(Self.color, frames: 3))
        var recipe = Self.recipe(.jpegBaseline(quality: 20, .none))
        let coarse = try #require(EngineFixture.transcode(object, recipe).report.quality?.psnr)
        recipe.finer = [50, 92, 98].map { .jpegBaseline(quality: $0, .none) }
        let steps = try recipe.finer.map {
            try #require(EngineFixture.transcode(object, Self.recipe($0)).report.quality?.psnr)
        }
        #expect(coarse < steps[0] && steps[0] < steps[1])
        recipe.gate = QualityGate(psnrMin: (steps[0] + steps[1]) / 2)
        let held = try EngineFixture.transcode(object, recipe, lanes: 2)
        #expect(held.report.parameters == "quality 92, 4:4:4")
        // Nothing is left of the tries before, and the UID is that of the parameters that held.
        #expect(held.bytes == (try EngineFixture.transcode(object, Self.recipe(recipe.finer[1])).bytes))
        recipe.gate = QualityGate(psnrMin: 99)
        #expect {
            try EngineFixture.transcode(object, recipe)
        } throws: { error in
            guard case .gateFailed(let figures, _)? = error as? TranscodeError else { return false }
            return figures.psnr.map { $0 > steps[1] } ?? false
        }
    }

    @Test func eachPartOfAGateIsHeld() throws {
        let format = Self.color
        let object = try EngineFixture.native(format, EngineFixture.cine(format, frames: 2))
        let gates = [
            QualityGate(psnrMin: 90), QualityGate(ssimMin: 1), QualityGate(ratioMax: 0.1), QualityGate(errorMax: 0),
        ]
        for gate in gates {
            var recipe = Self.recipe(.jpegBaseline(quality: 60, .none))
            recipe.gate = gate
            // Not even without verification is a gate passed over.
            for isVerified in [true, false] {
                recipe.isVerified = isVerified
                #expect {
                    try EngineFixture.transcode(object, recipe)
                } throws: {
                    if case .gateFailed? = $0 as? TranscodeError { true } else { false }
                }
            }
        }
        var open = Self.recipe(.jpegBaseline(quality: 60, .none))
        open.gate = QualityGate(psnrMin: 20, ssimMin: 0.5, ratioMax: 100, errorMax: 100)
        #expect(throws: Never.self) { try EngineFixture.transcode(object, open) }
    }

    @Test func qualityIsThatOfTheRegions() throws {
        // Noise outside of the region, which JPEG cannot hold.
        let format = LibraryCodecFixture.format(64, 32, 1)
        let noise = LibraryCodecFixture.noise(format, seed: 3)
        let frame = (0..<format.byteCount).map { $0 % 64 < 32 ? UInt8(100) : noise[$0] }
        var item = DataSet()
        for (tag, value) in [
            (DICOM.Tag.regionLocationMinX0, 0), (.regionLocationMinY0, 0), (.regionLocationMaxX1, 31),
            (.regionLocationMaxY1, 31),
        ] { item.set(tag, UInt32(value)) }
        let inside = try EngineFixture.native(
            format, [frame], change: { $0.set(.sequenceOfUltrasoundRegions, items: [item]) })
        let recipe = Self.recipe(.jpegBaseline(quality: 10, .none))
        let region = try #require(EngineFixture.transcode(inside, recipe).report.quality)
        let whole = try #require(EngineFixture.transcode(EngineFixture.native(format, [frame]), recipe).report.quality)
        #expect(region.ssim > 0.99 && whole.ssim < 0.9)
        #expect(abs(whole.ratio - region.ratio) < 0.01)
    }

    // MARK: Errors

    /// Encodes as it should, but for one sample of one frame.
    private final class FlippingEncoder: FrameEncoder {
        private let encoder: any FrameEncoder
        private let isBroken: ([UInt8]) -> Bool

        init(_ encoder: any FrameEncoder, _ isBroken: @escaping ([UInt8]) -> Bool) {
            self.encoder = encoder
            self.isBroken = isBroken
        }

        func encode(
            _ frame: RawSpan, _ format: FrameFormat, _ photometric: PhotometricInterpretation, into codestream: IOBuffer
        ) throws(CodecError) {
            var samples = frame.array()
            if isBroken(samples) { samples[samples.count / 2] ^= 1 }
            try encoder.encode(samples.rawSpan, format, photometric, into: codestream)
        }
    }

    @Test(arguments: lossless.dropFirst(), [1, 3])
    func aFlippedSampleIsFound(parameters: CodecParameters, lanes: Int) throws {
        let frames = EngineFixture.cine(Self.grey, frames: 5)
        let source = try EngineFixture.readable(EngineFixture.native(Self.grey, frames))
        var recipe = Self.recipe(parameters)
        func run() throws -> TranscodeReport {
            try EngineFixture.written { output in
                let tools = TranscodeTools(lanes: lanes, digest: EngineFixture.digest) { parameters in
                    EncoderFactory.encoder(for: parameters).map { FlippingEncoder($0) { $0 == frames[3] } }
                }
                return try Transcoder.transcode(source, to: output, recipe, tools)
            }.result
        }
        #expect {
            try run()
        } throws: {
            $0 as? TranscodeError == .verificationFailed("a sample is off by 1, and may be by 0")
        }
        recipe.isVerified = false
        #expect(throws: Never.self) { try run() }
    }

    @Test(arguments: [1, 4])
    func aDamagedFrameIsAnError(lanes: Int) throws {
        var streams = try EngineFixture.cine(Self.grey, frames: 6).map {
            try LibraryCodecFixture.encode(JPEGLosslessEncoder(), $0, Self.grey)
        }
        streams[3] = Array(streams[3].prefix(20))
        let object = try EngineFixture.file(
            EngineFixture.dataSet(Self.grey, frames: 6, .monochrome2), .jpegLosslessSV1,
            pixels: EngineFixture.encapsulated(streams))
        #expect {
            try EngineFixture.transcode(object, Self.recipe(.rle), lanes: lanes)
        } throws: {
            if case .codec? = $0 as? TranscodeError { true } else { false }
        }
    }

    @Test func syntaxesThatAreNotDecodedAreRefused() throws {
        for syntax in [TransferSyntax.mpeg4HP41, .jpegExtended, TransferSyntax(UID(literal: "1.2.3"))] {
            let object = try EngineFixture.file(
                EngineFixture.dataSet(Self.grey, frames: 1, .monochrome2), syntax,
                pixels: EngineFixture.encapsulated([[1, 2, 3, 4]]))
            #expect { try EngineFixture.transcode(object, Self.recipe(.rle)) } throws: {
                "\($0)".contains("not decoded here")
            }
        }
    }

    @Test func filesWithoutPixelsAreRefused() throws {
        let empty = try EngineFixture.file(
            EngineFixture.dataSet(Self.grey, frames: 1, .monochrome2), .explicitVRLittleEndian, pixels: [])
        for object in [empty, Array(empty.prefix(200)), [], [UInt8](repeating: 0, count: 400)] {
            #expect(throws: TranscodeError.self) { try EngineFixture.transcode(object, Self.recipe(.rle)) }
        }
    }

    @Test func damagedObjectsNeverTrap() throws {
        var generator = SeededGenerator(seed: 5)
        let frames = EngineFixture.cine(LibraryCodecFixture.format(16, 8, 1), frames: 2)
        let native = try EngineFixture.native(LibraryCodecFixture.format(16, 8, 1), frames)
        let objects =
            try [native]
            + [CodecParameters.rle, .jpegLosslessSV1].map {
                try EngineFixture.transcode(native, Self.recipe($0)).bytes
            }
        for object in objects {
            for _ in 0..<150 {
                let damaged = LibraryCodecFixture.damaged(object, after: 132, &generator)
                _ = try? EngineFixture.transcode(damaged, Self.recipe(.rle))
            }
        }
    }
}
