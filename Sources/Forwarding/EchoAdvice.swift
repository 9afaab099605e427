internal import DICOMNetwork
internal import Reactor
package import Security

/// The likely cause of a failure and what to do about it, in one sentence. Pure policy: echo, worker and command line
/// say the same.
package enum EchoAdvice {
    package static func sentence(for error: DestinationError, _ destination: Destination) -> String {
        switch error.fault {
        case .notResolved:
            "The name \(destination.host) does not resolve: check its spelling, or enter the address instead."
        case .resolveTimedOut:
            "The name servers did not answer for \(destination.host): check the DNS of this machine."
        case .addressRefused:
            """
            \(destination.host) leads to an address that is not public: enter the public address of the site, or have \
            the operator allow that network in CAUSEWAY_ALLOW_NETWORKS.
            """
        case .notConnected(let failures): unreached(failures, destination)
        case .tls(let error): handshake(error, destination)
        case .association(let fault): association(fault, error.stage, destination)
        case .echoStatus(let status):
            "The destination accepts associations but answers C-ECHO with \(status): look into its log."
        }
    }

    /// Everything works; what should be looked at all the same.
    package static func success(_ destination: Destination, _ tls: TLSSessionInfo?) -> String {
        let certificate = tls?.peerCertificate
        guard let certificate, certificate.notAfter < TLSWords.now + warningSeconds else {
            return "The destination answers as it should."
        }
        let day = TLSWords.day(certificate.notAfter)
        return certificate.isExpired(at: TLSWords.now)
            ? "The destination answers, but its certificate expired on \(day): install a new one there."
            : "The destination answers, but its certificate expires on \(day): install a new one there before."
    }

    private static let warningSeconds: Int64 = 30 * 86_400

    // MARK: TCP

    private static func unreached(
        _ failures: [DestinationError.AddressFailure], _ destination: Destination
    ) -> String {
        let errors = failures.map(\.error)
        if errors.contains(where: \.isRefusal) {
            return """
                The host answers but nothing listens on port \(destination.port): check the port, and whether the \
                TLS terminator or the PACS is running.
                """
        }
        if errors.contains(where: \.isTimeout) {
            return """
                No answer at all from \(destination.hostAndPort): most likely a firewall drops the packets, or the \
                address is wrong; have the site open port \(destination.port) for this server.
                """
        }
        return "There is no route to \(destination.host): check the address, and the network between here and there."
    }

    // MARK: TLS

    private static func handshake(_ error: TLSError, _ destination: Destination) -> String {
        let port = destination.port
        switch error {
        case .peerNotTLS(let bytes): return notTLS(bytes, destination)
        case .pinMismatch:
            return """
                The server shows another certificate than the one issued for this connection: install the current kit \
                there, or check that host and port lead to the right machine.
                """
        case .expired(let end, _):
            return """
                The server's certificate expired on \(TLSWords.day(end)): install a new one there, or verify it by pin.
                """
        case .notYetValid(let start, _):
            return "The server's certificate is valid from \(TLSWords.day(start)) on: check the clocks on both sides."
        case .nameMismatch(let expected, _):
            return "The server's certificate is not made out for \(expected): check the host, or verify it by pin."
        case .untrusted:
            return """
                The server's certificate comes from no trusted authority: verify it by pin with the certificate issued \
                for this connection.
                """
        case .versionRefused: return versionRefused
        case .alertReceived(let name, _) where name == "protocol_version": return versionRefused
        case .alertReceived(let name, _) where Self.clientCertificateAlerts.contains(name):
            return """
                The server wants a client certificate or does not trust ours (\(name)): have the connection generate \
                one and install it there as trusted.
                """
        case .alertReceived(let name, _):
            return """
                The server refused the TLS handshake (\(name)): its versions or cipher suites have none in common with \
                the policy of this connection.
                """
        case .noCertificate: return "The server shows no certificate: give it the one issued for this connection."
        case .timedOut:
            return """
                The server took the connection on port \(port) but did not answer the TLS handshake: most likely it \
                does not speak TLS there; check the port, or set TLS to inactive.
                """
        case .closedByPeer, .transport:
            return """
                The server closed the connection during the TLS handshake: most likely port \(port) is a plain DICOM \
                port without TLS; check the port, or set TLS to inactive.
                """
        case .protocolFailure:
            return "The TLS handshake failed on our side's checks: see the detail of the step."
        }
    }

    private static let clientCertificateAlerts: Set<String> = [
        "certificate_required", "bad_certificate", "unknown_ca", "certificate_unknown", "unsupported_certificate",
        "certificate_expired", "certificate_revoked", "access_denied",
    ]

    private static let versionRefused = """
        The server offers no TLS version that the policy of this connection allows: enable TLS 1.2 or 1.3 there, or \
        choose another policy here.
        """

    private static func notTLS(_ bytes: [UInt8], _ destination: Destination) -> String {
        if looksLikeHTTP(bytes) { return http(destination) }
        return """
            The peer does not speak TLS on port \(destination.port), it looks like a plain DICOM port: check the port, \
            or set TLS to inactive.
            """
    }

    /// Some servers answer what they do not understand with a page and no status line.
    private static func looksLikeHTTP(_ bytes: [UInt8]) -> Bool {
        ForeignProtocol(firstBytes: bytes) == .http || bytes.first == UInt8(ascii: "<")
    }

    private static func http(_ destination: Destination) -> String {
        "A web server (HTTP) answers on port \(destination.port), not DICOM: check the port."
    }

    // MARK: Association

    private static func association(
        _ error: AssociationError, _ stage: DestinationStage, _ destination: Destination
    ) -> String {
        switch error {
        case .rejected(let reject): return rejected(reject, destination)
        case .notDICOM(let bytes): return notDICOM(bytes, destination)
        case .noAcceptedContext:
            return """
                The PACS accepts the association but not the C-ECHO service: most likely another DICOM service listens \
                on port \(destination.port).
                """
        case .invalidParameters(let reason): return "The integration is not usable: \(reason)."
        case .timedOut where stage == .associate: return silent(destination)
        case .timedOut:
            return """
                The PACS accepted the association and then fell silent: it hangs or is overloaded; look into its log \
                and restart it.
                """
        case .stream, .aborted, .releasedByPeer:
            return stage == .associate ? closed(destination) : closedLater(stage)
        case .protocolViolation, .notEstablished, .source:
            return "The peer on port \(destination.port) does not keep to the DICOM protocol: check the port."
        }
    }

    private static func rejected(_ reject: AssociateReject, _ destination: Destination) -> String {
        switch reject.cause {
        case .user(.calledAENotRecognized):
            return """
                The PACS does not know the called AE title \(destination.calledAE): check its spelling, capitals \
                included.
                """
        case .user(.callingAENotRecognized):
            return """
                The PACS does not know the calling AE title \(destination.callingAE): have it registered there, with \
                the address of this server.
                """
        case .presentation:
            return "The PACS takes no further associations at present: lower the limit of associations, or try later."
        case .user, .acse, .other:
            return """
                The PACS rejects the association (\(reject.cause)): have both AE titles (calling \
                \(destination.callingAE), called \(destination.calledAE)) and this server's address checked there.
                """
        }
    }

    private static func notDICOM(_ bytes: [UInt8], _ destination: Destination) -> String {
        if looksLikeHTTP(bytes) { return http(destination) }
        switch ForeignProtocol(firstBytes: bytes) {
        case .tls:
            return """
                The peer speaks TLS on port \(destination.port), but the connection is plain: set TLS to active, or \
                use the plain DICOM port.
                """
        case .http: return http(destination)
        case .ssh: return "An SSH server answers on port \(destination.port), not DICOM: check the port."
        case .unknown: return "The peer on port \(destination.port) does not speak DICOM: check the port."
        }
    }

    private static func silent(_ destination: Destination) -> String {
        if destination.isTLS {
            return """
                The TLS server answers but nothing comes from the PACS behind it: check the address that the \
                terminator forwards to, and the PACS.
                """
        }
        return """
            Port \(destination.port) is open but the association request is not answered: the PACS hangs, or it is not \
            a DICOM port.
            """
    }

    private static func closed(_ destination: Destination) -> String {
        if destination.isTLS {
            return """
                The TLS server closes the connection when DICOM begins: most likely the PACS behind it is not running, \
                or the terminator forwards to a wrong address.
                """
        }
        return """
            The peer closes the connection when DICOM begins: most likely port \(destination.port) expects TLS (set \
            TLS to active), or the PACS refuses this server's address.
            """
    }

    private static func closedLater(_ stage: DestinationStage) -> String {
        stage == .release
            ? "The destination works, but does not end associations in an orderly way."
            : "The PACS accepts the association but breaks it off at once: look into its log."
    }
}

extension StreamError {
    fileprivate var isRefusal: Bool {
        if case .system(let error) = self { error.isConnectionRefused || error.isConnectionReset } else { false }
    }

    fileprivate var isTimeout: Bool {
        switch self {
        case .timedOut: true
        case .system(let error): error.isTimeout
        case .endOfStream, .closed, .tls: false
        }
    }
}
