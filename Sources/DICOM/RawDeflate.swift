package import Bytes

/// Raw deflate (RFC 1951) of single values, as in Deflated Image Frame Compression (PS3.5 A.4.13).
package enum RawDeflate {
    /// The inflated bytes; more than `byteCountMax` of them are an error, found while inflating.
    package static func inflate(_ bytes: RawSpan, byteCountMax: Int) throws(WireError) -> [UInt8] {
        var limits = DataSetLimits()
        limits.inflatedByteCountMax = byteCountMax
        let inflater = Inflater(limits: limits)
        var inflated: [UInt8] = []
        try inflater.inflate(bytes) { block throws(WireError) in
            unsafe block.withUnsafeBytes { unsafe inflated.append(contentsOf: $0) }
        }
        guard inflater.isFinished else {
            throw WireError(.invalid("the deflate stream ends too early"), field: "deflated frame", offset: 0)
        }
        return inflated
    }
}
