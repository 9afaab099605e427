import Bytes
import Imaging
import TestSupport
import Testing

private typealias Fixture = LibraryCodecFixture

@Suite struct JPEGLSCodecTests {
    @Test(arguments: 2...16, [false, true])
    func everyDepthIsLossless(_ stored: Int, _ isSigned: Bool) throws {
        let encoder = JPEGLSEncoder(near: 0)
        let decoder = JPEGLSDecoder()
        for samples in [1, 3] {
            let format = Fixture.format(19, 13, samples, stored: stored, isSigned: isSigned)
            for frame in [Fixture.smooth(format), Fixture.noise(format, seed: UInt64(stored))] {
                let codestream = try Fixture.encode(encoder, frame, format)
                let back = try Fixture.decode(decoder, codestream, format)
                #expect(back.frame == frame && back.photometric == Fixture.photometric(format))
            }
        }
    }

    @Test(arguments: [(1, 1), (1, 7), (5, 1), (3, 3), (257, 2), (64, 65)])
    func everySizeIsLossless(_ size: (Int, Int)) throws {
        for (samples, stored) in [(1, 8), (3, 8), (1, 12), (3, 16)] {
            let format = Fixture.format(size.0, size.1, samples, stored: stored)
            let frame = Fixture.noise(format, seed: 7)
            let codestream = try Fixture.encode(JPEGLSEncoder(near: 0), frame, format)
            #expect(try Fixture.decode(JPEGLSDecoder(), codestream, format).frame == frame)
        }
    }

    @Test func fewBitsInWideSamplesAreLossless() throws {
        for isSigned in [false, true] {
            let format = Fixture.format(9, 9, 1, stored: 6, isSigned: isSigned, allocated: 16)
            let frame = Fixture.noise(format, seed: 3)
            let codestream = try Fixture.encode(JPEGLSEncoder(near: 0), frame, format)
            #expect(try Fixture.decode(JPEGLSDecoder(), codestream, format).frame == frame)
        }
    }

    @Test func whatStandsAboveTheStoredBitsIsNotEncoded() throws {
        let format = Fixture.format(2, 1, 1, stored: 12)
        let codestream = try Fixture.encode(JPEGLSEncoder(near: 0), [0x34, 0xF2, 0xFF, 0x1F], format)
        #expect(try Fixture.decode(JPEGLSDecoder(), codestream, format).frame == [0x34, 0x02, 0xFF, 0x0F])
    }

    @Test(arguments: [1, 2, 3, 10])
    func noSampleIsOffByMoreThanNear(_ near: Int) throws {
        for (samples, stored) in [(1, 8), (3, 8), (1, 12), (1, 16)] {
            let format = Fixture.format(40, 30, samples, stored: stored)
            for frame in [Fixture.smooth(format), Fixture.noise(format, seed: 5)] {
                let codestream = try Fixture.encode(JPEGLSEncoder(near: near), frame, format)
                let back = try Fixture.decode(JPEGLSDecoder(), codestream, format).frame
                #expect((1...near).contains(Fixture.largestError(frame, back, format)))
            }
        }
    }

    @Test func saturatedColorsKeepTheirPlaces() throws {
        let format = Fixture.format(3, 1, 3)
        let frame: [UInt8] = [255, 0, 0, 0, 255, 0, 0, 0, 255]
        let codestream = try Fixture.encode(JPEGLSEncoder(near: 0), frame, format)
        #expect(try Fixture.decode(JPEGLSDecoder(), codestream, format).frame == frame)
        #expect(try Fixture.decode(JPEGLSDecoder(), codestream, format, .ybrFull).photometric == .ybrFull)
    }

