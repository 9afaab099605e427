package import Domain

/// The numbers of the forwarding workers.
package struct WorkerSettings: Sendable {
    /// Deliveries in hand at a time in this process, each on an association.
    package var workers = 4
    /// How often the queue is looked at while nobody nudges.
    package var pollInterval = Duration.seconds(1)
    package var renewInterval = Duration.seconds(5)
    /// Without a confirmed renewal for this long, no work is taken.
    package var stopTakingAfter = Duration.seconds(20)
    /// Without a confirmed renewal for this long, associations are aborted: five seconds before the database gives the
    /// deliveries away.
    package var abortAfter = Duration.seconds(25)
    package var rescueInterval = Duration.seconds(15)
    /// How long an association waits for the next study of its integration.
    package var linger = Duration.seconds(2)
    package var studiesPerAssociation = 8
    package var bytesPerAssociation = 512 << 20
    package var timePerAssociation = Duration.seconds(60)
    /// Instances that a crash may make arrive twice.
    package var checkpointInstances = 32
    package var checkpointInterval = Duration.seconds(1)
    /// For failures of a delivery.
    package var backoff = Backoff()
    /// For failures of a destination as a whole.
    package var laneBackoff = Backoff(base: .seconds(5), cap: .seconds(300))
    /// After so many processing failures (0110H) in a row an instance is given up.
    package var processingFailuresMax = 5

    package init(workers: Int = 4) { self.workers = max(1, workers) }
}
