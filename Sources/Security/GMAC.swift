internal import COpenSSL

/// AES-128-GMAC (NIST SP 800-38D section 5.2.2) over bytes that arrive in pieces: 16 bytes that guard a blob on disk.
///
/// With a key that nobody outside the installation has, two different messages get the same code with a chance below
/// 2^-80, at several gigabytes per second on any processor with AES and carry-less multiplication. ADR 0004 has the
/// figures. The code is a fingerprint within one installation, not a signature for others. It belongs to one task.
@safe
package final class GMAC {
    package static let byteCount = 16
    package static let keyByteCount = 16

    private let context: OpaquePointer

    package init(key: [UInt8]) {
        precondition(key.count == Self.keyByteCount, "the key of AES-128 has 16 bytes")
        guard let method = unsafe EVP_MAC_fetch(nil, "GMAC", nil) else { preconditionFailure("OpenSSL lacks GMAC") }
        defer { unsafe EVP_MAC_free(method) }
        guard let context = unsafe EVP_MAC_CTX_new(method) else { preconditionFailure("OpenSSL is out of memory") }
        unsafe self.context = context
        let started = unsafe copenssl_gmac_start(context, key)
        precondition(started == 1, "OpenSSL refuses AES-128-GMAC")
    }

    deinit { unsafe EVP_MAC_CTX_free(context) }

    package func update(_ bytes: RawSpan) {
        unsafe bytes.withUnsafeBytes { raw in
            _ = unsafe EVP_MAC_update(context, raw.baseAddress, raw.count)
        }
    }

    /// The code; nothing may be added afterwards.
    package func finish() -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: Self.byteCount) { buffer, filled in
            let result = unsafe EVP_MAC_final(context, buffer.baseAddress, &filled, Self.byteCount)
            precondition(result == 1, "GMAC could not be finished")
        }
    }
}
