package import JSON

/// Who did what to which object, and whether it worked.
package struct AuditEvent: Sendable, Equatable {
    package enum Outcome: String, Sendable, CaseIterable { case success, failure }

    package let id: UUID
    package let at: Timestamp
    /// The key id, or the name of a part of the server such as "worker".
    package var actor: String
    /// A verb of ours, such as "connection.update".
    package var action: String
    package var objectKind: String
    package var objectId: UUID?
    package var outcome = Outcome.success
    /// The peer's address, if there was one.
    package var address: String?
    /// More, without names of patients.
    package var detail: JSON = .null

    package init(
        id: UUID, at: Timestamp, actor: String, action: String, object: (kind: String, id: UUID?)
    ) {
        self.id = id
        self.at = at
        self.actor = actor
        self.action = action
        objectKind = object.kind
        objectId = object.id
    }

    package var json: JSON {
        [
            "id": JSON(id), "at": JSON(at), "actor": .string(actor), "action": .string(action),
            "objectKind": .string(objectKind), "objectId": JSON(objectId), "outcome": .string(outcome.rawValue),
            "address": JSON(address), "detail": detail,
        ]
    }
}
