internal import Bytes
internal import CZlib

/// Raw inflate (RFC 1951) in bounded steps, with a cap on size and on growth.
@safe
final class Inflater {
    private var stream = unsafe z_stream()
    private let limits: DataSetLimits
    private var inputByteCount = 0
    private var outputByteCount = 0
    private(set) var isFinished = false
    private var isReady = false

    init(limits: DataSetLimits) {
        self.limits = limits
        isReady =
            unsafe inflateInit2_(&stream, -MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    }

    deinit { if isReady { unsafe inflateEnd(&stream) } }

    /// Inflates `input` and hands on each block as it comes out. Bytes behind the end of the stream are padding.
    func inflate(_ input: RawSpan, _ deliver: (RawSpan) throws(WireError) -> Void) throws(WireError) {
        guard isReady else { throw WireError(.invalid("inflate is not available"), field: "deflated", offset: 0) }
        var used = 0
        var block = [UInt8](repeating: 0, count: 64 << 10)
        while !isFinished {
            let step = try step(input, from: used, into: &block)
            used += step.read
            if step.written > 0 {
                let output = block.rawSpan
                try deliver(output.extracting(0..<step.written))
            }
            if step.written < block.count && used == input.byteCount { return }
        }
    }

    private func step(
        _ input: RawSpan, from used: Int, into block: inout [UInt8]
    ) throws(WireError) -> (read: Int, written: Int) {
        let rest = input.extracting(used..<input.byteCount)
        let result: (code: Int32, read: Int, written: Int) = unsafe rest.withUnsafeBytes { source in
            unsafe block.withUnsafeMutableBytes { target in
                unsafe run(source, target)
            }
        }
        inputByteCount += result.read
        outputByteCount += result.written
        guard result.code == Z_OK || result.code == Z_STREAM_END || result.code == Z_BUF_ERROR else {
            throw WireError(.invalid("not a deflate stream"), field: "deflated data set", offset: inputByteCount)
        }
        isFinished = result.code == Z_STREAM_END
        try checkGrowth()
        return (result.read, result.written)
    }

    private func run(
        _ source: UnsafeRawBufferPointer, _ target: UnsafeMutableRawBufferPointer
    ) -> (code: Int32, read: Int, written: Int) {
        let available = UInt32(clamping: source.count)
        unsafe stream.next_in = unsafe UnsafeMutablePointer(
            mutating: source.baseAddress?.assumingMemoryBound(to: UInt8.self))
        unsafe stream.avail_in = available
        unsafe stream.next_out = target.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe stream.avail_out = UInt32(target.count)
        let code = unsafe CZlib.inflate(&stream, Z_NO_FLUSH)
        let unread = unsafe stream.avail_in
        let unwritten = unsafe stream.avail_out
        return (code, Int(available - unread), target.count - Int(unwritten))
    }

    private func checkGrowth() throws(WireError) {
        let byRatio = limits.inflateAllowance + inputByteCount * limits.inflateRatioMax
        let limit = min(limits.inflatedByteCountMax, byRatio)
        if outputByteCount > limit {
            throw WireError(
                .overlong(length: outputByteCount, limit: limit), field: "inflated data set", offset: inputByteCount)
        }
    }
}
