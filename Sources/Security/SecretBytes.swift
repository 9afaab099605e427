internal import COpenSSL

/// Bytes that are wiped when the last owner lets go of them, and never show in a log.
@safe
package final class SecretBytes: @unchecked Sendable, CustomStringConvertible {
    // Unchecked: the memory is written in `init` and `deinit` only.
    private let storage: UnsafeMutableRawBufferPointer

    /// Copies `bytes`; wiping the original, if it lives on, is the caller's part.
    package init(_ bytes: [UInt8]) {
        unsafe storage = .allocate(byteCount: max(bytes.count, 1), alignment: 16)
        unsafe storage.copyBytes(from: bytes)
        count = bytes.count
    }

    /// Copies and wipes `bytes`.
    package convenience init(wiping bytes: inout [UInt8]) {
        self.init(bytes)
        Self.wipe(&bytes)
    }

    deinit {
        unsafe OPENSSL_cleanse(storage.baseAddress, storage.count)
        unsafe storage.deallocate()
    }

    package let count: Int

    package var description: String { "***" }

    /// A copy; wipe it after use.
    package var copy: [UInt8] { unsafe Array(storage.prefix(count)) }

    func withBytes<T, E: Error>(_ body: (UnsafePointer<UInt8>) throws(E) -> T) throws(E) -> T {
        guard let base = unsafe storage.baseAddress else { preconditionFailure("an allocation has an address") }
        return unsafe try body(base.assumingMemoryBound(to: UInt8.self))
    }

    /// Overwrites the elements and empties the array.
    package static func wipe(_ bytes: inout [UInt8]) {
        unsafe bytes.withUnsafeMutableBytes { unsafe OPENSSL_cleanse($0.baseAddress, $0.count) }
        bytes.removeAll()
    }
}
