internal import DICOM
internal import DICOMNetwork
internal import Domain
internal import Imaging
package import JSON
internal import Reactor
internal import Synchronization

/// What destinations accepted and refused lately, so that pixels are prepared for what will be taken. It is a guess to
/// begin with, never a judgement: every association is negotiated anew and corrects it.
package final class CapabilityCache: Sendable {
    private struct Key: Hashable {
        let sopClassUID: String
        let transferSyntaxUID: String
    }

    private struct Knowledge {
        let isAccepted: Bool
        let end: Deadline
    }

    private struct Entry {
        /// Integration and connection with their versions: a change of settings ends all knowledge.
        let signature: String
        var known: [Key: Knowledge] = [:]
    }

    private let entries = Mutex<[UUID: Entry]>([:])
    private let lifetime: Duration
    /// Destinations remembered at the same time; a few kilobytes each.
    private static let entriesMax = 4096

    package init(lifetime: Duration = .seconds(24 * 3600)) { self.lifetime = lifetime }

    /// Ends what is known of an integration: after an echo that a person asked for.
    package func forget(_ integrationId: UUID) { entries.withLock { $0[integrationId] = nil } }

    static func signature(_ integration: Integration, _ connection: Connection) -> String {
        "\(integration.id) \(integration.version) \(connection.version)"
    }

    /// Takes over what an association agreed on.
    func note(_ negotiated: NegotiatedAssociation, _ integration: Integration, _ connection: Connection) {
        var known: [Key: Bool] = [:]
        for context in negotiated.refused {
            for syntax in context.proposed.transferSyntaxes {
                known[Key(sopClassUID: context.proposed.abstractSyntax, transferSyntaxUID: syntax)] = false
            }
        }
        // After the refusals: a syntax may stand in two contexts, and one accepted is enough.
        for context in negotiated.accepted {
            known[Key(sopClassUID: context.abstractSyntax, transferSyntaxUID: context.transferSyntax)] = true
        }
        store(known, integration, connection)
    }

    /// The destination agreed on the syntax, failed on an object in it and took the same object in another one.
    func noteFailure(
        of syntax: TransferSyntax, for sopClassUID: String, _ integration: Integration, _ connection: Connection
    ) {
        store(
            [Key(sopClassUID: sopClassUID, transferSyntaxUID: syntax.uid.text): false], integration, connection)
    }

    private func store(_ known: [Key: Bool], _ integration: Integration, _ connection: Connection) {
        let signature = Self.signature(integration, connection)
        let end = Deadline.after(lifetime)
        entries.withLock { entries in
            if entries[integration.id]?.signature != signature {
                if entries.count >= Self.entriesMax { entries.removeAll() }
                entries[integration.id] = Entry(signature: signature)
            }
            for (key, isAccepted) in known {
                entries[integration.id]?.known[key] = Knowledge(isAccepted: isAccepted, end: end)
            }
        }
    }

    /// What is known and not outdated.
    func capabilities(of integration: Integration, over connection: Connection) -> DestinationCapabilities {
        let signature = Self.signature(integration, connection)
        let known = entries.withLock { entries in
            entries[integration.id].flatMap { $0.signature == signature ? $0.known : nil } ?? [:]
        }
        var capabilities = DestinationCapabilities()
        for (key, knowledge) in known where !knowledge.end.isPast {
            guard let sopClass = UID(key.sopClassUID), let syntax = UID(key.transferSyntaxUID) else { continue }
            capabilities[sopClass, TransferSyntax(syntax)] = knowledge.isAccepted ? .accepted : .refused
        }
        return capabilities
    }
}
