extension FrameFormat {
    /// The largest frame that is given to a codec, in bytes of samples.
    package static let frameByteCountMax = 1 << 30

    /// What holds for every codec; to be called before memory is taken.
    func checkSize() throws(CodecError) {
        guard 1...65535 ~= columns, 1...65535 ~= rows else {
            throw .limit("a frame of \(columns) x \(rows) pixels is outside 1...65535")
        }
        guard samplesPerPixel == 1 || samplesPerPixel == 3 else {
            throw .unsupported("\(samplesPerPixel) samples per pixel")
        }
        guard bitsAllocated == 8 || bitsAllocated == 16, 1...bitsAllocated ~= bitsStored else {
            throw .unsupported("\(bitsStored) bits stored of \(bitsAllocated) allocated")
        }
        guard byteCount <= Self.frameByteCountMax else {
            throw .limit("a frame of \(byteCount) bytes is over the limit of \(Self.frameByteCountMax)")
        }
    }

    /// `checkSize()`, and that the frame and its meaning fit.
    func check(frameByteCount: Int, _ photometric: PhotometricInterpretation) throws(CodecError) {
        try checkSize()
        guard frameByteCount == byteCount else {
            throw .mismatch("a frame of \(frameByteCount) bytes is described as \(byteCount) bytes")
        }
        try check(photometric)
    }

    /// That the photometric interpretation has as many samples as the format.
    func check(_ photometric: PhotometricInterpretation) throws(CodecError) {
        guard photometric.samplesPerPixel == samplesPerPixel else {
            throw .mismatch("\(photometric.rawValue) with \(samplesPerPixel) samples per pixel")
        }
    }

    /// Compares with what a codestream says of itself.
    func check(columns: Int, rows: Int, components: Int) throws(CodecError) {
        guard columns == self.columns, rows == self.rows else {
            throw .mismatch(
                "the codestream has \(columns) x \(rows) pixels, the data set \(self.columns) x \(self.rows)")
        }
        guard components == samplesPerPixel else {
            throw .mismatch("the codestream has \(components) components, the data set \(samplesPerPixel)")
        }
    }

    /// A codestream may have more bits than are stored, as some encoders write Bits Allocated into it, but not fewer.
    func check(precision: Int) throws(CodecError) {
        guard bitsStored...bitsAllocated ~= precision else {
            throw .mismatch("the codestream has \(precision) bits a sample, the data set stores \(bitsStored)")
        }
    }
}

extension PhotometricInterpretation {
    /// What the label means of samples where each pixel has chroma of its own, as decoders make them.
    var withChromaOfItsOwn: Self { self == .ybrFull422 ? .ybrFull : self }
}
