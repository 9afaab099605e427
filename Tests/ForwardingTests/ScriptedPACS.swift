import Bytes
import DICOM
import DICOMNetwork
import Reactor
import Synchronization
import TestSupport

/// A PACS on loopback that answers as a test wants, and notes what it stored.
final class ScriptedPACS: Sendable {
    /// What to do with an object.
    enum Reaction: Sendable {
        case answer(StoreAnswer)
        /// The connection breaks instead of an answer.
        case breakOff
    }

    struct Script: Sendable {
        var rejection: (@Sendable (AssociateRequest) -> AssociateReject?) = { _ in nil }
        var transferSyntaxes = [WellKnownUID.explicitVRLittleEndian, WellKnownUID.implicitVRLittleEndian]
        /// Runs before an object is taken.
        var pause: @Sendable (_ number: Int) async -> Void = { _ in }
        /// By how many objects came before.
        var react: @Sendable (_ number: Int, IncomingStore) -> Reaction = { _, _ in .answer(.success) }
    }

    struct Received: Sendable {
        let uid: String
        let syntax: String
        let bytes: [UInt8]
    }

    private struct State {
        var received: [Received] = []
        var offered = 0
        var associations = 0
    }

    let port: UInt16
    private let listener: Listener
    private let state = Mutex(State())

    /// On the loop.
    init(_ script: Script, on loop: EventLoop, port: UInt16 = 0) throws {
        listener = try Listener(.loopback(port: port), on: loop)
        self.port = listener.address.port
        loop.spawn { [self] in
            while let accepted = await listener.accept() { serve(accepted, script, loop) }
        }
    }

    var received: [Received] { state.withLock { $0.received } }
    var associationCount: Int { state.withLock { $0.associations } }

    /// On the loop.
    func close() { listener.close() }

    private func serve(_ accepted: Listener.Accepted, _ script: Script, _ loop: EventLoop) {
        state.withLock { $0.associations += 1 }
        loop.spawn { [self] in
            guard let stream = try? SocketStream(adopting: accepted.descriptor, peer: accepted.peer, on: loop) else {
                return
            }
            let handler = Handler(self, script, stream)
            _ = try? await Acceptor.serve(stream, handler: handler)
            stream.close()
        }
    }

    private func nextNumber() -> Int {
        state.withLock { state in
            defer { state.offered += 1 }
            return state.offered
        }
    }

    private func note(_ received: Received) { state.withLock { $0.received.append(received) } }

    private final class Handler: AssociationHandler {
        let pacs: ScriptedPACS
        let script: Script
        let stream: SocketStream

        init(_ pacs: ScriptedPACS, _ script: Script, _ stream: SocketStream) {
            self.pacs = pacs
            self.script = script
            self.stream = stream
        }

        func decide(_ request: AssociateRequest, from peer: SocketAddress?) async -> AssociationDecision {
            if let rejection = script.rejection(request) { return .reject(rejection) }
            return .accept(ContextSupport(transferSyntaxes: script.transferSyntaxes) { _ in true })
        }

        func beginStore(_ store: IncomingStore) async -> StoreAdmission {
            let number = pacs.nextNumber()
            await script.pause(number)
            return .receive(Sink(self, store, script.react(number, store)))
        }
    }

    private final class Sink: StorageSink {
        let handler: Handler
        let store: IncomingStore
        let reaction: Reaction
        var bytes: [UInt8] = []

        init(_ handler: Handler, _ store: IncomingStore, _ reaction: Reaction) {
            self.handler = handler
            self.store = store
            self.reaction = reaction
        }

        func write(_ span: RawSpan) { bytes += span.array() }

        func finish() async -> StoreAnswer {
            guard case .answer(let answer) = reaction else {
                handler.stream.close()
                return .success
            }
            if answer.status.isStored {
                handler.pacs.note(
                    Received(
                        uid: store.request.sopInstanceUID, syntax: store.context.transferSyntax, bytes: bytes))
            }
            return answer
        }

        func abandon() {}
    }
}
