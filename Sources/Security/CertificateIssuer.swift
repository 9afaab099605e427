internal import Bytes
internal import COpenSSL
internal import Glibc

/// What a new certificate says.
package struct CertificateContents: Sendable {
    package enum Purpose: Sendable { case server, client, authority }

    /// A DNS name or an IP address, for the common name and the subject alternative name; any text for an authority.
    package var host: String
    package var organizationName: String
    package var validityDays: Int
    package var purpose: Purpose

    /// `validityDays` at most 3650; two years and less is what IHE ATNA asks for.
    package init(host: String, organizationName: String, validityDays: Int = 730, purpose: Purpose = .server) {
        self.host = host
        self.organizationName = organizationName
        self.validityDays = validityDays
        self.purpose = purpose
    }
}

/// A certificate with the key that belongs to it, and the certificates between it and a root.
package struct Identity: Sendable {
    /// The leaf first.
    package let certificates: [Certificate]
    package let key: KeyPair

    package init(certificates: [Certificate], key: KeyPair) {
        self.certificates = certificates
        self.key = key
    }

    /// From PEM texts: the chain, leaf first, and its key.
    package init(certificatePEM: [UInt8], keyPEM: [UInt8]) throws(SecurityError) {
        certificates = try Certificate.list(pem: certificatePEM)
        key = try KeyPair(pem: keyPEM)
        guard try key.publicKeySHA256() == certificates[0].publicKeySHA256 else {
            throw .invalid(field: "key", reason: "does not belong to the certificate")
        }
    }

    package var leaf: Certificate { certificates[0] }

    /// The chain in PEM, leaf first.
    package var certificatePEM: String { certificates.map(\.pem).joined() }
}

