@testable import Imaging
import TestSupport
import Testing

@Suite struct JPEGLosslessEncoderTests {
    /// One pixel of half the range: the difference is 0, whose code is the bit 0; ones fill the byte.
    @Test func onePixelIsWrittenAsTheStandardSays() throws {
        let codestream = try CodecTest.encode(JPEGLosslessEncoder(), [128], CodecTest.grey(1, 1))
        let expected = """
            FFD8 FFC3 000B 08 0001 0001 01 01 11 00
            FFC4 0014 00 01000000000000000000000000000000 00
            FFDA 0008 01 01 00 01 00 00 7F FFD9
            """
        #expect(codestream == CodecTest.hex(expected))
    }

    /// Differences 0, 1, -1, 1: category 1 has the code 0 and category 0 the code 10, so
    /// that the bits are 10 01 00 01.
    @Test func differencesAreCodedByCategory() throws {
        let codestream = try CodecTest.encode(JPEGLosslessEncoder(), [128, 129, 128, 129], CodecTest.grey(4, 1))
        let expected = """
            FFD8 FFC3 000B 08 0001 0004 01 01 11 00
            FFC4 0015 00 01010000000000000000000000000000 0100
            FFDA 0008 01 01 00 01 00 00 91 FFD9
            """
        #expect(codestream == CodecTest.hex(expected))
    }

