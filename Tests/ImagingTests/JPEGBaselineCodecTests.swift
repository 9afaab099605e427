import Bytes
import Imaging
import TestSupport
import Testing

private typealias Fixture = LibraryCodecFixture

@Suite struct JPEGBaselineCodecTests {
    @Test(arguments: [(1, 1), (3, 5), (17, 9), (64, 48), (33, 1)], ChromaSubsampling.allCases)
    func framesComeBackNearlyEqual(_ size: (Int, Int), _ chroma: ChromaSubsampling) throws {
        for samples in [1, 3] {
            let format = Fixture.format(size.0, size.1, samples)
            let frame = Fixture.smooth(format)
            let codestream = try Fixture.encode(JPEGBaselineEncoder(quality: 95, chroma: chroma), frame, format)
            let label = samples == 1 ? PhotometricInterpretation.monochrome2 : .ybrFull422
            let back = try Fixture.decode(JPEGBaselineDecoder(), codestream, format, label)
            #expect(back.photometric == Fixture.photometric(format))
            #expect(Fixture.psnr(frame, back.frame, format) > 26)
        }
    }

    @Test func equalFramesGiveEqualBytes() throws {
        let format = Fixture.format(40, 30, 3)
        let encoder = JPEGBaselineEncoder(quality: 88, chroma: .horizontal)
        let first = try Fixture.encode(encoder, Fixture.smooth(format), format)
        _ = try Fixture.encode(encoder, Fixture.noise(Fixture.format(9, 9, 1), seed: 1), Fixture.format(9, 9, 1))
        #expect(try Fixture.encode(encoder, Fixture.smooth(format), format) == first)
    }

    @Test func theCodestreamHasNoSegmentThatDecodingDoesNotNeed() throws {
        let format = Fixture.format(16, 16, 3)
        let codestream = try Fixture.encode(
            JPEGBaselineEncoder(quality: 90, chroma: .both), Fixture.smooth(format), format)
        var markers: [UInt8] = []
        var at = 2
        while codestream[at + 1] != 0xDA {
            markers.append(codestream[at + 1])
            if codestream[at + 1] == 0xC0 {
                #expect([10, 13, 16].map { codestream[at + $0] } == [1, 2, 3])
                #expect(codestream[at + 11] == 0x22)
            }
            at += 2 + Int(codestream[at + 2]) << 8 + Int(codestream[at + 3])
        }
        #expect(markers == [0xDB, 0xDB, 0xC0, 0xC4, 0xC4, 0xC4, 0xC4])
        #expect(codestream.suffix(2) == [0xFF, 0xD9])
    }

    @Test(arguments: ChromaSubsampling.allCases)
    func saturatedColorsAndGreysKeepTheirPlaces(_ chroma: ChromaSubsampling) throws {
        let colors = [
            [255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0], [0, 255, 255], [255, 0, 255], [0, 0, 0],
            [255, 255, 255], [64, 64, 64], [128, 128, 128], [192, 192, 192], [16, 16, 16],
        ]
        let format = Fixture.format(16 * colors.count, 16, 3)
        let frame = Fixture.frame(format) { x, _, sample in colors[x / 16][sample] }
        let codestream = try Fixture.encode(JPEGBaselineEncoder(quality: 95, chroma: chroma), frame, format)
        let back = try Fixture.decode(JPEGBaselineDecoder(), codestream, format, .ybrFull422).frame
        for (index, color) in colors.enumerated() {
            let at = (8 * format.columns + index * 16 + 8) * 3
            for sample in 0..<3 { #expect(abs(Int(back[at + sample]) - color[sample]) <= 4, "\(color)") }
        }
    }

    @Test(arguments: ChromaSubsampling.allCases)
    func planesOfTheEncoderAndOfTheDecoderAgree(_ chroma: ChromaSubsampling) throws {
        let format = Fixture.format(37, 21, 3)
        let encoder = JPEGBaselineEncoder(quality: 95, chroma: chroma)
        let codestream = try Fixture.encode(encoder, Fixture.smooth(format), format)
        let source = try #require(encoder.planes)
        let decoded = JPEGPlanes(columns: 37, rows: 21, chroma: chroma)
        try JPEGBaselineDecoder().decodePlanes(codestream.rawSpan, into: decoded)
        #expect(source.count == 3)
        for component in 0..<3 {
            let size = source.size(component)
            let isShared = component > 0
            #expect(size.columns == (isShared && chroma != .none ? 19 : 37))
            #expect(size.rows == (isShared && chroma == .both ? 11 : 21))
            var worst = 0
            for row in 0..<size.rows {
                for column in 0..<size.columns {
                    let at = row * source.stride(component) + column
                    worst = max(
                        worst,
                        abs(
                            Int(source.samples(component).byte(at: at))
                                - Int(decoded.samples(component).byte(at: at))))
                }
            }
            #expect((1...12).contains(worst), "component \(component)")
        }
        #expect(throws: CodecError.self) {
            try JPEGBaselineDecoder().decodePlanes(
                codestream.rawSpan, into: JPEGPlanes(columns: 37, rows: 21, chroma: nil))
        }
    }

