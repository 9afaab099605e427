/// The README of a stunnel kit: steps for Linux and Windows, how to check, what the log shows.
struct StunnelReadme {
    private let input: KitInput
    private let files: KitFileNames
    private let listeners: [KitListener]

    init(_ input: KitInput, _ files: KitFileNames, _ listeners: [KitListener]) {
        self.input = input
        self.files = files
        self.listeners = listeners
    }

    var text: String { [overview, linux, windows, verification, log, renewal].joined(separator: "\n") }

    private var name: String { KitText.line(input.connectionName) }
    /// For use before a colon and a port.
    private var host: String {
        let host = KitText.host(input.host)
        return host.contains(":") ? "[\(host)]" : host
    }

    private var overview: String {
        let ports = listeners.map { listener in
            "    port \(listener.service.tlsPort)  ->  \(listener.service.backendHost):\(listener.service.backendPort)"
                + "   \(listener.title)"
        }.joined(separator: "\n")
        let key =
            input.keyPEM == nil
            ? """
            NOT in this kit: \(files.key)
                The private key was downloaded before, or was made by you. Put that file next to the certificate
                under exactly this name. If it is lost, generate a new certificate and download the kit again.
            """
            : """
            \(files.key)   the private key that belongs to it. It can be downloaded only once: keep it safe,
                readable for the administrator only, and out of mail.
            """
        return """
            TLS terminator kit for "\(name)": stunnel
            ==============================================================================

            stunnel accepts DICOM over TLS from the router and hands plain DICOM to your PACS or worklist:

            \(ports)

            Files
                stunnel.conf               for Linux
                windows/stunnel.conf       for Windows
                \(files.certificate)   the certificate of this site; the router knows it and accepts no other.
                \(key)

            You need stunnel 5.56 or later with OpenSSL 1.1.1 or later (`stunnel -version`).
            Your firewall must let the router in from the internet to the ports above, at \(host).
            Your PACS sees the connections come from the address of this machine: admit it and the calling AE title.

            """
    }

    private var linux: String {
        let installKey = "sudo install -m 600 -o root -g root \(files.key) /etc/stunnel/"
        let client =
            input.clientCertificatePEM == nil
            ? "" : "\n       sudo install -m 644 \(files.clientCertificate) /etc/stunnel/"
        return """
            Linux (Debian, Ubuntu; on others the package is called stunnel)
            ------------------------------------------------------------------------------
            1. Install stunnel:
                   sudo apt-get install stunnel4
            2. Change the "connect" lines of stunnel.conf to where your services listen.
            3. Put the files in place:
                   sudo install -m 644 stunnel.conf \(files.certificate) /etc/stunnel/\(client)
                   \(installKey)
            4. Start it, now and with the machine:
                   sudo systemctl enable --now stunnel@stunnel
            5. Look at its log:
                   journalctl -u stunnel@stunnel

            """
    }

    private var windows: String {
        let all = [files.certificate, files.key] + (input.clientCertificatePEM == nil ? [] : [files.clientCertificate])
        return """
            Windows
            ------------------------------------------------------------------------------
            1. Install stunnel from https://www.stunnel.org for all users.
            2. Change the "connect" lines of windows\\stunnel.conf to where your services listen.
            3. In "C:\\Program Files (x86)\\stunnel\\config" rename the stunnel.conf that came with stunnel, and copy
               windows\\stunnel.conf and these files there:
                   \(all.joined(separator: "\n       "))
            4. Let only administrators and the service read the key:
                   icacls \(files.key) /inheritance:r /grant *S-1-5-32-544:F *S-1-5-18:R
            5. Start menu: "stunnel Service Install", then "stunnel Service Start".
            6. The log is stunnel.log in the same folder.

            """
    }

    private var verification: String {
        let port = listeners.first?.service.tlsPort ?? 2762
        let address = "\(host):\(port)"
        let thirteen =
            input.policy.allowsTLS13
            ? """
                   openssl s_client -connect \(address) -tls1_3 -brief </dev/null
               says "Protocol version: TLSv1.3".
            """
            : """
                   openssl s_client -connect \(address) -tls1_3 -brief </dev/null
               must FAIL ("alert protocol version"): this connection allows TLS 1.2 only.
            """
        let note =
            input.clientCertificatePEM == nil
            ? ""
            : "\n   stunnel ends them afterwards, as openssl does not have the router's certificate; that is right."
        return """
            Check it
            ------------------------------------------------------------------------------
            From another machine, best from outside:
            1.     openssl s_client -connect \(address) -tls1_2 -brief </dev/null
               says "Protocol version: TLSv1.2" and a ciphersuite that begins with ECDHE. "verify error" is expected:
               the certificate is for this connection only, the router compares it with the one it issued.\(note)
            2.     \(thirteen.drop { $0 == " " })
            3.     openssl s_client -connect \(address) -tls1_2 -cipher AES128-SHA -brief </dev/null
               must FAIL ("handshake failure"): suites without forward secrecy are off.
            4. The certificate is the right one when both lines are equal:
                  openssl s_client -connect \(address) </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256
                  openssl x509 -noout -fingerprint -sha256 -in \(files.certificate)
            5. Press Echo on the integration: it names the first step that fails, from name to C-ECHO.

            """
    }

    private var log: String {
        let section = listeners.first?.section ?? ""
        return """
            What the log shows
            ------------------------------------------------------------------------------
            At start:
                LOG5[ui]: Configuration successful
                LOG6[ui]: Service [\(section)] (FD=8) bound to 0.0.0.0:...
            Harmless, although it looks like an error (level 3), when no client certificate is asked for:
                LOG3[...]: No trusted certificates found
            For each association:
                LOG5[0]: Service [\(section)] accepted connection from ...
                LOG6[0]: TLS accepted: new session negotiated
                LOG6[0]: TLSv1.2 ciphersuite: ECDHE-RSA-AES256-GCM-SHA384 (256-bit encryption)
                LOG5[0]: Service [\(section)] connected remote server from ...
                LOG5[0]: Connection closed: N byte(s) sent to TLS, M byte(s) sent to socket
            Trouble:
                "s_connect: connect ...: Connection refused"   the PACS does not listen where "connect" says
                "Binding service [...] failed"                 the port is taken, or below 1024 without the right to it
                "error queue: ... key values mismatch"         certificate and key are not of one pair
                "no shared cipher", "unsupported protocol"     somebody else than the router, such as a port scan

            """
    }

    private var renewal: String {
        """
        New certificate
        ------------------------------------------------------------------------------
        Generate it for the connection, replace certificate and key on this machine, then let stunnel read them:
            Linux:   sudo systemctl kill -s HUP stunnel@stunnel
            Windows: Start menu, "stunnel Service Reload"
        The router accepts the old and the new one until you activate the new one. Associations that are open go on.

        """
    }
}
