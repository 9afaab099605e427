/// Why pixels could not be decoded or encoded; one sentence each, for delivery and log.
package enum CodecError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The bytes contradict the standard or themselves.
    case malformed(String)
    /// Well-formed, but nothing this program does.
    case unsupported(String)
    /// The codestream and the data set describe different images.
    case mismatch(String)
    /// Over a limit that was checked before anything was allocated.
    case limit(String)
    /// What a codec library said.
    case library(String)

    package var description: String {
        switch self {
        case .malformed(let why), .unsupported(let why), .mismatch(let why), .limit(let why), .library(let why): why
        }
    }
}
