import Reactor
import TestSupport
import Testing

@testable import DICOMNetwork

/// Both sides ask for release at once, each with our driver.
@Suite(.timeLimit(.minutes(1))) struct ReleaseCollisionTests {
    /// A driver in Sta6, brought there without a word on the wire.
    private static func established(
        _ role: AssociationMachine.Role, over stream: any ByteStream
    ) -> AssociationDriver {
        AssociationDriver(role, over: stream, timeouts: AssociationTimeouts(), inputByteCount: 1024, in: .established)
    }

    @Test func bothSidesEndInOrder() async throws {
        try await onLoop { loop in
            let pair = try await StreamPair(on: loop)
            let accepted = pair.server
            // It has asked before the other side reads, as that runs on the same loop later.
            let acceptor = Task(executorPreference: loop) {
                let stream = try SocketStream(adopting: accepted.descriptor, peer: accepted.peer, on: loop)
                let driver = Self.established(.acceptor, over: stream)
                try await driver.release()
                return driver.state
            }
            let requestor = Self.established(.requestor, over: pair.client)
            try await requestor.release()
            #expect(requestor.state == .idle)
            #expect(try await acceptor.value == .idle)
        }
    }
}
