internal import Bytes
internal import COpenSSL

/// A reason not to take an upload, with the field it is about.
package struct FieldReason: Error, Sendable, Hashable {
    package let field: String
    package let reason: String
}

/// Everything wrong with an uploaded certificate at once.
package struct UploadRejection: Error, Sendable, Hashable {
    package let reasons: [FieldReason]
}

/// The check of a certificate (and key) that a site brings along.
package enum CertificateUpload {
    /// The chain, leaf first, and the key if one came. Fields named in reasons: "certificate", "chain", "key".
    package static func validate(
        certificatePEM: String, keyPEM: String?, passphrase: String? = nil, now: Int64
    ) throws(UploadRejection) -> (chain: [Certificate], key: KeyPair?) {
        var reasons: [FieldReason] = []
        let chain: [Certificate]
        do throws(SecurityError) {
            chain = try Certificate.list(pem: Array(certificatePEM.utf8))
        } catch {
            throw UploadRejection(reasons: [FieldReason(field: "certificate", reason: "\(error)")])
        }
        check(leaf: chain[0], now: now, &reasons)
        check(chain: chain, now: now, &reasons)
        var key: KeyPair?
        if let keyPEM {
            do throws(SecurityError) {
                let read = try KeyPair(pem: keyPEM, passphrase: passphrase)
                if try read.publicKeySHA256() != chain[0].publicKeySHA256 {
                    reasons.append(FieldReason(field: "key", reason: mismatch(read, chain)))
                }
                key = read
            } catch {
                reasons.append(FieldReason(field: "key", reason: "\(error)"))
            }
        }
        if !reasons.isEmpty { throw UploadRejection(reasons: reasons) }
        return (chain, key)
    }

    private static func check(leaf: Certificate, now: Int64, _ reasons: inout [FieldReason]) {
        func refuse(_ reason: String) { reasons.append(FieldReason(field: "certificate", reason: reason)) }
        if leaf.isExpired(at: now) { refuse("expired at Unix time \(leaf.notAfter)") }
        if leaf.notBefore > now { refuse("not valid before Unix time \(leaf.notBefore)") }
        if let weakness = KeyStrength.weakness(algorithm: leaf.keyAlgorithm, bits: leaf.keyBits) { refuse(weakness) }
        if hasWeakSignature(leaf) { refuse("is signed with \(leaf.signatureAlgorithm); SHA-256 or better is needed") }
    }

    private static func check(chain: [Certificate], now: Int64, _ reasons: inout [FieldReason]) {
        for (i, certificate) in chain.enumerated().dropFirst() {
            let place = "certificate \(i + 1) (\(certificate.subject))"
            if !isIssued(chain[i - 1], by: certificate) {
                let reason =
                    "\(place) did not issue the one before it; put the server's certificate first, then its issuers"
                reasons.append(FieldReason(field: "chain", reason: reason))
            }
            if certificate.isExpired(at: now) {
                reasons.append(
                    FieldReason(field: "chain", reason: "\(place) expired at Unix time \(certificate.notAfter)"))
            }
            if certificate.issuer != certificate.subject, hasWeakSignature(certificate) {
                let reason = "\(place) is signed with \(certificate.signatureAlgorithm)"
                reasons.append(FieldReason(field: "chain", reason: reason))
            }
        }
    }

    private static func mismatch(_ key: KeyPair, _ chain: [Certificate]) -> String {
        let digest = try? key.publicKeySHA256()
        if let i = chain.firstIndex(where: { $0.publicKeySHA256 == digest }) {
            return "belongs to certificate \(i + 1) of the chain; the server's own certificate must stand first"
        }
        return "does not belong to the certificate"
    }

    private static func hasWeakSignature(_ certificate: Certificate) -> Bool {
        let name = certificate.signatureAlgorithm.uppercased()
        return ["MD5", "MD4", "MD2", "SHA1"].contains { name.contains($0) } || name.hasSuffix("-SHA")
    }

    /// Whether the signature on `subject` was made with the key of `issuer`.
    static func isIssued(_ subject: Certificate, by issuer: Certificate) -> Bool {
        guard subject.issuer == issuer.subject else { return false }
        let verified = unsafe try? subject.withX509 { (subject) throws(SecurityError) in
            unsafe try issuer.withX509 { issuer in unsafe X509_verify(subject, X509_get0_pubkey(issuer)) == 1 }
        }
        OpenSSLErrors.clear()
        return verified ?? false
    }
}
