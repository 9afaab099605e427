internal import Bytes
internal import COpenSSL

/// The hash functions in use.
package enum DigestAlgorithm: String, Sendable, CaseIterable {
    /// FIPS 180-4; 32 bytes. With the processor's SHA instructions also the fastest.
    case sha256
    /// RFC 7693; 64 bytes. Faster than SHA-256 where the processor has no SHA instructions.
    case blake2b512

    package var byteCount: Int {
        switch self {
        case .sha256: 32
        case .blake2b512: 64
        }
    }

    fileprivate var method: OpaquePointer? {
        switch self {
        case .sha256: unsafe EVP_sha256()
        case .blake2b512: unsafe EVP_blake2b512()
        }
    }
}

/// A hash over bytes that arrive in pieces. It belongs to one task.
@safe
package final class Digest {
    package let algorithm: DigestAlgorithm
    private let context: OpaquePointer

    package init(_ algorithm: DigestAlgorithm = .sha256) {
        self.algorithm = algorithm
        guard let context = unsafe EVP_MD_CTX_new(), unsafe EVP_DigestInit_ex(context, algorithm.method, nil) == 1
        else {
            preconditionFailure("OpenSSL lacks \(algorithm)")
        }
        unsafe self.context = context
    }

    deinit { unsafe EVP_MD_CTX_free(context) }

    package func update(_ bytes: RawSpan) {
        unsafe bytes.withUnsafeBytes { raw in
            let result = unsafe EVP_DigestUpdate(context, raw.baseAddress, raw.count)
            precondition(result == 1, "a digest was continued after its end")
        }
    }

    package func update(_ bytes: [UInt8]) { update(bytes.rawSpan) }

    /// The hash; the object starts over with an empty message.
    package func finish() -> [UInt8] {
        var count: CUnsignedInt = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: algorithm.byteCount) { buffer, filled in
            let result = unsafe EVP_DigestFinal_ex(context, buffer.baseAddress, &count)
            filled = result == 1 ? Int(count) : 0
        }
        _ = unsafe EVP_DigestInit_ex(context, algorithm.method, nil)
        return bytes
    }

    /// The hash of one message.
    package static func of(_ bytes: RawSpan, _ algorithm: DigestAlgorithm = .sha256) -> [UInt8] {
        let digest = Digest(algorithm)
        digest.update(bytes)
        return digest.finish()
    }

    package static func of(_ bytes: [UInt8], _ algorithm: DigestAlgorithm = .sha256) -> [UInt8] {
        of(bytes.rawSpan, algorithm)
    }

    /// SHA-256 of the UTF-8 bytes of `text`.
    package static func of(_ text: String) -> [UInt8] { of(Array(text.utf8)) }
}

/// HMAC with SHA-256 (RFC 2104, FIPS 198-1).
package enum HMAC {
    /// 32 bytes.
    package static func sha256(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: 32) { buffer, filled in
            var count: CUnsignedInt = 0
            let result = unsafe COpenSSL.HMAC(
                EVP_sha256(), key, CInt(key.count), message, message.count, buffer.baseAddress, &count)
            filled = unsafe result == nil ? 0 : Int(count)
        }
    }

    /// Whether `code` is the right one; the time taken tells nothing.
    package static func isValid(_ code: [UInt8], key: [UInt8], _ message: [UInt8]) -> Bool {
        ConstantTime.areEqual(code, sha256(key: key, message))
    }
}

/// Comparison whose duration depends on lengths only.
package enum ConstantTime {
    package static func areEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        guard a.count == b.count else { return false }
        return unsafe CRYPTO_memcmp(a, b, a.count) == 0
    }
}

/// Bytes from the operating system's generator through OpenSSL's.
package enum RandomBytes {
    package static func make(_ count: Int) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            let result = unsafe RAND_bytes(buffer.baseAddress, CInt(count))
            precondition(result == 1, "the system gives no random bytes")
            filled = count
        }
    }
}
