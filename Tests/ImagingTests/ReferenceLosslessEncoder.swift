/// JPEG Lossless written down as T.81 says it, slowly: all that our encoder does not do, to feed the decoder. Every
/// category has a code of 5 bits, its number.
struct ReferenceLosslessEncoder {
    var precision: Int
    var rows: Int
    var columns: Int
    /// Planes of samples, one for each component.
    var planes: [[Int]]
    var predictor = 1
    var pointTransform = 0
    /// Rows between restart markers.
    var restartRows: Int?
    var isInterleaved = true
    /// Component identifiers; the place in the frame when nil.
    var identifiers: [UInt8]?

    static let table: [UInt8] = [0, 0, 0, 0, 17] + [UInt8](repeating: 0, count: 11) + (0...16)

    private func identifier(_ component: Int) -> UInt8 { identifiers?[component] ?? UInt8(component + 1) }

    func codestream() -> [UInt8] {
        var bytes: [UInt8] = [0xFF, 0xD8]
        Self.append(&bytes, 0xC4, [0] + Self.table)
        let frame = [UInt8(precision)] + Self.u16(rows) + Self.u16(columns) + [UInt8(planes.count)]
        let components = planes.indices.flatMap { [identifier($0), 0x11, 0] as [UInt8] }
        Self.append(&bytes, 0xC3, frame + components)
        if let restartRows { Self.append(&bytes, 0xDD, Self.u16(restartRows * columns)) }
        for scan in isInterleaved ? [Array(planes.indices)] : planes.indices.map({ [$0] }) {
            let tables = [UInt8(scan.count)] + scan.flatMap { [identifier($0), 0] as [UInt8] }
            Self.append(&bytes, 0xDA, tables + [UInt8(predictor), 0, UInt8(pointTransform)])
            bytes += entropy(scan)
        }
        return bytes + [0xFF, 0xD9]
    }

    private static func u16(_ number: Int) -> [UInt8] { [UInt8(number >> 8), UInt8(number & 0xFF)] }

    private static func append(_ bytes: inout [UInt8], _ marker: UInt8, _ body: [UInt8]) {
        bytes += [0xFF, marker] + u16(body.count + 2) + body
    }

    private func entropy(_ scan: [Int]) -> [UInt8] {
        var (bytes, bits) = ([UInt8](), [Bool]())
        for row in 0..<rows {
            if let restartRows, row > 0, row % restartRows == 0 {
                bytes += Self.stuffed(bits) + [0xFF, 0xD0 + UInt8(row / restartRows - 1) % 8]
                bits = []
            }
            for column in 0..<columns {
                for component in scan {
                    let difference = sample(component, row, column) - predicted(component, row, column)
                    Self.append(&bits, difference)
                }
            }
        }
        return bytes + Self.stuffed(bits)
    }

    private func sample(_ component: Int, _ row: Int, _ column: Int) -> Int {
        planes[component][row * columns + column] >> pointTransform
    }

    private func predicted(_ component: Int, _ row: Int, _ column: Int) -> Int {
        let isFirst = row % (restartRows ?? rows) == 0
        if isFirst && column == 0 { return 1 << (precision - pointTransform - 1) }
        if isFirst { return sample(component, row, column - 1) }
        let above = sample(component, row - 1, column)
        if column == 0 { return above }
        let left = sample(component, row, column - 1)
        let diagonal = sample(component, row - 1, column - 1)
        switch predictor {
        case 1: return left
        case 2: return above
        case 3: return diagonal
        case 4: return left + above - diagonal
        case 5: return left + ((above - diagonal) >> 1)
        case 6: return above + ((left - diagonal) >> 1)
        default: return (left + above) >> 1
        }
    }

    /// Category and additional bits of a difference modulo 65536 (T.81 table H.2).
    private static func append(_ bits: inout [Bool], _ difference: Int) {
        var difference = difference & 0xFFFF
        if difference > 32768 { difference -= 65536 }
        var category = 0
        while abs(difference) >= 1 << category { category += 1 }
        for bit in (0..<5).reversed() { bits.append(category >> bit & 1 == 1) }
        guard category < 16 else { return }
        let additional = difference < 0 ? difference + (1 << category) - 1 : difference
        for bit in (0..<category).reversed() { bits.append(additional >> bit & 1 == 1) }
    }

    private static func stuffed(_ bits: [Bool]) -> [UInt8] {
        stride(from: 0, to: bits.count, by: 8).flatMap { start -> [UInt8] in
            var byte: UInt8 = 0
            for bit in start..<(start + 8) { byte = byte << 1 | (bit >= bits.count || bits[bit] ? 1 : 0) }
            return byte == 0xFF ? [0xFF, 0] : [byte]
        }
    }
}
