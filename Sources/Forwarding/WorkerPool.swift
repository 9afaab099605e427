package import BlobStore
internal import Domain
internal import Imaging
internal import JSON
package import Logging
package import Metrics
package import Reactor
package import Store
internal import Synchronization

/// What the workers work with, given by the composition root.
package struct WorkerServices: Sendable {
    package var store: Store
    package var volume: LocalVolume
    package var resolver: Resolver
    package var destinations: DestinationFactory
    /// What destinations take, as far as it is known.
    package var capabilities = CapabilityCache()
    /// Nil: pixels stay as they are.
    package var transcoding: Transcoding?
    package var metrics: Metrics
    package var logger: Logger

    package init(
        store: Store, volume: LocalVolume, resolver: Resolver, destinations: DestinationFactory, metrics: Metrics,
        logger: Logger
    ) {
        self.store = store
        self.volume = volume
        self.resolver = resolver
        self.destinations = destinations
        self.metrics = metrics
        self.logger = logger
    }
}

extension WorkerServices {
    /// Plans what goes to an integration.
    func planner(for integration: Integration, over connection: Connection) -> InstancePlanner {
        InstancePlanner(
            store: store, volume: volume, capabilities: capabilities,
            environment: transcoding?.environment ?? PlannerEnvironment(hasVideoEncoder: false),
            integration: integration, connection: connection)
    }
}

