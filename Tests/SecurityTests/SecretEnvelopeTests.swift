import Bytes
import Testing

@testable import Security

@Suite struct SecretEnvelopeTests {
    private let context = SecretContext(tenantID: "t1", recordID: "r1", purpose: "tls-private-key", version: 3)
    private let secret = Array("the key of a PACS".utf8)

    private func masterKey() throws -> MasterKey { try MasterKey(base64: MasterKey.generateBase64()) }

    /// NIST GCM test case 16 (AES-256, 60 bytes, 20 bytes of associated data).
    @Test func aeadStandardExample() throws {
        let key = try #require(Hex.decode("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"))
        let nonce = try #require(Hex.decode("cafebabefacedbaddecaf888"))
        let associated = try #require(Hex.decode("feedfacedeadbeeffeedfacedeadbeefabaddad2"))
        let plain = try #require(
            Hex.decode(
                "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                    + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"))
        let sealed = try AEAD.seal(plain, key: SecretBytes(key), nonce: nonce, authenticating: associated)
        #expect(
            Hex.encode(sealed) == "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662" + "76fc6ece0f4e1768cddf8853bb2d551b")
        #expect(try AEAD.open(sealed, key: SecretBytes(key), nonce: nonce, authenticating: associated) == plain)
    }

    @Test func roundTrip() throws {
        let key = try masterKey()
        let sealed = try SecretEnvelope.seal(secret, for: context, under: key)
        #expect(try SecretEnvelope.open(sealed, for: context, with: MasterKeyRing(primary: key)).copy == secret)
        #expect(try SecretEnvelope.masterKeyID(of: sealed) == key.id)
        #expect(try SecretEnvelope.seal(secret, for: context, under: key) != sealed)
        #expect(
            try SecretEnvelope.open(
                SecretEnvelope.seal([], for: context, under: key), for: context, with: MasterKeyRing(primary: key)
            ).count == 0)
    }

    @Test func everyChangedByteIsNoticed() throws {
        let key = try masterKey()
        let ring = MasterKeyRing(primary: key)
        let sealed = try SecretEnvelope.seal(secret, for: context, under: key)
        for i in sealed.indices {
            var changed = sealed
            changed[i] ^= 1
            #expect(throws: SecurityError.self, "byte \(i)") {
                try SecretEnvelope.open(changed, for: context, with: ring)
            }
        }
        for length in 0..<sealed.count {
            #expect(throws: SecurityError.self, "cut to \(length)") {
                try SecretEnvelope.open(Array(sealed.prefix(length)), for: context, with: ring)
            }
        }
    }

    @Test(arguments: [
        SecretContext(tenantID: "t2", recordID: "r1", purpose: "tls-private-key", version: 3),
        SecretContext(tenantID: "t1", recordID: "r2", purpose: "tls-private-key", version: 3),
        SecretContext(tenantID: "t1", recordID: "r1", purpose: "webhook", version: 3),
        SecretContext(tenantID: "t1", recordID: "r1", purpose: "tls-private-key", version: 2),
        SecretContext(tenantID: "t1r", recordID: "1", purpose: "tls-private-key", version: 3),
    ])
    func anotherRecordCannotOpenIt(_ other: SecretContext) throws {
        let key = try masterKey()
        let sealed = try SecretEnvelope.seal(secret, for: context, under: key)
        #expect(throws: SecurityError.notAuthentic) {
            try SecretEnvelope.open(sealed, for: other, with: MasterKeyRing(primary: key))
        }
    }

    @Test func masterKeyIsReplacedWithoutTouchingTheData() throws {
        let (old, new) = (try masterKey(), try masterKey())
        let ring = MasterKeyRing(primary: new, retired: [old])
        let sealed = try SecretEnvelope.seal(secret, for: context, under: old)
        let rewrapped = try #require(try SecretEnvelope.rewrap(sealed, for: context, with: ring))
        #expect(try SecretEnvelope.open(rewrapped, for: context, with: MasterKeyRing(primary: new)).copy == secret)
        #expect(rewrapped[69...] == sealed[69...])
        #expect(try SecretEnvelope.rewrap(rewrapped, for: context, with: ring) == nil)
        #expect(throws: SecurityError.unknownMasterKey(id: old.id)) {
            try SecretEnvelope.open(sealed, for: context, with: MasterKeyRing(primary: new))
        }
    }

    @Test(arguments: ["", "AAAA", "not base64!", String(repeating: "A", count: 44)])
    func textThatIsNoMasterKeyIsRefused(_ text: String) {
        #expect(throws: SecurityError.self) { try MasterKey(base64: text) }
    }

    @Test func keyFileMayEndInALineFeed() throws {
        let text = MasterKey.generateBase64()
        #expect(try MasterKey(base64: text + "\n").id == MasterKey(base64: text).id)
    }

    @Test func secretsDoNotShowInText() {
        #expect("\(SecretBytes(secret))" == "***")
    }
}
