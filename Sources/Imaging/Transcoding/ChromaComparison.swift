internal import Bytes

/// How the chroma planes of a JPEG differ. Fine differences are left to the luminance; here it is found whether colors
/// were lost or mixed up, and how many samples have color at all.
struct ChromaComparison {
    /// Positions that are more than grey.
    private(set) var coloredCount = 0
    /// Over positions of strong color: squared distance from grey, and squared error.
    private var energy = 0
    private var error = 0

    /// Largest distance from grey that compression and conversion leave in a grey image.
    static let greyDeviationMax: UInt8 = 10
    /// Weak colors may drown in the noise of a low quality without harm.
    private static let strongDeviationMin: UInt8 = 32

    /// Whether the error is nearly as large as the color itself: it is gone, turned around, or in the other plane.
    var losesColors: Bool { 4 * error > 3 * energy }

    /// Adds a rectangle of both planes, source and decoded.
    mutating func add(_ source: JPEGPlanes, _ decoded: JPEGPlanes, in rectangle: UltrasoundRegions.Rectangle) {
        let stride = source.stride(1)
        let needed = (rectangle.y + rectangle.rows) * stride
        precondition(
            source.count == 3 && decoded.count == 3 && rectangle.x + rectangle.columns <= stride
                && decoded.stride(1) == stride && source.samples(2).byteCount >= needed
                && min(source.samples(1).byteCount, decoded.samples(1).byteCount, decoded.samples(2).byteCount)
                    >= needed,
            "outside of the planes")
        unsafe source.samples(1).withUnsafeBytes { cb in
            unsafe source.samples(2).withUnsafeBytes { cr in
                unsafe decoded.samples(1).withUnsafeBytes { cbAfter in
                    unsafe decoded.samples(2).withUnsafeBytes { crAfter in
                        for row in rectangle.y..<(rectangle.y + rectangle.rows) {
                            let range = (row * stride + rectangle.x)..<(row * stride + rectangle.x + rectangle.columns)
                            unsafe addRow(
                                UnsafeRawBufferPointer(rebasing: cb[range]),
                                UnsafeRawBufferPointer(rebasing: cr[range]),
                                UnsafeRawBufferPointer(rebasing: cbAfter[range]),
                                UnsafeRawBufferPointer(rebasing: crAfter[range]))
                        }
                    }
                }
            }
        }
    }

    /// Four rows of equal length. A row has at most 65,500 samples, so each sum of it fits 32 bits.
    private mutating func addRow(
        _ cb: UnsafeRawBufferPointer, _ cr: UnsafeRawBufferPointer, _ cbAfter: UnsafeRawBufferPointer,
        _ crAfter: UnsafeRawBufferPointer
    ) {
        let (grey, strongMin) = (Self.greyDeviationMax, Self.strongDeviationMin)
        var most: UInt8 = 0
        for i in 0..<cb.count { most = unsafe max(most, max(Self.deviation(cb[i]), Self.deviation(cr[i]))) }
        // Most rows of ultrasound are grey.
        guard most > grey else { return }
        var colored: UInt16 = 0
        for i in 0..<cb.count {
            let deviation = unsafe max(Self.deviation(cb[i]), Self.deviation(cr[i]))
            colored &+= deviation > grey ? 1 : 0
        }
        coloredCount += Int(colored)
        guard most >= strongMin else { return }
        var (energyCb, energyCr, errorCb, errorCr): (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
        for i in 0..<cb.count {
            let deviation = unsafe max(Self.deviation(cb[i]), Self.deviation(cr[i]))
            let strong: UInt32 = deviation >= strongMin ? .max : 0
            let (u, v) = unsafe (Int32(cb[i]) &- 128, Int32(cr[i]) &- 128)
            let (du, dv) = unsafe (Int32(cbAfter[i]) &- 128 &- u, Int32(crAfter[i]) &- 128 &- v)
            energyCb &+= UInt32(truncatingIfNeeded: u &* u) & strong
            energyCr &+= UInt32(truncatingIfNeeded: v &* v) & strong
            errorCb &+= UInt32(truncatingIfNeeded: du &* du) & strong
            errorCr &+= UInt32(truncatingIfNeeded: dv &* dv) & strong
        }
        energy += Int(energyCb) + Int(energyCr)
        error += Int(errorCb) + Int(errorCr)
    }

    /// From grey.
    @inline(__always)
    private static func deviation(_ chroma: UInt8) -> UInt8 { chroma >= 128 ? chroma &- 128 : 128 &- chroma }
}