    /// Interleave mode 0 has one scan a component; made by hand of three codestreams with one component each.
    @Test func componentsInScansOfTheirOwnAreInterleaved() throws {
        let one = Fixture.format(8, 6, 1)
        let three = Fixture.format(8, 6, 3)
        let planes = (0..<3).map { Fixture.noise(one, seed: UInt64($0)) }
        var codestream: [UInt8] = [
            0xFF, 0xD8, 0xFF, 0xF7, 0, 17, 8, 0, 6, 0, 8, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0,
        ]
        for (index, plane) in planes.enumerated() {
            let single = try Fixture.encode(JPEGLSEncoder(near: 0), plane, one)
            let scan = try #require(single.indices.dropLast().first { single[$0] == 0xFF && single[$0 + 1] == 0xDA })
            codestream += [0xFF, 0xDA, 0, 8, 1, UInt8(index + 1), 0, 0, 0, 0] + single[(scan + 10)...].dropLast(2)
        }
        codestream += [0xFF, 0xD9]
        let back = try Fixture.decode(JPEGLSDecoder(), codestream, three).frame
        let interleaved: [UInt8] = back.indices.map { planes[$0 % 3][$0 / 3] }
        #expect(back == interleaved)
    }

    /// DCMTK writes Bits Allocated as the precision.
    @Test func moreBitsThanAreStoredAreAcceptedWhenTheSamplesFit() throws {
        let wide = Fixture.format(10, 10, 1, stored: 16)
        let stored = Fixture.format(10, 10, 1, stored: 12)
        let frame = Fixture.noise(stored, seed: 12)
        let codestream = try Fixture.encode(JPEGLSEncoder(near: 0), frame, wide)
        #expect(try Fixture.decode(JPEGLSDecoder(), codestream, stored).frame == frame)
        #expect(throws: CodecError.mismatch("the codestream has samples that do not fit 11 bits stored")) {
            try Fixture.decode(JPEGLSDecoder(), codestream, Fixture.format(10, 10, 1, stored: 11))
        }
        let signed = Fixture.format(10, 10, 1, stored: 12, isSigned: true)
        let negative = Fixture.noise(signed, seed: 13)
        let raw = try Fixture.encode(
            JPEGLSEncoder(near: 0), negative, Fixture.format(10, 10, 1, stored: 16, isSigned: true))
        #expect(try Fixture.decode(JPEGLSDecoder(), raw, signed).frame == negative)
    }

    @Test func encoderRefusesWhatWouldBeWrong() throws {
        let signed = Fixture.format(4, 4, 1, stored: 12, isSigned: true)
        #expect(throws: CodecError.unsupported("near-lossless JPEG-LS would wrap signed samples around")) {
            try Fixture.encode(JPEGLSEncoder(near: 1), Fixture.smooth(signed), signed)
        }
        let bit = Fixture.format(4, 4, 1, stored: 1)
        #expect(throws: CodecError.unsupported("JPEG-LS has no samples of 1 bit")) {
            try Fixture.encode(JPEGLSEncoder(near: 0), Fixture.smooth(bit), bit)
        }
        let few = Fixture.format(4, 4, 1, stored: 2)
        #expect(throws: CodecError.unsupported("NEAR 2 is out of range for 2 bits")) {
            try Fixture.encode(JPEGLSEncoder(near: 2), Fixture.smooth(few), few)
        }
    }
}

@Suite struct JPEGLSDamageTests {
    private static let format = LibraryCodecFixture.format(12, 10, 3)

    private static func stream() throws -> [UInt8] {
        try LibraryCodecFixture.encode(JPEGLSEncoder(near: 0), LibraryCodecFixture.smooth(format), format)
    }

    private static func error(_ stream: [UInt8], _ format: FrameFormat = format) -> CodecError? {
        do throws(any Error) {
            _ = try LibraryCodecFixture.decode(JPEGLSDecoder(), stream, format)
            return nil
        } catch { return error as? CodecError }
    }

