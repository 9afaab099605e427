/// Why an object could not be encoded anew.
package enum TranscodeError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The object's own bytes, or what a codec makes of them.
    case codec(CodecError)
    /// Not even the finest parameters held the gate; the figures of the last try.
    case gateFailed(QualityFigures, reason: String)
    /// What came back from our own encoder is not what went in.
    case verificationFailed(String)
    case tooLarge(byteCountMax: Int)
    /// Reading or writing a file.
    case file(String)

    package var description: String {
        switch self {
        case .codec(let error): "\(error)"
        case .gateFailed(_, let reason): "the quality is not held: \(reason)"
        case .verificationFailed(let why): "the encoded pixels are not those of the source: \(why)"
        case .tooLarge(let limit): "the object would have more than \(limit) bytes"
        case .file(let why): why
        }
    }
}
