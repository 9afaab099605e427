import Bytes
import Testing
import TestSupport

@testable import Reactor

@Suite struct SocketStreamTests {
    @Test func bytesComeBackFromAnEchoingPeer() async throws {
        let echoed = try await onLoop { loop in
            let listener = try Listener(.loopback(port: 0), on: loop)
            let address = listener.address
            loop.spawn {
                guard let accepted = await listener.accept() else { return }
                await echo(accepted, loop)
                listener.close()
            }
            let stream = try await SocketStream.connect(to: address, on: loop, deadline: .after(.seconds(5)))
            defer { stream.close() }
            let sent = SeededBytes.make(300_000)
            let received = IOBuffer(capacity: 1024)
            loop.spawn { await write(sent, to: stream) }
            try await stream.fill(received, to: sent.count, deadline: .after(.seconds(10)))
            return received.readable.array() == sent
        }
        #expect(echoed)
    }

    @Test func silentPeerEndsAtTheDeadline() async throws {
        let error = try await onLoop { loop -> StreamError? in
            let listener = try Listener(.loopback(port: 0), on: loop)
            defer { listener.close() }
            let stream = try await SocketStream.connect(to: listener.address, on: loop, deadline: .after(.seconds(5)))
            defer { stream.close() }
            do throws(StreamError) {
                _ = try await stream.read(into: IOBuffer(capacity: 16), deadline: .after(.milliseconds(20)))
                return nil
            } catch {
                return StreamError?.some(error)
            }
        }
        #expect(error == .timedOut(during: "read"))
    }

    @Test func closeWakesTheTaskThatReads() async throws {
        let error = try await onLoop { loop -> StreamError? in
            let listener = try Listener(.loopback(port: 0), on: loop)
            defer { listener.close() }
            let stream = try await SocketStream.connect(to: listener.address, on: loop, deadline: .after(.seconds(5)))
            loop.spawn { stream.close() }
            do throws(StreamError) {
                _ = try await stream.read(into: IOBuffer(capacity: 16), deadline: .never)
                return nil
            } catch {
                return StreamError?.some(error)
            }
        }
        #expect(error == .closed)
    }

    @Test func connectionToAClosedPortIsRefused() async throws {
        let refused = try await onLoop { loop in
            let listener = try Listener(.loopback(port: 0), on: loop)
            let address = listener.address
            listener.close()
            do throws(StreamError) {
                try await SocketStream.connect(to: address, on: loop, deadline: .after(.seconds(5))).close()
                return false
            } catch {
                guard case .system(let cause) = error else { return false }
                return cause.isConnectionRefused
            }
        }
        #expect(refused)
    }
}

enum SeededBytes {
    static func make(_ count: Int) -> [UInt8] {
        var random = SeededGenerator(seed: 7)
        return random.bytes(count)
    }
}

private func echo(_ accepted: Listener.Accepted, _ loop: EventLoop) async {
    guard let stream = try? SocketStream(adopting: accepted.descriptor, peer: accepted.peer, on: loop) else { return }
    defer { stream.close() }
    let buffer = IOBuffer(capacity: 65536)
    do {
        while try await stream.read(into: buffer, deadline: .after(.seconds(10))) > 0 {
            try await stream.write(buffer, deadline: .after(.seconds(10)))
        }
    } catch {
        Issue.record(error)
    }
}

private func write(_ bytes: [UInt8], to stream: SocketStream) async {
    let buffer = IOBuffer(capacity: 65536)
    buffer.append(bytes)
    try? await stream.write(buffer, deadline: .after(.seconds(10)))
}