    @Test func yCbCrFramesAreNotConverted() throws {
        let format = Fixture.format(15, 11, 3)
        let frame = Fixture.smooth(format)
        let encoder = JPEGBaselineEncoder(quality: 100, chroma: .none)
        let codestream = try Fixture.encode(encoder, frame, format, .ybrFull)
        let planes = try #require(encoder.planes)
        for (index, sample) in frame.enumerated() {
            let pixel = index / 3
            let at = pixel / 15 * planes.stride(index % 3) + pixel % 15
            #expect(planes.samples(index % 3).byte(at: at) == sample)
        }
        // Labeled RGB without any marker, the samples come back as they went in.
        let back = try Fixture.decode(JPEGBaselineDecoder(), codestream, format, .rgb)
        #expect(Fixture.largestError(frame, back.frame, format) <= 2)
    }

    @Test func encoderRefusesWhatBaselineCannotHold() throws {
        let encoder = JPEGBaselineEncoder(quality: 90, chroma: .none)
        let deep = Fixture.format(4, 4, 1, stored: 12)
        #expect(throws: CodecError.self) { try Fixture.encode(encoder, Fixture.smooth(deep), deep) }
        let signed = Fixture.format(4, 4, 1, stored: 8, isSigned: true)
        #expect(throws: CodecError.self) { try Fixture.encode(encoder, Fixture.smooth(signed), signed) }
        let palette = Fixture.format(4, 4, 1)
        #expect(throws: CodecError.self) {
            try Fixture.encode(encoder, Fixture.smooth(palette), palette, .paletteColor)
        }
        #expect(throws: CodecError.mismatch("a frame of 15 bytes is described as 16 bytes")) {
            try Fixture.encode(encoder, [UInt8](repeating: 0, count: 15), palette)
        }
        let wide = Fixture.format(65501, 1, 1)
        #expect(throws: CodecError.self) { try Fixture.encode(encoder, Fixture.smooth(wide), wide) }
    }
}

/// One stream of ours, without any marker of color and with the ids 1, 2 and 3, changed by hand.
@Suite struct JPEGColorTests {
    private static let format = LibraryCodecFixture.format(16, 16, 3)
    private static let frame = LibraryCodecFixture.frame(format) { _, _, sample in [220, 60, 30][sample] }
    /// What the frame is in YCbCr (T.871 7): Y, Cb, Cr.
    private static let yCbCr = [104, 86, 210]
    private static let adobe: [UInt8] = [0xFF, 0xEE, 0, 14] + Array("Adobe".utf8) + [0, 100, 0, 0, 0, 0]
    private static let jfif: [UInt8] =
        [0xFF, 0xE0, 0, 16] + Array("JFIF".utf8) + [0, 1, 1, 0, 0, 1, 0, 1, 0, 0]

    private static func stream(_ chroma: ChromaSubsampling = .none, with segments: [UInt8] = []) throws -> [UInt8] {
        var bytes = try LibraryCodecFixture.encode(JPEGBaselineEncoder(quality: 95, chroma: chroma), frame, format)
        bytes.insert(contentsOf: segments, at: 2)
        return bytes
    }

    /// Renames the components in SOF0 and SOS.
    private static func stream(ids: [UInt8]) throws -> [UInt8] {
        var bytes = try stream()
        for at in bytes.indices.dropLast(20) where bytes[at] == 0xFF {
            if bytes[at + 1] == 0xC0 { for i in 0..<3 { bytes[at + 10 + 3 * i] = ids[i] } }
            if bytes[at + 1] == 0xDA {
                for i in 0..<3 { bytes[at + 5 + 2 * i] = ids[i] }
                break
            }
        }
        return bytes
    }

    private static func expect(
        _ stream: [UInt8], _ label: PhotometricInterpretation, isConverted: Bool,
        _ location: SourceLocation = #_sourceLocation
    ) throws {
        let back = try LibraryCodecFixture.decode(JPEGBaselineDecoder(), stream, format, label)
        let wanted = isConverted ? [220, 60, 30] : yCbCr
        #expect(back.photometric == .rgb, sourceLocation: location)
        for sample in 0..<3 {
            #expect(abs(Int(back.frame[sample]) - wanted[sample]) <= 3, sourceLocation: location)
        }
    }

