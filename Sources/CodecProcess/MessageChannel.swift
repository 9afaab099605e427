internal import CLinux
internal import Glibc
internal import Reactor

/// Why a message did not come or go.
enum ChannelError: Error, Equatable, CustomStringConvertible {
    /// The other side has closed or is gone.
    case closed
    case deadline
    case malformed(String)
    case system(SystemError)

    var description: String {
        switch self {
        case .closed: "the channel was closed"
        case .deadline: "nothing came in time"
        case .malformed(let why): why
        case .system(let error): "\(error)"
        }
    }
}

/// Messages over a Unix stream socket between server and codec process: a length of 4 bytes in network order, then that
/// many bytes of JSON. Descriptors travel with the first byte. Every call may block.
///
/// ```
/// | length, 4 | JSON, 1 to 65536 |   + SCM_RIGHTS: input, output
/// ```
final class MessageChannel: Sendable {
    static let byteCountMax = 65_536

    private let socket: Descriptor

    init(_ socket: Descriptor) { self.socket = socket }

    /// Two ends of one channel.
    static func pair() throws(SystemError) -> (Descriptor, Descriptor) {
        var ends: [CInt] = [-1, -1]
        let result = unsafe socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0, &ends)
        guard result == 0 else { throw SystemError("socketpair", errno) }
        return (Descriptor(ends[0]), Descriptor(ends[1]))
    }

    func close() { socket.close() }

    /// - Parameter descriptors: at most 4; they stay the caller's.
    func send(
        _ body: [UInt8], descriptors: [CInt] = [], until deadline: ContinuousClock.Instant? = nil
    ) throws(ChannelError) {
        guard (1...Self.byteCountMax).contains(body.count) else {
            throw .malformed("a message of \(body.count) bytes")
        }
        let length = UInt32(body.count)
        let bytes = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) } + body
        var done = 0
        while done < bytes.count {
            if let deadline, Readiness.wait(socket.raw, CInt(POLLOUT), until: deadline) == .deadline {
                throw .deadline
            }
            let n = Self.sendPiece(socket.raw, bytes[done...], done == 0 ? descriptors : [])
            if n >= 0 { done += n } else if -n != Int(EINTR) { throw Self.error("sendmsg", n) }
        }
    }

    /// Sends as much as there is room for. Returns the count, or the negative number of an error.
    static func sendPiece(_ socket: CInt, _ bytes: ArraySlice<UInt8>, _ descriptors: [CInt]) -> Int {
        unsafe bytes.withUnsafeBytes { raw in
            unsafe clinux_send_descriptors(socket, raw.baseAddress, raw.count, descriptors, CInt(descriptors.count))
        }
    }

    /// The next message, whole. After an error the channel is of no use any more.
    func receive(
        until deadline: ContinuousClock.Instant? = nil
    ) throws(ChannelError) -> (body: [UInt8], descriptors: [Descriptor]) {
        var descriptors: [Descriptor] = []
        let head = try bytes(4, &descriptors, isStart: true, until: deadline)
        let length = head.reduce(0) { $0 << 8 | Int($1) }
        guard (1...Self.byteCountMax).contains(length) else { throw .malformed("a message of \(length) bytes") }
        let body = try bytes(length, &descriptors, isStart: false, until: deadline)
        return (body, descriptors)
    }

    private func bytes(
        _ count: Int, _ descriptors: inout [Descriptor], isStart: Bool, until deadline: ContinuousClock.Instant?
    ) throws(ChannelError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            if let deadline, Readiness.wait(socket.raw, CInt(POLLIN), until: deadline) == .deadline {
                throw .deadline
            }
            var numbers: [CInt] = [-1, -1, -1, -1]
            var numberCount: CInt = 0
            let n = unsafe bytes.withUnsafeMutableBytes { raw in
                unsafe clinux_receive_descriptors(
                    socket.raw, raw.baseAddress?.advanced(by: done), raw.count - done, &numbers, &numberCount)
            }
            descriptors += numbers.prefix(Int(numberCount)).map { Descriptor($0) }
            guard descriptors.count <= 4 else { throw .malformed("too many descriptors") }
            if n > 0 {
                done += n
            } else if n == 0 {
                throw isStart && done == 0 ? .closed : .malformed("a message that ends too early")
            } else if -n != Int(EINTR) {
                throw Self.error("recvmsg", n)
            }
        }
        return bytes
    }

    private static func error(_ call: String, _ result: Int) -> ChannelError {
        let code = CInt(clamping: -result)
        return code == EPIPE || code == ECONNRESET ? .closed : .system(SystemError(call, code))
    }
}
