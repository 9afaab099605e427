internal import Bytes
internal import DICOMNetwork
internal import Forwarding
internal import JSON
internal import Reactor
internal import Synchronization

/// `causeway send`: C-STORE of files over one or more associations, which share the list.
package struct SendCommand: Sendable {
    private let target: ClientTarget
    private let paths: [String]
    package var associations = 1
    package var json = false

    /// Reading a file may wait for the disk and holds up its loop: more loops than processors are of use.
    private static let loopsMax = 8

    package init(_ target: ClientTarget, paths: [String]) {
        self.target = target
        self.paths = paths
    }

    /// 0 only when every file was stored.
    package func run() -> Int32 {
        MainLoop.run { loop in
            do throws(StartupError) {
                return try await send(loop)
            } catch {
                Console.error("causeway send: \(error)\n")
                return 1
            }
        }
    }

    private func send(_ loop: EventLoop) async throws(StartupError) -> Int32 {
        let start = Deadline.now
        let list = await SendFiles.reading(paths)
        let outcome = SendReport(list.failures)
        let destination = try target.destination()
        let group = try StartupError.explaining(\.description) { () throws(SystemError) in
            try EventLoopGroup(count: max(1, min(associations, list.files.count, Self.loopsMax)), name: "send")
        }
        if Console.errorIsTerminal { loop.spawn { await outcome.showProgress(of: list.files.count, on: loop) } }
        for queue in SendQueue.queues(list) {
            await withTaskGroup(of: Void.self) { tasks in
                for i in 0..<min(associations, queue.count) {
                    let loop = group.loops[i % group.loops.count]
                    tasks.addTask(executorPreference: loop) {
                        await SendWorker(queue: queue, destination: destination, outcome: outcome, loop: loop).run()
                    }
                }
            }
        }
        outcome.finish()
        outcome.report(seconds: Double(Deadline.now.nanoseconds - start.nanoseconds) / 1e9, asJSON: json)
        return outcome.isComplete ? 0 : 1
    }
}

/// Files that fit into associations of one kind, taken one after another by all of these.
private final class SendQueue: Sendable {
    private let files: [SendFile]
    let kinds: [SendFiles.Kind]
    /// What an association must propose for all of them.
    let proposals: [ContextProposal]
    private let next = Atomic<Int>(0)

    /// One queue, or several when the kinds need more contexts than an association can have.
    static func queues(_ list: SendFiles) -> [SendQueue] {
        let items = list.kinds.map {
            SendPlan.Item(sopClassUID: $0.sopClassUID, transferSyntaxUID: $0.transferSyntaxUID)
        }
        return SendPlan(items).batches.map { batch in
            let kinds = Set(batch.items)
            return SendQueue(list.files.filter { kinds.contains($0.kind) }, list.kinds, batch.contexts)
        }
    }

    private init(_ files: [SendFile], _ kinds: [SendFiles.Kind], _ proposals: [ContextProposal]) {
        self.files = files
        self.kinds = kinds
        self.proposals = proposals
    }

    var count: Int { files.count }

    func take() -> SendFile? {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        return index < files.count ? files[index] : nil
    }
}

/// What became of the files.
private final class SendReport: Sendable {
    private struct State {
        var stored = 0
        var bytes = 0
        var failures: [SendFiles.Failure] = []
    }

    private let state: Mutex<State>
    private let isFinished = Atomic<Bool>(false)
    private let end = Wakeup()

    init(_ failures: [SendFiles.Failure]) { state = Mutex(State(failures: failures)) }

    var isComplete: Bool { state.withLock { $0.failures.isEmpty && $0.stored > 0 } }

    func store(_ byteCount: Int) {
        state.withLock { state in
            state.stored += 1
            state.bytes += byteCount
        }
    }

    func fail(_ path: String, _ reason: String) {
        state.withLock { $0.failures.append(.init(path: path, reason: reason)) }
    }

