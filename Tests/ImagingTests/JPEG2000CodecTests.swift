import Bytes
import Foundation
import Imaging
import TestSupport
import Testing

private typealias Fixture = LibraryCodecFixture

@Suite struct JPEG2000CodecTests {
    @Test(arguments: 1...16, [false, true])
    func everyDepthIsLossless(_ stored: Int, _ isSigned: Bool) throws {
        for samples in [1, 3] {
            let format = Fixture.format(19, 13, samples, stored: stored, isSigned: isSigned)
            for frame in [Fixture.smooth(format), Fixture.noise(format, seed: UInt64(stored))] {
                let codestream = try Fixture.encode(JPEG2000Encoder(psnr: nil), frame, format)
                let back = try Fixture.decode(JPEG2000Decoder(), codestream, format)
                #expect(back.frame == frame && back.photometric == Fixture.photometric(format))
            }
        }
    }

    @Test(arguments: [(1, 1), (1, 7), (5, 1), (3, 3), (257, 2), (64, 65), (200, 130)])
    func everySizeIsLossless(_ size: (Int, Int)) throws {
        for (samples, stored) in [(1, 8), (3, 8), (1, 12), (3, 16)] {
            let format = Fixture.format(size.0, size.1, samples, stored: stored)
            let frame = Fixture.noise(format, seed: 7)
            let codestream = try Fixture.encode(JPEG2000Encoder(psnr: nil), frame, format)
            #expect(try Fixture.decode(JPEG2000Decoder(), codestream, format).frame == frame)
        }
    }

    @Test func whatStandsAboveTheStoredBitsIsNotEncoded() throws {
        let format = Fixture.format(2, 1, 1, stored: 12)
        let codestream = try Fixture.encode(JPEG2000Encoder(psnr: nil), [0x34, 0xF2, 0xFF, 0x1F], format)
        #expect(try Fixture.decode(JPEG2000Decoder(), codestream, format).frame == [0x34, 0x02, 0xFF, 0x0F])
    }

    @Test(arguments: [35.0, 42, 50])
    func aLossyFrameHasAboutThePSNRItAimedAt(_ psnr: Double) throws {
        for samples in [1, 3] {
            let format = Fixture.format(160, 120, samples)
            var generator = SeededGenerator(seed: 9)
            let grain = generator.bytes(format.byteCount).map { Int($0 % 24) - 12 }
            let frame = zip(Fixture.smooth(format), grain).map { UInt8(clamping: Int($0) + $1) }
            let codestream = try Fixture.encode(JPEG2000Encoder(psnr: psnr), frame, format)
            let back = try Fixture.decode(JPEG2000Decoder(), codestream, format).frame
            #expect(abs(Fixture.psnr(frame, back, format) - psnr) < 3)
        }
    }

