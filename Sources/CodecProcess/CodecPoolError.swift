package import Imaging

/// Why an object did not come back from its codec process; one sentence each, for delivery and log.
package enum CodecPoolError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The codec said no: the object, or the quality that can be reached.
    case failed(TranscodeError)
    /// The process ended in the middle of the object, or answered what no codec of ours answers: how, in words.
    case crashed(String)
    /// The object took more time than it may, by the clock or of the processor.
    case timedOut(String)
    /// No process could be started, or the pool is closed. Nothing is said about the object.
    case unavailable(String)

    package var description: String {
        switch self {
        case .failed(let error): "\(error)"
        case .crashed(let how): "the codec process ended while it worked on the object: \(how)"
        case .timedOut(let what): "the codec took too long: \(what)"
        case .unavailable(let why): "no codec process is available: \(why)"
        }
    }

    /// Whether the same object may well pass at another time.
    package var isWorthRepeating: Bool {
        if case .unavailable = self { true } else { false }
    }
}
