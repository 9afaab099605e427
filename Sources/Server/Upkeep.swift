internal import Logging
internal import Metrics
internal import Reactor
internal import Store
internal import Synchronization

/// Small things that must happen now and then: fresh figures of the queue for /metrics, old answers forgotten.
final class Upkeep: Sendable {
    private let store: Store
    private let logger: Logger
    private let figures = Mutex<StoreFigures?>(nil)

    private static let interval = Duration.seconds(10)
    private static let roundsPerPurge = 60

    init(store: Store, metrics: Metrics, logger: Logger) {
        self.store = store
        self.logger = logger
        register(metrics)
    }

    /// Until the task is cancelled. On the loop.
    func run(on loop: EventLoop) async {
        var round = 0
        while !Task.isCancelled {
            do throws(StoreError) {
                let fresh = try await store.figures()
                figures.withLock { $0 = fresh }
                if round % Self.roundsPerPurge == 0 { _ = try await store.purgeIdempotency() }
            } catch {
                logger.warning("upkeep failed; trying again", metadata: ["error": "\(error)"])
            }
            round += 1
            await loop.sleep(for: Self.interval)
        }
    }

    private func register(_ metrics: Metrics) {
        let help = "Deliveries by state."
        let states: [(String, @Sendable (StoreFigures) -> Int)] = [
            ("ready", { $0.deliveriesReady }), ("waiting", { $0.deliveriesWaiting }),
            ("sending", { $0.deliveriesSending }), ("failed", { $0.deliveriesFailed }),
        ]
        for (state, read) in states {
            gauge(metrics, "causeway_deliveries", help, [("state", state)]) { Double(read($0)) }
        }
        gauge(metrics, "causeway_oldest_ready_seconds", "Age of the oldest delivery that is ready.") {
            Double($0.oldestReadyAge.components.seconds)
        }
        gauge(metrics, "causeway_studies_receiving", "Studies not saved yet.") { Double($0.studiesReceiving) }
        gauge(metrics, "causeway_webhook_events_pending", "Webhook events not delivered yet.") {
            Double($0.webhookEventsPending)
        }
    }

    private func gauge(
        _ metrics: Metrics, _ name: String, _ help: String, _ labels: [(String, String)] = [],
        _ read: @escaping @Sendable (StoreFigures) -> Double
    ) {
        metrics.gauge(name, help, labels) { [weak self] in self?.figures.withLock { $0 }.map(read) ?? 0 }
    }
}
