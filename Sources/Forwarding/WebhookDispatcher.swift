internal import Bytes
internal import Domain
internal import JSON
package import Logging
package import Metrics
package import Outbound
package import Reactor
package import Security
package import Store

/// Posts events to the webhooks of organizations until each was taken: at least once, in no certain order.
package final class WebhookDispatcher: Sendable {
    /// Opens the signing secret of a webhook.
    package typealias SecretOpener = @Sendable (StoredWebhook) throws(SecurityError) -> SecretBytes

    private let store: Store
    private let client: HTTPClient
    private let loop: EventLoop
    private let addressPolicy: AddressPolicy
    private let openSecret: SecretOpener
    private let metrics: Metrics
    private let logger: Logger
    private let wake = Wakeup()
    /// About a day in all.
    private static let backoff = Backoff(base: .seconds(10), cap: .seconds(7200), attemptsMax: 24)
    private static let batchMax = 32
    /// Well below the 60 s of a claim.
    private static let timeout = Duration.seconds(15)

    /// `client` lives on `loop`.
    package init(
        store: Store, client: HTTPClient, loop: EventLoop, addressPolicy: AddressPolicy,
        openSecret: @escaping SecretOpener, metrics: Metrics, logger: Logger
    ) {
        self.store = store
        self.client = client
        self.loop = loop
        self.addressPolicy = addressPolicy
        self.openSecret = openSecret
        self.metrics = metrics
        self.logger = logger
    }

    /// There may be new events: look now.
    package func nudge() { wake.fire() }

    /// Works until the task is cancelled. On the loop.
    package func run(every interval: Duration = .seconds(1)) async {
        while !Task.isCancelled {
            if await dispatchDue() == Self.batchMax { continue }
            await wake.wait(until: .after(interval * Double.random(in: 0.75..<1.25)), on: loop)
        }
    }

    /// One batch; how many events it had. On the loop.
    package func dispatchDue() async -> Int {
        let events: [ClaimedWebhookEvent]
        do throws(StoreError) {
            events = try await store.claimWebhookEvents(limit: Self.batchMax)
        } catch {
            logger.warning("no webhook events could be claimed; trying again", metadata: ["error": "\(error)"])
            return 0
        }
        let posts = events.map { event in loop.spawn { [self] in await dispatch(event) } }
        for post in posts { await post.value }
        return events.count
    }

    private func dispatch(_ event: ClaimedWebhookEvent) async {
        let failure = await post(event)
        metrics.counter(
            "causeway_webhook_posts_total", "Posts to webhooks by outcome.",
            [("outcome", failure == nil ? "taken" : "failed")]
        ).add()
        do throws(StoreError) {
            guard let failure else {
                return try await store.completeWebhookEvent(organizationId: event.organizationId, id: event.id)
            }
            let isLast = event.attempt >= Self.backoff.attemptsMax
            let delay = isLast ? nil : Self.backoff.delay(failureCount: event.attempt)
            logger.warning(
                "webhook was not taken",
                metadata: [
                    "organization": "\(event.organizationId)", "webhook": "\(event.webhook.webhook.id)",
                    "event": "\(event.id)", "attempt": "\(event.attempt)", "error": "\(failure)",
                    "next": "\(delay.map { "\($0)" } ?? "never")",
                ])
            try await store.failWebhookEvent(
                organizationId: event.organizationId, id: event.id, error: failure, after: delay)
        } catch {
            // The claim ends by itself, and the event is posted again under the same id.
            logger.warning("the outcome of a webhook could not be kept", metadata: ["error": "\(error)"])
        }
    }

    /// Nil when it was taken, else why not.
    private func post(_ event: ClaimedWebhookEvent) async -> String? {
        let secret: SecretBytes
        do throws(SecurityError) {
            secret = try openSecret(event.webhook)
        } catch {
            return "the signing secret cannot be opened: \(error)"
        }
        let request = Self.request(
            for: event, secret: secret.copy, at: WallClock.microseconds / 1_000_000, addressPolicy)
        do throws(OutboundError) {
            let response = try await client.send(request)
            return 200..<300 ~= response.status ? nil : "answered with status \(response.status)"
        } catch {
            return error.description
        }
    }

    /// - Parameter now: Unix seconds.
    static func request(
        for event: ClaimedWebhookEvent, secret: [UInt8], at now: Int64, _ policy: AddressPolicy
    ) -> OutboundRequest {
        let body: JSON = [
            "id": JSON(event.id), "type": .string(event.kind), "createdAt": JSON(event.createdAt),
            "organizationId": JSON(event.organizationId), "data": event.payload,
        ]
        let url = event.webhook.webhook.spec.url
        var request = OutboundRequest(.post, url)
        request.body = body.bytes
        request.timeout = timeout
        request.addressPolicy = policy
        request.allowsPlainHTTP = url.hasPrefix("http://")
        let code = HMAC.sha256(key: secret, Array("\(now).".utf8) + request.body)
        request.headers = [
            (name: "Content-Type", value: "application/json"),
            (name: "Causeway-Event-Id", value: "\(event.id)"),
            (name: "Causeway-Signature", value: "t=\(now),v1=\(Hex.encode(code))"),
        ]
        return request
    }
}
