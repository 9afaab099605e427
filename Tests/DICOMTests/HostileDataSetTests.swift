import Bytes
import DICOM
import TestSupport
import Testing

/// Shapes that have broken other readers; each must end in an error, without much memory and without a crash.
@Suite struct HostileDataSetTests {
    private func refusal(_ bytes: [UInt8], _ syntax: TransferSyntax = .explicitVRLittleEndian) -> WireError? {
        do {
            _ = try DataSetReader.read(bytes, syntax)
            return nil
        } catch {
            return error
        }
    }

    private func nested(_ depth: Int, _ syntax: TransferSyntax) -> [UInt8] {
        var out = ElementBytes(isExplicit: syntax.isExplicit)
        for _ in 0..<depth {
            out.header(.contentSequence, .SQ, ElementBytes.undefined)
            out.item(.item, ElementBytes.undefined)
        }
        for _ in 0..<depth {
            out.item(.itemDelimitation, 0)
            out.item(.sequenceDelimitation, 0)
        }
        return out.bytes
    }

    @Test(arguments: [TransferSyntax.explicitVRLittleEndian, .implicitVRLittleEndian])
    func nestingIsLimited(syntax: TransferSyntax) {
        #expect(refusal(nested(64, syntax), syntax) == nil)
        #expect(refusal(nested(65, syntax), syntax)?.kind == .overlong(length: 65, limit: 64))
        #expect(refusal(nested(100_000, syntax), syntax)?.kind == .overlong(length: 65, limit: 64))
    }

    @Test func lengthBehindTheEndIsRefusedAtOnce() {
        var out = ElementBytes()
        out.header(.pixelData, .OW, 0xFFFF_FFFE)
        #expect(refusal(out.bytes)?.kind == .truncated(needed: 0xFFFF_FFFE, available: 0))
        // Where the size is known, nobody waits for the rest.
        var tokenizer = DataSetTokenizer(.explicitVRLittleEndian, byteCount: 1000)
        tokenizer.push(out.bytes.rawSpan)
        #expect(throws: WireError.self) { try tokenizer.next() }
    }

    @Test func lengthBehindTheItemIsRefused() {
        var out = ElementBytes()
        out.header(.contentSequence, .SQ, ElementBytes.undefined)
        out.item(.item, 10)
        out.header(.patientID, .LO, 4)
        out.bytes += Array(repeating: 0x20, count: 64)
        #expect(refusal(out.bytes)?.kind == .truncated(needed: 4, available: 2))
    }

    @Test func itemLongerThanItsSequenceIsRefused() {
        var out = ElementBytes()
        out.header(.contentSequence, .SQ, 16)
        out.item(.item, 16)
        out.bytes += Array(repeating: 0, count: 64)
        #expect(refusal(out.bytes)?.kind == .truncated(needed: 16, available: 8))
    }

    @Test func itemTooShortForAHeaderIsRefused() {
        var out = ElementBytes()
        out.header(.contentSequence, .SQ, ElementBytes.undefined)
        out.item(.item, 4)
        out.bytes += Array(repeating: 0, count: 64)
        #expect(refusal(out.bytes)?.kind == .truncated(needed: 8, available: 4))
    }

    @Test(arguments: [VR.OB, .UT, .OW])
    func undefinedLengthOutsideOfSequencesIsRefused(vr: VR) {
        var out = ElementBytes()
        out.header(.encapsulatedDocument, vr, ElementBytes.undefined)
        out.item(.sequenceDelimitation, 0)
        #expect(refusal(out.bytes) != nil)
    }

    @Test func openSequenceAtTheEndIsRefused() {
        var out = ElementBytes()
        out.header(.contentSequence, .SQ, ElementBytes.undefined)
        out.item(.item, ElementBytes.undefined)
        #expect(refusal(out.bytes)?.kind == .truncated(needed: 8, available: 0))
    }

    @Test func unknownVRIsReadAsUNOrRefused() throws {
        var out = ElementBytes()
        out.bytes = [0x09, 0, 1, 0x10, 0x5A, 0x5A, 0, 0, 2, 0, 0, 0, 7, 8]  // (0009,1001) ZZ, 12-byte header
        #expect(try DataSetReader.read(out.bytes, .explicitVRLittleEndian)[Tag(9, 0x1001)]?.vr == .UN)
        out.bytes[8] = 200
        #expect(refusal(out.bytes) != nil)
        out.bytes[4] = 0
        #expect(refusal(out.bytes) != nil)
    }

    @Test func straySequenceDelimiterClosesAnOpenItem() throws {
        var out = ElementBytes()
        out.header(.contentSequence, .SQ, ElementBytes.undefined)
        out.item(.item, ElementBytes.undefined)
        out.item(.sequenceDelimitation, 77)
        out.element(.rows, .US, [1, 0])
        #expect(try DataSetReader.read(out.bytes, .explicitVRLittleEndian).int(.rows) == 1)
    }

