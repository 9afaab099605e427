/// A kit for stunnel in server mode: whole configuration files, never a fragment to paste.
///
/// stunnel gives an option to the section it stands in, so every TLS option is repeated within each service: a version
/// limit pasted at the wrong place of the stock sample file silently leaves TLS 1.3 on.
struct StunnelKit {
    private let input: KitInput
    private let files: KitFileNames
    private let listeners: [KitListener]

    init(_ input: KitInput) {
        self.input = input
        files = KitFileNames(connectionName: input.connectionName)
        listeners = KitListener.listeners(for: input.services)
    }

    var entries: [ZipEntry] {
        var entries = [
            ZipEntry(name: "README.txt", text: StunnelReadme(input, files, listeners).text),
            ZipEntry(name: "stunnel.conf", text: configuration(.linux)),
            ZipEntry(name: "windows/stunnel.conf", text: configuration(.windows)),
            ZipEntry(name: files.certificate, bytes: input.certificatePEM),
        ]
        if let key = input.keyPEM { entries.append(ZipEntry(name: files.key, bytes: key, mode: 0o600)) }
        if let client = input.clientCertificatePEM {
            entries.append(ZipEntry(name: files.clientCertificate, bytes: client))
        }
        return entries
    }

    private enum Platform {
        case linux, windows

        /// Before a file name. On Windows stunnel looks in the folder of its configuration.
        var folder: String { self == .linux ? "/etc/stunnel/" : "" }
    }

    private func configuration(_ platform: Platform) -> String {
        ([header(platform)] + listeners.map { section($0, platform) }).joined(separator: "\n")
    }

    private func header(_ platform: Platform) -> String {
        let name = KitText.line(input.connectionName)
        let head = """
            ; stunnel configuration for the connection "\(name)" (\(KitText.line(input.host)))
            ; TLS policy: \(input.policy.rawValue) (\(input.policy.meaning))
            ;
            ; This is a whole file: put it in place of stunnel.conf, do not paste parts of it into another one.
            ; stunnel applies an option only to the section in which it stands; that is why each service below
            ; repeats all TLS options. Keep them when you copy a service.
            ;
            ; Adapt: the "connect" line of each service (where your PACS or worklist listens without TLS).


            """
        switch platform {
        case .linux:
            return head + """
                ; Run by systemd: stay in the foreground and log to the journal.
                foreground = yes
                pid =
                syslog = no
                debug = info

                """
        case .windows:
            return head + """
                ; The log is written next to this file.
                output = stunnel.log
                debug = info

                """
        }
    }

    private func section(_ listener: KitListener, _ platform: Platform) -> String {
        let service = listener.service
        let client =
            input.clientCertificatePEM == nil
            ? ""
            : """
            ; Admit only the router: it must present exactly this certificate.
            CAfile = \(platform.folder)\(files.clientCertificate)
            verifyPeer = yes

            """
        return """
            ; \(listener.title)
            [\(listener.section)]
            ; Where the router connects: port \(service.tlsPort) on all IPv4 addresses of this machine.
            accept = \(service.tlsPort)
            ; ADAPT: where the service listens without TLS.
            connect = \(KitText.host(service.backendHost)):\(service.backendPort)
            cert = \(platform.folder)\(files.certificate)
            key = \(platform.folder)\(files.key)
            \(client)sslVersionMin = TLSv1.2
            sslVersionMax = \(input.policy.versionMax)
            ciphers = \(input.policy.ciphers.joined(separator: ":"))
            ciphersuites = \(input.policy.cipherSuites.joined(separator: ":"))
            curves = \(input.policy.curves)
            options = CIPHER_SERVER_PREFERENCE
            options = NO_COMPRESSION
            renegotiation = no

            """
    }
}

extension KitPolicy {
    var meaning: String {
        switch self {
        case .bcp195: "DICOM PS3.15 B.12: TLS 1.2 and 1.3"
        case .tls12: "TLS 1.2 only, within DICOM PS3.15 B.12"
        case .bcp195Modified: "DICOM PS3.15 B.13: TLS 1.2 and 1.3, fixed list of suites"
        }
    }

    var versionMax: String { allowsTLS13 ? "TLSv1.3" : "TLSv1.2" }

    var allowsTLS13: Bool { self != .tls12 }

    /// TLS 1.2 suites in OpenSSL's names: forward secrecy and AEAD only.
    var ciphers: [String] {
        let common = [
            "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384",
            "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256",
            "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
        ]
        let ccm = [
            "ECDHE-ECDSA-AES256-CCM", "ECDHE-ECDSA-AES128-CCM", "ECDHE-ECDSA-AES256-CCM8", "ECDHE-ECDSA-AES128-CCM8",
        ]
        return self == .bcp195Modified ? common + ccm : common
    }

    /// TLS 1.3 suites; they stand there also when TLS 1.3 is off.
    var cipherSuites: [String] {
        let common = ["TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256"]
        let ccm = ["TLS_AES_128_CCM_SHA256", "TLS_AES_128_CCM_8_SHA256"]
        return self == .bcp195Modified ? common + ccm : common
    }

    var curves: String { self == .bcp195Modified ? "P-256:P-384:P-521" : "X25519:P-256:P-384:P-521" }
}
