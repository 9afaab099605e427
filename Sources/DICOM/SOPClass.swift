/// A kind of object or service, by its UID (PS3.6 A-1).
package struct SOPClass: Hashable, Sendable {
    package let uid: UID

    package init(_ uid: UID) { self.uid = uid }

    private init(literal: StaticString) { uid = UID(literal: literal) }

    /// `Ultrasound Image Storage`, or the UID when it is not registered.
    package var name: String { Self.registry[uid]?.name ?? uid.text }

    /// Whether objects of this class are sent by C-STORE.
    package var isStorage: Bool { Self.registry[uid]?.isStorage ?? false }

    /// All registered storage classes that are not retired, by UID.
    package static let storageClasses: [SOPClass] =
        registry.filter { $0.value.isStorage && !$0.value.isRetired }.map { SOPClass($0.key) }
        .sorted { $0.uid.text < $1.uid.text }

    private struct Registration: Sendable {
        let name: String
        let isRetired: Bool
        let isStorage: Bool
    }

    private static let registry: [UID: Registration] = {
        var registry: [UID: Registration] = [:]
        for line in sopClassText.split(separator: "\n") {
            let parts = line.split(separator: "|", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3, let uid = UID("1.2.840.10008." + parts[0]) else { continue }
            // "Storage Commitment" and "Media Storage Directory" are services and files, not objects on the network.
            let isStorage = parts[2].contains("Storage") && parts[0].hasPrefix("5.1.4.")
            registry[uid] = Registration(name: String(parts[2]), isRetired: parts[1] == "r", isStorage: isStorage)
        }
        return registry
    }()
}

extension SOPClass: CustomStringConvertible {
    package var description: String { name }
}

extension SOPClass {
    package static let verification = SOPClass(literal: "1.2.840.10008.1.1")
    package static let storageCommitmentPush = SOPClass(literal: "1.2.840.10008.1.20.1")
    package static let modalityPerformedProcedureStep = SOPClass(literal: "1.2.840.10008.3.1.2.3.3")
    package static let modalityWorklistFind = SOPClass(literal: "1.2.840.10008.5.1.4.31")
    package static let ultrasoundImage = SOPClass(literal: "1.2.840.10008.5.1.4.1.1.6.1")
    package static let ultrasoundMultiFrameImage = SOPClass(literal: "1.2.840.10008.5.1.4.1.1.3.1")
    package static let secondaryCapture = SOPClass(literal: "1.2.840.10008.5.1.4.1.1.7")
    package static let multiFrameTrueColorSecondaryCapture = SOPClass(literal: "1.2.840.10008.5.1.4.1.1.7.4")
    package static let ctImage = SOPClass(literal: "1.2.840.10008.5.1.4.1.1.2")
    package static let mrImage = SOPClass(literal: "1.2.840.10008.5.1.4.1.1.4")
    package static let basicTextSR = SOPClass(literal: "1.2.840.10008.5.1.4.1.1.88.11")
    package static let enhancedSR = SOPClass(literal: "1.2.840.10008.5.1.4.1.1.88.22")
    package static let comprehensiveSR = SOPClass(literal: "1.2.840.10008.5.1.4.1.1.88.33")
    package static let keyObjectSelection = SOPClass(literal: "1.2.840.10008.5.1.4.1.1.88.59")
    package static let grayscalePresentationState = SOPClass(literal: "1.2.840.10008.5.1.4.1.1.11.1")
    package static let encapsulatedPDF = SOPClass(literal: "1.2.840.10008.5.1.4.1.1.104.1")
}
