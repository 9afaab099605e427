internal import COpenSSL

/// AES-256-GCM (NIST SP 800-38D) with a 96-bit nonce and a 128-bit tag.
package enum AEAD {
    package static let keyByteCount = 32
    package static let nonceByteCount = 12
    package static let tagByteCount = 16

    /// Ciphertext followed by its tag. A nonce must never be used twice with one key.
    package static func seal(
        _ plaintext: [UInt8], key: SecretBytes, nonce: [UInt8], authenticating associated: [UInt8]
    ) throws(SecurityError) -> [UInt8] {
        let context = unsafe try start(encrypting: true, key, nonce, associated)
        defer { unsafe EVP_CIPHER_CTX_free(context) }
        var output = [UInt8](repeating: 0, count: plaintext.count + tagByteCount)
        var count: CInt = 0
        unsafe try OpenSSLErrors.check(
            "encrypt", EVP_EncryptUpdate(context, &output, &count, plaintext, CInt(plaintext.count)))
        var tag = [UInt8](repeating: 0, count: tagByteCount)
        unsafe try OpenSSLErrors.check("encrypt", EVP_EncryptFinal_ex(context, &tag, &count))
        unsafe try OpenSSLErrors.check(
            "encrypt", EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, CInt(tagByteCount), &tag))
        output.replaceSubrange(plaintext.count..., with: tag)
        return output
    }

    /// The plaintext; `.notAuthentic` when key, nonce, associated data or one bit differ.
    package static func open(
        _ sealed: [UInt8], key: SecretBytes, nonce: [UInt8], authenticating associated: [UInt8]
    ) throws(SecurityError) -> [UInt8] {
        guard sealed.count >= tagByteCount else { throw .notAuthentic }
        let context = unsafe try start(encrypting: false, key, nonce, associated)
        defer { unsafe EVP_CIPHER_CTX_free(context) }
        let length = sealed.count - tagByteCount
        var tag = Array(sealed[length...])
        var output = [UInt8](repeating: 0, count: length + tagByteCount)
        var count: CInt = 0
        unsafe try OpenSSLErrors.check("decrypt", EVP_DecryptUpdate(context, &output, &count, sealed, CInt(length)))
        unsafe try OpenSSLErrors.check(
            "decrypt", EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, CInt(tagByteCount), &tag))
        var rest = [UInt8](repeating: 0, count: tagByteCount)
        if unsafe EVP_DecryptFinal_ex(context, &rest, &count) != 1 {
            OpenSSLErrors.clear()
            SecretBytes.wipe(&output)
            throw .notAuthentic
        }
        output.removeLast(tagByteCount)
        return output
    }

    private static func start(
        encrypting: Bool, _ key: SecretBytes, _ nonce: [UInt8], _ associated: [UInt8]
    ) throws(SecurityError) -> OpaquePointer {
        guard key.count == keyByteCount else { throw .invalid(field: "key", reason: "must be 32 bytes") }
        guard nonce.count == nonceByteCount else { throw .invalid(field: "nonce", reason: "must be 12 bytes") }
        OpenSSLErrors.clear()
        let context = unsafe try OpenSSLErrors.check("cipher", EVP_CIPHER_CTX_new())
        do throws(SecurityError) {
            unsafe try key.withBytes { (bytes) throws(SecurityError) in
                _ = unsafe try OpenSSLErrors.check(
                    "cipher", EVP_CipherInit_ex(context, EVP_aes_256_gcm(), nil, bytes, nonce, encrypting ? 1 : 0))
            }
            if !associated.isEmpty {
                var count: CInt = 0
                unsafe try OpenSSLErrors.check(
                    "cipher", EVP_CipherUpdate(context, nil, &count, associated, CInt(associated.count)))
            }
        } catch {
            unsafe EVP_CIPHER_CTX_free(context)
            throw error
        }
        return unsafe context
    }
}
