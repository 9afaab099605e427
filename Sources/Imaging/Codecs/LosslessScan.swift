/// Where the bytes of a scan are and what memory its decoding may use.
@unsafe
struct LosslessScanSource {
    let bytes: UnsafeRawBufferPointer
    /// Room for all bytes that are left and for the bits of one row.
    let segment: UnsafeMutablePointer<UInt8>
    /// Room for the differences of one row.
    let differences: UnsafeMutablePointer<UInt16>
    let tables: LosslessScanTables
    let rowsPerRestart: Int
}

/// One scan of JPEG Lossless: its rows, from entropy-coded segments to samples in the frame.
struct LosslessScan {
    let components: [JPEGLosslessHeader.Scan.Component]
    let rows: Int
    let columns: Int
    /// Samples are bytes in memory, not 16 bits wide.
    let isByte: Bool
    private let predictor: Int
    private let pointTransform: Int
    /// Samples from one pixel to the next in the frame.
    private let stride: Int
    private let precision: Int
    private let isSigned: Bool

    init(_ scan: JPEGLosslessHeader.Scan, _ image: JPEGLosslessHeader.Frame, _ format: FrameFormat) {
        components = scan.components
        predictor = scan.predictor
        pointTransform = scan.pointTransform
        rows = image.rows
        columns = image.columns
        stride = image.components.count
        precision = image.precision
        isByte = format.bitsAllocated == 8
        isSigned = format.isSigned
    }

    /// The bits of one row at most: a code of 16 and 15 additional bits for each sample.
    var rowBitsMax: Int { columns * components.count * 32 }

    /// Decodes the scan; `offset` is left behind it.
    func decode<Sample: FixedWidthInteger & UnsignedInteger>(
        _ source: LosslessScanSource, at offset: inout Int, to frame: UnsafeMutablePointer<Sample>
    ) throws(CodecError) {
        var (row, restarts) = (0, 0)
        while row < rows {
            if row > 0 { try unsafe takeRestart(source.bytes, at: &offset, number: restarts & 7) }
            restarts = row == 0 ? 0 : restarts + 1
            let count = unsafe EntropySegment.unstuff(source.bytes, at: &offset, to: source.segment)
            var reader = unsafe LosslessBitReader(source.segment, count: count)
            let first = row
            let end = unsafe min(row + source.rowsPerRestart, rows)
            while row < end {
                let all = unsafe decodeRow(row, isFirst: row == first, &reader, source, frame)
                guard unsafe !reader.isInvalid else {
                    throw .malformed("bits that are no JPEG Huffman code, row \(row)")
                }
                guard unsafe !reader.isOverrun else { throw .malformed("the JPEG scan ends in row \(row) of \(rows)") }
                // Two's complement may come with its sign repeated above the precision; `finish` makes it one way.
                guard isSigned || all >> (precision - pointTransform) == 0 else {
                    throw .malformed("a JPEG sample of more than \(precision) bits, row \(row)")
                }
                row += 1
            }
            guard unsafe reader.isExhausted else {
                throw .malformed("the JPEG scan has more data than its \(end) rows take")
            }
        }
        for component in components {
            unsafe rowsOf(component, frame).finish(
                rows: rows, pointTransform: pointTransform,
                signBits: isSigned && precision < Sample.bitWidth ? precision : nil)
        }
    }

    private func takeRestart(
        _ bytes: UnsafeRawBufferPointer, at offset: inout Int, number: Int
    ) throws(CodecError) {
        while unsafe offset + 1 < bytes.count && bytes[offset + 1] == 0xFF { offset += 1 }
        let marker = Int(JPEGMarker.restart0) + number
        guard unsafe offset + 1 < bytes.count && bytes[offset] == 0xFF && Int(bytes[offset + 1]) == marker else {
            throw .malformed("the JPEG restart marker \(number) is missing at byte \(offset)")
        }
        offset += 2
    }

    private func rowsOf<Sample>(
        _ component: JPEGLosslessHeader.Scan.Component, _ frame: UnsafeMutablePointer<Sample>
    ) -> LosslessComponentRows<Sample> {
        unsafe LosslessComponentRows(base: frame + component.index, columns: columns, stride: stride)
    }

    /// Decodes a row; the first one after a restart knows nothing of the row above (T.81 H.1.2.1).
    ///
    /// - Returns: the samples, one or the other.
    private func decodeRow<Sample: FixedWidthInteger & UnsignedInteger>(
        _ row: Int, isFirst: Bool, _ reader: inout LosslessBitReader, _ source: LosslessScanSource,
        _ frame: UnsafeMutablePointer<Sample>
    ) -> Int {
        let line = unsafe frame + row * columns * stride
        func start(_ index: Int) -> Int {
            isFirst ? 1 << (precision - pointTransform - 1) : unsafe Int((line - columns * stride)[index])
        }
        if predictor == 1 && components.count == stride {
            guard stride == 3 else {
                return unsafe reader.readRow(to: line, count: columns, source.tables, start: start(0))
            }
            return unsafe reader.readPixelRow(
                to: line, count: columns, source.tables, start: (start(0), start(1), start(2)))
        }
        unsafe reader.readDifferences(to: source.differences, count: columns, source.tables)
        var all = 0
        for (position, component) in components.enumerated() {
            all |= unsafe rowsOf(component, frame).reconstruct(
                row: row, source.differences + position, step: components.count, predictor: isFirst ? 1 : predictor,
                start: start(component.index))
        }
        return all
    }
}