    @Test func theLabelDecidesWhenNothingElseDoes() throws {
        try Self.expect(Self.stream(), .ybrFull422, isConverted: true)
        try Self.expect(Self.stream(), .ybrFull, isConverted: true)
        try Self.expect(Self.stream(), .rgb, isConverted: false)
        try Self.expect(Self.stream(ids: [0, 1, 2]), .rgb, isConverted: false)
        try Self.expect(Self.stream(ids: [0, 1, 2]), .ybrFull422, isConverted: true)
    }

    @Test func adobesSegmentBeatsTheLabelAndJFIF() throws {
        try Self.expect(Self.stream(with: Self.adobe + [1]), .rgb, isConverted: true)
        try Self.expect(Self.stream(with: Self.adobe + [0]), .ybrFull422, isConverted: false)
        try Self.expect(Self.stream(with: Self.jfif + Self.adobe + [0]), .ybrFull422, isConverted: false)
        // Another number means nothing.
        try Self.expect(Self.stream(with: Self.adobe + [2]), .rgb, isConverted: false)
        try Self.expect(Self.stream(with: Self.adobe + [2]), .ybrFull422, isConverted: true)
    }

    @Test func jfifMeansYCbCrWhateverTheLabelSays() throws {
        try Self.expect(Self.stream(with: Self.jfif), .rgb, isConverted: true)
        try Self.expect(Self.stream(with: Self.jfif), .ybrFull422, isConverted: true)
    }

    @Test func componentsNamedRGBAreRGB() throws {
        try Self.expect(Self.stream(ids: Array("RGB".utf8)), .ybrFull422, isConverted: false)
    }

    @Test func sharedChromaIsYCbCrWhateverTheLabelSays() throws {
        try Self.expect(Self.stream(.both), .rgb, isConverted: true)
        try Self.expect(Self.stream(.horizontal), .rgb, isConverted: true)
    }
}

@Suite struct JPEGBaselineDamageTests {
    private static let format = LibraryCodecFixture.format(24, 16, 3)

    private static func stream() throws -> [UInt8] {
        try LibraryCodecFixture.encode(
            JPEGBaselineEncoder(quality: 80, chroma: .both), LibraryCodecFixture.smooth(format), format)
    }

    private static func error(_ stream: [UInt8], _ format: FrameFormat = format) -> CodecError? {
        do throws(any Error) {
            _ = try LibraryCodecFixture.decode(JPEGBaselineDecoder(), stream, format)
            return nil
        } catch { return error as? CodecError }
    }

    private static func patched(_ marker: UInt8, _ offset: Int, _ value: UInt8) throws -> [UInt8] {
        var bytes = try stream()
        let at = try #require(bytes.indices.dropLast().first { bytes[$0] == 0xFF && bytes[$0 + 1] == marker })
        bytes[at + offset] = value
        return bytes
    }

    @Test func everyTruncatedStreamIsAnError() throws {
        let stream = try Self.stream()
        for count in 0..<stream.count {
            #expect(Self.error(Array(stream.prefix(count))) != nil, "\(count) of \(stream.count) bytes")
        }
    }

