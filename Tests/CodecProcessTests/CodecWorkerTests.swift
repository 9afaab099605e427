import DICOM
import Foundation
import Imaging
import JSON
import Reactor
import TestSupport
import Testing

@testable import CodecProcess

/// The worker's loop in this process, over a pair of sockets: whatever comes, it ends cleanly.
@Suite struct CodecWorkerTests {
    private struct Engine: CodecEngine {
        func transcode(
            input: CInt, output: CInt, _ recipe: TranscodeRecipe, lanes: Int
        ) throws(TranscodeError) -> TranscodeReport {
            close(input)
            close(output)
            throw .file("\(lanes)")
        }

        func cine(input: CInt) throws(TranscodeError) -> CineFacts { throw .file("no cine") }

        func writeFrames(input: CInt, to pipe: CInt, lanes: Int) throws(TranscodeError) { throw .file("no frames") }

        func wrap(
            _ parts: VideoParts, _ recipe: TranscodeRecipe, encoder: String
        ) throws(TranscodeError) -> TranscodeReport { throw .file("no video") }
    }

    private static let asked = CodecRequest(TranscodeRecipe(.rle), lanes: 3)
    private static let request = asked.json.bytes

    /// Both sides block: the loop has threads of its own.
    private static let threads = BlockingPool(threads: 32, name: "worker")

    /// Runs the loop while `body` plays the server; returns its exit status.
    private func serve(_ body: (MessageChannel, CInt) throws -> Void) async throws -> Int32 {
        let (ours, theirs) = try MessageChannel.pair()
        let raw = ours.raw
        let (statuses, status) = AsyncStream.makeStream(of: Int32.self)
        Self.threads.submit {
            status.yield(CodecWorker.serve(MessageChannel(theirs), CodecHello(filterFailure: nil), Engine()))
            status.finish()
        }
        let channel = MessageChannel(ours)
        #expect(try CodecHello(channel.receive().body) == CodecHello(filterFailure: nil))
        try body(channel, raw)
        channel.close()
        return try #require(await statuses.first { _ in true })
    }

    private func withFiles(_ body: ([CInt]) throws -> Void) throws {
        let files = (0..<2).map { _ in unsafe open("/dev/null", O_RDWR | O_CLOEXEC) }
        defer { for file in files { close(file) } }
        try body(files)
    }

    @Test func itAnswersUntilTheSocketCloses() async throws {
        let status = try await serve { channel, _ in
            try withFiles { files in
                for _ in 0..<3 {
                    try channel.send(Self.request, descriptors: files)
                    let answer = try CodecAnswer(channel.receive().body, to: Self.asked)
                    #expect(answer == .failure(.file("3")))
                }
            }
        }
        #expect(status == 0)
    }

    @Test(arguments: [0, 1, 3, 4])
    func aRequestWithAnotherNumberOfDescriptorsEndsIt(_ count: Int) async throws {
        let status = try await serve { channel, _ in
            try withFiles { files in
                try channel.send(Self.request, descriptors: Array((files + files).prefix(count)))
                #expect(throws: ChannelError.closed) { try channel.receive() }
            }
        }
        #expect(status == 1)
    }

    @Test func garbageEndsIt() async throws {
        let status = try await serve { channel, _ in
            try withFiles { try channel.send(Array("not JSON".utf8), descriptors: $0) }
            #expect(throws: ChannelError.closed) { try channel.receive() }
        }
        #expect(status == 1)
    }

    @Test(arguments: [[0, 0, 0, 0], [0, 1, 0, 1], [0xFF, 0xFF, 0xFF, 0xFF], [0, 0, 1]] as [[UInt8]])
    func aLengthThatIsNoneEndsIt(_ bytes: [UInt8]) async throws {
        let status = try await serve { channel, raw in
            #expect(MessageChannel.sendPiece(raw, bytes[...], []) == bytes.count)
            if bytes.count == 4 { #expect(throws: ChannelError.closed) { try channel.receive() } }
        }
        #expect(status == 1)
    }

    @Test func aMessageThatBreaksOffEndsIt() async throws {
        let status = try await serve { _, raw in
            let bytes: [UInt8] = [0, 0, 0, 9, 1, 2]
            #expect(MessageChannel.sendPiece(raw, bytes[...], []) == bytes.count)
        }
        #expect(status == 1)
    }

    @Test func aMessageInPiecesIsPutTogether() async throws {
        let status = try await serve { channel, raw in
            try withFiles { files in
                // The descriptors come with the first piece, of one byte.
                let bytes = [0, 0, 0, UInt8(Self.request.count)] + Self.request
                #expect(MessageChannel.sendPiece(raw, bytes.prefix(1), files) == 1)
                for byte in bytes.dropFirst() { #expect(MessageChannel.sendPiece(raw, [byte], []) == 1) }
                _ = try CodecAnswer(channel.receive().body, to: Self.asked)
            }
        }
        #expect(status == 0)
    }

    @Test func mutatedMessagesNeverTrap() async throws {
        var random = SeededGenerator(seed: 11)
        for _ in 0..<300 {
            var bytes = [0, 0, 0, UInt8(Self.request.count)] + Self.request
            bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
            let message = bytes
            let status = try await serve { _, raw in
                try withFiles { #expect(MessageChannel.sendPiece(raw, message[...], $0) == message.count) }
            }
            #expect(status == 0 || status == 1)
        }
    }

    /// What is sent is one end of a connection: the other hangs up when no copy of it is open any more.
    @Test func noDescriptorStaysOpen() throws {
        let (one, other) = try MessageChannel.pair()
        let sender = MessageChannel(one), receiver = MessageChannel(other)
        let (kept, sent) = try MessageChannel.pair()
        for _ in 0..<100 {
            try sender.send([1], descriptors: [sent.raw, sent.raw])
            let (_, received) = try receiver.receive()
            #expect(received.map { fcntl($0.raw, F_GETFD) } == [FD_CLOEXEC, FD_CLOEXEC])
        }
        sent.close()
        var reading = pollfd(fd: kept.raw, events: 0, revents: 0)
        #expect(unsafe poll(&reading, 1, 20_000) == 1, "a copy of what was received is open")
        #expect(Int32(reading.revents) & Int32(POLLHUP) != 0)
    }

    @Test func nothingInTimeIsADeadline() throws {
        let (one, other) = try MessageChannel.pair()
        let receiver = MessageChannel(other)
        #expect(throws: ChannelError.deadline) { try receiver.receive(until: .now + .milliseconds(20)) }
        one.close()
        #expect(throws: ChannelError.closed) { try receiver.receive(until: .now + .seconds(20)) }
    }

    @Test func withoutASocketItIsNoWorker() {
        // Returns before it confines anything, or this test process would suffer it.
        #expect(CodecWorker.run(socket: -1, engine: Engine()) == 2)
        let file = unsafe open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(file) }
        #expect(CodecWorker.run(socket: file, engine: Engine()) == 2)
    }
}
