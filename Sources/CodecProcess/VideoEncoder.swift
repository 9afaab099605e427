internal import Glibc
internal import Imaging
internal import CLinux
internal import Reactor

/// The external program `ffmpeg` with `libx264`, which this program does not link: its licence would become ours.
///
/// It runs confined, as a codec process does, but for its own files: no network, no other processes, no new privileges,
/// no environment, limits on memory, CPU time and file size. Frames come and go over descriptors, so that no path of
/// ours is told to it. What it reads are samples, or a video it wrote itself; never a file from outside.
package struct VideoEncoder: Sendable {
    package let path: String
    /// Such as `ffmpeg 5.1.9-0+deb12u1`.
    package let version: String
    private let limits: CodecLimits

    /// Threads of x264, always the same number: the bytes depend on it.
    private static let threadCount = 4
    /// BT.601 in both directions, as YBR_PARTIAL_420 has it, computed the same way on every processor.
    private static let scaling = "flags=bicubic+accurate_rnd+full_chroma_inp+full_chroma_int+bitexact"

    /// Looks along `searchPath` and asks the program for its version; nil when there is none that runs. Blocks.
    ///
    /// - Parameter searchPath: folders with colons between them, as in PATH.
    package static func find(in searchPath: String, limits: CodecLimits = CodecLimits()) -> VideoEncoder? {
        for folder in searchPath.split(separator: ":") {
            let path = "\(folder)/ffmpeg"
            guard unsafe access(path, X_OK) == 0, let version = version(of: path, limits) else { continue }
            return VideoEncoder(path: path, version: version, limits: limits)
        }
        return nil
    }

    /// Starts to encode.
    ///
    /// - Parameters:
    ///   - frames: readable; frames one after the other until the end.
    ///   - output: an empty file open for reading and writing; it becomes an MP4.
    func encode(_ settings: VideoSettings, frames: CInt, to output: CInt) throws(SystemError) -> VideoRun {
        try start(Self.encoding(settings), input: frames, output: output)
    }

    /// Starts to decode a video of its own.
    ///
    /// - Parameters:
    ///   - input: the MP4, open for reading.
    ///   - frames: writable; gets the frames as RGB.
    func decode(_ settings: VideoSettings, _ input: CInt, frames: CInt) throws(SystemError) -> VideoRun {
        try start(Self.decoding, input: input, output: frames)
    }

    /// High profile exactly, no audio, square pixels, the colors named (PS3.5 8.2.7); the index in front, so that a
    /// viewer can begin before it has all.
    static func encoding(_ settings: VideoSettings) -> [String] {
        let size = "\(settings.columns)x\(settings.rows)"
        let filter = "scale=out_color_matrix=bt601:out_range=tv:\(scaling),setsar=1,format=yuv420p"
        return quiet + ["-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-r", "\(settings.rate)"]
            + ["-i", "pipe:0", "-an", "-sn", "-dn", "-map_metadata", "-1", "-fflags", "+bitexact", "-vf", filter]
            + ["-c:v", "libx264", "-flags:v", "+bitexact", "-preset", settings.preset.rawValue]
            + ["-crf", "\(settings.crf)", "-profile:v", "high", "-level", settings.isLevel42 ? "4.2" : "4.1"]
            + ["-bf", "2", "-colorspace", "smpte170m", "-color_primaries", "smpte170m", "-color_trc", "smpte170m"]
            + ["-color_range", "tv", "-threads", "\(threadCount)", "-movflags", "+faststart"]
            // By this name the file can be sought in, which a pipe cannot.
            + ["-f", "mp4", "/proc/self/fd/1"]
    }

    static var decoding: [String] {
        let filter = "scale=in_color_matrix=bt601:in_range=tv:\(scaling),format=rgb24"
        return quiet + ["-protocol_whitelist", "file,pipe", "-f", "mov", "-i", "/proc/self/fd/0", "-map", "0:v:0"]
            + ["-fps_mode", "passthrough", "-vf", filter, "-f", "rawvideo", "pipe:1"]
    }

    /// Without `-xerror` a full disk leaves half a video and exit status 0.
    private static let quiet = ["-nostdin", "-hide_banner", "-v", "error", "-xerror", "-filter_threads", "1"]

    private func start(_ arguments: [String], input: CInt?, output: CInt) throws(SystemError) -> VideoRun {
        let messages = Descriptor(max(clinux_memory_file(), -1))
        let child = try ChildProcess(
            ChildCommand(
                path: path, arguments: arguments, descriptors: [input, output, messages.raw >= 0 ? messages.raw : nil],
                addressSpaceMax: limits.encoderAddressSpaceMax, fileByteCountMax: limits.fileByteCountMax,
                descriptorsMax: 32, cpuTimeMax: limits.cpuTimeMax, isFiltered: true))
        return VideoRun(child, messages, limits)
    }

    private static func version(of path: String, _ limits: CodecLimits) -> String? {
        let output = Descriptor(max(clinux_memory_file(), -1))
        let program = VideoEncoder(path: path, version: "", limits: limits)
        guard output.raw >= 0, let run = try? program.start(["-version"], input: nil, output: output.raw),
            (try? run.finish(until: .now + limits.startTimeMax)) != nil
        else { return nil }
        // "ffmpeg version 5.1.9-0+deb12u1 Copyright (c)..."
        let words = VideoRun.text(of: output).split(separator: " ")
        guard words.count > 2, words[0] == "ffmpeg", words[1] == "version" else { return nil }
        return "ffmpeg \(words[2].prefix(40))"
    }
}

/// One run of the external program.
final class VideoRun: Sendable {
    private let child: ChildProcess
    private let messages: Descriptor
    private let limits: CodecLimits

    fileprivate init(_ child: ChildProcess, _ messages: Descriptor, _ limits: CodecLimits) {
        self.child = child
        self.messages = messages
        self.limits = limits
    }

    /// Waits for the end. Blocks; at the deadline the program is killed.
    func finish(until deadline: ContinuousClock.Instant) throws(CodecPoolError) {
        guard let exit = child.wait(until: deadline) else {
            child.end()
            throw .timedOut("the video encoder did not end in time")
        }
        switch exit {
        case .code(0): return
        case .signal(SIGXCPU), .signal(SIGKILL):
            throw .timedOut("the video encoder was ended: \(exit)")
        case .code(1...124):
            let words = Self.text(of: messages).split(whereSeparator: \.isNewline).suffix(3)
            throw .failed(.codec(.library("ffmpeg: \(words.joined(separator: "; "))")))
        default:
            throw exit.isFailureToStart ? .unavailable("ffmpeg: \(exit)") : .crashed("ffmpeg: \(exit)")
        }
    }

    func end() { child.end() }

    /// The first 4096 bytes of a file in memory.
    fileprivate static func text(of file: Descriptor) -> String {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let n = unsafe pread(file.raw, &bytes, bytes.count, 0)
        return String(decoding: bytes.prefix(max(n, 0)), as: UTF8.self)
    }
}
