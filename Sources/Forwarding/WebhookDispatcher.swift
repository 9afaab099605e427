package import Logging
package import Metrics
package import Outbound
package import Reactor
package import Security
package import Store

/// Posts events to the webhooks of organizations until each was taken.
package struct WebhookDispatcher: Sendable {
    /// Opens the signing secret of a webhook.
    package typealias SecretOpener = @Sendable (StoredWebhook) throws(SecurityError) -> SecretBytes

    package init(
        store: Store, client: HTTPClient, loop: EventLoop, addressPolicy: AddressPolicy, openSecret: @escaping SecretOpener,
        metrics: Metrics, logger: Logger
    ) {
    }
    /// Until the task is cancelled.
    package func run() async {}
    package func nudge() {}
}