    @Test func aScanThatEndsEarlyIsAnError() throws {
        let stream = try Self.stream()
        for missing in [3, 8, 20] { #expect(Self.error(stream.dropLast(2 + missing) + [0xFF, 0xD9]) != nil) }
    }

    @Test func whatFollowsEOIDoesNotMatter() throws {
        let stream = try Self.stream()
        let whole = try LibraryCodecFixture.decode(JPEGBaselineDecoder(), stream, Self.format).frame
        for padding in [[0], [0xFF, 0xFF], [0, 0, 0, 0xFF, 0xDA]] as [[UInt8]] {
            #expect(try LibraryCodecFixture.decode(JPEGBaselineDecoder(), stream + padding, Self.format).frame == whole)
        }
    }

    @Test func damagedStreamsGiveAnErrorOrAFrame() throws {
        let stream = try Self.stream()
        let decoder = JPEGBaselineDecoder()
        var generator = SeededGenerator(seed: 50)
        var errors = 0
        for _ in 0..<2000 {
            let bytes = LibraryCodecFixture.damaged(stream, &generator)
            if LibraryCodecFixture.survives(decoder, bytes, Self.format) == nil { errors += 1 }
        }
        #expect(errors > 200)
        #expect(try LibraryCodecFixture.decode(decoder, stream, Self.format).frame.count == Self.format.byteCount)
    }

    @Test func headersThatDoNotFitAreRefused() throws {
        let stream = try Self.stream()
        #expect(
            Self.error(stream, LibraryCodecFixture.format(24, 17, 3))
                == .mismatch("the codestream has 24 x 16 pixels, the data set 24 x 17"))
        #expect(
            Self.error(stream, LibraryCodecFixture.format(24, 16, 1))
                == .mismatch("the codestream has 3 components, the data set 1"))
        #expect(Self.error(stream, LibraryCodecFixture.format(24, 16, 3, stored: 12)) != nil)
        #expect(
            Self.error(try Self.patched(0xC0, 1, 0xC2))
                == .unsupported("the JPEG is neither baseline nor extended sequential with Huffman codes"))
        #expect(Self.error(try Self.patched(0xC0, 4, 12)) == .unsupported("JPEG with 12 bits a sample"))
        #expect(
            Self.error(try Self.patched(0xC0, 11, 0))
                == .malformed("a sampling factor of the codestream is outside 1...4"))
        #expect(
            Self.error(try Self.patched(0xDA, 5, 9))
                == .malformed("the scans of the codestream do not hold each component once"))
        // SOF1 with Huffman codes and 8 bits is the same process for these tables.
        #expect(Self.error(try Self.patched(0xC0, 1, 0xC1)) == nil)
    }

    @Test func aStreamOfAnotherKindIsRefused() {
        #expect(Self.error([]) == .malformed("the codestream does not begin with SOI"))
        #expect(Self.error([0xFF, 0xD8, 0xFF, 0xD9]) == .malformed("the codestream has no scan"))
        #expect(Self.error([0xFF, 0xD8, 0xFF, 0xC0, 0xFF, 0xFF]) != nil)
    }
}

@Suite(.enabled(if: SampleFrame.directory != nil, "CAUSEWAY_SAMPLES names no directory"))
struct JPEGBaselineSampleTests {
    /// Decoded by DCMTK, whose inverse DCT and upsampling may differ by some steps.
    @Test(arguments: [
        ("SC_rgb_dcmtk_+eb+cr.dcm", "SC_rgb_dcmtk_ebcr_dcmd.dcm", 2),
        ("SC_rgb_dcmtk_+eb+cy+n1.dcm", "SC_rgb_dcmtk_ebcyn1_dcmd.dcm", 3),
        ("SC_rgb_dcmtk_+eb+cy+n2.dcm", "SC_rgb_dcmtk_ebcyn2_dcmd.dcm", 3),
        ("SC_rgb_dcmtk_+eb+cy+np.dcm", "SC_rgb_dcmtk_ebcynp_dcmd.dcm", 3),
        ("SC_rgb_dcmtk_+eb+cy+s2.dcm", "SC_rgb_dcmtk_ebcys2_dcmd.dcm", 3),
        ("SC_rgb_dcmtk_+eb+cy+s4.dcm", "SC_rgb_dcmtk_ebcys4_dcmd.dcm", 3),
        ("SC_rgb_small_odd_jpeg.dcm", "SC_rgb_small_odd.dcm", 4),
    ])
    func realFilesDecodeAsTheirTwins(_ name: String, _ twin: String, _ tolerance: Int) throws {
        let sample = try SampleFrame(name)
        let expected = try SampleFrame(twin)
        let back = try LibraryCodecFixture.decode(JPEGBaselineDecoder(), sample.bytes, sample.format, sample.label)
        #expect(back.photometric == .rgb && expected.label == .rgb)
        #expect(LibraryCodecFixture.largestError(back.frame, expected.bytes, sample.format) <= tolerance, "\(name)")
    }

    @Test(arguments: [
        "SC_rgb_jpeg_lossy_gdcm.dcm", "SC_rgb_jpeg_dcmtk.dcm", "SC_jpeg_no_color_transform.dcm",
        "SC_jpeg_no_color_transform_2.dcm", "SC_rgb_jpeg_app14_dcmd.dcm", "color3d_jpeg_baseline.dcm",
        "examples_ybr_color.dcm",
    ])
    func realFilesDecode(_ name: String) throws {
        let sample = try SampleFrame(name)
        let back = try LibraryCodecFixture.decode(JPEGBaselineDecoder(), sample.bytes, sample.format, sample.label)
        #expect(back.photometric == .rgb && back.frame.count == sample.format.byteCount)
    }
}
