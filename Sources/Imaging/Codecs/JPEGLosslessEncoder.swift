package import Bytes

/// Encodes JPEG Lossless, Selection Value 1 (T.81 H, process 14): one scan, an optimal Huffman table for each
/// component, no application segments and no restart markers.
@safe
package final class JPEGLosslessEncoder: FrameEncoder {
    private let counters: UnsafeMutablePointer<Int>
    private let words: UnsafeMutablePointer<UInt32>
    private static let entryCount = 3 * 512
    /// Copies of frames that begin at an odd address.
    private let aligned = ScratchMemory()

    package init() {
        unsafe counters = .allocate(capacity: Self.entryCount)
        unsafe words = .allocate(capacity: Self.entryCount)
        unsafe words.initialize(repeating: 0, count: Self.entryCount)
    }

    deinit {
        unsafe counters.deallocate()
        unsafe words.deallocate()
    }

    /// See `FrameEncoder`. Bits above Bits Stored are left out.
    package func encode(
        _ frame: RawSpan, _ format: FrameFormat, _ photometric: PhotometricInterpretation, into codestream: IOBuffer
    ) throws(CodecError) {
        codestream.clear()
        try format.check(frameByteCount: frame.byteCount)
        unsafe frame.withUnsafeBytes { bytes in
            guard var base = bytes.baseAddress else { return }
            if UInt(bitPattern: base) % 2 == 1 && format.bitsAllocated == 16 {
                aligned.reserve(bytes.count)
                unsafe UnsafeMutableRawPointer(aligned.base).copyMemory(from: base, byteCount: bytes.count)
                unsafe base = UnsafeRawPointer(aligned.base)
            }
            if format.bitsAllocated == 8 {
                unsafe encode(base.assumingMemoryBound(to: UInt8.self), format, into: codestream)
            } else {
                unsafe encode(base.assumingMemoryBound(to: UInt16.self), format, into: codestream)
            }
        }
    }

    private func encode<Sample: FixedWidthInteger & UnsignedInteger>(
        _ frame: UnsafePointer<Sample>, _ format: FrameFormat, into codestream: IOBuffer
    ) {
        let precision = Self.precision(format)
        // The frame repeats the sign above Bits Stored, and so must the codestream.
        let bitCount = format.isSigned ? precision : format.bitsStored
        let rowCount = format.columns * format.samplesPerPixel
        unsafe counters.initialize(repeating: 0, count: Self.entryCount)
        let differences = unsafe LosslessDifferences<Sample>(
            counters: counters, words: words, samples: format.samplesPerPixel, count: rowCount,
            mask: Sample.max >> Sample(Sample.bitWidth - bitCount))
        for row in 0..<format.rows {
            let start = unsafe differences.start(frame, row: row, precision: precision)
            unsafe differences.count(frame + row * rowCount, start: start)
        }

        var (codes, entropyBitCount) = ([HuffmanCode](), 0)
        for component in 0..<format.samplesPerPixel {
            let frequencies = differences.frequencies(component)
            let code = HuffmanCode(frequencies: frequencies)
            differences.makeWords(component, code)
            for (word, category) in zip(code.words, code.symbols) {
                entropyBitCount += frequencies[Int(category)] * (word.length + Int(category))
            }
            codes.append(code)
        }
        Self.appendHeader(format, precision: precision, codes, to: codestream)

        let rowByteCountMax = rowCount * 8 + 32
        codestream.reserve(entropyBitCount / 8 + entropyBitCount / 256 + rowByteCountMax)
        var rest = JPEGBitWriter.Rest()
        let zeros = differences.zeroBlock
        for row in 0..<format.rows {
            codestream.reserve(rowByteCountMax)
            let start = unsafe differences.start(frame, row: row, precision: precision)
            _ = unsafe codestream.withWritable { free in
                guard let base = unsafe free.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return 0 }
                var writer = unsafe JPEGBitWriter(base, after: rest)
                unsafe differences.write(frame + row * rowCount, start: start, zeros: zeros, &writer)
                if row == format.rows - 1 { unsafe writer.finish() }
                rest = unsafe writer.rest
                return unsafe writer.next - base
            }
        }
        codestream.append([0xFF, JPEGMarker.endOfImage])
    }

    /// Bits Stored, but no less than 2, where the process begins (T.81 table B.2), and no less than 9 where 16 bits are
    /// allocated: DCMTK decodes a precision of up to 8 to bytes whatever Bits Allocated says.
    private static func precision(_ format: FrameFormat) -> Int {
        max(format.bitsStored, format.bitsAllocated == 16 ? 9 : 2)
    }

    private static func appendHeader(
        _ format: FrameFormat, precision: Int, _ codes: [HuffmanCode], to codestream: IOBuffer
    ) {
        let components = UInt8(format.samplesPerPixel)
        var header: [UInt8] = [0xFF, JPEGMarker.startOfImage]
        func append(_ number: Int) { header += [UInt8(number >> 8), UInt8(number & 0xFF)] }

        header += [0xFF, JPEGMarker.startOfFrameLossless]
        append(8 + 3 * codes.count)
        header.append(UInt8(precision))
        append(format.rows)
        append(format.columns)
        header.append(components)
        for component in 1...components { header += [component, 0x11, 0] }

        for (table, code) in codes.enumerated() {
            header += [0xFF, JPEGMarker.huffmanTables]
            append(19 + code.symbols.count)
            header.append(UInt8(table))
            header += code.lengthCounts.map { UInt8($0) } + code.symbols
        }

        header += [0xFF, JPEGMarker.startOfScan]
        append(6 + 2 * codes.count)
        header.append(components)
        for component in 1...components { header += [component, (component - 1) << 4] }
        // Selection value 1, no point transform.
        header += [1, 0, 0]
        codestream.append(header)
    }
}
