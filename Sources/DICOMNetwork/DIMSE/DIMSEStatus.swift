/// The status of a DIMSE response, (0000,0900): PS3.7 annex C, PS3.4 table B.2-1.
package struct DIMSEStatus: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: UInt16

    package init(rawValue: UInt16) { self.rawValue = rawValue }

    package static let success = DIMSEStatus(rawValue: 0x0000)
    package static let noSuchSOPClass = DIMSEStatus(rawValue: 0x0118)
    package static let processingFailure = DIMSEStatus(rawValue: 0x0110)
    package static let duplicateInvocation = DIMSEStatus(rawValue: 0x0210)
    package static let duplicateSOPInstance = DIMSEStatus(rawValue: 0x0111)
    package static let unrecognizedOperation = DIMSEStatus(rawValue: 0x0211)
    package static let sopClassNotSupported = DIMSEStatus(rawValue: 0x0122)
    package static let notAuthorized = DIMSEStatus(rawValue: 0x0124)
    package static let outOfResources = DIMSEStatus(rawValue: 0xA700)
    package static let dataSetDoesNotMatchClass = DIMSEStatus(rawValue: 0xA900)
    package static let coercionOfDataElements = DIMSEStatus(rawValue: 0xB000)
    package static let cannotUnderstand = DIMSEStatus(rawValue: 0xC000)

    /// What a sender does next.
    package enum Class: Hashable, Sendable {
        case success
        /// Stored, and something is worth recording.
        case warning
        /// Already there: delivered if it is the same object.
        case duplicate
        /// The same object may be taken later.
        case transient
        /// The object may be taken in another encoding.
        case encodingSuspect
        /// No object of this class will be taken.
        case permanentForClass
        /// This object will not be taken.
        case permanentForInstance
        /// Nothing will be taken from us.
        case destinationFault
        /// The two sides do not understand each other.
        case `protocol`
    }

    package var classification: Class {
        switch rawValue {
        case 0x0000: .success
        case 0x0001, 0x0107, 0x0116, 0xB000...0xBFFF: .warning
        case 0x0111: .duplicate
        case 0x0110, 0x0213, 0xA000...0xA8FF: .transient
        case 0xA900...0xA9FF, 0xC000...0xCFFF: .encodingSuspect
        case 0x0118, 0x0122: .permanentForClass
        case 0x0124: .destinationFault
        case 0x0100...0x01FF: .permanentForInstance
        case 0xAA00...0xAFFF: .transient
        default: .protocol
        }
    }

    /// Whether the object is at the peer.
    package var isStored: Bool { classification == .success || classification == .warning }

    /// The number as the standard writes it, such as "A700H".
    package var hex: String {
        let digits = String(rawValue, radix: 16, uppercase: true)
        return String(repeating: "0", count: 4 - digits.count) + digits + "H"
    }

    package var description: String { "\(hex) \(words)" }

    private var words: String {
        switch rawValue {
        case 0x0000: "success"
        case 0x0105: "no such attribute"
        case 0x0106: "invalid attribute value"
        case 0x0107: "attribute list error"
        case 0x0110: "processing failure"
        case 0x0111: "duplicate SOP instance"
        case 0x0112: "no such SOP instance"
        case 0x0115: "invalid argument value"
        case 0x0116: "attribute value out of range"
        case 0x0117: "invalid SOP instance"
        case 0x0118: "no such SOP class"
        case 0x0119: "class and instance conflict"
        case 0x0120: "missing attribute"
        case 0x0121: "missing attribute value"
        case 0x0122: "SOP class not supported"
        case 0x0124: "not authorized"
        case 0x0210: "duplicate invocation"
        case 0x0211: "unrecognized operation"
        case 0x0212: "mistyped argument"
        case 0x0213: "resource limitation"
        case 0xA700...0xA7FF: "out of resources"
        case 0xA900...0xA9FF: "data set does not match SOP class"
        case 0xB000: "stored, data elements coerced"
        case 0xB006: "stored, elements discarded"
        case 0xB007: "stored, data set does not match SOP class"
        case 0xB000...0xBFFF: "stored with a warning"
        case 0xC000...0xCFFF: "cannot understand the data set"
        case 0xFE00: "cancelled"
        case 0xFF00, 0xFF01: "pending"
        default: "status unknown to the standard"
        }
    }
}
