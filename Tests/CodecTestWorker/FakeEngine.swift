internal import CodecProcess
internal import DICOM
internal import Glibc
internal import Imaging
internal import Reactor

/// Does what its input says: the first word is a name below, the second a number. This is what a codec does that was
/// taken over by a file.
struct FakeEngine: CodecEngine {
    func transcode(
        input: CInt, output: CInt, _ recipe: TranscodeRecipe, lanes: Int
    ) throws(TranscodeError) -> TranscodeReport {
        defer {
            close(input)
            close(output)
        }
        let words = Self.text(of: input).split(separator: " ").map(String.init)
        let number = words.count > 1 ? Int(words[1]) ?? 0 : 0
        switch words.first ?? "" {
        case "fail": throw .codec(.malformed("as\nasked \u{1}"))
        case "quality": throw .gateFailed(QualityFigures(psnr: 31.25, ssim: 0.5, ratio: 7), reason: "as asked")
        case "probe": return Self.report(recipe, Probe.all().joined(separator: ","), output)
        case "pid": return Self.report(recipe, "\(getpid())", output)
        case "wait": _ = poll(nil, 0, CInt(number))
        case "large": try Self.fill(output, number)
        case "memory": try Self.claim(number)
        case "empty": return Self.report(recipe, "nothing written", -1)
        case "lie": return Self.report(TranscodeRecipe(.jpegLS(near: 3)), "not what was asked", output)
        default: Misdeed.commit(words.first ?? "", number)
        }
        return Self.report(recipe, "fake \(lanes)", output)
    }

    static func text(of input: CInt) -> String {
        var bytes = [UInt8](repeating: 0, count: 100)
        let n = unsafe pread(input, &bytes, bytes.count, 0)
        return String(decoding: bytes.prefix(max(n, 0)), as: UTF8.self)
    }

    /// Writes until the file has so many bytes.
    private static func fill(_ output: CInt, _ count: Int) throws(TranscodeError) {
        let bytes = [UInt8](repeating: 7, count: 1 << 20)
        for i in 0..<(count >> 20) {
            let n = unsafe pwrite(output, bytes, bytes.count, off_t(i << 20))
            guard n == bytes.count else { throw .file(SystemError("pwrite", errno).description) }
        }
    }

    /// Asks for memory as a C library does, which reports when there is none.
    private static func claim(_ count: Int) throws(TranscodeError) {
        guard let memory = unsafe malloc(count) else { throw .codec(.library("no memory")) }
        unsafe memset(memory, 1, count)
        unsafe free(memory)
    }

    static func report(
        _ recipe: TranscodeRecipe, _ codec: String, _ output: CInt,
        _ quality: QualityFigures? = nil
    ) -> TranscodeReport {
        if quality == nil { _ = unsafe pwrite(output, "made", 4, 0) }
        let uid = UID("1.2.3") ?? UID(uuidBytes: [UInt8](repeating: 1, count: 16))
        guard let uid else { exit(99) }
        return TranscodeReport(
            sourceSOPInstanceUID: uid, sopInstanceUID: uid, from: .explicitVRLittleEndian, to: recipe.transferSyntax,
            codec: codec, parameters: recipe.parameters.summary, isLossy: recipe.parameters.isLossy, frameCount: 1,
            nativeByteCount: 4, encodedByteCount: 4, quality: quality)
    }
}