/// Makes certificates: RSA or P-256, SHA-256, random 127-bit serial, one hour back-dated for clocks that are behind.
package enum CertificateIssuer {
    package static let validityDaysMax = 3650
    private static let backdatedSeconds: Int = 3600

    /// A new key with a certificate signed by itself.
    package static func selfSigned(_ contents: CertificateContents, kind: KeyKind) throws(SecurityError) -> Identity {
        let key = try KeyPair.generate(kind)
        let certificate = unsafe try make(contents, publicKey: unsafe key.raw, issuer: nil, signingKey: key)
        return Identity(certificates: [certificate], key: key)
    }

    /// A new key with a certificate signed by `issuer`.
    package static func issue(
        _ contents: CertificateContents, kind: KeyKind, by issuer: Identity
    ) throws(SecurityError) -> Identity {
        let key = try KeyPair.generate(kind)
        let certificate = unsafe try make(
            contents, publicKey: unsafe key.raw, issuer: issuer.leaf, signingKey: issuer.key)
        return Identity(certificates: [certificate] + issuer.certificates, key: key)
    }

    /// A certificate for the key of a site's request. Names come from `contents`, never from the request.
    package static func sign(
        _ request: CertificateRequest, _ contents: CertificateContents, by issuer: Identity
    ) throws(SecurityError) -> Certificate {
        let raw = unsafe try request.parsed()
        defer { unsafe X509_REQ_free(raw) }
        guard let key = unsafe X509_REQ_get0_pubkey(raw) else { throw .malformed("certificate request") }
        return unsafe try make(contents, publicKey: key, issuer: issuer.leaf, signingKey: issuer.key)
    }

    private static func make(
        _ contents: CertificateContents, publicKey: OpaquePointer, issuer: Certificate?, signingKey: KeyPair
    ) throws(SecurityError) -> Certificate {
        try validate(contents)
        OpenSSLErrors.clear()
        let x509 = unsafe try OpenSSLErrors.check("certificate", X509_new())
        defer { unsafe X509_free(x509) }
        unsafe try OpenSSLErrors.check("certificate", X509_set_version(x509, 2))
        unsafe try setSerial(x509)
        let days = contents.validityDays
        unsafe X509_gmtime_adj(X509_getm_notBefore(x509), -backdatedSeconds)
        unsafe X509_gmtime_adj(X509_getm_notAfter(x509), days * 86_400)
        unsafe try setName(X509_get_subject_name(x509), contents)
        unsafe try OpenSSLErrors.check("certificate", X509_set_pubkey(x509, publicKey))
        if let issuer {
            unsafe try issuer.withX509 { (issuerX509) throws(SecurityError) in
                unsafe try OpenSSLErrors.check(
                    "certificate", X509_set_issuer_name(x509, X509_get_subject_name(issuerX509)))
                unsafe try addExtensions(contents, to: x509, issuer: issuerX509)
            }
        } else {
            unsafe try OpenSSLErrors.check("certificate", X509_set_issuer_name(x509, X509_get_subject_name(x509)))
            unsafe try addExtensions(contents, to: x509, issuer: x509)
        }
        unsafe try OpenSSLErrors.check("sign certificate", X509_sign(x509, signingKey.raw, EVP_sha256()))
        return unsafe try Certificate(x509)
    }

    private static func validate(_ contents: CertificateContents) throws(SecurityError) {
        if !(1...validityDaysMax).contains(contents.validityDays) {
            throw .invalid(field: "validityDays", reason: "must be from 1 to \(validityDaysMax)")
        }
        try validateName(contents)
    }

    static func validateName(_ contents: CertificateContents) throws(SecurityError) {
        if contents.purpose == .server, HostName(contents.host) == nil {
            throw .invalid(field: "host", reason: "must be a DNS name or an IP address")
        }
        if contents.host.isEmpty || contents.host.utf8.count > 253 {
            throw .invalid(field: "host", reason: "must have 1 to 253 characters")
        }
    }

    private static func setSerial(_ x509: OpaquePointer) throws(SecurityError) {
        var bytes = RandomBytes.make(16)
        bytes[0] = bytes[0] & 0x7F | 0x40
        let number = unsafe try OpenSSLErrors.check("serial number", BN_bin2bn(bytes, CInt(bytes.count), nil))
        defer { unsafe BN_free(number) }
        _ = unsafe try OpenSSLErrors.check("serial number", BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509)))
    }

    /// CN is limited to 64 characters by X.520; a longer host stands in the alternative name alone.
    static func setName(_ name: OpaquePointer?, _ contents: CertificateContents) throws(SecurityError) {
        let organization = String(contents.organizationName.unicodeScalars.prefix(64))
        if !organization.isEmpty { unsafe try addName(name, "O", organization) }
        if contents.host.unicodeScalars.count <= 64 {
            unsafe try addName(name, "CN", contents.host)
        } else if organization.isEmpty {
            unsafe try addName(name, "O", "Causeway")
        }
    }

    private static func addName(_ name: OpaquePointer?, _ field: String, _ value: String) throws(SecurityError) {
        let bytes = Array(value.utf8)
        unsafe try OpenSSLErrors.check(
            "name", X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, bytes, CInt(bytes.count), -1, 0))
    }

    private static func addExtensions(
        _ contents: CertificateContents, to x509: OpaquePointer, issuer: OpaquePointer
    ) throws(SecurityError) {
        var context = unsafe X509V3_CTX()
        unsafe X509V3_set_ctx(&context, issuer, x509, nil, nil, 0)
        unsafe copenssl_context_without_database(&context)
        var list = extensions(of: contents, key: unsafe KeyName.algorithm(of: X509_get0_pubkey(x509)))
        if unsafe issuer != x509 { list.append((NID_authority_key_identifier, "keyid:always")) }
        for (nid, value) in list {
            let made = unsafe try OpenSSLErrors.check("extension", X509V3_EXT_nconf_nid(nil, &context, nid, value))
            defer { unsafe X509_EXTENSION_free(made) }
            unsafe try OpenSSLErrors.check("extension", X509_add_ext(x509, made, -1))
        }
    }

    static func extensions(of contents: CertificateContents, key: String) -> [(CInt, String)] {
        let usage = key == "RSA" ? "critical,digitalSignature,keyEncipherment" : "critical,digitalSignature"
        var list: [(CInt, String)]
        switch contents.purpose {
        case .server:
            list = [
                (NID_basic_constraints, "critical,CA:FALSE"), (NID_key_usage, usage), (NID_ext_key_usage, "serverAuth"),
            ]
        case .client:
            list = [
                (NID_basic_constraints, "critical,CA:FALSE"), (NID_key_usage, usage), (NID_ext_key_usage, "clientAuth"),
            ]
        case .authority:
            list = [
                (NID_basic_constraints, "critical,CA:TRUE,pathlen:0"), (NID_key_usage, "critical,keyCertSign,cRLSign"),
            ]
        }
        if let name = HostName(contents.host), contents.purpose != .authority {
            list.append((NID_subject_alt_name, name.extensionText))
        }
        list.append((NID_subject_key_identifier, "hash"))
        return list
    }
}

/// What may stand for a host in a certificate. Checked here because the text goes into OpenSSL's extension syntax.
enum HostName {
    case dns(String)
    case address(String)

    init?(_ text: String) {
        if Self.address(text) != nil {
            self = .address(text)
            return
        }
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        let isName =
            text.utf8.count <= 253
            && labels.allSatisfy { label in
                (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                    && label.utf8.allSatisfy(Self.isNameCharacter)
            }
        guard isName, labels.last?.utf8.allSatisfy({ (0x30...0x39).contains($0) }) == false else { return nil }
        self = .dns(text)
    }

    private static func isNameCharacter(_ unit: UInt8) -> Bool {
        switch unit {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }

    /// Network-order bytes of an address literal.
    static func address(_ text: String) -> [UInt8]? {
        var v4 = in_addr()
        var v6 = in6_addr()
        if unsafe inet_pton(AF_INET, text, &v4) == 1 { return unsafe withUnsafeBytes(of: &v4) { unsafe Array($0) } }
        if unsafe inet_pton(AF_INET6, text, &v6) == 1 { return unsafe withUnsafeBytes(of: &v6) { unsafe Array($0) } }
        return nil
    }

    var extensionText: String {
        switch self {
        case .dns(let name): "DNS:\(name)"
        case .address(let address): "IP:\(address)"
        }
    }
}
