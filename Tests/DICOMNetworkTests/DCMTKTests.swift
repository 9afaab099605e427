import Bytes
import DICOMNetwork
import Foundation
import Reactor
import TestSupport
import Testing

private let isDCMTKInstalled = ["echoscu", "storescu", "storescp"].allSatisfy {
    FileManager.default.isExecutableFile(atPath: "/usr/bin/" + $0)
}

/// Against the tools of DCMTK, when they are installed.
@Suite(.serialized, .timeLimit(.minutes(1)), .enabled(if: isDCMTKInstalled, "DCMTK is not installed"))
struct DCMTKTests {
    /// A data set in explicit little endian: a UID pair, and `byteCount` bytes of private data.
    private func dataSet(_ byteCount: Int) -> [UInt8] {
        encoded { writer in
            let class16 = Array((ultrasound + "\0").utf8)
            writer.append([8, 0, 0x16, 0])
            writer.append("UI")
            writer.u16LE(UInt16(class16.count))
            writer.append(class16)
            writer.append([8, 0, 0x18, 0])
            writer.append("UI")
            writer.u16LE(6)
            writer.append("1.2.3\0")
            writer.append([0x09, 0, 0x10, 0x10])
            writer.append("OB")
            writer.zeros(2)
            writer.u32LE(UInt32(byteCount))
            writer.append((0..<byteCount).map { UInt8(truncatingIfNeeded: $0 &* 7) })
        }
    }

    /// Connects as soon as the peer listens.
    private func connect(_ port: UInt16, on loop: EventLoop) async throws -> SocketStream {
        let deadline = Deadline.after(.seconds(10))
        while true {
            do {
                return try await SocketStream.connect(to: .loopback(port: port), on: loop, deadline: deadline)
            } catch {
                guard !deadline.isPast else { throw error }
                await loop.yield()
            }
        }
    }

    @Test(arguments: [4096, 131072])
    func storescpTakesWhatWeSend(_ peerMaximum: Int) async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let sent = dataSet(1_000_000)
        try await onLoop { loop in
            let probe = try Listener(.loopback(port: 0), on: loop)
            let port = probe.address.port
            probe.close()
            let peer = try PeerProcess(
                "storescp", ["-od", folder.path, "--max-pdu", "\(peerMaximum)", "+xe", "\(port)"])
            defer { peer.stop() }
            let stream = try await connect(port, on: loop)
            let association = try await Association.request(over: stream, .storage)
            #expect(association.negotiated.peer.maximumLength == UInt32(peerMaximum))
            #expect(association.negotiated.peer.implementationVersionName?.hasPrefix("OFFIS") == true)
            #expect(try await association.echo() == .success)
            let context = try #require(association.context(for: ultrasound, explicitLittle))
            let object = OutgoingObject(context: context, sopClassUID: ultrasound, sopInstanceUID: "1.2.3")
            #expect(try await association.store(object, from: BytesSource(sent)).status == .success)
            #expect(try await association.store(object, from: SlowSource(sent, step: 777)).status == .success)
            try await association.release()
        }
        let file = try #require(try FileManager.default.contentsOfDirectory(atPath: folder.path).first)
        #expect(Array(try folder.read(file).suffix(1_000_000)) == Array(sent.suffix(1_000_000)))
    }

    /// Serves one connection, and runs a tool against it.
    private func run(_ tool: String, _ arguments: [String]) async throws -> (served: Served, outcome: Command.Outcome) {
        try await onLoop { loop in
            let listener = try Listener(.loopback(port: 0), on: loop)
            defer { listener.close() }
            let port = listener.address.port
            let pool = BlockingPool(threads: 1, name: "tool")
            async let outcome = pool.run {
                Result { try Command.run(tool, ["-aet", "SCU", "127.0.0.1", "\(port)"] + arguments) }
            }
            let accepted = try #require(await listener.accept())
            let served = try await serve(accepted, on: loop).value
            return (served, try await outcome.get())
        }
    }

    @Test func echoscuIsAnswered() async throws {
        let (served, outcome) = try await run("echoscu", [])
        #expect(outcome.status == 0, "\(outcome.output)")
        #expect(served.end == .success(.released))
        #expect(served.requests.map(\.callingAE) == ["SCU"])
    }

    @Test func storescuDeliversTheBytesOfItsFile() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let sent = dataSet(700_000)
        let meta = encoded { writer in
            writer.append([2, 0, 0x10, 0])
            writer.append("UI")
            writer.u16LE(20)
            writer.append(explicitLittle + "\0")
        }
        try folder.write("a.dcm", [UInt8](repeating: 0, count: 128) + Array("DICM".utf8) + meta + sent)
        let (served, outcome) = try await run("storescu", [folder.path + "/a.dcm"])
        #expect(outcome.status == 0, "\(outcome.output)")
        #expect(served.end == .success(.released))
        #expect(served.objects.count == 1)
        #expect(served.objects.first?.suffix(700_000) == sent.suffix(700_000))
        #expect(served.stores.first?.request.sopInstanceUID == "1.2.3")
    }
}
