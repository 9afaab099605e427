package import Bytes

/// Decodes JPEG Lossless, process 14 (T.81 H): all predictors, 2...16 bits, one component or three, with or without
/// restart markers. It works on bit patterns and does not touch colors.
@safe
package final class JPEGLosslessDecoder: FrameDecoder {
    private let segment = ScratchMemory()
    private let differences = ScratchMemory()
    private let tables = ScratchMemory()

    package init() {}

    /// See `FrameDecoder`. Signed samples come back with their sign repeated up to Bits Allocated, from the precision
    /// of the codestream on.
    ///
    /// - Returns: `label`.
    package func decode(
        _ codestream: RawSpan, _ format: FrameFormat, label: PhotometricInterpretation, into frame: IOBuffer
    ) throws(CodecError) -> PhotometricInterpretation {
        frame.clear()
        try format.checkSize()
        var header = JPEGLosslessHeader()
        var offset = 0
        var isMissing = [Bool](repeating: true, count: format.samplesPerPixel)
        while isMissing.contains(true) {
            guard let scan = try header.readScan(codestream, at: &offset), let image = header.frame else {
                throw .malformed("the JPEG codestream ends before all components")
            }
            try Self.compare(image, format)
            // Memory is used only for what the bits can fill: no sample takes less than one.
            let sampleCount = format.columns * format.rows * isMissing.count { $0 }
            guard sampleCount <= 8 * (codestream.byteCount - offset) else {
                throw .malformed("the JPEG scan is too short for \(format.columns) x \(format.rows) pixels")
            }
            for component in scan.components {
                guard isMissing[component.index] else { throw .malformed("a JPEG component comes in two scans") }
                isMissing[component.index] = false
            }
            frame.reserve(format.byteCount)
            try decode(codestream, at: &offset, header, LosslessScan(scan, image, format), into: frame)
        }
        guard try header.readScan(codestream, at: &offset) == nil, header.hasEnded else {
            throw .malformed("the JPEG codestream does not end behind its last component")
        }
        // Now that every component is there, every byte has been written.
        _ = unsafe frame.withWritable { _ in format.byteCount }
        return label
    }

    private static func compare(_ image: JPEGLosslessHeader.Frame, _ format: FrameFormat) throws(CodecError) {
        guard image.rows == format.rows, image.columns == format.columns else {
            throw .mismatch(
                "the JPEG image has \(image.columns) x \(image.rows) pixels, the data set says "
                    + "\(format.columns) x \(format.rows)")
        }
        guard image.components.count == format.samplesPerPixel else {
            throw .mismatch("\(image.components.count) JPEG components for \(format.samplesPerPixel) samples per pixel")
        }
        guard image.precision <= format.bitsAllocated else {
            throw .mismatch("JPEG samples of \(image.precision) bits where \(format.bitsAllocated) are allocated")
        }
    }

    /// Decodes one scan to the free space of `frame`, which has room for all samples.
    private func decode(
        _ codestream: RawSpan, at offset: inout Int, _ header: JPEGLosslessHeader, _ scan: LosslessScan,
        into frame: IOBuffer
    ) throws(CodecError) {
        let scanTables = try unsafe makeTables(header, scan)
        let rowsPerRestart = header.restartInterval == 0 ? scan.rows : header.restartInterval / scan.columns
        guard header.restartInterval % scan.columns == 0 else {
            throw .unsupported("a JPEG Lossless restart interval that is not whole rows")
        }
        segment.reserve(codestream.byteCount - offset + scan.rowBitsMax / 8 + 64)
        differences.reserve(scan.columns * scan.components.count * 2)
        let start = offset
        offset = try unsafe codestream.withUnsafeBytes { bytes throws(CodecError) in
            var end = start
            _ = try unsafe frame.withWritable { free throws(CodecError) in
                guard let base = free.baseAddress else { return 0 }
                let source = unsafe LosslessScanSource(
                    bytes: bytes, segment: segment.base,
                    differences: UnsafeMutableRawPointer(differences.base).assumingMemoryBound(to: UInt16.self),
                    tables: scanTables, rowsPerRestart: min(rowsPerRestart, scan.rows))
                if scan.isByte {
                    try unsafe scan.decode(source, at: &end, to: base.assumingMemoryBound(to: UInt8.self))
                } else {
                    try unsafe scan.decode(source, at: &end, to: base.assumingMemoryBound(to: UInt16.self))
                }
                return 0
            }
            return end
        }
    }

    /// Builds the look-up tables that the scan uses, each once.
    private func makeTables(
        _ header: JPEGLosslessHeader, _ scan: LosslessScan
    ) throws(CodecError) -> LosslessScanTables {
        tables.reserve(4 * LosslessDecodingTable.byteCount)
        var isBuilt = [Bool](repeating: false, count: 4)
        var pointers: [UnsafePointer<UInt32>] = unsafe []
        var zeroLengths: [Int?] = []
        for component in scan.components {
            guard let code = header.codes[component.table] else {
                throw .malformed("a JPEG scan uses Huffman table \(component.table), which is missing")
            }
            let place = unsafe UnsafeMutableRawPointer(
                tables.base + component.table * LosslessDecodingTable.byteCount
            ).assumingMemoryBound(to: UInt32.self)
            if !isBuilt[component.table] { try unsafe LosslessDecodingTable.build(code, in: place) }
            isBuilt[component.table] = true
            unsafe pointers.append(UnsafePointer(place))
            zeroLengths.append(code.zeroLength)
        }
        return unsafe LosslessScanTables(pointers, zeroLengths: zeroLengths)
    }
}