    @Test func elementsAndBytesInMemoryAreLimited() {
        var limits = DataSetLimits()
        limits.elementCountMax = 10
        #expect(throws: WireError.self) {
            try DataSetReader.read(Fixture.object(explicit: true), .explicitVRLittleEndian, limits: limits)
        }
        limits = DataSetLimits()
        limits.totalByteCountMax = 20
        #expect(throws: WireError.self) {
            try DataSetReader.read(Fixture.object(explicit: true), .explicitVRLittleEndian, limits: limits)
        }
    }

    @Test func inflateBombIsStoppedByItsRatio() throws {
        // 100 MiB of zeros: a literal 0, then matches of 258 bytes at distance 1; a byte yields about 159.
        var limits = DataSetLimits()
        limits.inflateRatioMax = 100
        #expect(inflated(DeflateBomb.zeros(matchCount: 400_000), limits)?.contains("over the limit") == true)
        limits.inflateRatioMax = 200
        #expect(inflated(DeflateBomb.zeros(matchCount: 4_000), limits) == nil)
        limits.inflatedByteCountMax = 1_000_000
        #expect(inflated(DeflateBomb.zeros(matchCount: 4_000), limits)?.contains("limit of 1000000") == true)
    }

    /// What the converter says; it passes on whatever comes out, so only the caps can stop it.
    private func inflated(_ bytes: [UInt8], _ limits: DataSetLimits) -> String? {
        var converter = NativeConverter(
            from: .deflatedExplicitVRLittleEndian, to: .explicitVRLittleEndian, limits: limits)
        do {
            _ = try converter?.push(bytes.rawSpan)
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test func brokenDeflateIsAnError() {
        #expect(refusal([0xFF, 0xFF, 0xFF, 0xFF], .deflatedExplicitVRLittleEndian) != nil)
        #expect(refusal([0x03], .deflatedExplicitVRLittleEndian) != nil)
        #expect(refusal([0x03, 0x00], .deflatedExplicitVRLittleEndian) == nil)  // an empty stream
    }

    @Test func twentyThousandMutationsNeverCrash() {
        let syntaxes: [TransferSyntax] = [.explicitVRLittleEndian, .implicitVRLittleEndian, .explicitVRBigEndian]
        var random = SeededGenerator(seed: 20_260_101)
        var readCount = 0
        for round in 0..<20_000 {
            let syntax = syntaxes[round % 3]
            var bytes = Fixture.object(explicit: syntax.isExplicit, littleEndian: syntax.isLittleEndian)
            for _ in 0..<Int.random(in: 1...4, using: &random) { Self.mutate(&bytes, &random) }
            if let dataSet = try? DataSetReader.read(bytes, syntax) {
                readCount += 1
                _ = dataSet.elements.map { (dataSet.strings($0.tag), dataSet.ints($0.tag)) }
                _ = try? DataSetWriter.encode(dataSet, .explicitVRLittleEndian)
            }
            _ = try? NativeConverter.convert(bytes, from: syntax, to: .explicitVRLittleEndian)
            _ = try? InstanceHeader.parse(
                dataSet: bytes, syntax, announced: .init(sopClassUID: nil, sopInstanceUID: nil))
        }
        #expect(readCount > 1000)
    }

    private static func mutate(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
        guard !bytes.isEmpty else { return }
        let at = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: bytes[at] = [0, 0xFF, 0x7F, 0x80, 0xFE].randomElement(using: &random) ?? 0
        case 2: bytes.remove(at: at)
        case 3: bytes.insert(UInt8.random(in: 0...255, using: &random), at: at)
        default: bytes.removeSubrange(at...)
        }
    }
}

/// Raw deflate written bit by bit (RFC 1951 3.2.6), so that no compressor is needed.
enum DeflateBomb {
    static func zeros(matchCount: Int) -> [UInt8] {
        var bits: [Bool] = [true, true, false]  // last block, fixed Huffman codes
        bits += code(0x30, 8)  // literal 0
        for _ in 0..<matchCount { bits += code(0b11000101, 8) + code(0, 5) }  // length 258, distance 1
        bits += code(0, 7)  // end of block
        return stride(from: 0, to: bits.count, by: 8).map { start in
            (0..<min(8, bits.count - start)).reduce(UInt8(0)) { bits[start + $1] ? $0 | 1 << UInt8($1) : $0 }
        }
    }

    private static func code(_ value: Int, _ width: Int) -> [Bool] {
        (0..<width).reversed().map { value >> $0 & 1 == 1 }
    }
}
