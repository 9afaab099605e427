package import BlobStore
package import Logging
package import Metrics
package import Reactor
package import Store

/// What the workers work with, given by the composition root.
package struct WorkerServices: Sendable {
    package var store: Store
    package var volume: LocalVolume
    package var resolver: Resolver
    package var destinations: DestinationFactory
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

/// The forwarding workers of one process.
package final class WorkerPool: Sendable {
    package init(_ services: WorkerServices, settings: WorkerSettings = WorkerSettings(), loops: EventLoopGroup) {
    }
    /// Begins to work; returns at once.
    package func start() {}
    /// There may be new deliveries: look now.
    package func nudge() {}
    /// Takes nothing new, finishes the instances that are under way, gives deliveries back. What is not done by the deadline is aborted.
    package func drain(by deadline: Deadline) async {}
}