    @Test func everyTruncatedStreamIsAnError() throws {
        let stream = try Self.stream()
        for count in 0..<stream.count { #expect(Self.error(Array(stream.prefix(count))) != nil, "\(count)") }
    }

    @Test func aScanThatEndsEarlyIsAnError() throws {
        let stream = try Self.stream()
        for missing in [2, 5, 20] { #expect(Self.error(stream.dropLast(2 + missing) + [0xFF, 0xD9]) != nil) }
    }

    @Test func whatFollowsEOIDoesNotMatter() throws {
        let stream = try Self.stream()
        let whole = try LibraryCodecFixture.decode(JPEGLSDecoder(), stream, Self.format).frame
        #expect(try LibraryCodecFixture.decode(JPEGLSDecoder(), stream + [0], Self.format).frame == whole)
        #expect(try LibraryCodecFixture.decode(JPEGLSDecoder(), stream + [0xFF, 0x00], Self.format).frame == whole)
    }

    /// Without the look for EOI, CharLS 2.4.1 would not come back from some of these: see `JPEGLSDecoder`.
    @Test func damagedStreamsGiveAnErrorOrAFrame() throws {
        let stream = try Self.stream()
        let decoder = JPEGLSDecoder()
        var generator = SeededGenerator(seed: 80)
        var errors = 0
        for _ in 0..<1000 {
            let bytes = LibraryCodecFixture.damaged(stream, &generator)
            if LibraryCodecFixture.survives(decoder, bytes, Self.format) == nil { errors += 1 }
        }
        #expect(errors > 100)
        #expect(Self.error(stream) == nil)
    }

    @Test(arguments: [
        // Offset in the stream of SOI, SOF55 (21 bytes from 2), SOS (14 bytes from 21); value; refusal.
        (3, UInt8(0xC3), "no marker"), (6, 12, "12 bits a sample"), (8, 11, "the data set 12 x 10"),
        (10, 13, "the data set 12 x 10"), (13, 0x21, "subsampled"), (18, 9, "do not hold each component once"),
        (32, 200, "NEAR 200"), (33, 0, "interleave mode 0"), (33, 3, "interleave mode 3"), (34, 1, "point transform"),
    ])
    func headersThatDoNotFitAreRefused(_ offset: Int, _ value: UInt8, _ words: String) throws {
        var bytes = try Self.stream()
        bytes[offset] = value
        let error = try #require(Self.error(bytes))
        #expect(offset == 3 || "\(error)".contains(words), "\(error)")
    }

    @Test func mappingTablesAndExtendedParametersAreRefused() throws {
        for type in [2, 3, 4] as [UInt8] {
            var bytes = try Self.stream()
            bytes.insert(contentsOf: [0xFF, 0xF8, 0, 5, type, 0, 0], at: 21)
            #expect(
                Self.error(bytes) == .unsupported("the JPEG-LS codestream has a mapping table or extended parameters"))
        }
    }

    @Test func aStreamOfAnotherKindIsRefused() throws {
        let jpeg = try LibraryCodecFixture.encode(
            JPEGBaselineEncoder(quality: 90, chroma: .none), LibraryCodecFixture.smooth(Self.format), Self.format)
        #expect(Self.error(jpeg) == .unsupported("the codestream is no JPEG-LS"))
        #expect(Self.error([]) == .malformed("the codestream does not begin with SOI"))
    }
}

@Suite(.enabled(if: SampleFrame.directory != nil, "CAUSEWAY_SAMPLES names no directory"))
struct JPEGLSSampleTests {
    @Test(arguments: [
        ("MR_small_jpeg_ls_lossless.dcm", "MR_small.dcm", 0), ("emri_small_jpeg_ls_lossless.dcm", "emri_small.dcm", 0),
        ("SC_rgb_jls_lossy_line.dcm", "SC_rgb.dcm", 10), ("SC_rgb_jls_lossy_sample.dcm", "SC_rgb.dcm", 10),
    ])
    func realFilesDecodeAsTheirTwins(_ name: String, _ twin: String, _ tolerance: Int) throws {
        let sample = try SampleFrame(name)
        let expected = try SampleFrame(twin)
        let back = try LibraryCodecFixture.decode(JPEGLSDecoder(), sample.bytes, sample.format, sample.label)
        #expect(LibraryCodecFixture.largestError(back.frame, expected.bytes, sample.format) <= tolerance)
        #expect(back.photometric == sample.label)
    }

    @Test(arguments: ["JPEGLSNearLossless_08.dcm", "JPEGLSNearLossless_16.dcm"])
    func realFilesDecode(_ name: String) throws {
        let sample = try SampleFrame(name)
        let back = try LibraryCodecFixture.decode(JPEGLSDecoder(), sample.bytes, sample.format, sample.label)
        #expect(back.frame.count == sample.format.byteCount)
    }
}
