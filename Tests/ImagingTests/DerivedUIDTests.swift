import Bytes
import DICOM
import Imaging
import Testing

@Suite struct DerivedUIDTests {
    private static func uid(_ text: String) throws -> UID { try #require(UID(text)) }

    /// What is hashed, in hexadecimal.
    private static func hashed(
        _ source: String, _ parameters: CodecParameters, _ codec: String
    ) throws -> String {
        var input: [UInt8] = []
        _ = DerivedUID.make(source: try uid(source), parameters: parameters, codec: codec) { bytes in
            input = bytes
            return [UInt8](repeating: 0, count: 32)
        }
        return Hex.encode(input)
    }

    /// SHA-256 and the UID were computed by Python's hashlib from lengths (32 bits, big endian) and texts.
    @Test func theAnswerIsKnown() throws {
        let source = try Self.uid("1.2.840.113619.2.1")
        var input = ""
        let made = DerivedUID.make(
            source: source, parameters: .jpegBaseline(quality: 90, .none), codec: "libjpeg-turbo 2.1.5"
        ) { bytes in
            input = Hex.encode(bytes)
            // Only the first 16 bytes are used; the rest is not that of the hash.
            return (Hex.decode("fa22b10be6ecdd8316dca958d54d5ac7") ?? []) + [UInt8](repeating: 9, count: 16)
        }
        #expect(
            input == "00000012312e322e3834302e3131333631392e322e31"
                + "00000016312e322e3834302e31303030382e312e322e342e3530"
                + "000000117175616c6974792039302c20343a343a34" + "000000136c69626a7065672d747572626f20322e312e35")
        #expect(made.text == "2.25.332487127968896313401301280505163766471")
        #expect(made.isConformant)
    }

    @Test func everyPartCounts() throws {
        let jpeg = CodecParameters.jpegBaseline(quality: 90, .none)
        let inputs = [
            try Self.hashed("1.2.3", jpeg, "a 1"), try Self.hashed("1.2.4", jpeg, "a 1"),
            try Self.hashed("1.2.3", .jpegBaseline(quality: 91, .none), "a 1"),
            try Self.hashed("1.2.3", .jpegBaseline(quality: 90, .both), "a 1"),
            try Self.hashed("1.2.3", .h264(crf: 18, isLevel42: false), "a 1"),
            try Self.hashed("1.2.3", .h264(crf: 18, isLevel42: true), "a 1"), try Self.hashed("1.2.3", jpeg, "a 2"),
        ]
        #expect(Set(inputs).count == inputs.count)
        #expect(try Self.hashed("1.2.3", jpeg, "a 1") == inputs[0])
    }
}
