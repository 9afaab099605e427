internal import Domain
internal import Metrics
internal import Reactor
internal import Synchronization

/// What the workers count.
final class ForwardingMetrics: Sendable {
    private let metrics: Metrics
    let instances: Counter
    let refused: Counter
    let bytes: Counter
    private let duration: Histogram
    private let openAssociations: OpenCount

    private final class OpenCount: Sendable {
        let value = Atomic<Int>(0)
    }

    init(_ metrics: Metrics) {
        self.metrics = metrics
        instances = metrics.counter("causeway_instances_forwarded_total", "Instances that destinations stored.")
        refused = metrics.counter("causeway_instances_refused_total", "Instances that destinations did not take.")
        bytes = metrics.counter("causeway_forwarded_bytes_total", "Bytes of data sets that destinations stored.")
        duration = metrics.histogram(
            "causeway_delivery_attempt_seconds", "How long attempts at deliveries took.",
            bounds: [0.01, 0.1, 1, 10, 60, 600])
        let open = OpenCount()
        openAssociations = open
        metrics.gauge("causeway_associations_open", "Associations open for forwarding, those that linger included.") {
            Double(open.value.load(ordering: .relaxed))
        }
    }

    /// `outcome`: a state of deliveries, or `lost`.
    func count(_ outcome: String, since start: Deadline) {
        metrics.counter(
            "causeway_delivery_attempts_total", "Attempts at deliveries by what the delivery became.",
            [
                ("outcome", outcome)
            ]
        ).add()
        duration.record(Double(Deadline.now.nanoseconds - start.nanoseconds) / 1e9)
    }

    var associationsOpen: Int { openAssociations.value.load(ordering: .relaxed) }

    func associationOpened() { openAssociations.value.wrappingAdd(1, ordering: .relaxed) }

    /// For `ForwardingSession.onEnd`.
    var associationEnded: @Sendable () -> Void {
        let open = openAssociations
        return { open.value.wrappingSubtract(1, ordering: .relaxed) }
    }
}
