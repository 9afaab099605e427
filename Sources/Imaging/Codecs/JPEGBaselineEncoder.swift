package import Bytes
internal import CTurboJPEG

/// JPEG Baseline (T.81 process 1) of libjpeg-turbo with its accurate DCT: 8 bits, unsigned, one or three samples.
/// The codestream is SOI, DQT, SOF0, DHT, SOS and EOI; JFIF's segment is taken out (PS3.5 8.2.1).
package final class JPEGBaselineEncoder: FrameEncoder {
    /// 1...100 as libjpeg counts.
    package let quality: Int
    package let chroma: ChromaSubsampling
    /// What the last frame was made of, to be compared with `JPEGBaselineDecoder.decodePlanes`.
    package private(set) var planes: JPEGPlanes?
    /// False where nothing will be compared: the library may then go from RGB to the codestream in one step, which is
    /// faster. Equal parameters still give equal bytes.
    package var keepsPlanes = true

    private var handle: TurboJPEGHandle?

    package init(quality: Int, chroma: ChromaSubsampling) {
        self.quality = min(max(quality, 1), 100)
        self.chroma = chroma
    }

    package func encode(
        _ frame: RawSpan, _ format: FrameFormat, _ photometric: PhotometricInterpretation, into codestream: IOBuffer
    ) throws(CodecError) {
        try format.check(frameByteCount: frame.byteCount, photometric)
        guard format.bitsAllocated == 8, format.bitsStored == 8, !format.isSigned else {
            throw .unsupported("JPEG Baseline holds unsigned samples of 8 bits only")
        }
        guard format.columns <= 65500, format.rows <= 65500 else {
            throw .unsupported("libjpeg-turbo makes no JPEG of more than 65500 columns or rows")
        }
        let handle = try compressor()
        if !keepsPlanes, photometric != .ybrFull, Self.isOneStepTheSame(format, chroma) {
            planes = nil
            return try compress(frame, format, handle, into: codestream)
        }
        let planes = planes(for: format)
        switch photometric {
        case .monochrome1, .monochrome2, .rgb: try Self.convert(frame, to: planes, handle)
        case .ybrFull: planes.takeInterleaved(frame)
        default: throw .unsupported("\(photometric.rawValue) does not go into JPEG Baseline")
        }
        try compress(planes, handle, into: codestream)
    }

    /// The two ways fill up groups of shared chroma at the right and lower edge in different ways, so both are taken
    /// only where there is nothing to fill up.
    private static func isOneStepTheSame(_ format: FrameFormat, _ chroma: ChromaSubsampling) -> Bool {
        if format.samplesPerPixel == 1 || chroma == .none { return true }
        return format.columns.isMultiple(of: 16) && format.rows.isMultiple(of: 16)
    }

    private func compressor() throws(CodecError) -> TurboJPEGHandle {
        if let handle { return handle }
        let fresh = try TurboJPEGHandle(.compress)
        handle = fresh
        return fresh
    }

    private func planes(for format: FrameFormat) -> JPEGPlanes {
        let chroma = format.samplesPerPixel == 1 ? nil : chroma
        if let planes, planes.columns == format.columns, planes.rows == format.rows, planes.chroma == chroma {
            return planes
        }
        let fresh = JPEGPlanes(columns: format.columns, rows: format.rows, chroma: chroma)
        planes = fresh
        return fresh
    }

    private static func convert(_ frame: RawSpan, to planes: JPEGPlanes, _ handle: TurboJPEGHandle) throws(CodecError) {
        let pixelFormat = planes.chroma == nil ? TJPF_GRAY : TJPF_RGB
        var pointers = unsafe planes.pointers
        let result = unsafe frame.withUnsafeBytes { raw in
            unsafe tjEncodeYUVPlanes(
                handle.raw, raw.bindMemory(to: UInt8.self).baseAddress, Int32(planes.columns), 0, Int32(planes.rows),
                pixelFormat.rawValue, &pointers, nil, planes.chroma.turboJPEG, TJFLAG_ACCURATEDCT)
        }
        guard result == 0 else { throw handle.error }
    }

    /// Of samples in one step.
    private func compress(
        _ frame: RawSpan, _ format: FrameFormat, _ handle: TurboJPEGHandle, into codestream: IOBuffer
    ) throws(CodecError) {
        let isColor = format.samplesPerPixel == 3
        let sampling = (isColor ? chroma : nil).turboJPEG
        let (columns, rows) = (Int32(format.columns), Int32(format.rows))
        try unsafe Self.fill(codestream, columns, rows, sampling) { base, count in
            unsafe frame.withUnsafeBytes { raw in
                unsafe tjCompress2(
                    handle.raw, raw.bindMemory(to: UInt8.self).baseAddress, columns, 0, rows,
                    (isColor ? TJPF_RGB : TJPF_GRAY).rawValue, &base, &count, sampling, Int32(quality),
                    TJFLAG_ACCURATEDCT | TJFLAG_NOREALLOC) == 0 ? nil : handle.error
            }
        }
    }

    private func compress(
        _ planes: JPEGPlanes, _ handle: TurboJPEGHandle, into codestream: IOBuffer
    ) throws(CodecError) {
        let (columns, rows) = (Int32(planes.columns), Int32(planes.rows))
        var pointers: [UnsafePointer<UInt8>?] = unsafe planes.pointers.map { unsafe UnsafePointer($0) }
        try unsafe Self.fill(codestream, columns, rows, planes.chroma.turboJPEG) { base, count in
            unsafe tjCompressFromYUVPlanes(
                handle.raw, &pointers, columns, nil, rows, planes.chroma.turboJPEG, &base, &count, Int32(quality),
                TJFLAG_ACCURATEDCT | TJFLAG_NOREALLOC) == 0 ? nil : handle.error
        }
    }

    /// Lets the library write into a buffer that is large enough for anything it may make.
    ///
    /// - Parameter compress: gets the room and its size, sets the latter to what was used, and returns an error or nil.
    private static func fill(
        _ codestream: IOBuffer, _ columns: Int32, _ rows: Int32, _ sampling: Int32,
        _ compress: (inout UnsafeMutablePointer<UInt8>?, inout UInt) -> CodecError?
    ) throws(CodecError) {
        let size = tjBufSize(columns, rows, sampling)
        guard size != cturbojpeg_no_size(), size <= UInt(4 * FrameFormat.frameByteCountMax) else {
            throw .limit("a JPEG of \(columns) x \(rows) pixels may get too large")
        }
        codestream.clear()
        codestream.reserve(Int(size))
        _ = try unsafe codestream.withWritable { free throws(CodecError) -> Int in
            var base = unsafe free.bindMemory(to: UInt8.self).baseAddress
            var count = UInt(free.count)
            if let error = unsafe compress(&base, &count) { throw error }
            guard Int(count) <= free.count else { throw .library("libjpeg-turbo wrote more than its room") }
            return unsafe removeJFIF(free, Int(count))
        }
    }

    /// The library always begins with SOI and APP0; returns how many bytes are left.
    private static func removeJFIF(_ bytes: UnsafeMutableRawBufferPointer, _ count: Int) -> Int {
        guard count > 6, unsafe bytes[2] == 0xFF, unsafe bytes[3] == 0xE0 else { return count }
        let length = unsafe 2 + (Int(bytes[4]) << 8 | Int(bytes[5]))
        guard count > 2 + length, let base = bytes.baseAddress else { return count }
        unsafe (base + 2).copyMemory(from: base + 2 + length, byteCount: count - 2 - length)
        return count - length
    }
}
