import Bytes
import DICOMNetwork
import Reactor
import TestSupport

let ultrasound = "1.2.840.10008.5.1.4.1.1.6.1"
let explicitLittle = "1.2.840.10008.1.2.1"

/// Notes everything that arrives.
final class RecordingHandler: AssociationHandler {
    var support = ContextSupport(transferSyntaxes: [explicitLittle, "1.2.840.10008.1.2"]) { _ in true }
    var rejection: AssociateReject?
    var refusal: StoreAnswer?
    var answer = StoreAnswer.success
    var requests: [AssociateRequest] = []
    var stores: [IncomingStore] = []
    var sinks: [RecordingSink] = []

    func decide(_ request: AssociateRequest, from peer: SocketAddress?) async -> AssociationDecision {
        requests.append(request)
        if let rejection { return .reject(rejection) }
        return .accept(support)
    }

    func beginStore(_ store: IncomingStore) async -> StoreAdmission {
        stores.append(store)
        if let refusal { return .refuse(refusal) }
        let sink = RecordingSink(answer)
        sinks.append(sink)
        return .receive(sink)
    }
}

final class RecordingSink: StorageSink {
    private(set) var bytes: [UInt8] = []
    private(set) var isFinished = false
    private(set) var isAbandoned = false
    private let answer: StoreAnswer

    init(_ answer: StoreAnswer) { self.answer = answer }

    func write(_ span: RawSpan) { bytes += span.array() }

    func finish() async -> StoreAnswer {
        isFinished = true
        return answer
    }

    func abandon() { isAbandoned = true }
}

/// Gives its bytes in pieces of at most `step`, and the end only when asked once more, as a converter may.
final class SlowSource: DataSource {
    private var rest: ArraySlice<UInt8>
    private let step: Int
    private let failsAt: Int?

    init(_ bytes: [UInt8], step: Int, failsAt: Int? = nil) {
        rest = bytes[...]
        self.step = step
        self.failsAt = failsAt
    }

    func read(into buffer: IOBuffer, maximum: Int) async throws(DataSourceError) -> DataSourceProgress {
        if let failsAt, rest.startIndex >= failsAt { throw DataSourceError("disk on fire") }
        if rest.isEmpty { return .end }
        let piece = Array(rest.prefix(min(step, maximum)))
        buffer.append(piece)
        rest = rest.dropFirst(piece.count)
        return .more
    }
}

extension AssociationTimeouts {
    /// Short where a test makes a peer hang.
    static var brief: AssociationTimeouts {
        var timeouts = AssociationTimeouts()
        timeouts.associate = .milliseconds(60)
        timeouts.response = .milliseconds(60)
        timeouts.release = .milliseconds(60)
        timeouts.request = .milliseconds(60)
        timeouts.idle = .milliseconds(60)
        timeouts.inactivity = .milliseconds(60)
        timeouts.write = .milliseconds(60)
        timeouts.close = .milliseconds(60)
        return timeouts
    }
}

extension AssociationParameters {
    static var storage: AssociationParameters {
        AssociationParameters(
            callingAE: "SCU", calledAE: "SCP", contexts: [.verification, ContextProposal(ultrasound, [explicitLittle])])
    }
}

/// What an acceptor came to, and what its handler saw.
struct Served: Sendable {
    var end: Result<Acceptor.End, AssociationError>
    var requests: [AssociateRequest]
    var stores: [IncomingStore]
    var objects: [[UInt8]]
    var finished: [Bool]
    var abandoned: [Bool]
}

/// Serves one connection in a task of its own.
func serve(
    _ accepted: Listener.Accepted, on loop: EventLoop, timeouts: AssociationTimeouts = AssociationTimeouts(),
    pduLengthMax: Int = AssociationLimits.pduLengthAnnounced,
    _ configure: @escaping @Sendable (RecordingHandler) -> Void = { _ in }
) -> Task<Served, any Error> {
    Task(executorPreference: loop) {
        let stream = try SocketStream(adopting: accepted.descriptor, peer: accepted.peer, on: loop)
        let handler = RecordingHandler()
        configure(handler)
        let end: Result<Acceptor.End, AssociationError>
        do throws(AssociationError) {
            end = .success(
                try await Acceptor.serve(stream, handler: handler, timeouts: timeouts, pduLengthMax: pduLengthMax))
        } catch {
            end = .failure(error)
        }
        return Served(
            end: end, requests: handler.requests, stores: handler.stores, objects: handler.sinks.map(\.bytes),
            finished: handler.sinks.map(\.isFinished), abandoned: handler.sinks.map(\.isAbandoned))
    }
}

/// A peer that follows a script instead of the protocol.
enum Step: Sendable {
    /// Waits for this many bytes.
    case expect(Int)
    case send([UInt8])
    /// Reads and throws away until the other side closes.
    case untilClosed
    /// Sits there, without reading, until this is noted somewhere.
    case waitFor(Recorder<String>)
}

/// Plays the steps on a connection in a task of its own, then closes; gives all bytes that it read.
func play(_ steps: [Step], on accepted: Listener.Accepted, _ loop: EventLoop) -> Task<[UInt8], any Error> {
    Task(executorPreference: loop) {
        let stream = try SocketStream(adopting: accepted.descriptor, peer: accepted.peer, on: loop)
        return await play(steps, on: stream, loop)
    }
}

/// Plays the steps, then closes; gives all bytes that it read.
func play(_ steps: [Step], on stream: any ByteStream, _ loop: EventLoop) async -> [UInt8] {
    let input = IOBuffer(capacity: 4096)
    let output = IOBuffer(capacity: 4096)
    var heard: [UInt8] = []
    defer { stream.close() }
    do throws(StreamError) {
        for step in steps {
            switch step {
            case .expect(let count):
                try await stream.fill(input, to: count, deadline: .after(.seconds(5)))
                heard += input.readable.extracting(first: count).array()
                input.consume(count)
            case .send(let bytes):
                output.append(bytes)
                try await stream.write(output, deadline: .after(.seconds(5)))
            case .untilClosed:
                repeat {
                    heard += input.readable.array()
                    input.clear()
                } while try await stream.read(into: input, deadline: .after(.seconds(5))) > 0
            case .waitFor(let recorder):
                while recorder.values.isEmpty { await loop.yield() }
            }
        }
    } catch {
        return heard
    }
    return heard
}

func encoded(_ write: (inout ByteWriter) -> Void) -> [UInt8] {
    var writer = ByteWriter()
    write(&writer)
    return writer.bytes
}

/// A P-DATA-TF with one item.
func pdv(_ contextID: UInt8, control: UInt8, _ data: [UInt8]) -> [UInt8] {
    encoded { writer in
        writer.u8(4)
        writer.u8(0)
        writer.lengthPrefixed32BE { writer in
            writer.lengthPrefixed32BE { writer in
                writer.u8(contextID)
                writer.u8(control)
                writer.append(data)
            }
        }
    }
}

/// A whole command in one P-DATA-TF.
func pdv(_ contextID: UInt8, _ command: DIMSECommand) -> [UInt8] {
    pdv(contextID, control: 3, encoded { command.encode(into: &$0) })
}
