package import JSON

/// What a webhook can be told.
package enum WebhookEventKind: String, Sendable, CaseIterable {
    case studySaved = "study.saved"
    case deliveryDelivered = "delivery.delivered"
    case deliveryFailed = "delivery.failed"
    case certificateExpiring = "certificate.expiring"
    case test
}

/// An address that is told of events by POST.
package struct Webhook: Sendable, Equatable {
    package enum State: String, Sendable, CaseIterable { case active, paused }

    package let id: UUID
    package let organizationId: UUID
    package let spec: WebhookSpec
    package let version: Int
    package let createdAt: Timestamp

    package init(id: UUID, organizationId: UUID, spec: WebhookSpec, version: Int, createdAt: Timestamp) {
        self.id = id
        self.organizationId = organizationId
        self.spec = spec
        self.version = version
        self.createdAt = createdAt
    }

    package var json: JSON {
        var object: JSONObject = ["id": JSON(id)]
        object.append(spec.json)
        object["createdAt"] = JSON(createdAt)
        return JSON(object)
    }
}

/// What a client sets of a webhook. Whether the address may be reached is for the caller to judge.
package struct WebhookSpec: ResourceSpec {
    package var url: String
    /// At least one.
    package var events: [WebhookEventKind]
    package var state = Webhook.State.active

    package init(url: String, events: [WebhookEventKind]) {
        self.url = url
        self.events = events
    }

    package init?(_ fields: inout Fields) {
        let url = fields.parsed(
            "url", .required, "must be an address that begins with https:// or http://", Self.normalizedURL)
        let names = WebhookEventKind.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
        let events = fields.strings("events", .required, 1...20, "must be one of \(names)") {
            WebhookEventKind(rawValue: $0)
        }
        state = fields.choice("state") ?? state
        guard let url, let events else { return nil }
        self.url = url
        self.events = events
    }

    private static func normalizedURL(_ text: String) -> String? {
        guard text.hasPrefix("https://") || text.hasPrefix("http://"), text.utf8.count <= 2000,
            text.utf8.allSatisfy({ 0x21...0x7E ~= $0 })
        else { return nil }
        return text
    }

    package var json: JSONObject {
        ["url": .string(url), "events": JSON(events.map(\.rawValue)), "state": .string(state.rawValue)]
    }
}
