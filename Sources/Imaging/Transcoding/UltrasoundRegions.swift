internal import Bytes
internal import DICOM

/// Where in the frame the ultrasound is: what quality is measured on. Sequence of Ultrasound Regions (0018,6011)
/// (PS3.3 C.8.5.5); where an object declares none, what is not black in each frame.
struct UltrasoundRegions: Equatable, Sendable {
    struct Rectangle: Equatable, Sendable {
        var x: Int
        var y: Int
        var columns: Int
        var rows: Int
    }

    /// As declared; the whole frame when nothing is.
    let rectangles: [Rectangle]
    private let isDeclared: Bool

    /// Luminance up to this is background: black, and what a codec makes of it.
    static let blackMax: UInt8 = 4

    /// Smaller ones carry no window of the similarity index.
    private static let sideMin = 8
    private static let countMax = 64

    init(_ dataSet: DataSet, columns: Int, rows: Int) {
        var found: [Rectangle] = []
        for item in dataSet.sequence(.sequenceOfUltrasoundRegions).prefix(Self.countMax) {
            // The same place is named several times where it carries several measures.
            guard let one = Self.rectangle(item, columns: columns, rows: rows), !found.contains(one) else { continue }
            found.append(one)
        }
        isDeclared = !found.isEmpty
        rectangles = found.isEmpty ? [Rectangle(x: 0, y: 0, columns: columns, rows: rows)] : found
    }

    /// What to measure of a frame, by its luminance of 8 bits: black borders flatter every figure.
    ///
    /// - Parameter stride: samples from one row to the next.
    func rectangles(in luminance: RawSpan, stride: Int) -> [Rectangle] {
        isDeclared ? rectangles : [Self.content(of: luminance, stride: stride, rectangles[0])]
    }

    /// The smallest rectangle with everything that is not black; the whole frame when that is too small to measure.
    private static func content(of luminance: RawSpan, stride: Int, _ whole: Rectangle) -> Rectangle {
        precondition(whole.rows * stride <= luminance.byteCount + stride - whole.columns, "outside of the plane")
        var (top, bottom) = (whole.rows, -1)
        var brightest = [UInt8](repeating: 0, count: whole.columns)
        unsafe luminance.withUnsafeBytes { bytes in
            unsafe brightest.withUnsafeMutableBufferPointer { brightest in
                for row in 0..<whole.rows {
                    let line = unsafe UnsafeRawBufferPointer(
                        rebasing: bytes[(row * stride)..<(row * stride + whole.columns)])
                    // Two loops, which become vector instructions.
                    for column in 0..<line.count { unsafe brightest[column] = max(brightest[column], line[column]) }
                    var most: UInt8 = 0
                    for column in 0..<line.count { most = unsafe max(most, line[column]) }
                    if most > blackMax { (top, bottom) = (min(top, row), row) }
                }
            }
        }
        guard let left = brightest.firstIndex(where: { $0 > blackMax }),
            let right = brightest.lastIndex(where: { $0 > blackMax }), right - left + 1 >= sideMin,
            bottom - top + 1 >= sideMin
        else { return whole }
        return Rectangle(x: left, y: top, columns: right - left + 1, rows: bottom - top + 1)
    }

    /// The part that is inside of the frame; nil when there is none worth measuring.
    private static func rectangle(_ item: DataSet, columns: Int, rows: Int) -> Rectangle? {
        guard let x0 = item.int(.regionLocationMinX0), let y0 = item.int(.regionLocationMinY0),
            let x1 = item.int(.regionLocationMaxX1), let y1 = item.int(.regionLocationMaxY1)
        else { return nil }
        let (left, top) = (max(0, x0), max(0, y0))
        let (right, bottom) = (min(columns - 1, x1), min(rows - 1, y1))
        guard right - left + 1 >= sideMin, bottom - top + 1 >= sideMin else { return nil }
        return Rectangle(x: left, y: top, columns: right - left + 1, rows: bottom - top + 1)
    }
}
