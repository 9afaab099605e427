package import Reactor

/// Why a blob could not be kept or read.
package enum BlobError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The volume has too little room left; nothing was kept.
    case noSpace
    /// The disk failed a write or a sync. The blob was thrown away: after a failed fsync the kernel forgets what it
    /// lost.
    case failed(SystemError)
    /// The object is larger than the limit in bytes.
    case tooLarge(limit: Int)
    /// The file is not there, or not of the size that its name says.
    case missing(BlobKey)
    /// The file's bytes do not give the code they gave when it was written.
    case corrupt(BlobKey)

    package var description: String {
        switch self {
        case .noSpace: "no space left on the blob volume; free space or enlarge it"
        case .failed(let error): "the blob volume failed: \(error)"
        case .tooLarge(let limit): "larger than the limit of \(limit) bytes"
        case .missing(let key): "blob \(key) is missing on the volume"
        case .corrupt(let key): "blob \(key) was altered on the volume since it was written"
        }
    }

    init(_ error: SystemError) {
        self = error.isNoSpace ? .noSpace : .failed(error)
    }
}
