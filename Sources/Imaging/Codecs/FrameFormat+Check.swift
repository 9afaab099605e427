extension FrameFormat {
    /// `checkSize()`, and that a frame handed in has as many bytes as this says.
    func check(frameByteCount: Int) throws(CodecError) {
        try checkSize()
        guard frameByteCount == byteCount else {
            throw .mismatch("the frame has \(frameByteCount) bytes where its description needs \(byteCount)")
        }
    }
}