    @Test func headerTellsThePrecisionAndComponents() throws {
        let format = CodecTest.color(300, 2, allocated: 16, stored: 12)
        let codestream = try CodecTest.encode(
            JPEGLosslessEncoder(), CodecTest.frame(.gradient, format, seed: 1), format)
        #expect(
            Array(codestream[..<21]) == CodecTest.hex("FFD8 FFC3 0011 0C 0002 012C 03 011100 021100 031100"))
        #expect(codestream.suffix(2) == [0xFF, 0xD9])
    }

    @Test(arguments: [(8, 1, 2), (8, 2, 2), (8, 8, 8), (16, 1, 9), (16, 8, 9), (16, 9, 9), (16, 16, 16)])
    func precisionIsWhatDecodersTake(allocated: Int, stored: Int, precision: UInt8) throws {
        let format = CodecTest.grey(3, 2, allocated: allocated, stored: stored)
        let codestream = try CodecTest.encode(
            JPEGLosslessEncoder(), CodecTest.frame(.noise, format, seed: 1), format)
        #expect(codestream[6] == precision)
    }

    @Test func bitsAboveBitsStoredAreLeftOut() throws {
        let format = CodecTest.grey(3, 1, allocated: 16, stored: 12)
        let codestream = try CodecTest.encode(JPEGLosslessEncoder(), CodecTest.hex("23F1 FFFF 00A0"), format)
        #expect(try CodecTest.decode(JPEGLosslessDecoder(), codestream, format) == CodecTest.hex("2301 FF0F 0000"))
    }

    @Test(arguments: CodecTest.Picture.allCases) func everyFormatComesBack(_ picture: CodecTest.Picture) throws {
        let (encoder, decoder) = (JPEGLosslessEncoder(), JPEGLosslessDecoder())
        for (index, format) in CodecTest.formats.enumerated() {
            let frame = CodecTest.frame(picture, format, seed: UInt64(index))
            let codestream = try CodecTest.encode(encoder, frame, format)
            #expect(try CodecTest.decode(decoder, codestream, format) == frame, "\(format)")
        }
    }

    @Test(arguments: [1, 3]) func differencesOfEveryCategoryComeBack(samples: Int) throws {
        let format = FrameFormat(
            columns: 4 * 17, rows: 1, samplesPerPixel: samples, bitsAllocated: 16, bitsStored: 16)
        var (values, value) = ([Int](), 0)
        for category in 0...16 {
            for step in [1 << category, -(1 << category), (1 << category) - 1, 1 - (1 << category)] {
                value = (value + step) & 0xFFFF
                values.append(value)
            }
        }
        let frame = values.flatMap { value in
            (0..<samples).flatMap { _ in [UInt8(value & 0xFF), UInt8(value >> 8)] }
        }
        let codestream = try CodecTest.encode(JPEGLosslessEncoder(), frame, format)
        #expect(try CodecTest.decode(JPEGLosslessDecoder(), codestream, format) == frame)
    }

    /// Categories with the frequencies of Fibonacci ask for codes as long as the alphabet.
    @Test(arguments: [1, 3]) func longestCodesComeBack(samples: Int) throws {
        var (values, value) = ([Int](), 0)
        var (count, next) = (1, 1)
        for category in (0...16).reversed() {
            for turn in 0..<count {
                value += turn % 2 == 0 ? (1 << category) >> 1 : -((1 << category) >> 1)
                values += [Int](repeating: value & 0xFFFF, count: samples)
            }
            (count, next) = (next, count + next)
        }
        let format = FrameFormat(
            columns: values.count / samples, rows: 1, samplesPerPixel: samples, bitsAllocated: 16, bitsStored: 16)
        let frame = values.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        let codestream = try CodecTest.encode(JPEGLosslessEncoder(), frame, format)
        #expect(try CodecTest.decode(JPEGLosslessDecoder(), codestream, format) == frame)
    }

    @Test func framesAtOddAddressesAreEncodedToo() throws {
        let format = CodecTest.grey(31, 5, allocated: 16)
        let frame = CodecTest.frame(.noise, format, seed: 3)
        let (codestream, shifted) = try CodecTest.encodeShifted(JPEGLosslessEncoder(), frame, format)
        #expect(codestream == shifted)
    }

    @Test func framesOfAnotherSizeOrShapeAreRefused() {
        #expect(throws: CodecError.mismatch("the frame has 3 bytes where its description needs 4")) {
            try CodecTest.encode(JPEGLosslessEncoder(), [1, 2, 3], CodecTest.grey(2, 2))
        }
        #expect(throws: CodecError.unsupported("9 bits stored of 8 allocated")) {
            try CodecTest.encode(JPEGLosslessEncoder(), [1], CodecTest.grey(1, 1, stored: 9))
        }
        #expect(throws: CodecError.limit("a frame of 0 x 1 pixels is outside 1...65535")) {
            try CodecTest.encode(JPEGLosslessEncoder(), [], CodecTest.grey(0, 1))
        }
    }

    // MARK: Huffman codes (T.81 K.2)

    @Test func codesOfOneSymbolHaveOneBit() {
        let code = HuffmanCode(frequencies: [0, 0, 7])
        #expect(code.lengthCounts.first == 1 && code.symbols == [2])
        #expect(code.words == [HuffmanCode.Word(bits: 0, length: 1)])
    }

    @Test func codesAreNoLongerThan16BitsAndNotAllOnes() {
        var frequencies = [1, 1]
        for _ in 2..<30 { frequencies.append(frequencies.suffix(2).reduce(0, +)) }
        let code = HuffmanCode(frequencies: frequencies)
        #expect(code.symbols.count == 30 && Set(code.symbols).count == 30)
        #expect(code.lengthCounts.count == 16 && code.lengthCounts.reduce(0, +) == 30)
        #expect(code.words.allSatisfy { $0.bits != 1 << UInt32($0.length) - 1 })
        #expect(HuffmanCode(lengthCounts: code.lengthCounts, symbols: code.symbols) == code)
        #expect(Set(code.symbols.prefix(2)) == [28, 29])
    }

    /// A place beside the last code is kept free for the code of all ones.
    @Test func frequentSymbolsGetShortCodes() {
        let code = HuffmanCode(frequencies: [40, 20, 10, 10])
        #expect(code.symbols == [0, 1, 2, 3])
        #expect(code.words.map(\.length) == [1, 2, 3, 4])
        #expect(code.words.map(\.bits) == [0, 2, 6, 14])
    }

    @Test func codesWithMoreWordsThanBitsAreNone() {
        func counts(_ first: Int...) -> [Int] { first + [Int](repeating: 0, count: 16 - first.count) }
        #expect(HuffmanCode(lengthCounts: counts(3), symbols: [0, 1, 2]) == nil)
        #expect(HuffmanCode(lengthCounts: counts(1, 1, 3), symbols: [0, 1, 2, 3, 4]) == nil)
        #expect(HuffmanCode(lengthCounts: counts(2), symbols: [0]) == nil)
        #expect(HuffmanCode(lengthCounts: counts(2), symbols: [0, 1]) != nil)
    }
}