    @Test(arguments: [nil, 45.0])
    func saturatedColorsAndGreysKeepTheirPlaces(_ psnr: Double?) throws {
        let colors = [
            [255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0], [0, 255, 255], [255, 0, 255], [0, 0, 0],
            [255, 255, 255], [64, 64, 64], [128, 128, 128], [192, 192, 192], [16, 16, 16],
        ]
        let format = Fixture.format(16 * colors.count, 16, 3)
        let frame = Fixture.frame(format) { x, _, sample in colors[x / 16][sample] }
        let codestream = try Fixture.encode(JPEG2000Encoder(psnr: psnr), frame, format)
        let back = try Fixture.decode(
            JPEG2000Decoder(), codestream, format, psnr == nil ? .ybrRCT : .ybrICT)
        #expect(back.photometric == .rgb)
        for (index, color) in colors.enumerated() {
            let at = (8 * format.columns + index * 16 + 8) * 3
            for sample in 0..<3 { #expect(abs(Int(back.frame[at + sample]) - color[sample]) <= 6, "\(color)") }
        }
    }

    @Test func theComponentTransformIsUsedForRGBOnly() throws {
        let format = Fixture.format(8, 8, 3)
        let frame = Fixture.smooth(format)
        let rgb = try Fixture.encode(JPEG2000Encoder(psnr: nil), frame, format, .rgb)
        let ybr = try Fixture.encode(JPEG2000Encoder(psnr: nil), frame, format, .ybrFull)
        #expect(JPEG2000Encoder.usesColorTransform(.rgb) && !JPEG2000Encoder.usesColorTransform(.ybrFull))
        // The codestream knows better than the label.
        #expect(try Fixture.decode(JPEG2000Decoder(), rgb, format, .ybrFull).photometric == .rgb)
        let back = try Fixture.decode(JPEG2000Decoder(), ybr, format, .ybrFull)
        #expect(back.photometric == .ybrFull && back.frame == frame)
        // Some data sets say so of full chroma (CP-2650); what comes out has it for each pixel.
        #expect(try Fixture.decode(JPEG2000Decoder(), ybr, format, .ybrFull422).photometric == .ybrFull)
    }

    @Test func moreBitsThanAreStoredAreAcceptedWhenTheSamplesFit() throws {
        let wide = Fixture.format(10, 10, 1, stored: 16)
        let frame = Fixture.noise(Fixture.format(10, 10, 1, stored: 12), seed: 12)
        let codestream = try Fixture.encode(JPEG2000Encoder(psnr: nil), frame, wide)
        #expect(
            try Fixture.decode(JPEG2000Decoder(), codestream, Fixture.format(10, 10, 1, stored: 12)).frame == frame)
        #expect(throws: CodecError.mismatch("the codestream has samples that do not fit 11 bits stored")) {
            try Fixture.decode(JPEG2000Decoder(), codestream, Fixture.format(10, 10, 1, stored: 11))
        }
    }

    @Test func highThroughputIsDecoded() throws {
        let codestream = try #require(Data(base64Encoded: highThroughput))
        let format = Fixture.format(33, 17, 3)
        let back = try Fixture.decode(JPEG2000Decoder(), Array(codestream), format, .ybrRCT)
        let frame = Fixture.frame(format) { x, y, sample in
            switch sample {
            case 0: (x * 7 + y * 3) & 255
            case 1: (x * x + y) & 255
            default: (255 - x * 5 - y * 2) & 255
            }
        }
        #expect(back.photometric == .rgb && back.frame == frame)
    }

    @Test func paletteIsEncodedWithoutLossOnly() throws {
        let format = Fixture.format(8, 8, 1)
        let frame = Fixture.smooth(format)
        let codestream = try Fixture.encode(JPEG2000Encoder(psnr: nil), frame, format, .paletteColor)
        #expect(try Fixture.decode(JPEG2000Decoder(), codestream, format, .paletteColor).photometric == .paletteColor)
        #expect(throws: CodecError.unsupported("PALETTE COLOR does not go into this JPEG 2000")) {
            try Fixture.encode(JPEG2000Encoder(psnr: 45), frame, format, .paletteColor)
        }
    }
}

@Suite struct JPEG2000DamageTests {
    private static let format = LibraryCodecFixture.format(24, 16, 3)

    private static func stream() throws -> [UInt8] {
        try LibraryCodecFixture.encode(JPEG2000Encoder(psnr: nil), LibraryCodecFixture.smooth(format), format)
    }

    private static func error(_ stream: [UInt8], _ format: FrameFormat = format) -> CodecError? {
        do throws(any Error) {
            _ = try LibraryCodecFixture.decode(JPEG2000Decoder(), stream, format)
            return nil
        } catch { return error as? CodecError }
    }

