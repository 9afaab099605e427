internal import CodecProcess
internal import Glibc
internal import Imaging
internal import Reactor

/// A cine of 128 by 96 pixels whose frames are computed: `video COUNT`. `wide COUNT` says that it is 129 wide, and
/// `short COUNT` writes half a frame and hangs, `broken COUNT` half a frame and crashes.
extension FakeEngine {
    private static let columns = 128
    private static let rows = 96

    func cine(input: CInt) throws(TranscodeError) -> CineFacts {
        defer { close(input) }
        let (name, count) = Self.order(input)
        guard let rate = FrameRate(30_000, 1001) else { throw .file("no rate") }
        return CineFacts(
            columns: name == "wide" ? 129 : Self.columns, rows: Self.rows, frameCount: count, rate: rate)
    }

    func writeFrames(input: CInt, to pipe: CInt, lanes: Int) throws(TranscodeError) {
        defer {
            close(input)
            close(pipe)
        }
        let (name, count) = Self.order(input)
        if name == "short" || name == "broken" {
            try Self.write(Array(Self.frame(0).prefix(5000)), to: pipe)
            Misdeed.commit(name == "short" ? "hang" : "segfault", 0)
        }
        for i in 0..<count { try Self.write(Self.frame(i), to: pipe) }
    }

    func wrap(
        _ parts: VideoParts, _ recipe: TranscodeRecipe, encoder: String
    ) throws(TranscodeError) -> TranscodeReport {
        let files = [parts.input, parts.output, parts.video, parts.decoded ?? -1]
        defer { for file in files where file >= 0 { close(file) } }
        let (_, count) = Self.order(parts.input)
        var quality = QualityFigures(psnr: nil, ssim: 1, ratio: 1)
        if let decoded = parts.decoded { quality.psnr = try Self.psnr(decoded, count) }
        if let least = recipe.gate?.psnrMin, let psnr = quality.psnr, psnr < least {
            throw .gateFailed(quality, reason: "PSNR \(psnr)")
        }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let n = unsafe pread(parts.video, &bytes, bytes.count, 0)
        guard n > 0, unsafe pwrite(parts.output, bytes, n, 0) == n else { throw .file("no video") }
        return Self.report(recipe, encoder, parts.output, quality)
    }

    private static func order(_ input: CInt) -> (String, Int) {
        let words = text(of: input).split(separator: " ")
        return (words.first.map(String.init) ?? "", words.count > 1 ? Int(words[1]) ?? 0 : 0)
    }

    /// A soft pattern that moves.
    private static func frame(_ index: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(columns * rows * 3)
        for row in 0..<rows {
            for column in 0..<columns {
                let level = UInt8((column + row / 2 + 3 * index) % 200)
                bytes += [level, level, level]
            }
        }
        return bytes
    }

    private static func write(_ bytes: [UInt8], to pipe: CInt) throws(TranscodeError) {
        var done = 0
        while done < bytes.count {
            let n = unsafe bytes[done...].withUnsafeBytes { unsafe Glibc.write(pipe, $0.baseAddress, $0.count) }
            guard n > 0 else { throw .file(SystemError("write", errno).description) }
            done += n
        }
    }

    /// Of all frames; there must be just so many.
    private static func psnr(_ pipe: CInt, _ count: Int) throws(TranscodeError) -> Double {
        var sum = 0
        for i in 0..<count {
            let decoded = try read(pipe, columns * rows * 3)
            for (a, b) in zip(frame(i), decoded) { sum += (Int(a) - Int(b)) * (Int(a) - Int(b)) }
        }
        var more: UInt8 = 0
        guard unsafe Glibc.read(pipe, &more, 1) == 0 else { throw .verificationFailed("too many frames") }
        return 10 * log10(255 * 255 / max(Double(sum) / Double(count * columns * rows * 3), 1e-9))
    }

    private static func read(_ pipe: CInt, _ count: Int) throws(TranscodeError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let n = unsafe bytes.withUnsafeMutableBytes { raw in
                unsafe Glibc.read(pipe, raw.baseAddress?.advanced(by: done), raw.count - done)
            }
            guard n > 0 else { throw .verificationFailed("too few frames") }
            done += n
        }
        return bytes
    }
}
