internal import DICOM
package import DICOMNetwork

/// What became of one object.
package enum SendOutcome: Sendable, Equatable {
    /// The peer's last answer, whatever its status, and how often the object was offered.
    case answered(DIMSEStatus, comment: String?, offers: Int)
    /// No context of the association fits: class and syntax in words.
    case notAccepted(String)
    /// It cannot be read on our side; nothing was sent.
    case unreadable(String)
}

/// Sends one object over an association in the best way that is open, and in the next one if the peer cannot make sense
/// of the first.
package enum InstanceSender {
    /// An error means that the outcome at the peer is unknown and the association is over. `.source`: the object's
    /// bytes turned out to be unreadable or altered half-way.
    package static func send(
        _ object: StoredObject, over association: Association
    ) async throws(AssociationError) -> SendOutcome {
        let ways = SendWay.ways(for: object.item, among: association.negotiated.accepted).prefix(2)
        guard !ways.isEmpty else { return .notAccepted(refusal(of: object.item)) }
        var last: (status: DIMSEStatus, comment: String?) = (.cannotUnderstand, nil)
        var offers = 0
        for way in ways where offers == 0 || association.isUsable {
            let source: any DataSource
            do throws(DataSourceError) {
                source = try object.source(convertedTo: way.conversion)
            } catch {
                return .unreadable(error.reason)
            }
            let outgoing = OutgoingObject(
                context: way.context, sopClassUID: object.sopClassUID, sopInstanceUID: object.sopInstanceUID)
            let response = try await association.store(outgoing, from: source)
            offers += 1
            last = (response.status, response.errorComment)
            guard response.status.classification == .encodingSuspect else { break }
        }
        return .answered(last.status, comment: last.comment, offers: offers)
    }

    /// Such as `Ultrasound Image Storage (1.2...) in JPEG Baseline (1.2...)`.
    package static func describe(_ item: SendPlan.Item) -> String {
        let className = UID(item.sopClassUID).map { SOPClass($0).name } ?? item.sopClassUID
        let syntaxName = UID(item.transferSyntaxUID).map { TransferSyntax($0).name } ?? item.transferSyntaxUID
        return "\(className) (\(item.sopClassUID)) in \(syntaxName) (\(item.transferSyntaxUID))"
    }

    static func refusal(of item: SendPlan.Item) -> String { "The destination does not accept \(describe(item))." }
}
