package import Bytes

/// Why a stream stopped carrying bytes.
package enum StreamError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The deadline passed; `during` says in what: "read", "write", "connect", "handshake".
    case timedOut(during: String)
    case system(SystemError)
    /// The peer ended the stream where more was due.
    case endOfStream
    /// Closed on our side, as when draining.
    case closed
    /// TLS broke: an alert or a record that cannot be decrypted, in words.
    case tls(String)

    package var description: String {
        switch self {
        case .timedOut(let during): "no answer in time (\(during))"
        case .system(let error): error.description
        case .endOfStream: "the peer closed the connection"
        case .closed: "the connection was closed on our side"
        case .tls(let reason): "TLS: \(reason)"
        }
    }
}

/// Bytes in both directions: a socket, TLS over a socket, or one end of a pair in memory.
///
/// A stream belongs to one event loop: all its calls come from tasks there (Sendable only so that another task of the
/// same loop may close it). One task reads and one writes at a time. After an error it is only good for `close`.
package protocol ByteStream: AnyObject, Sendable {
    /// Fills the free space of `buffer` with what there is, at least one byte; 0 means the peer ended the stream.
    /// The caller makes room first.
    func read(into buffer: IOBuffer, deadline: Deadline) async throws(StreamError) -> Int

    /// Writes all that is readable in `buffer`, and consumes it.
    func write(_ buffer: IOBuffer, deadline: Deadline) async throws(StreamError)

    /// Says that nothing more will be written: FIN, or close_notify and FIN.
    func shutDownOutput(deadline: Deadline) async

    /// Ends both directions at once and gives the descriptor back. A task waiting in `read` or `write` gets `.closed`.
    func close()

    var peerAddress: SocketAddress? { get }

    /// Acknowledges incoming segments at once rather than after 40 ms, for peers that leave Nagle's algorithm on and
    /// answer in two writes (DCMTK as Debian packages it). Off by default.
    var acknowledgesAtOnce: Bool { get set }
}

extension ByteStream {
    /// Reads until `count` bytes are readable in `buffer`; `.endOfStream` when the peer ends before.
    package func fill(_ buffer: IOBuffer, to count: Int, deadline: Deadline) async throws(StreamError) {
        while buffer.readableCount < count {
            buffer.reserve(max(count - buffer.readableCount, 1))
            if try await read(into: buffer, deadline: deadline) == 0 { throw .endOfStream }
        }
    }
}