/// The forwarding workers of one process: they claim deliveries under leases and send them.
///
///     claim (poll, nudge, free slot) -> one DeliveryRun each, on a loop -> outcome -> next claim
///     renew (5 s), fence (20 s, 25 s), rescue of other processes' deliveries (15 s) beside it
package final class WorkerPool: Sendable {
    private struct State {
        var active = 0
        var isDraining = false
        var isStopped = false
    }

    private let context: RunContext
    private let loops: EventLoopGroup
    private let control: EventLoop
    private let keeper: LeaseKeeper
    private let owner: UUID
    private let shared: Shared

    /// What runs may look at while the pool is made.
    private final class Shared: Sendable {
        let state = Mutex(State())
        let wake = Wakeup()
        let idle = Wakeup()
    }

    /// Nothing happens before `start`.
    package init(_ services: WorkerServices, settings: WorkerSettings = WorkerSettings(), loops: EventLoopGroup) {
        let shared = Shared()
        self.shared = shared
        self.loops = loops
        control = loops.next()
        keeper = LeaseKeeper(settings)
        owner = .v7(at: Timestamp(microseconds: WallClock.microseconds))
        context = RunContext(
            services: services, settings: settings, metrics: ForwardingMetrics(services.metrics),
            lot: ParkingLot(settings), isDraining: { shared.state.withLock { $0.isDraining } })
    }

    /// Begins to work; returns at once.
    package func start() {
        control.spawn { [self] in await claimAll() }
        control.spawn { [self] in await guardLeases() }
        control.spawn { [self] in await renewAll() }
        control.spawn { [self] in await rescueAll() }
    }

    /// There may be new deliveries: look now.
    package func nudge() { shared.wake.fire() }

    /// Deliveries in hand.
    package var activeCount: Int { shared.state.withLock { $0.active } }

    /// Takes nothing new, finishes the instances under way, gives the deliveries back. What is still under way at the
    /// deadline is broken off; call it once.
    package func drain(by deadline: Deadline) async {
        shared.state.withLock { $0.isDraining = true }
        shared.wake.fire()
        context.lot.close()
        await Task(executorPreference: control) { [self] in
            await waitUntilIdle(deadline)
            if activeCount == 0 { return await waitForReleases(.after(.seconds(2))) }
            keeper.breakOffAll()
            // For the last writes; whatever is not written then is found at the last checkpoint.
            await waitUntilIdle(.after(.seconds(5)))
        }.value
        shared.state.withLock { $0.isStopped = true }
    }

    private func waitUntilIdle(_ deadline: Deadline) async {
        while activeCount > 0, !deadline.isPast { await shared.idle.wait(until: deadline, on: control) }
    }

    /// Peers take an orderly end for the end of a study (pynetdicom issue 619).
    private func waitForReleases(_ deadline: Deadline) async {
        while context.metrics.associationsOpen > 0, !deadline.isPast { await control.sleep(for: .milliseconds(5)) }
    }

    var isDraining: Bool { shared.state.withLock { $0.isDraining } }
    private var isStopped: Bool { shared.state.withLock { $0.isStopped } }
    private var logger: Logger { context.services.logger }

    // MARK: Claims

    private func claimAll() async {
        while !isDraining {
            let free = context.settings.workers - activeCount
            if free > 0, keeper.mayTake {
                do throws(StoreError) {
                    let claims = try await context.services.store.claimDeliveries(owner: owner, limit: free)
                    for claim in claims { begin(claim) }
                } catch {
                    logger.warning("no deliveries could be claimed; trying again", metadata: ["error": "\(error)"])
                }
            }
            // Deliveries become due by themselves, and other processes save studies.
            let pause = context.settings.pollInterval * Double.random(in: 0.75..<1.25)
            await shared.wake.wait(until: .after(pause), on: control)
        }
    }

    private func begin(_ claim: ClaimedDelivery) {
        shared.state.withLock { $0.active += 1 }
        let held = keeper.hold(claim.lease)
        let loop = context.lot.loop(for: claim.integrationId) ?? loops.next()
        loop.spawn { [self] in
            let start = Deadline.now
            let outcome = await work(claim, held, loop)
            context.metrics.count(outcome, since: start)
            keeper.drop(held)
            let isIdle = shared.state.withLock { state in
                state.active -= 1
                return state.active == 0 && state.isDraining
            }
            if isIdle { shared.idle.fire() } else { shared.wake.fire() }
        }
    }

    private func work(_ claim: ClaimedDelivery, _ held: HeldDelivery, _ loop: EventLoop) async -> String {
        var logger = logger
        logger.describe(claim)
        let plan: ForwardingPlan
        do throws(StoreError) {
            plan = try await context.services.store.loadForwardingPlan(claim.lease)
        } catch {
            logger.error("delivery could not be loaded", metadata: ["error": "\(error)"])
            let error = DeliveryError(
                .internal, "The delivery could not be loaded: \(error).", advice: "See the log at this time.")
            return await putBack(claim, held, loop, error)
        }
        let run: DeliveryRun
        do throws(DeliveryError) {
            run = try DeliveryRun(context, claim, held, plan, on: loop)
        } catch {
            logger.error("delivery waits", metadata: ["error": "\(error.message)", "advice": "\(error.advice)"])
            return await putBack(claim, held, loop, error)
        }
        logger.debug("delivery begins", metadata: ["instances": "\(plan.instances.count)"])
        var stop: DeliveryRun.Stop?
        do throws(DeliveryRun.Stop) { try await run.sendAll() } catch { stop = error }
        return await run.conclude(stop)
    }

    /// Before anything was tried.
    private func putBack(
        _ claim: ClaimedDelivery, _ held: HeldDelivery, _ loop: EventLoop, _ error: DeliveryError
    ) async -> String {
        let delay = context.settings.laneBackoff.delay(failureCount: claim.laneFailures + 1)
        let reschedule = DeliveryReschedule(
            after: delay, progress: DeliveryProgress(done: claim.done), error: error, countsAttempt: false)
        let (store, lease) = (context.services.store, claim.lease)
        let isKept = await Persistence.keep(held, loop) { () async throws(StoreError) in
            try await store.reschedule(lease, reschedule)
        }
        return isKept ? "waiting" : "lost"
    }

    // MARK: Leases

    private func guardLeases() async {
        while !isStopped {
            await control.sleep(for: .seconds(1))
            if keeper.fence() {
                logger.error("leases could not be renewed in time; all deliveries are left to others")
            }
        }
    }

    private func renewAll() async {
        let store = context.services.store
        while !isStopped {
            await control.sleep(for: context.settings.renewInterval)
            do throws(StoreError) {
                let lost = try await keeper.renew { () async throws(StoreError) in
                    try await store.renewLeases(owner: owner)
                }
                for delivery in lost {
                    logger.info("delivery lost or cancelled", metadata: ["delivery": "\(delivery.lease.deliveryId)"])
                }
            } catch {
                logger.warning("leases could not be renewed; trying again", metadata: ["error": "\(error)"])
            }
        }
    }

    private func rescueAll() async {
        while !isStopped {
            do throws(StoreError) {
                let result = try await context.services.store.rescueExpired(limit: 100)
                if result.rescued + result.quarantined > 0 {
                    logger.warning(
                        "deliveries of lost workers taken over",
                        metadata: ["rescued": "\(result.rescued)", "quarantined": "\(result.quarantined)"])
                    shared.wake.fire()
                }
            } catch {
                logger.warning("no deliveries could be rescued; trying again", metadata: ["error": "\(error)"])
            }
            await control.sleep(for: context.settings.rescueInterval * Double.random(in: 0.75..<1.25))
        }
    }
}
