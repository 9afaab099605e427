internal import DICOM
package import DICOMNetwork
internal import Domain
package import Logging
package import Reactor
package import Store

/// The storage service class as provider (PS3.4 annex B): C-STORE into the archive that the called AE title names.
/// One object for each connection.
package final class StorageService: AssociationHandler {
    private let store: Store
    private let ingest: InstanceIngest
    private let logger: Logger
    private var archive: Archive?

    package init(store: Store, ingest: InstanceIngest, logger: Logger) {
        self.store = store
        self.ingest = ingest
        self.logger = logger
    }

    package func decide(_ request: AssociateRequest, from peer: SocketAddress?) async -> AssociationDecision {
        let metadata: Logger.Metadata = [
            "calledAET": "\(request.calledAE)", "callingAET": "\(request.callingAE)",
            "peer": "\(peer.map(\.description) ?? "?")",
        ]
        let found: Archive?
        do throws(StoreError) {
            found = try await store.findArchive(calledAET: request.calledAE)
        } catch {
            logger.warning("association rejected: the database is away", metadata: metadata)
            return .reject(AssociateReject(.transient, .presentation(.temporaryCongestion)))
        }
        guard let found else {
            logger.notice("association rejected: no archive has this called AE title", metadata: metadata)
            return .reject(AssociateReject(.permanent, .user(.calledAENotRecognized)))
        }
        guard found.spec.receive?.admits(callingAET: request.callingAE) == true else {
            logger.notice("association rejected: the archive does not admit this calling AE title", metadata: metadata)
            return .reject(AssociateReject(.permanent, .user(.callingAENotRecognized)))
        }
        archive = found
        return .accept(Self.support)
    }

    /// Every storage class, also those we have no name for, in every syntax whose objects hold their own pixels.
    private static let support = ContextSupport(
        transferSyntaxes: TransferSyntax.registered.filter { !$0.hasNoStoredPixels }.map(\.uid.text),
        supportsAbstractSyntax: { $0 == WellKnownUID.verification || mayBeStorage($0) })

    /// Private classes and those registered after this program was built cannot be told from services by their UID; who
    /// proposes one for C-STORE means an object.
    private static func mayBeStorage(_ abstractSyntax: String) -> Bool {
        guard let uid = UID(abstractSyntax) else { return false }
        return SOPClass(uid).isStorage || abstractSyntax.hasPrefix("1.2.840.10008.5.1.4.1.1.")
            || !abstractSyntax.hasPrefix("1.2.840.10008.")
    }

    package func beginStore(_ incoming: IncomingStore) async -> StoreAdmission {
        guard let archive else { return .refuse(StoreAnswer(.notAuthorized)) }
        guard let sopClass = UID(incoming.request.sopClassUID), let sopInstance = UID(incoming.request.sopInstanceUID),
            let syntaxUID = UID(incoming.context.transferSyntax)
        else {
            return .refuse(StoreAnswer(.cannotUnderstand, comment: "malformed UID in the command"))
        }
        do throws(InstanceRefusal) {
            let receiver = try ingest.receiveDataSet(
                .init(syntax: TransferSyntax(syntaxUID), sopClassUID: sopClass, sopInstanceUID: sopInstance))
            return .receive(InstanceSink(receiver, ingest, archive, logger))
        } catch {
            return .refuse(error.storeAnswer)
        }
    }
}

/// One C-STORE's data set on its way into the archive.
private final class InstanceSink: StorageSink {
    private let receiver: InstanceReceiver
    private let ingest: InstanceIngest
    private let archive: Archive
    private let logger: Logger
    private var refusal: InstanceRefusal?
    private var isFull = false

    init(_ receiver: InstanceReceiver, _ ingest: InstanceIngest, _ archive: Archive, _ logger: Logger) {
        self.receiver = receiver
        self.ingest = ingest
        self.archive = archive
        self.logger = logger
    }

    func write(_ bytes: RawSpan) {
        guard refusal == nil else { return }
        do throws(InstanceRefusal) { isFull = try receiver.append(bytes) } catch { refusal = error }
    }

    func drain() async {
        guard isFull, refusal == nil else { return }
        isFull = false
        do throws(InstanceRefusal) { try await receiver.flush() } catch { refusal = error }
    }

    func finish() async -> StoreAnswer {
        if let refusal {
            await receiver.discard()
            return answer(refusal)
        }
        do throws(InstanceRefusal) {
            _ = try await ingest.keep(receiver, in: archive)
            return .success
        } catch {
            return answer(error)
        }
    }

    func abandon() { receiver.abandon() }

    private func answer(_ refusal: InstanceRefusal) -> StoreAnswer {
        logger.notice(
            "object refused",
            metadata: [
                "organization": "\(archive.organizationId)", "archive": "\(archive.id)",
                "sopInstanceUID": "\(receiver.announcement?.sopInstanceUID.text ?? "?")", "reason": "\(refusal)",
            ])
        return refusal.storeAnswer
    }
}

extension InstanceRefusal {
    /// The answer to C-STORE (PS3.4 B.2.3); its comment is cut to the 64 characters of (0000,0902).
    fileprivate var storeAnswer: StoreAnswer {
        StoreAnswer(DIMSEStatus(rawValue: failureReason), comment: String(description.prefix(64)))
    }
}
