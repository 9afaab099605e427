package import Reactor

/// An HTTP request to a server that a tenant named.
package struct OutboundRequest: Sendable {
    package enum Method: String, Sendable { case get = "GET", post = "POST", put = "PUT", delete = "DELETE" }

    package var method: Method
    /// `https://...`, or `http://...` when `allowsPlainHTTP`; no user name in it.
    package var url: String
    package var headers: [(name: String, value: String)] = []
    package var body: [UInt8] = []
    /// For everything from resolution to the last byte.
    package var timeout: Duration = .seconds(30)
    /// Judges every address before it is connected to.
    package var addressPolicy: AddressPolicy = .publicOnly
    package var allowsPlainHTTP = false
    /// A larger response body is an error.
    package var responseByteCountMax = 1 << 20

    package init(_ method: Method, _ url: String) {
        self.method = method
        self.url = url
    }
}

package struct OutboundResponse: Sendable {
    package let status: Int
    /// In the order received, names in lower case.
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]

    /// The first value of a header; `name` in lower case.
    package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

/// Why there is no response. What an HTTP status says is for the caller to judge.
package enum OutboundError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The request is at fault: its URL, a header.
    case invalidRequest(String)
    /// The address policy refused where the name leads.
    case addressDenied(String)
    case nameNotResolved(String)
    case connectFailed(String)
    /// Certificate or handshake.
    case tls(String)
    case timedOut
    /// The connection ended before the response did.
    case brokenOff(String)
    case responseTooLarge(byteCountMax: Int)
    case failed(String)
    /// The client was closed meanwhile.
    case closed

    package var description: String {
        switch self {
        case .invalidRequest(let reason): "the request is not valid: \(reason)"
        case .addressDenied(let reason): reason
        case .nameNotResolved(let reason): "the name was not resolved: \(reason)"
        case .connectFailed(let reason): "no connection: \(reason)"
        case .tls(let reason): "TLS: \(reason)"
        case .timedOut: "no answer in time"
        case .brokenOff(let reason): "the connection broke off: \(reason)"
        case .responseTooLarge(let most): "the response is larger than \(most) bytes"
        case .failed(let reason): reason
        case .closed: "the client was closed"
        }
    }
}