    /// A line that counts, for people who watch, until `finish`. On the loop.
    func showProgress(of total: Int, on loop: EventLoop) async {
        while !isFinished.load(ordering: .relaxed) {
            let (stored, failed) = state.withLock { ($0.stored, $0.failures.count) }
            Console.error("\r\(stored) of \(total) stored, \(failed) failed ")
            await end.wait(until: .after(.milliseconds(200)), on: loop)
        }
        Console.error("\r\u{1B}[K")
    }

    func finish() {
        isFinished.store(true, ordering: .relaxed)
        end.fire()
    }

    func report(seconds: Double, asJSON: Bool) {
        let (stored, bytes, failures) = state.withLock { ($0.stored, $0.bytes, $0.failures) }
        if asJSON {
            let summary: JSON = [
                "stored": JSON(stored), "bytes": JSON(bytes), "seconds": .double(seconds),
                "failed": JSON(failures.map { ["path": .string($0.path), "reason": .string($0.reason)] }),
            ]
            Console.output(summary.text + "\n")
            return
        }
        for failure in failures.prefix(20) { Console.error("\(failure.path): \(failure.reason)\n") }
        if failures.count > 20 { Console.error("... and \(failures.count - 20) more\n") }
        let rate = seconds > 0 ? Int(Double(bytes) / seconds / 1e6) : 0
        Console.output("\(stored) stored, \(failures.count) failed, \(bytes) bytes, \(rate) MB/s\n")
    }
}

/// One association of a run.
private struct SendWorker {
    let queue: SendQueue
    let destination: Destination
    let outcome: SendReport
    let loop: EventLoop

    func run() async {
        let connector = DestinationConnector(
            on: loop, resolver: Resolver(pool: BlockingPool(threads: 1, name: "resolver")))
        var association: Association?
        var contexts: [AcceptedContext?] = []
        while let file = queue.take() {
            do throws(DestinationError) {
                if association?.isUsable != true {
                    let new = try await connector.connect(to: destination, proposing: queue.proposals).association
                    contexts = queue.kinds.map { new.context(for: $0.sopClassUID, $0.transferSyntaxUID) }
                    association = new
                }
                guard let association else { continue }
                await store(file, contexts[file.kind], over: association)
            } catch {
                // What one association cannot reach, none can: the rest fails with the same reason.
                outcome.fail(file.path, error.description)
                while let rest = queue.take() { outcome.fail(rest.path, error.description) }
                return
            }
        }
        do throws(AssociationError) {
            try await association?.release()
        } catch {
            Console.error("the association was not released in order: \(error)\n")
        }
    }

    private func store(_ file: SendFile, _ context: AcceptedContext?, over association: Association) async {
        do throws(AssociationError) {
            guard let context else { return try await storeOtherwise(file, over: association) }
            let opened: ReadableFile
            do throws(SystemError) { opened = try ReadableFile(path: file.path) } catch {
                return outcome.fail(file.path, error.description)
            }
            let object = OutgoingObject(
                context: context, sopClassUID: context.abstractSyntax, sopInstanceUID: file.sopInstanceUID)
            let response = try await association.store(
                object, from: FileSource(opened, range: file.dataSetOffset..<opened.byteCount))
            note(file, response.status, response.errorComment)
        } catch {
            outcome.fail(file.path, error.description)
        }
    }

    /// The peer refuses the encoding as it is: a native one is sent in another.
    private func storeOtherwise(_ file: SendFile, over association: Association) async throws(AssociationError) {
        let object: StoredObject
        do throws(DataSourceError) { object = try StoredObject.open(path: file.path) } catch {
            return outcome.fail(file.path, error.reason)
        }
        switch try await InstanceSender.send(object, over: association) {
        case .answered(let status, let comment, _): note(file, status, comment)
        case .notAccepted(let reason), .unreadable(let reason): outcome.fail(file.path, reason)
        }
    }

    private func note(_ file: SendFile, _ status: DIMSEStatus, _ comment: String?) {
        if status.isStored {
            outcome.store(file.byteCount)
        } else {
            outcome.fail(file.path, comment.map { "\(status): \($0)" } ?? "\(status)")
        }
    }
}
