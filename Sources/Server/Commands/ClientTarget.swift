internal import Bytes
internal import Forwarding
internal import Reactor
internal import Security

/// A peer as the user names it on the command line.
package struct ClientTarget: Sendable {
    package struct TLS: Sendable {
        /// `none`, `ca` or `pin:SHA256`.
        package var verification: String
        /// The name of a `TLSPolicy`.
        package var policy: String

        package init(verification: String, policy: String) {
            self.verification = verification
            self.policy = policy
        }
    }

    package var peer: String
    package var tls: TLS?
    package var calling: String
    package var called: String

    package init(peer: String, tls: TLS?, calling: String, called: String) {
        self.peer = peer
        self.tls = tls
        self.calling = calling
        self.called = called
    }

    /// The destination; its TLS context keeps sessions for all associations made with it, if wanted.
    func destination(resumesSessions: Bool = true) throws(StartupError) -> Destination {
        guard let colon = peer.lastIndex(of: ":"), let port = UInt16(peer[peer.index(after: colon)...]), port > 0 else {
            throw StartupError("\(peer) must be HOST:PORT, such as pacs.example.org:11112 or [2001:db8::1]:104")
        }
        var host = String(peer[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        let name: HostName
        do throws(HostNameError) { name = try HostName(validating: host) } catch {
            throw StartupError("the host \(error)")
        }
        return Destination(
            host: name.text, port: port, callingAE: calling, calledAE: called,
            transport: try transport(name, resumesSessions))
    }

    private func transport(_ name: HostName, _ resumesSessions: Bool) throws(StartupError) -> DestinationTransport {
        guard let tls else { return .plain }
        guard let policy = TLSPolicy(rawValue: tls.policy) else {
            throw StartupError("--tls-policy must be \(TLSPolicy.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        var settings = TLSClientSettings(verification: try Self.verification(tls.verification, name))
        settings.policy = policy
        settings.resumesSessions = resumesSessions
        settings.serverName = name.literal == nil ? name.text : nil
        do throws(SecurityError) { return .tls(try DestinationTLS(settings)) } catch {
            throw StartupError("TLS cannot be set up: \(error)")
        }
    }

    private static func verification(_ text: String, _ name: HostName) throws(StartupError) -> TLSVerification {
        switch text {
        case "none": return .none
        case "ca": return .authority(.system, name: name.text)
        default:
            let digits = text.hasPrefix("pin:") ? text.dropFirst(4).filter { $0 != ":" } : ""
            guard let pin = Hex.decode(digits), pin.count == 32 else {
                throw StartupError("--tls-verify must be none, ca, or pin: and the 64 hexadecimal digits of a SHA-256")
            }
            return .pin([pin])
        }
    }
}
