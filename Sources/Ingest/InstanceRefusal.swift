internal import BlobStore
package import DICOM

/// Why an object that somebody sent was not kept. Nothing of it stays behind.
package enum InstanceRefusal: Error, Equatable, Sendable, CustomStringConvertible {
    /// The bytes are not what DICOM says they should be; the sender must change them.
    case unreadable(InstanceHeaderError)
    /// The object belongs to another study than the request named.
    case otherStudy(expected: UID, found: UID)
    /// The archive holds an object of this SOP Instance UID whose bytes differ.
    case conflict(sopInstanceUID: String)
    case tooLarge(limit: Int)
    /// The disk or the database cannot keep it now; the sender may try again.
    case unavailable(String)

    package var description: String {
        switch self {
        case .unreadable(let error): "not a usable DICOM object: \(error)"
        case .otherStudy(let expected, let found):
            "Study Instance UID is \(found), but the request is for study \(expected)"
        case .conflict(let uid):
            "an object with SOP Instance UID \(uid) is stored already with other contents; a changed object needs a "
                + "new UID"
        case .tooLarge(let limit): "larger than the limit of \(limit) bytes for one object"
        case .unavailable(let why): "cannot be stored at the moment: \(why)"
        }
    }

    /// (0008,1197) Failure Reason (PS3.18 10.5.3, PS3.4 B.2.3).
    package var failureReason: UInt16 {
        switch self {
        case .unreadable(.unfitSyntax): 0x0122
        case .unreadable(.mismatch): 0xA900
        case .unreadable: 0xC000
        case .otherStudy: 0xA900
        case .conflict: 0x0111
        case .tooLarge, .unavailable: 0xA700
        }
    }

    /// Whether the same bytes may be accepted later.
    package var isTransient: Bool {
        if case .unavailable = self { return true }
        return false
    }

    init(_ error: BlobError) {
        switch error {
        case .tooLarge(let limit): self = .tooLarge(limit: limit)
        default: self = .unavailable(error.description)
        }
    }
}
