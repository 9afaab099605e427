internal import Bytes
internal import COpenSSL
internal import Glibc

/// An X.509 certificate: its DER bytes and what is read from them.
package struct Certificate: Sendable, Hashable {
    package let der: [UInt8]
    /// RFC 2253 form, such as "CN=pacs.example.org,O=Clinic".
    package let subject: String
    package let issuer: String
    /// Unix seconds.
    package let notBefore: Int64
    package let notAfter: Int64
    /// Hexadecimal, lower case.
    package let serial: String
    package let dnsNames: [String]
    /// IP addresses of the subject alternative name, as text.
    package let addresses: [String]
    /// "RSA", "EC", "ED25519"...
    package let keyAlgorithm: String
    package let keyBits: Int
    /// Such as "RSA-SHA256".
    package let signatureAlgorithm: String
    package let isAuthority: Bool
    /// SHA-256 of the SubjectPublicKeyInfo: survives renewal with the same key; what a pin compares.
    package let publicKeySHA256: [UInt8]
    /// SHA-256 of the whole certificate.
    package let fingerprintSHA256: [UInt8]

    package init(der: [UInt8]) throws(SecurityError) {
        let x509 = unsafe try Self.parse(der)
        defer { unsafe X509_free(x509) }
        unsafe try self.init(x509, der: der)
    }

    /// All certificates of a PEM text, in order; at least one. Other blocks in it are skipped.
    package static func list(pem: [UInt8]) throws(SecurityError) -> [Certificate] {
        let list = unsafe try MemoryBIO.reading(pem) { (bio) throws(SecurityError) in
            var list: [Certificate] = []
            while let x509 = unsafe PEM_read_bio_X509(bio, nil, nil, nil) {
                defer { unsafe X509_free(x509) }
                list.append(unsafe try Certificate(x509))
            }
            return list
        }
        let endOfText = OpenSSLErrors.take().last.map { $0.reason == Int(PEM_R_NO_START_LINE) } ?? false
        guard endOfText, !list.isEmpty else { throw .malformed("PEM certificate") }
        return list
    }

    /// The first certificate of a PEM text.
    package init(pem: String) throws(SecurityError) {
        self = try Self.list(pem: Array(pem.utf8))[0]
    }

    init(_ x509: OpaquePointer) throws(SecurityError) {
        unsafe try self.init(x509, der: Self.der(of: x509))
    }

    static func der(of x509: OpaquePointer) throws(SecurityError) -> [UInt8] {
        unsafe try MemoryBIO.der("write certificate") { unsafe i2d_X509(x509, $0) }
    }

    init(_ x509: OpaquePointer, der: [UInt8]) throws(SecurityError) {
        self.der = der
        subject = unsafe try Self.text(of: X509_get_subject_name(x509))
        issuer = unsafe try Self.text(of: X509_get_issuer_name(x509))
        notBefore = unsafe Self.seconds(X509_get0_notBefore(x509))
        notAfter = unsafe Self.seconds(X509_get0_notAfter(x509))
        serial = unsafe Self.serial(of: x509)
        (dnsNames, addresses) = unsafe Self.alternativeNames(of: x509)
        let key = unsafe X509_get0_pubkey(x509)
        keyAlgorithm = unsafe KeyName.algorithm(of: key)
        keyBits = unsafe key.map { unsafe Int(EVP_PKEY_get_bits($0)) } ?? 0
        let signature = unsafe OBJ_nid2sn(X509_get_signature_nid(x509))
        signatureAlgorithm = unsafe signature.map { unsafe String(cString: $0) } ?? "unknown"
        isAuthority = unsafe X509_check_ca(x509) > 0
        let publicKey = unsafe try MemoryBIO.der("read public key") {
            unsafe i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x509), $0)
        }
        publicKeySHA256 = Digest.of(publicKey)
        fingerprintSHA256 = Digest.of(der)
        OpenSSLErrors.clear()
    }

    package func isExpired(at unixSeconds: Int64) -> Bool { unixSeconds > notAfter }

    /// Upper-case pairs with colons, as `openssl x509 -fingerprint -sha256` prints it.
    package var fingerprintText: String {
        fingerprintSHA256.map { Hex.encode([$0]).uppercased() }.joined(separator: ":")
    }

    /// PEM text ending in a line feed.
    package var pem: String {
        let lines = Base64.encode(der)
        var text = "-----BEGIN CERTIFICATE-----\n"
        var rest = lines[...]
        while !rest.isEmpty {
            text += rest.prefix(64) + "\n"
            rest = rest.dropFirst(64)
        }
        return text + "-----END CERTIFICATE-----\n"
    }

    /// Lends OpenSSL's form.
    @discardableResult
    func withX509<T>(_ body: (OpaquePointer) throws(SecurityError) -> T) throws(SecurityError) -> T {
        let x509 = unsafe try Self.parse(der)
        defer { unsafe X509_free(x509) }
        return unsafe try body(x509)
    }

    private static func parse(_ der: [UInt8]) throws(SecurityError) -> OpaquePointer {
        OpenSSLErrors.clear()
        let (x509, consumed) = unsafe der.withUnsafeBufferPointer { buffer in
            var position = buffer.baseAddress
            let x509 = unsafe d2i_X509(nil, &position, buffer.count)
            let consumed = unsafe position.flatMap { end in unsafe buffer.baseAddress.map { unsafe end - $0 } } ?? 0
            return unsafe (x509, consumed)
        }
        guard let x509 = unsafe x509 else {
            OpenSSLErrors.clear()
            throw .malformed("DER certificate")
        }
        guard consumed == der.count else {
            unsafe X509_free(x509)
            throw .malformed("DER certificate: bytes follow its end")
        }
        return unsafe x509
    }

    private static func text(of name: OpaquePointer?) throws(SecurityError) -> String {
        let bytes = unsafe try MemoryBIO.collect("read name") { bio in max(1, unsafe copenssl_print_name(bio, name) + 1)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64 {
        var parts = unsafe tm()
        guard unsafe ASN1_TIME_to_tm(time, &parts) == 1 else { return 0 }
        return unsafe Int64(timegm(&parts))
    }

    private static func serial(of x509: OpaquePointer) -> String {
        guard let number = unsafe ASN1_INTEGER_to_BN(X509_get0_serialNumber(x509), nil) else { return "" }
        defer { unsafe BN_free(number) }
        var bytes = [UInt8](repeating: 0, count: unsafe Int(BN_num_bits(number) + 7) / 8)
        unsafe BN_bn2bin(number, &bytes)
        return Hex.encode(bytes)
    }

    private static func alternativeNames(of x509: OpaquePointer) -> ([String], [String]) {
        guard let names = unsafe copenssl_subject_alt_names(x509) else { return ([], []) }
        defer { unsafe copenssl_names_free(names) }
        var dns: [String] = []
        var addresses: [String] = []
        for i in 0..<(unsafe copenssl_names_count(names)) {
            guard let name = unsafe copenssl_name_at(names, i) else { continue }
            switch unsafe name.pointee.type {
            case GEN_DNS: dns.append(String(decoding: unsafe bytes(of: copenssl_name_ia5(name)), as: UTF8.self))
            case GEN_IPADD:
                if let text = addressText(unsafe bytes(of: copenssl_name_ip(name))) { addresses.append(text) }
            default: continue
            }
        }
        return (dns, addresses)
    }

    private static func bytes(of string: UnsafePointer<ASN1_STRING>?) -> [UInt8] {
        guard let start = unsafe ASN1_STRING_get0_data(string) else { return [] }
        return unsafe Array(UnsafeBufferPointer(start: start, count: Int(ASN1_STRING_length(string))))
    }

    private static func addressText(_ bytes: [UInt8]) -> String? {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { text in
            let family = bytes.count == 4 ? AF_INET : AF_INET6
            guard let result = unsafe inet_ntop(family, bytes, text.baseAddress, 64) else { return nil }
            return unsafe String(cString: result)
        }
    }
}
