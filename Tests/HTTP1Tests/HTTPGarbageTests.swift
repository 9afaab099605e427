import Foundation
import Reactor
import Testing
import TestSupport

@testable import HTTP1

@Suite struct HTTPGarbageTests {
    private static let prefixes: [String] = [
        "", "GET / HTTP/1.1\r\nHost: a\r\n", "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n", .chunked("/count"),
        .chunked("/count") + "10000\r\n", "POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n",
    ]

    /// `CAUSEWAY_TEST_GARBAGE` sets the number of rounds; one in ten sends a whole megabyte.
    @Test func garbageCrashesNothingAndLeaksNothing() async throws {
        let rounds = Int(ProcessInfo.processInfo.environment["CAUSEWAY_TEST_GARBAGE"] ?? "") ?? 300
        try await withServer { live in
            let garbage = Self.garbage(seed: 42)
            var random = SeededGenerator(seed: 43)
            for round in 0..<rounds {
                let client = try await live.connect()
                let start = Int.random(in: 0..<garbage.count, using: &random)
                let count = round % 10 == 0 ? garbage.count : Int.random(in: 1...4096, using: &random)
                let body = garbage[start...].prefix(count) + garbage[..<max(0, start + count - garbage.count)]
                try? await client.send(Array(Self.prefixes[round % Self.prefixes.count].utf8) + body)
                await client.stream.shutDownOutput(deadline: .never)
                _ = try? await client.readToEnd()
                client.close()
            }
            #expect(await live.isQuiet())
            #expect(try await live.exchange("GET /hello HTTP/1.0\r\n\r\n").hasSuffix("hello"))
        }
    }

    private static func garbage(seed: UInt64) -> [UInt8] {
        var random = SeededGenerator(seed: seed)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(1 << 20)
        while bytes.count < 1 << 20 {
            let word = random.next()
            for shift in stride(from: UInt64(0), to: 64, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: word >> shift))
            }
        }
        return bytes
    }
}
