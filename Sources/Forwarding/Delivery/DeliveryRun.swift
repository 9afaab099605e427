internal import CodecProcess
internal import DICOM
internal import DICOMNetwork
internal import Domain
internal import Imaging
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
///
///     lay ladders -> rounds: batches of one association's contexts -> portions: prepare (the next one while this one
///     is sent) -> send each instance in the first way that is open -> what must be prepared anew: next round
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
    let preparation: Preparation
    var journal: DeliveryJournal
    /// By ordinal, of the instances that are open.
    var ladders: [Int: InstanceLadder] = [:]
    var relations = InstancePlanner.Relations()
    /// By ordinal, what was made for the current way of an instance.
    var prepared: [Int: PreparedObject] = [:]
    /// Sent, and to be let go with the delivery.
    private(set) var artefacts: [HeldArtefact] = []
    let checkpointer: Checkpointer
    var session: SessionHandle?
    var lastSession: SessionHandle?
    var associationCount = 0
    /// The proposals that the destination accepted nothing of, last time.
    var refusedContexts: Set<ContextProposal>?
    /// A lingering association that turned out to be dead was replaced once already.
    var hasReplaced = false
    private var next: (ordinal: Int, opening: Task<Result<StoredObject, DataSourceError>, Never>)?
    /// Classes that the destination refuses as a whole.
    private var refusedClasses: [String: DIMSEStatus] = [:]

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
        preparation = Preparation(context.services, plan)
        journal = DeliveryJournal(
            done: plan.done, exceptions: plan.exceptions, changes: plan.changes, isFresh: claim.attempt == 0,
            processingFailuresMax: context.settings.processingFailuresMax)
        checkpointer = Checkpointer(context.services.store, claim.lease, context.settings, on: loop)
        destination = try context.services.destinations.destination(
            for: plan.integration, over: plan.connection, pins: plan.pins, clientCertificate: plan.clientCertificate)
    }

    /// Sends what is open. Returns when every instance has an answer or a reason.
    func sendAll() async throws(Stop) {
        defer { held.onBreakOff(nil) }
        do throws(Stop) {
            var open = journal.open
            try await layLadders(for: open)
            open = open.filter { ladders[$0] != nil }
            while !open.isEmpty { open = try await sendRound(open) }
        } catch {
            await checkpointer.wait()
            leaveSession()
            throw error
        }
        await checkpointer.wait()
        leaveSession()
    }

    /// Gives those that need another preparation. Each of them has fewer ways left than before.
    private func sendRound(_ ordinals: [Int]) async throws(Stop) -> [Int] {
        var later: [Int] = []
        for batch in SendPlan(ordinals.compactMap { ladders[$0]?.item }).batches {
            let portions = portions(of: batch.items.map { ordinals[$0] })
            var preparing = portions.first.flatMap { startPreparing($0) }
            for (index, portion) in portions.enumerated() {
                if let preparing { try await finish(preparing) }
                preparing = index + 1 < portions.count ? startPreparing(portions[index + 1]) : nil
                later += try await send(portion, batch.contexts)
            }
        }
        return later
    }

    private func send(_ ordinals: [Int], _ contexts: [ContextProposal]) async throws(Stop) -> [Int] {
        var later: [Int] = []
        for (index, ordinal) in ordinals.enumerated() where ladders[ordinal] != nil {
            if held.isLost { throw .lost }
            if context.isDraining() { throw .draining }
            let instance = plan.instances[ordinal]
            if let status = refusedClasses[instance.sopClassUID] {
                journal.refused(ordinal, status, "the whole class is refused", offers: 0)
                continue
            }
            let following = index + 1 < ordinals.count ? ordinals[index + 1] : nil
            switch try await send(ordinal, following, contexts) {
            case .again: later.append(ordinal)
            case .settled: forget(ordinal)
            case .classRefused(let status): refusedClasses[instance.sopClassUID] = status
            }
            if await checkpointer.shouldSave(journal.unsavedCount) { checkpointer.save(journal.takeSnapshot()) }
            if checkpointer.lostLease { throw .lost }
        }
        return later
    }

    /// The artefact stays on the disk until the delivery is over, in case that a crash makes it needed again.
    private func forget(_ ordinal: Int) {
        if let artefact = prepared.removeValue(forKey: ordinal)?.artefact { artefacts.append(artefact) }
    }

    /// The delivery is confirmed: nothing of it will be sent again.
    func forgetArtefacts() {
        for held in artefacts { context.services.transcoding?.artefacts.forget(held.key) }
        artefacts = []
    }

    private enum Fate {
        /// Delivered, or noted why not.
        case settled
        /// What is its way now must be prepared first.
        case again
        case classRefused(DIMSEStatus)
    }

    /// Tries the ways of an instance, best first, until one gets an answer that ends the matter.
    private func send(
        _ ordinal: Int, _ following: Int?, _ contexts: [ContextProposal]
    ) async throws(Stop) -> Fate {
        while true {
            let handle = try await session(for: contexts)
            let accepted = handle?.session.association.negotiated.accepted ?? []
            guard let context = ladders[ordinal]?.settle(among: accepted), let handle else {
                return await extendLadder(of: ordinal) ? .again : .settled
            }
            if let ladder = ladders[ordinal], ladder.recipe != nil, prepared[ordinal]?.serves(ladder.current) != true {
                return .again
            }
            guard let object = await object(ordinal, following) else { return .settled }
            let answer: Answer
            switch try await offer(object, ordinal, context, over: handle) {
            case .answered(let given): answer = given
            case .brokenOff: continue
            case .unreadable: return .settled
            }
            switch try judge(answer, ordinal, object) {
            case .permanentForClass: return .classRefused(answer.status)
            case .encodingSuspect where mayTryNextWay(ordinal, after: answer): continue
            case .encodingSuspect:
                refuse(ordinal, answer)
                return .settled
            default: return .settled
            }
        }
    }

    struct Answer {
        let status: DIMSEStatus
        let comment: String?
    }

    private enum Offer {
        case answered(Answer)
        /// The association is over, and the object is worth another one.
        case brokenOff
        /// Noted.
        case unreadable
    }

    private func offer(
        _ object: StoredObject, _ ordinal: Int, _ context: AcceptedContext, over handle: SessionHandle
    ) async throws(Stop) -> Offer {
        let session = handle.session
        let target = ladders[ordinal]?.current?.transferSyntax
        let way = SendWay(context: context, conversion: target == object.transferSyntax ? nil : target)
        do throws(AssociationError) {
            switch try await InstanceSender.offer(object, way, over: session.association) {
            case .failure(let error):
                noteUnreadable(ordinal, error.reason)
                return .unreadable
            case .success(let response):
                session.answerCount += 1
                session.byteCount += object.byteCount
                ladders[ordinal]?.offerCount += 1
                return .answered(Answer(status: response.status, comment: response.errorComment))
            }
        } catch {
            try end(handle, after: error)
            guard case .source(let reason) = error else { return .brokenOff }
            noteUnreadable(ordinal, reason.reason)
            return .unreadable
        }
    }

    // MARK: Objects

    /// What is sent of the instance in its current way. Nil when it cannot be read, which is noted.
    private func object(_ ordinal: Int, _ following: Int?) async -> StoredObject? {
        if let prepared = prepared[ordinal], prepared.serves(ladders[ordinal]?.current) { return prepared.object }
        let opening = next?.ordinal == ordinal ? next?.opening : nil
        let result = await (opening ?? startOpening(ordinal)).value
        next = following.flatMap { ordinal in
            prepared[ordinal] == nil ? (ordinal: ordinal, opening: startOpening(ordinal)) : nil
        }
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
}

extension Logger {
    /// Whose delivery the lines are about.
    mutating func describe(_ claim: ClaimedDelivery) {
        self[metadataKey: "organization"] = "\(claim.lease.organizationId)"
        self[metadataKey: "integration"] = "\(claim.integrationId)"
        self[metadataKey: "delivery"] = "\(claim.lease.deliveryId)"
    }
}
