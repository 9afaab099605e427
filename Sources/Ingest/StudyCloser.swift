package import Logging
package import Metrics
package import Reactor
package import Store

/// Saves studies whose quiet time is over. The timer is a column: whichever process looks next sees it, after any
/// crash.
package final class StudyCloser: Sendable {
    private let store: Store
    private let loop: EventLoop
    private let logger: Logger
    private let saved: Counter
    private let wakeup = Wakeup()

    package init(store: Store, loop: EventLoop, metrics: Metrics, logger: Logger) {
        self.store = store
        self.loop = loop
        self.logger = logger
        saved = metrics.counter("causeway_studies_saved_total", "Studies saved after their quiet time.")
    }

    /// A study is due now: look before the interval is over.
    package func nudge() { wakeup.fire() }

    /// Looks once per interval, and when nudged, until the task is cancelled; again at once while there is more than a
    /// batch.
    ///
    /// - Parameter onSave: called when deliveries were created, so that the worker need not wait for its next look.
    package func run(every interval: Duration, onSave: @Sendable () -> Void) async {
        while !Task.isCancelled {
            let found = await saveDue(onSave)
            guard found < Self.batchMax else { continue }
            // Objects of a study come in a row: those of a moment share a manifest.
            await loop.sleep(for: Self.gathering)
            await wakeup.wait(until: .after(min(interval, await untilNextDue() ?? interval)), on: loop)
        }
    }

    private static let batchMax = 64
    private static let gathering = Duration.milliseconds(100)

    /// Nil when nothing waits or nobody knows: then the interval counts.
    private func untilNextDue() async -> Duration? {
        do throws(StoreError) { return try await store.untilNextDueStudy() } catch { return nil }
    }

    private func saveDue(_ onSave: @Sendable () -> Void) async -> Int {
        do throws(StoreError) {
            let results = try await store.saveDueStudies(limit: Self.batchMax)
            saved.add(results.count)
            for result in results {
                logger.info(
                    "study saved after its quiet time",
                    metadata: [
                        "organization": "\(result.organizationId)", "study": "\(result.studyId)",
                        "instances": "\(result.instanceCount)", "deliveries": "\(result.deliveries.count)",
                    ])
            }
            if results.contains(where: { !$0.deliveries.isEmpty }) { onSave() }
            return results.count
        } catch {
            logger.warning("studies could not be saved; trying again", metadata: ["error": "\(error)"])
            return 0
        }
    }
}
