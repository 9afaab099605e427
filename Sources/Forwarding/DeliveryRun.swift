internal import DICOMNetwork
internal import Domain
internal import JSON
internal import Logging
internal import Metrics
internal import Reactor
internal import Store

/// What the runs of one process share.
struct RunContext: Sendable {
    let services: WorkerServices
    let settings: WorkerSettings
    let metrics: ForwardingMetrics
    let lot: ParkingLot
    /// Whether the process is about to end: stop after the instance under way.
    let isDraining: @Sendable () -> Bool
}

/// One attempt at one delivery, on one loop.
final class DeliveryRun {
    /// Why it stopped before everything was sent.
    enum Stop: Error {
        /// The delivery is another's or was cancelled.
        case lost
        case draining
        case failed(DeliveryError)
    }

    let context: RunContext
    let claim: ClaimedDelivery
    let held: HeldDelivery
    let plan: ForwardingPlan
    let loop: EventLoop
    let logger: Logger
    let destination: Destination
    let started = Timestamp(microseconds: WallClock.microseconds)
    var journal: DeliveryJournal
    private let checkpointer: Checkpointer
    private var session: SessionHandle?
    private var lastSession: SessionHandle?
    private(set) var associationCount = 0
    /// A lingering association that turned out to be dead was replaced once already.
    private var hasReplaced = false
    private var next: (ordinal: Int, opening: Task<Result<StoredObject, DataSourceError>, Never>)?

    init(
        _ context: RunContext, _ claim: ClaimedDelivery, _ held: HeldDelivery, _ plan: ForwardingPlan,
        on loop: EventLoop
    ) throws(DeliveryError) {
        self.context = context
        self.claim = claim
        self.held = held
        self.plan = plan
        self.loop = loop
        var logger = context.services.logger
        logger.describe(claim)
        self.logger = logger
        journal = DeliveryJournal(
            done: plan.done, exceptions: plan.exceptions, isFresh: claim.attempt == 0,
            processingFailuresMax: context.settings.processingFailuresMax)
        checkpointer = Checkpointer(context.services.store, claim.lease, context.settings, on: loop)
        destination = try context.services.destinations.destination(
            for: plan.integration, over: plan.connection, pins: plan.pins, clientCertificate: plan.clientCertificate)
    }

    /// Sends what is open. Returns when every instance has an answer or a reason.
    func sendAll() async throws(Stop) {
        defer { held.onBreakOff(nil) }
        let ordinals = journal.open
        let items = ordinals.map { ordinal in
            let instance = plan.instances[ordinal]
            return SendPlan.Item(
                sopClassUID: instance.sopClassUID, transferSyntaxUID: instance.transferSyntaxUID)
        }
        do throws(Stop) {
            for batch in SendPlan(items).batches {
                try await send(batch.items.map { ordinals[$0] }, batch.contexts)
            }
        } catch {
            await checkpointer.wait()
            leaveSession()
            throw error
        }
        await checkpointer.wait()
        leaveSession()
    }

    private func send(_ ordinals: [Int], _ contexts: [ContextProposal]) async throws(Stop) {
        var refusedClasses: [String: DIMSEStatus] = [:]
        for (index, ordinal) in ordinals.enumerated() {
            if held.isLost { throw .lost }
            if context.isDraining() { throw .draining }
            let instance = plan.instances[ordinal]
            if let status = refusedClasses[instance.sopClassUID] {
                journal.refused(ordinal, status, "the whole class is refused", offers: 0)
                continue
            }
            let following = index + 1 < ordinals.count ? ordinals[index + 1] : nil
            guard let object = await open(ordinal, following) else { continue }
            guard let answer = try await send(object, ordinal, contexts) else { continue }
            if try judge(answer, ordinal, object) == .permanentForClass {
                refusedClasses[instance.sopClassUID] = answer.status
            }
            if await checkpointer.shouldSave(journal.unsavedCount) {
                checkpointer.save(journal.progress)
                journal.takeUnsaved()
            }
            if checkpointer.lostLease { throw .lost }
        }
    }

    private struct Answer {
        let status: DIMSEStatus
        let comment: String?
        let offers: Int
    }

    /// Nil when the object cannot be sent, which is noted.
    private func send(
        _ object: StoredObject, _ ordinal: Int, _ contexts: [ContextProposal]
    ) async throws(Stop) -> Answer? {
        while true {
            guard let handle = try await session(for: contexts, ordinal) else { return nil }
            let session = handle.session
            do throws(AssociationError) {
                let outcome = try await InstanceSender.send(object, over: session.association)
                switch outcome {
                case .answered(let status, let comment, let offers):
                    session.answerCount += 1
                    session.byteCount += object.byteCount
                    return Answer(status: status, comment: comment, offers: offers)
                case .notAccepted(let words): noteNotAccepted(ordinal, words)
                case .unreadable(let reason): noteUnreadable(ordinal, reason)
                }
                return nil
            } catch {
                try end(handle, after: error, ordinal)
                if case .source = error { return nil }
            }
        }
    }

    /// Decides whether the same object is worth another association; throws when it is not.
    private func end(_ handle: SessionHandle, after error: AssociationError, _ ordinal: Int) throws(Stop) {
        session = nil
        held.onBreakOff(nil)
        handle.release()
        if held.isLost { throw .lost }
        if case .source(let reason) = error {
            noteUnreadable(ordinal, reason.reason)
            return
        }
        if context.isDraining() { throw .draining }
        // The peer may have closed it while it lingered.
        guard handle.session.studyCount > 1, handle.session.answerCount == 0, !hasReplaced else {
            throw .failed(DeliveryError(duringTransfer: error, destination))
        }
        hasReplaced = true
    }