    @Test func everyTruncatedStreamIsAnError() throws {
        let stream = try Self.stream()
        for count in 0..<stream.count { #expect(Self.error(Array(stream.prefix(count))) != nil, "\(count)") }
    }

    @Test func whatFollowsEOCDoesNotMatter() throws {
        let stream = try Self.stream()
        let whole = try LibraryCodecFixture.decode(JPEG2000Decoder(), stream, Self.format).frame
        #expect(try LibraryCodecFixture.decode(JPEG2000Decoder(), stream + [0], Self.format).frame == whole)
        #expect(try LibraryCodecFixture.decode(JPEG2000Decoder(), stream + [0xFF, 0x00], Self.format).frame == whole)
    }

    /// The seed is one with which OpenJPEG 2.5.0 runs into none of its assertions: see `JPEG2000Decoder`.
    @Test func damagedStreamsGiveAnErrorOrAFrame() throws {
        var generator = SeededGenerator(seed: 90)
        let highThroughput = try #require(Data(base64Encoded: highThroughput))
        let decoder = JPEG2000Decoder()
        for (stream, format) in [
            (try Self.stream(), Self.format), (Array(highThroughput), LibraryCodecFixture.format(33, 17, 3)),
        ] {
            var errors = 0
            for _ in 0..<600 {
                let bytes = LibraryCodecFixture.damaged(stream, &generator)
                if LibraryCodecFixture.survives(decoder, bytes, format) == nil { errors += 1 }
            }
            #expect(errors > 50)
            #expect(Self.error(stream, format) == nil)
        }
    }

    @Test(arguments: [
        // Offset in the main header, value, refusal: SIZ has Xsiz at 8, the tile at 24, Csiz at 40, components from 42.
        (11, UInt8(25), "the codestream has 25 x 16 pixels"), (15, 17, "the codestream has 24 x 17 pixels"),
        (8, 0x80, "no image area"), (27, 0, "the first tile"), (41, 4, "SIZ of the codestream has a wrong length"),
        (45, 0x0B, "different precisions"), (43, 2, "subsampled"), (47, 0, "subsampled"), (3, 0x52, "SOC and SIZ"),
        (4, 0xFF, "no marker segment"),
    ])
    func headersThatDoNotFitAreRefused(_ offset: Int, _ value: UInt8, _ words: String) throws {
        var bytes = try Self.stream()
        bytes[offset] = value
        let error = try #require(Self.error(bytes))
        #expect("\(error)".contains(words), "\(error)")
    }

    /// OpenJPEG makes black pixels of a tile that is not there.
    @Test func everyTileMustBeThere() throws {
        let stream = try Self.stream()
        let part = try #require((0..<stream.count).first { stream[$0...].starts(with: [0xFF, 0x90, 0, 10]) })
        var halved = stream
        halved[27] = 12
        #expect(Self.error(halved) == .malformed("tile 1 of 2 is missing in the codestream"))
        var other = stream
        other[part + 5] = 1
        #expect(Self.error(other) == .malformed("the codestream has tile 1 of 1"))
        var toTheEnd = stream
        toTheEnd.replaceSubrange((part + 6)..<(part + 10), with: [0, 0, 0, 0])
        #expect(Self.error(toTheEnd) == nil && Self.error(toTheEnd + [0]) == nil)
        #expect(Self.error(toTheEnd.dropLast(2)) == .malformed("the codestream ends before EOC"))
        var long = stream
        long[part + 6] = 0x7F
        #expect("\(String(describing: Self.error(long)))".contains("are left"))
        #expect(Self.error(stream.dropLast(2)) == .malformed("the codestream ends before EOC"))
    }

    @Test func tilesWithoutNumberAreRefused() throws {
        var bytes = try Self.stream()
        bytes.replaceSubrange(8..<16, with: [0, 0, 0, 65, 0, 0, 0, 64])
        bytes.replaceSubrange(24..<32, with: [0, 0, 0, 1, 0, 0, 0, 1])
        let format = LibraryCodecFixture.format(65, 64, 3)
        #expect(Self.error(bytes, format) == .limit("the codestream has more than 4096 tiles"))
    }

    @Test func signAndPrecisionMustAgree() throws {
        let stream = try Self.stream()
        let wideFormat = LibraryCodecFixture.format(24, 16, 3, stored: 12)
        let wide = try LibraryCodecFixture.encode(
            JPEG2000Encoder(psnr: nil), LibraryCodecFixture.smooth(wideFormat), wideFormat)
        #expect(
            Self.error(stream, LibraryCodecFixture.format(24, 16, 3, isSigned: true))
                == .mismatch("the samples of the codestream are unsigned, those of the data set are not"))
        #expect(
            Self.error(wide, LibraryCodecFixture.format(24, 16, 3))
                == .mismatch("the codestream has 12 bits a sample, the data set has room for 8"))
    }

    @Test func aJP2FileIsNoCodestream() throws {
        let box: [UInt8] = [0, 0, 0, 12, 0x6A, 0x50, 0x20, 0x20, 13, 10, 0x87, 10]
        #expect(
            Self.error(box + (try Self.stream())) == .unsupported("the fragment holds a JP2 file, not a codestream"))
    }
}

