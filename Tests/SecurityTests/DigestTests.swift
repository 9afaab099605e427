import Bytes
import Testing
import TestSupport

@testable import Security

@Suite struct DigestTests {
    // FIPS 180-4 and RFC 7693 examples for "abc"
    @Test(arguments: [
        (DigestAlgorithm.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            .blake2b512,
            "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
                + "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923"
        ),
    ])
    func standardExample(_ algorithm: DigestAlgorithm, _ expected: String) {
        #expect(Hex.encode(Digest.of(Array("abc".utf8), algorithm)) == expected)
        #expect(expected.count == algorithm.byteCount * 2)
    }

    @Test func piecesDoNotChangeTheHash() {
        var random = SeededGenerator(seed: 3)
        let message = random.bytes(700)
        let whole = Digest.of(message)
        let digest = Digest()
        for pieces in Splitter.cuts(of: message) {
            for piece in pieces { digest.update(piece) }
            #expect(digest.finish() == whole)
        }
    }

    /// RFC 4231 test case 2.
    @Test func hmacStandardExample() {
        let code = HMAC.sha256(key: Array("Jefe".utf8), Array("what do ya want for nothing?".utf8))
        #expect(Hex.encode(code) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        #expect(HMAC.isValid(code, key: Array("Jefe".utf8), Array("what do ya want for nothing?".utf8)))
        #expect(!HMAC.isValid(code, key: Array("jefe".utf8), Array("what do ya want for nothing?".utf8)))
    }

    @Test func comparisonLooksAtEveryByte() {
        #expect(ConstantTime.areEqual([], []))
        #expect(!ConstantTime.areEqual([1], []))
        for i in 0..<8 {
            var other = [UInt8](repeating: 9, count: 8)
            other[i] = 8
            #expect(!ConstantTime.areEqual([UInt8](repeating: 9, count: 8), other))
        }
    }

    @Test func randomBytesDiffer() {
        #expect(RandomBytes.make(32) != RandomBytes.make(32))
        #expect(RandomBytes.make(0).isEmpty)
    }
}
