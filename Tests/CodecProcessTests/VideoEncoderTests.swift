import Foundation
import TestSupport
import Testing

@testable import CodecProcess

private enum Found {
    static let encoder = VideoEncoder.find(in: ProcessInfo.processInfo.environment["PATH"] ?? "")
}

/// The external `ffmpeg`, where there is one.
@Suite(.serialized, .enabled(if: Found.encoder != nil, "there is no ffmpeg on the PATH"))
struct VideoEncoderTests {
    private static let deadline = ContinuousClock.now + .seconds(120)

    private static func settings(_ crf: Int = 12) throws -> VideoSettings {
        let rate = try #require(FrameRate(30000, 1001))
        return try #require(VideoSettings(columns: 128, rows: 96, rate: rate, crf: crf))
    }

    /// A soft pattern that moves.
    private static func frames(_ settings: VideoSettings, _ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        for frame in 0..<count {
            for row in 0..<settings.rows {
                for column in 0..<settings.columns {
                    let level = UInt8((column + row / 2 + 3 * frame) % 200)
                    bytes += [level, 220 - level, level / 2 + 40]
                }
            }
        }
        return bytes
    }

    private static func encode(_ settings: VideoSettings, _ bytes: [UInt8], to path: String) throws {
        let encoder = try #require(Found.encoder)
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        let output = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        let pipe = Pipe()
        let run = try encoder.encode(
            settings, frames: pipe.fileHandleForReading.fileDescriptor, to: output.fileDescriptor)
        try pipe.fileHandleForReading.close()
        try pipe.fileHandleForWriting.write(contentsOf: Data(bytes))
        try pipe.fileHandleForWriting.close()
        try run.finish(until: deadline)
    }

    private static func decode(_ settings: VideoSettings, _ path: String) throws -> [UInt8] {
        let encoder = try #require(Found.encoder)
        let input = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        let pipe = Pipe()
        let run = try encoder.decode(
            settings, input.fileDescriptor, frames: pipe.fileHandleForWriting.fileDescriptor)
        try pipe.fileHandleForWriting.close()
        let bytes = try pipe.fileHandleForReading.readToEnd() ?? Data()
        try run.finish(until: deadline)
        return Array(bytes)
    }

    @Test func theVersionIsKnown() throws {
        let encoder = try #require(Found.encoder)
        #expect(encoder.version.hasPrefix("ffmpeg ") && encoder.version.count > 8)
        #expect(VideoEncoder.find(in: "/nonexistent:/proc") == nil)
    }

    @Test func framesComeBackNearTheirSource() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let settings = try Self.settings()
        let source = Self.frames(settings, 12)
        try Self.encode(settings, source, to: folder.path + "/a.mp4")
        let decoded = try Self.decode(settings, folder.path + "/a.mp4")
        #expect(decoded.count == source.count)
        let errors = zip(source, decoded).map { abs(Int($0) - Int($1)) }
        // Chroma is halved in both directions, so single samples of the edges may be far off.
        #expect(Double(errors.reduce(0, +)) / Double(errors.count) < 4)
    }

    @Test func equalFramesGiveEqualBytes() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let settings = try Self.settings(23)
        let source = Self.frames(settings, 40)
        for name in ["a", "b"] { try Self.encode(settings, source, to: folder.path + "/" + name) }
        #expect(try folder.read("a") == folder.read("b"))
        #expect(try !folder.read("a").isEmpty)
    }

    @Test func theVideoIsWhatTheStandardAsks() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let settings = try Self.settings()
        try Self.encode(settings, Self.frames(settings, 5), to: folder.path + "/a.mp4")
        let probe = try Command.run("ffprobe", ["-v", "error", "-show_streams", folder.path + "/a.mp4"])
        guard probe.status == 0 else { return }
        for line in [
            "codec_name=h264", "profile=High", "level=41", "pix_fmt=yuv420p", "sample_aspect_ratio=1:1",
            "color_space=smpte170m", "avg_frame_rate=30000/1001", "nb_frames=5",
        ] {
            #expect(probe.output.contains(line + "\n"), "\(line) in \(probe.output)")
        }
        #expect(!probe.output.contains("codec_type=audio"))
    }

    @Test func itsWordsComeWithItsError() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try folder.write("a.mp4", Array("this is no video".utf8))
        let error = #expect(throws: CodecPoolError.self) {
            _ = try Self.decode(Self.settings(), folder.path + "/a.mp4")
        }
        #expect(error?.description.hasPrefix("ffmpeg: ") == true)
    }

    @Test func aRunThatDoesNotEndIsKilled() throws {
        let encoder = try #require(Found.encoder)
        let pipe = Pipe()
        let run = try encoder.encode(
            Self.settings(), frames: pipe.fileHandleForReading.fileDescriptor,
            to: FileHandle.nullDevice.fileDescriptor)
        #expect(throws: CodecPoolError.timedOut("the video encoder did not end in time")) {
            try run.finish(until: .now + .milliseconds(100))
        }
    }

    @Test func sizesAndRatesThatNoVideoHasAreRefused() throws {
        let rate = try #require(FrameRate(25))
        #expect(VideoSettings(columns: 641, rows: 480, rate: rate, crf: 20) == nil)
        #expect(VideoSettings(columns: 640, rows: 481, rate: rate, crf: 20) == nil)
        #expect(VideoSettings(columns: 640, rows: 0, rate: rate, crf: 20) == nil)
        #expect(VideoSettings(columns: 8192, rows: 480, rate: rate, crf: 20) == nil)
        #expect(VideoSettings(columns: 640, rows: 480, rate: rate, crf: 52) == nil)
        #expect(FrameRate(0) == nil && FrameRate(1, 0) == nil && FrameRate(2_000_000) == nil)
    }

    @Test func itHasNoNetwork() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        _ = FileManager.default.createFile(atPath: folder.path + "/out", contents: nil)
        let output = try FileHandle(forUpdating: URL(fileURLWithPath: folder.path + "/out"))
        // A shell in the place of the program: what it may do is what the program may do.
        let shell = try ChildProcess(
            ChildCommand(
                path: "/bin/bash",
                arguments: ["-c", "(true) || echo nothing"],
                descriptors: [nil, output.fileDescriptor, output.fileDescriptor], addressSpaceMax: 1 << 30,
                fileByteCountMax: 1 << 20, descriptorsMax: 32, isFiltered: true))
        #expect(shell.wait(until: Self.deadline) != nil)
        let text = String(decoding: try folder.read("out"), as: UTF8.self)
        #expect(text.contains("fork: "), "\(text)")
        let other = try ChildProcess(
            ChildCommand(
                path: "/bin/bash", arguments: ["-c", "kill -0 $PPID; echo kill $?; exec 3<>/dev/tcp/127.0.0.1/1"],
                descriptors: [nil, output.fileDescriptor, output.fileDescriptor], addressSpaceMax: 1 << 30,
                fileByteCountMax: 1 << 20, descriptorsMax: 32, isFiltered: true))
        #expect(other.wait(until: Self.deadline) == .code(1))
        let more = String(decoding: try folder.read("out"), as: UTF8.self)
        #expect(more.contains("kill 1") && more.contains("Permission denied"), "\(more)")
    }
}
