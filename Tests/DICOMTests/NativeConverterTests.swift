import Bytes
import DICOM
import TestSupport
import Testing

@Suite struct NativeConverterTests {
    private static let little = DICOMSource(.explicitVRLittleEndian, Fixture.object(explicit: true))
    private static let implicit = DICOMSource(.implicitVRLittleEndian, Fixture.object(explicit: false))
    private static let big = DICOMSource(
        .explicitVRBigEndian, Fixture.object(explicit: true, littleEndian: false, pixels: [2, 1, 4, 3, 6, 5]))
    private static let deflated = DICOMSource(
        .deflatedExplicitVRLittleEndian, DeflateBomb.stored(Fixture.object(explicit: true)))
    static let sources = [little, implicit, big, deflated]

    private struct NotNative: Error {}

    private static func converter(_ source: TransferSyntax, _ target: TransferSyntax) throws -> NativeConverter {
        guard let converter = NativeConverter(from: source, to: target) else { throw NotNative() }
        return converter
    }

    @Test func explicitToImplicitIsGolden() throws {
        let source = try golden(
            """
            08 00 00 00 55 4C 04 00 00 00 00 00      # group length, dropped
            08 00 60 00 43 53 01 00 55               # CS of odd length
            08 00 10 11 53 51 00 00 12 00 00 00      # SQ 18
            FE FF 00 E0 0A 00 00 00                  # item 10
            20 00 0D 00 55 49 02 00 31 00            # UI
            """)
        let converted = try NativeConverter.convert(source, from: .explicitVRLittleEndian, to: .implicitVRLittleEndian)
        #expect(
            try converted
                == golden(
                    """
                    08 00 60 00 02 00 00 00 55 20            # padded
                    08 00 10 11 FF FF FF FF                  # undefined length
                    FE FF 00 E0 FF FF FF FF
                    20 00 0D 00 02 00 00 00 31 00
                    FE FF 0D E0 00 00 00 00
                    FE FF DD E0 00 00 00 00
                    """))
    }

    @Test(arguments: sources, [TransferSyntax.explicitVRLittleEndian, .implicitVRLittleEndian])
    func valuesStayAsTheyAre(source: DICOMSource, target: TransferSyntax) throws {
        let converted = try #require(try NativeConverter.convert(source.bytes, from: source.syntax, to: target))
        var expected = try DataSetReader.read(source.bytes, source.syntax)
        if source.syntax != .deflatedExplicitVRLittleEndian || !target.isExplicit {
            expected.set(.patientID, "odd ")
        }
        #expect(try DataSetReader.read(converted, target) == expected)
    }

    @Test(arguments: sources, [TransferSyntax.explicitVRLittleEndian, .implicitVRLittleEndian])
    func cutsDoNotMatter(source: DICOMSource, target: TransferSyntax) throws {
        let whole = try NativeConverter.convert(source.bytes, from: source.syntax, to: target)
        for pieces in Splitter.cuts(of: source.bytes) {
            var converter = try Self.converter(source.syntax, target)
            var output: [UInt8] = []
            for piece in pieces { output += try converter.push(piece.rawSpan) }
            output += try converter.finish()
            #expect(output == whole)
        }
    }

    @Test func pixelsPassThroughWithoutBeingKept() throws {
        let pixels = Array(repeating: UInt8(7), count: 1 << 20)
        var converter = try Self.converter(.explicitVRLittleEndian, .implicitVRLittleEndian)
        var header = ElementBytes()
        header.header(.pixelData, .OW, UInt32(pixels.count))
        #expect(try converter.push(header.bytes.rawSpan).count == 8)
        for start in stride(from: 0, to: pixels.count, by: 1 << 16) {
            let piece = Array(pixels[start..<(start + 1 << 16)])
            #expect(try converter.push(piece.rawSpan).count == 1 << 16)
        }
        #expect(try converter.finish().isEmpty)
    }

    @Test func truncatedSourceIsAnError() throws {
        let source = Fixture.object(explicit: true)
        #expect(throws: WireError.self) {
            try NativeConverter.convert(
                Array(source.dropLast()), from: .explicitVRLittleEndian, to: .implicitVRLittleEndian)
        }
    }

    @Test func wideBigEndianPixelsAreRefused() throws {
        var out = ElementBytes(isLittleEndian: false)
        out.element(.bitsAllocated, .US, [0, 32])
        out.element(.pixelData, .OW, [0, 0, 0, 1])
        let bytes = out.bytes
        #expect(throws: WireError.self) {
            try NativeConverter.convert(bytes, from: .explicitVRBigEndian, to: .explicitVRLittleEndian)
        }
    }

    @Test func onlyNativeSyntaxesAreConverted() throws {
        #expect(try NativeConverter.convert([], from: .jpegBaseline, to: .explicitVRLittleEndian) == nil)
        #expect(try NativeConverter.convert([], from: .explicitVRLittleEndian, to: .explicitVRBigEndian) == nil)
    }
}

struct DICOMSource: Sendable, CustomTestStringConvertible {
    let syntax: TransferSyntax
    let bytes: [UInt8]

    init(_ syntax: TransferSyntax, _ bytes: [UInt8]) {
        self.syntax = syntax
        self.bytes = bytes
    }

    var testDescription: String { syntax.name }
}

extension DeflateBomb {
    /// One stored block (RFC 1951 3.2.4) and the NUL that makes the length even.
    static func stored(_ bytes: [UInt8]) -> [UInt8] {
        let count = UInt16(bytes.count)
        let length = [UInt8(truncatingIfNeeded: count), UInt8(count >> 8)]
        return [1] + length + length.map { ~$0 } + bytes + (bytes.count % 2 == 0 ? [0] : [])
    }
}
