internal import Bytes
internal import JSON
internal import Reactor

/// Writes the head of a response (RFC 9112 4) and decides how its body is framed (RFC 9112 6.3).
struct ResponseEncoder {
    /// What of the request and the connection bears on the answer.
    struct Context {
        var method: HTTPMethod?
        var versionMinor: Int
        var keepsAlive: Bool
        var requestID: String
    }

    /// Lines that stand in every answer: nosniff, and Strict-Transport-Security behind TLS.
    private let constantLines: String
    private var dateLine = DateLine()

    init(isSecure: Bool) {
        constantLines =
            "x-content-type-options: nosniff\r\n"
            + (isSecure ? "strict-transport-security: max-age=31536000\r\n" : "")
    }

    /// Whether the body can only end with the connection: of unknown length, to a client that knows no chunks.
    static func endsWithConnection(_ response: Response, versionMinor: Int) -> Bool {
        guard case .stream(nil, _) = response.body, !response.status.forbidsBody else { return false }
        return versionMinor == 0
    }

    mutating func encodeHead(_ response: Response, _ context: Context, into buffer: IOBuffer) {
        if response.status.code == 200 {
            buffer.append("HTTP/1.1 200 OK\r\n")
        } else {
            buffer.append("HTTP/1.1 \(response.status.code) \(response.status.reason)\r\n")
        }
        buffer.append(dateLine.current())
        buffer.append(constantLines)
        response.fields.encode(into: buffer)
        encodeFraming(response, context, into: buffer)
        if !context.keepsAlive {
            buffer.append("connection: close\r\n")
        } else if context.versionMinor == 0 {
            buffer.append("connection: keep-alive\r\n")
        }
        buffer.append("x-request-id: ")
        buffer.append(context.requestID)
        buffer.append("\r\n\r\n")
    }

    private func encodeFraming(_ response: Response, _ context: Context, into buffer: IOBuffer) {
        if response.status.forbidsBody { return }
        let byteCount: Int?
        switch response.body {
        case .none: byteCount = 0
        case .bytes(let bytes): byteCount = bytes.count
        case .stream(let count, _): byteCount = count
        }
        if let byteCount {
            buffer.append("content-length: ")
            buffer.append(String(byteCount))
            buffer.append("\r\n")
        } else if context.versionMinor == 1 {
            buffer.append("transfer-encoding: chunked\r\n")
        }
    }
}

/// The Date line (RFC 9110 6.6.1), made once a second.
struct DateLine {
    private var second: Int64 = -1
    private var bytes: [UInt8] = []

    mutating func current() -> [UInt8] {
        let now = WallClock.microseconds / 1_000_000
        if now != second {
            second = now
            bytes = Array("date: \(Self.text(second: now))\r\n".utf8)
        }
        return bytes
    }

    /// IMF-fixdate (RFC 9110 5.6.7): "Sun, 06 Nov 1994 08:49:37 GMT".
    static func text(second: Int64) -> String {
        let civil = Timestamp(microseconds: second * 1_000_000).civil
        let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let weekday = weekdays[Int(second / 86_400 % 7)]
        let time = [civil.hour, civil.minute, civil.second].map(twoDigits).joined(separator: ":")
        return "\(weekday), \(twoDigits(civil.day)) \(months[civil.month - 1]) \(civil.year) \(time) GMT"
    }

    private static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
