internal import Bytes
internal import DICOM

/// Gives the frames of a stored image as samples. One for each thread: it has a decoder and scratch memory.
final class FrameReader {
    private let image: StoredImage
    private let decoder: (any FrameDecoder)?
    private let scratch = IOBuffer(capacity: 1)
    /// How the samples of every frame come out.
    let format: FrameFormat
    private let native: NativeFrame

    init(_ image: StoredImage) throws(TranscodeError) {
        self.image = image
        let description = image.description
        guard description.bitsAllocated == 8 || description.bitsAllocated == 16 else {
            throw .codec(.unsupported("samples of \(description.bitsAllocated) bits are not decoded here"))
        }
        format = FrameFormat(description)
        native = NativeFrame(description)
        let syntax = image.transferSyntax
        switch image.pixels {
        case .native: decoder = nil
        case .encapsulated where syntax == .encapsulatedUncompressed || syntax == .deflatedImageFrame: decoder = nil
        case .encapsulated:
            guard let decoder = DecoderFactory.decoder(for: syntax) else {
                throw .codec(.unsupported("\(syntax.name) is not decoded here"))
            }
            self.decoder = decoder
        }
    }

    /// What the samples mean, where that is known before a frame is read.
    var photometric: PhotometricInterpretation? { decoder == nil ? native.photometric : nil }

    /// Replaces the contents of `frame` by the samples of frame `index`, and says what they mean.
    func read(_ index: Int, into frame: IOBuffer) throws(TranscodeError) -> PhotometricInterpretation {
        frame.clear()
        switch image.pixels {
        case .native(let offset, let byteCount, let swapsWords):
            let size = image.description.nativeFrameByteCount
            guard (index + 1) * size <= byteCount else {
                throw .codec(.malformed("Pixel Data has \(byteCount) bytes, which is too few for its frames"))
            }
            let lead = swapsWords ? index * size & 1 : 0
            return try native(size, at: offset + index * size, lead: lead, swapsWords, into: frame)
        case .encapsulated(let fragments):
            let parts = fragments.frames[index]
            guard let decoder else { return try plain(parts, into: frame) }
            try join(parts)
            let scratch = scratch
            do throws(CodecError) {
                return try decoder.decode(
                    scratch.readable, format, label: image.description.photometric, into: frame)
            } catch {
                throw .codec(error)
            }
        }
    }

    /// Brings the fragments of a frame together in `scratch`.
    private func join(_ parts: ArraySlice<FragmentIndex.Fragment>) throws(TranscodeError) {
        // No codec makes so much more of a frame: what is this large is not one.
        let most = 4 * format.byteCount + 1 << 20
        guard parts.reduce(0, { $0 + $1.byteCount }) <= most else {
            throw .codec(.limit("a frame of \(format.byteCount) bytes is encoded in more than \(most)"))
        }
        scratch.clear()
        for part in parts { try image.bytes.read(part.byteCount, at: part.offset, into: scratch) }
    }

    /// - Parameter lead: 1 when the frame begins in the middle of a word, since words are swapped whole.
    private func native(
        _ byteCount: Int, at offset: Int, lead: Int, _ swapsWords: Bool, into frame: IOBuffer
    ) throws(TranscodeError) -> PhotometricInterpretation {
        guard native.needsWork || swapsWords else {
            try image.bytes.read(byteCount, at: offset, into: frame)
            return native.photometric
        }
        scratch.clear()
        let tail = swapsWords ? (lead + byteCount) & 1 : 0
        try image.bytes.read(lead + byteCount + tail, at: offset - lead, into: scratch)
        if swapsWords { scratch.swapWords() }
        scratch.consume(lead)
        try convert(byteCount, into: frame)
        return native.photometric
    }

    private func convert(_ byteCount: Int, into frame: IOBuffer) throws(TranscodeError) {
        let scratch = scratch
        do throws(CodecError) {
            try native.convert(scratch.readable.extracting(0..<byteCount), format, into: frame)
        } catch {
            throw .codec(error)
        }
    }

    /// Native samples in fragments (PS3.5 A.4.11), deflated frame by frame (A.4.13) or as they are.
    private func plain(
        _ parts: ArraySlice<FragmentIndex.Fragment>, into frame: IOBuffer
    ) throws(TranscodeError) -> PhotometricInterpretation {
        let size = image.description.nativeFrameByteCount
        try join(parts)
        if image.transferSyntax == .deflatedImageFrame { try inflateScratch(size) }
        guard scratch.readableCount == size || scratch.readableCount == size + size & 1 else {
            throw .codec(.malformed("a frame has \(scratch.readableCount) bytes, and should have \(size)"))
        }
        try convert(size, into: frame)
        return native.photometric
    }

    private func inflateScratch(_ size: Int) throws(TranscodeError) {
        let packed = scratch
        do throws(WireError) {
            let inflated = try RawDeflate.inflate(packed.readable, byteCountMax: size)
            scratch.clear()
            scratch.append(inflated)
        } catch {
            throw .codec(.malformed("a frame is not deflated as it should be: \(error)"))
        }
    }
}

extension FrameFormat {
    /// Of the frames of a described image.
    init(_ description: PixelDescription) {
        self.init(
            columns: description.columns, rows: description.rows, samplesPerPixel: description.samplesPerPixel,
            bitsAllocated: description.bitsAllocated, bitsStored: description.bitsStored,
            isSigned: description.isSigned)
    }
}
