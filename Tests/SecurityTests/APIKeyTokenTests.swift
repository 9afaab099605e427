import Testing

@testable import Security

@Suite struct APIKeyTokenTests {
    @Test func textIsReadBack() throws {
        let token = APIKeyToken.generate()
        let read = try APIKeyToken(token.text)
        #expect(token.text.hasPrefix("cw_"))
        #expect(token.text.utf8.count == 65)
        #expect(read.keyID == token.keyID)
        #expect(read.matches(secretHash: token.secretHash))
        #expect(!read.matches(secretHash: APIKeyToken.generate().secretHash))
    }

    @Test func everyTypingErrorIsNoticed() throws {
        let units = Array(APIKeyToken.generate().text.utf8)
        for i in units.indices {
            for other in [UInt8(ascii: "a"), UInt8(ascii: "b"), UInt8(ascii: "!")] where other != units[i] {
                var changed = units
                changed[i] = other
                #expect(throws: SecurityError.malformed("API key")) {
                    try APIKeyToken(String(decoding: changed, as: UTF8.self))
                }
            }
        }
        for length in 0..<units.count {
            #expect(throws: SecurityError.self) {
                try APIKeyToken(String(decoding: units.prefix(length), as: UTF8.self))
            }
        }
    }

    @Test func descriptionHidesTheSecret() {
        let token = APIKeyToken.generate()
        #expect("\(token)" == "cw_\(token.keyID)_***")
    }

    /// The check value of CRC-32/ISO-HDLC.
    @Test func crcStandardExample() {
        #expect(CRC32.of(Array("123456789".utf8)) == 0xCBF4_3926)
    }
}
