/// The TLS terminators a kit can be asked for.
package enum KitProduct: String, CaseIterable, Sendable {
    case stunnel
    case citrixADC = "citrix-adc"
    case f5BigIP = "f5-big-ip"
    case haproxy
    case nginx
    case causeway

    /// Whether `Kit.entries` makes a kit for it.
    package var isSupported: Bool {
        switch self {
        case .stunnel: true
        case .citrixADC, .f5BigIP, .haproxy, .nginx, .causeway: false
        }
    }
}

/// What the TLS of a connection must be like, in the names of PS3.15.
package enum KitPolicy: String, CaseIterable, Sendable {
    /// BCP 195 RFC 8996, 9325 (PS3.15 B.12): TLS 1.2 and 1.3.
    case bcp195
    /// As B.12, without the optional TLS 1.3.
    case tls12
    /// Modified BCP 195 RFC 8996, 9325 (PS3.15 B.13): TLS 1.2 and 1.3 with a fixed list of suites.
    case bcp195Modified = "bcp195-modified"
}

/// One DICOM service behind the terminator.
package struct KitService: Equatable, Sendable {
    package let name: String
    /// Where the terminator accepts TLS.
    package let tlsPort: UInt16
    /// Where the service listens without TLS, to be adapted by the site.
    package let backendHost: String
    package let backendPort: UInt16

    package init(name: String, tlsPort: UInt16, backendHost: String = "127.0.0.1", backendPort: UInt16 = 104) {
        self.name = name
        self.tlsPort = tlsPort
        self.backendHost = backendHost
        self.backendPort = backendPort
    }
}

/// What a kit is made from.
package struct KitInput: Sendable {
    package var connectionName: String
    /// The public name or address of the site, as the connection has it.
    package var host: String
    package var services: [KitService]
    package var policy: KitPolicy
    /// The site's certificate, and what follows it in the chain.
    package var certificatePEM: [UInt8]
    /// Nil when the key was downloaded before or never was here: the configuration then names the file.
    package var keyPEM: [UInt8]?
    /// The router's own certificate, when the site shall admit nobody else.
    package var clientCertificatePEM: [UInt8]?

    package init(connectionName: String, host: String, policy: KitPolicy, certificatePEM: [UInt8]) {
        self.connectionName = connectionName
        self.host = host
        self.policy = policy
        self.certificatePEM = certificatePEM
        services = []
    }
}

/// Why there is no kit.
package enum KitError: Error, Equatable, Sendable, CustomStringConvertible {
    case unsupportedProduct(KitProduct)
    /// No integration uses the connection, so that there is no port to listen on.
    case noServices

    package var description: String {
        switch self {
        case .unsupportedProduct(let product):
            "there is no kit for \(product.rawValue) yet; there is one for "
                + KitProduct.allCases.filter(\.isSupported).map(\.rawValue).joined(separator: ", ")
        case .noServices:
            "no integration uses this connection, so there is no port for the terminator to listen on"
        }
    }
}

/// The files of a connection's certificate and key: `<Connection>_SCP_Cert.pem`, with `_` for all but letters and
/// digits.
package struct KitFileNames: Equatable, Sendable {
    package let certificate: String
    package let key: String
    /// The certificate that the router presents to the site.
    package let clientCertificate: String
    /// The part that all three share.
    package let stem: String

    package init(connectionName: String) {
        let safe = connectionName.unicodeScalars.map { scalar in
            scalar.isASCII && (scalar.properties.isAlphabetic || 0x30...0x39 ~= scalar.value) ? Character(scalar) : "_"
        }
        stem = safe.isEmpty ? "Connection" : String(safe.prefix(64))
        certificate = "\(stem)_SCP_Cert.pem"
        key = "\(stem)_SCP_Key.pem"
        clientCertificate = "\(stem)_SCU_Cert.pem"
    }
}

/// Everything a site needs in order to terminate the TLS of one connection.
package enum Kit {
    /// The files of the kit. Private keys have mode 0600.
    package static func entries(for product: KitProduct, _ input: KitInput) throws(KitError) -> [ZipEntry] {
        guard !input.services.isEmpty else { throw .noServices }
        switch product {
        case .stunnel: return StunnelKit(input).entries
        case .citrixADC, .f5BigIP, .haproxy, .nginx, .causeway: throw .unsupportedProduct(product)
        }
    }
}

/// The services of a kit as a terminator listens for them: one per TLS port, in the order given.
struct KitListener: Equatable {
    /// Letters, digits and `-`; different for each listener.
    let section: String
    /// The services on this port, on one line.
    let title: String
    let service: KitService

    static func listeners(for services: [KitService]) -> [KitListener] {
        var ports: [UInt16] = []
        for service in services where !ports.contains(service.tlsPort) { ports.append(service.tlsPort) }
        return ports.compactMap { port in
            let sharing = services.filter { $0.tlsPort == port }
            guard let first = sharing.first else { return nil }
            return KitListener(
                section: "dicom-tls-\(port)",
                title: sharing.map { KitText.line($0.name) }.joined(separator: ", "),
                service: first)
        }
    }
}

enum KitText {
    /// Text of a tenant made safe for a comment: one line, no control characters, not endless.
    static func line(_ text: String) -> String {
        let scalars = text.unicodeScalars.map { scalar in
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator, .format: Character(" ")
            default: Character(scalar)
            }
        }
        return String(String(scalars).prefix(200))
    }

    /// A host in a directive: anything that is not part of a name or an address literal is dropped.
    static func host(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.filter { scalar in
                    scalar.isASCII
                        && (scalar.properties.isAlphabetic || 0x30...0x39 ~= scalar.value
                            || ".-:_".unicodeScalars.contains(scalar))
                }))
    }
}
