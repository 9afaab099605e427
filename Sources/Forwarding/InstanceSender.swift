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

/// Sends objects over an association.
package enum InstanceSender {
    /// Sends the object in the best way that is open, and in the next one if the peer cannot make sense of the first.
    /// An error means that the outcome at the peer is unknown and the association is over. `.source`: the object's
    /// bytes turned out to be unreadable or altered half-way.
    package static func send(
        _ object: StoredObject, over association: Association
    ) async throws(AssociationError) -> SendOutcome {
        let ways = SendWay.ways(for: object, among: association.negotiated.accepted).prefix(2)
        guard !ways.isEmpty else {
            return .notAccepted(refusal(of: object.sopClassUID, in: object.transferSyntax))
        }
        var last: (status: DIMSEStatus, comment: String?) = (.cannotUnderstand, nil)
        var offers = 0
        for way in ways where offers == 0 || association.isUsable {
            let response: StoreResponse
            switch try await offer(object, way, over: association) {
            case .success(let answer): response = answer
            case .failure(let error): return .unreadable(error.reason)
            }
            offers += 1
            last = (response.status, response.errorComment)
            guard response.status.classification == .encodingSuspect else { break }
        }
        return .answered(last.status, comment: last.comment, offers: offers)
    }

    /// Sends the object once; a failure means that nothing of it could be read, and nothing was sent.
    static func offer(
        _ object: StoredObject, _ way: SendWay, over association: Association
    ) async throws(AssociationError) -> Result<StoreResponse, DataSourceError> {
        let source: any DataSource
        do throws(DataSourceError) {
            source = try object.source(convertedTo: way.conversion)
        } catch {
            return .failure(error)
        }
        let outgoing = OutgoingObject(
            context: way.context, sopClassUID: object.sopClassUID, sopInstanceUID: object.sopInstanceUID)
        return .success(try await association.store(outgoing, from: source))
    }

    /// Such as `The destination does not accept Ultrasound Image Storage (1.2...) in JPEG Baseline (1.2...).`
    static func refusal(of sopClassUID: String, in syntax: TransferSyntax) -> String {
        let className = UID(sopClassUID).map { SOPClass($0).name } ?? sopClassUID
        return "The destination does not accept \(className) (\(sopClassUID)) in \(syntax.name) (\(syntax.uid.text))."
    }
}
