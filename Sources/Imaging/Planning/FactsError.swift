package import Bytes
package import DICOM
package import Reactor

/// Why nothing can be said of a stored object.
package enum FactsError: Error, Equatable, Sendable, CustomStringConvertible {
    case file(SystemError)
    /// The header or the elements before Pixel Data contradict themselves; offsets count from the start of the file.
    case unreadable(WireError)
    /// Neither the data set nor the file meta information names it.
    case missing(Tag)

    package var description: String {
        switch self {
        case .file(let error): "\(error)"
        case .unreadable(let error): "\(error)"
        case .missing(let tag): "\(tag) is missing"
        }
    }
}
