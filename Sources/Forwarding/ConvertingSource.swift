internal import Bytes
internal import DICOM
internal import DICOMNetwork

/// A native data set in another native encoding, converted while it is read.
final class ConvertingSource: DataSource {
    /// What is converted at a time; deflated input may grow a thousandfold.
    private static let pieceByteCount = 16 << 10

    private let source: any DataSource
    private var converter: NativeConverter
    private let piece = IOBuffer(capacity: pieceByteCount)
    private var pending: [UInt8] = []
    private var offset = 0
    private var isFinished = false

    /// Nil where no codec-free conversion exists.
    init?(_ source: any DataSource, from syntax: TransferSyntax, to target: TransferSyntax, byteCount: Int) {
        guard let converter = NativeConverter(from: syntax, to: target, byteCount: byteCount) else { return nil }
        self.source = source
        self.converter = converter
    }

    func read(into buffer: IOBuffer, maximum: Int) async throws(DataSourceError) -> DataSourceProgress {
        while offset == pending.count, !isFinished { try await convertPiece() }
        let end = min(pending.count, offset + maximum)
        buffer.append(pending.rawSpan.extracting(offset..<end))
        offset = end
        return isFinished && offset == pending.count ? .end : .more
    }

    private func convertPiece() async throws(DataSourceError) {
        let piece = piece
        piece.clear()
        let progress = try await source.read(into: piece, maximum: Self.pieceByteCount)
        do throws(WireError) { try convert(piece.readable, isLast: progress == .end) } catch {
            throw DataSourceError("the data set cannot be converted: \(error)")
        }
    }

    private func convert(_ bytes: RawSpan, isLast: Bool) throws(WireError) {
        pending = try converter.push(bytes)
        if isLast {
            pending += try converter.finish()
            isFinished = true
        }
        offset = 0
    }
}