    /// Notes the answer. Throws when the destination as a whole is at fault.
    private func judge(
        _ answer: Answer, _ ordinal: Int, _ object: StoredObject
    ) throws(Stop) -> DIMSEStatus.Class {
        let (status, comment) = (answer.status, answer.comment)
        let kind = status.classification
        switch kind {
        case .success, .warning, .duplicate:
            journal.delivered(ordinal, status, comment, byteCount: object.byteCount)
            context.metrics.instances.add()
            context.metrics.bytes.add(object.byteCount)
        case .transient where status == .processingFailure || status.rawValue >= 0xAA00:
            journal.postponed(ordinal, status, comment)
        case .transient:
            throw .failed(
                DeliveryError(
                    .outOfResources, "The destination answers \(status).",
                    advice: "The PACS is full or busy: free space there; the delivery goes on by itself.",
                    status: status.rawValue))
        case .encodingSuspect, .permanentForClass, .permanentForInstance:
            journal.refused(ordinal, status, comment, offers: answer.offers)
            context.metrics.refused.add()
        case .destinationFault:
            throw .failed(
                DeliveryError(
                    .configuration, "The destination answers \(status).",
                    advice: "Have \(destination.callingAE) allowed to store objects at the PACS.",
                    status: status.rawValue))
        case .protocol:
            throw .failed(
                DeliveryError(
                    .aborted, "The destination answers \(status), which is no answer to a C-STORE.",
                    advice: "Look into the log of the PACS.", status: status.rawValue))
        }
        return kind
    }

    private func noteNotAccepted(_ ordinal: Int, _ words: String) {
        journal.unsendable(
            ordinal,
            DeliveryError(
                .notAccepted, words,
                advice: "Enable this kind of object and encoding at the PACS, then retry the delivery."))
        context.metrics.refused.add()
    }

    private func noteUnreadable(_ ordinal: Int, _ reason: String) {
        let uid = plan.instances[ordinal].sopInstanceUID
        logger.error("instance cannot be read", metadata: ["instance": "\(uid)", "error": "\(reason)"])
        journal.unsendable(
            ordinal,
            DeliveryError(
                .storage, "Instance \(uid) cannot be read: \(reason).",
                advice: "Check the blob volume, then upload the instance again."))
    }

    // MARK: Objects

    /// Opens an object, and already the one that follows. Nil when it cannot be read, which is noted.
    private func open(_ ordinal: Int, _ following: Int?) async -> StoredObject? {
        let opening = next?.ordinal == ordinal ? next?.opening : nil
        let result = await (opening ?? startOpening(ordinal)).value
        next = following.map { (ordinal: $0, opening: startOpening($0)) }
        switch result {
        case .success(let object): return object
        case .failure(let error):
            noteUnreadable(ordinal, error.reason)
            return nil
        }
    }

    private func startOpening(_ ordinal: Int) -> Task<Result<StoredObject, DataSourceError>, Never> {
        let (instance, volume) = (plan.instances[ordinal], context.services.volume)
        return Task(executorPreference: loop) {
            do throws(DataSourceError) {
                return .success(try await StoredObject.open(instance, in: volume))
            } catch {
                return .failure(error)
            }
        }
    }

    // MARK: Associations

    /// The destination as the last association found it.
    var lastConnected: ConnectedAssociation? { lastSession?.session.connected }

    /// Nil when the destination accepts nothing of the batch, which is noted for the ordinal.
    private func session(for contexts: [ContextProposal], _ ordinal: Int) async throws(Stop) -> SessionHandle? {
        if let session, session.covers(contexts), session.session.association.isUsable { return session }
        leaveSession()
        let key = SessionKey(
            loop: loop, integrationId: plan.integration.id,
            text: "\(plan.integration.id) \(plan.integration.version) \(plan.connection.version)")
        if let parked = context.lot.take(key, covering: contexts) {
            use(parked)
            return parked
        }
        do throws(DestinationError) {
            let opened = try await Self.open(destination, contexts, key, context)
            associationCount += 1
            use(opened)
            return opened
        } catch {
            if held.isLost { throw .lost }
            guard case .association(.noAcceptedContext) = error.fault else {
                throw .failed(DeliveryError(error, destination))
            }
            let instance = plan.instances[ordinal]
            let item = SendPlan.Item(
                sopClassUID: instance.sopClassUID, transferSyntaxUID: instance.transferSyntaxUID)
            noteNotAccepted(ordinal, InstanceSender.refusal(of: item))
            return nil
        }
    }

    private static func open(
        _ destination: Destination, _ contexts: [ContextProposal], _ key: SessionKey, _ context: RunContext
    ) async throws(DestinationError) -> SessionHandle {
        let connector = DestinationConnector(on: key.loop, resolver: context.services.resolver)
        let connected = try await connector.connect(to: destination, proposing: contexts)
        context.metrics.associationOpened()
        let session = ForwardingSession(
            connected, end: .after(context.settings.timePerAssociation), onEnd: context.metrics.associationEnded)
        return SessionHandle(key, contexts, LoopLocal(key.loop, session))
    }

    private func use(_ handle: SessionHandle) {
        session = handle
        lastSession = handle
        handle.session.studyCount += 1
        handle.session.answerCount = 0
        let (stream, loop) = (handle.session.connected.stream, loop)
        held.onBreakOff { loop.spawn { stream.close() } }
    }

    private func leaveSession() {
        held.onBreakOff(nil)
        if let session { context.lot.park(session) }
        session = nil
    }
}

extension Logger {
    /// Whose delivery the lines are about.
    mutating func describe(_ claim: ClaimedDelivery) {
        self[metadataKey: "organization"] = "\(claim.lease.organizationId)"
        self[metadataKey: "integration"] = "\(claim.integrationId)"
        self[metadataKey: "delivery"] = "\(claim.lease.deliveryId)"
    }
}
