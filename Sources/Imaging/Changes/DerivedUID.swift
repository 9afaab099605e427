package import DICOM

/// The SOP Instance UID of an image made from another one by lossy compression: equal for equal steps, so that a retry
/// makes no second image at the destination.
package enum DerivedUID {
    /// A UUID of version 8 under 2.25 (RFC 9562, PS3.5 B.2).
    ///
    /// - Parameters:
    ///   - source: SOP Instance UID of the image that is compressed.
    ///   - codec: name and version, as another version may make other bytes.
    ///   - digest: SHA-256; of what it gives the first 16 bytes are used.
    package static func make(
        source: UID, parameters: CodecParameters, codec: String, digest: ([UInt8]) -> [UInt8]
    ) -> UID {
        let hash = digest(encoded([source.text, parameters.transferSyntax.uid.text, parameters.summary, codec]))
        guard let uid = UID(uuidBytes: Array(hash.prefix(16)), version: 8) else {
            preconditionFailure("the digest has fewer than 16 bytes")
        }
        return uid
    }

    /// Each text behind its length in bytes (32 bits, big endian), so that no two lists give the same bytes.
    private static func encoded(_ texts: [String]) -> [UInt8] {
        texts.flatMap { text in
            let length = UInt32(clamping: text.utf8.count)
            return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) } + Array(text.utf8)
        }
    }
}