@Suite(.enabled(if: SampleFrame.directory != nil, "CAUSEWAY_SAMPLES names no directory"))
struct JPEG2000SampleTests {
    /// The irreversible transform is computed in floating point: a step of difference is no error.
    @Test(arguments: [
        ("US1_J2KR.dcm", "US1_UNCR.dcm", 0), ("US1_J2KI.dcm", "US1_UNCI.dcm", 2),
        ("693_J2KR.dcm", "693_UNCR.dcm", 0), ("693_J2KI.dcm", "693_UNCI.dcm", 2),
        ("MR2_J2KR.dcm", "MR2_UNCR.dcm", 0), ("MR2_J2KI.dcm", "MR2_UNCI.dcm", 2),
        ("RG1_J2KR.dcm", "RG1_UNCR.dcm", 0), ("RG1_J2KI.dcm", "RG1_UNCI.dcm", 2),
        ("RG3_J2KR.dcm", "RG3_UNCR.dcm", 0), ("RG3_J2KI.dcm", "RG3_UNCI.dcm", 2),
        ("JPEG2000.dcm", "JPEG2000_UNC.dcm", 2), ("MR_small_jp2klossless.dcm", "MR_small.dcm", 0),
        ("emri_small_jpeg_2k_lossless.dcm", "emri_small.dcm", 0),
        ("SC_rgb_gdcm_KY.dcm", "SC_rgb_gdcm2k_uncompressed.dcm", 1),
    ])
    func realFilesDecodeAsTheirTwins(_ name: String, _ twin: String, _ tolerance: Int) throws {
        let sample = try SampleFrame(name)
        let expected = try SampleFrame(twin)
        let back = try LibraryCodecFixture.decode(JPEG2000Decoder(), sample.bytes, sample.format, sample.label)
        #expect(LibraryCodecFixture.largestError(back.frame, expected.bytes, sample.format) <= tolerance)
        #expect(back.photometric == expected.label)
    }

    @Test func aSignThatTheLabelDeniesIsRefused() throws {
        let sample = try SampleFrame("J2K_pixelrep_mismatch.dcm")
        #expect(
            throws: CodecError.mismatch("the samples of the codestream are unsigned, those of the data set are not")
        ) {
            try LibraryCodecFixture.decode(JPEG2000Decoder(), sample.bytes, sample.format, sample.label)
        }
    }
}

/// 33 x 17 pixels of RGB, reversible, made by OpenJPH 0.9.0.
private let highThroughput = """
    /0//UQAvQAAAAAAhAAAAEQAAAAAAAAAAAAAAIQAAABEAAAAAAAAAAAADBwEBBwEBBwEB/1AACAACAAAABf9SAAwAAgABAQMEBEAB\
    /1wADSBYYGBoYGBgWFhg/2QAFgABT3BlbkpQSCBWZXIgMC45LjAu/5AACgAAAAADEgAB/5PAC1SJ/meiwFjFhwXsAAF0f/gG8EJr\
    OwDAC2ASxAOE5jtcFIeyoJ5g5AQL2/hG+KBTOgDAC1wU3RsAAgOUESgBiH/1BAut/GN4Aic6AMAFfABPAAkAzyPLFIUQD5kiP3Pk\
    UrYAJ/4Bb5YVAAKyUwDABaQAHs/5vFotFh7n1cI/cwAAUrcAwAWnABPAAmAez/m8WhUeHudUtgCn8wAAUrgAIomAy3JVAEHhgABU\
    AMAF1cAFowATAP9gQKGYJlXVaNTqfzBQKCYTtVrDIes+UEzUFrdAPts/nljOLgiKWEKxvwAAAACw4P0AAnStZ18qVK27AMLG+APU\
    AMAF2ADaGhhcXJhM1+vNzfW1tgYGFxcmJtfXNzfX19bgwuT65tpD7bP50RnFwgAUsMSxvwDABdhABVQATtoaGFxcmEzX683N9bW2\
    BgYXFyYm19c3M/Fi1uDC5Pro2UPts/nRGcXCABSwxLG/AGK1/3j6BD/JdgAOb+/4Q9QAwAu9gBdVABUgvv9/fd/3ff9/+/1+v+//\
    P7/fz9D3/1/ff7CZ/N933eH8AGD98IjAiPFs05T1lmnKfZZpyn5A4cILgIJ+AQAAAAAAAIANACgP/O0O/SyyyyyugEaUyyyyyyul\
    LLLLLLK6rnOc5zgdAf7/b/9LEHhWAMAL3cAAAAD0+wAAAAAAAPT7AEC/DwAAQL8PAAAAAAAAAAAA/f0AQL8PAABAvw8AAAAAAAAA\
    AAD9/QBAvw8AAEC/DwAAAAAAAAAAAP39AEC/DwD6AAAAAEA/oAT9p+0/azpwnCcBqcJwnAanCcJwGgAAWWGFiogsVK2xAsAL3mAF\
    dABVgAAAAPT7AAAAAAAA9PsAQL8PAABAvw8AAAAAAAAAAAD9/QBAvw8AAEC/DwAAAAAAAAAAAP39AEC/CwAAQL8PAAAAAAAAAAAA\
    /f0AOnToAgD6AAAAAEA/sJ4C1p+0/azkkJwnAanCcJwGpwnCcBoAAFlhhYqILFStsQL++/z4/n//UzoYhHhYAP7/f9//SwEGEFcA\
    /9k=
    """
