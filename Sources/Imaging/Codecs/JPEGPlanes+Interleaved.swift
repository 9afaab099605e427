internal import Bytes

extension JPEGPlanes {
    /// Fills the planes from YCbCr by pixel, as YBR_FULL is (PS3.3 C.7.6.3.1.2): the color space is JFIF's, so only the
    /// chroma is averaged. The frame has `columns * rows * 3` bytes.
    func takeInterleaved(_ frame: RawSpan) {
        precondition(count == 3 && frame.byteCount == columns * rows * 3, "the frame has another size than its planes")
        for component in 0..<3 {
            let size = paddedSize(component)
            let across = component == 0 || chroma == ChromaSubsampling.none ? 1 : 2
            let down = component > 0 && chroma == .both ? 2 : 1
            for row in 0..<size.rows {
                for column in 0..<size.columns {
                    var sum = across * down / 2
                    for y in 0..<down {
                        for x in 0..<across {
                            // Behind the last column and row the last sample repeats.
                            let at = (min(row * down + y, rows - 1) * columns + min(column * across + x, columns - 1))
                            sum += Int(frame.byte(at: at * 3 + component))
                        }
                    }
                    store(UInt8(sum / (across * down)), component, column, row)
                }
            }
        }
    }
}
