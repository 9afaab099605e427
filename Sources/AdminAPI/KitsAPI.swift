internal import Domain
internal import HTTP1
internal import JSON
internal import Kits
internal import Security
internal import Store

/// `/v1/connections/{id}/kits/{product}`: a ready configuration for the site's terminator.
enum KitsAPI {
    @Sendable static func download(_ call: Call) async throws(Problem) -> Response {
        let id = try call.id()
        let scope = try call.scope
        guard let product = call.request.captures["product"].flatMap(KitProduct.init(rawValue:)) else {
            throw .notFound
        }
        guard product.isSupported else {
            throw Problem("kit-not-supported", .notFound, detail: KitError.unsupportedProduct(product).description)
        }
        let connection = try await call.stored { () async throws(StoreError) in try await scope.connection(id) }
        guard let certificate = current(connection) else {
            throw Problem(
                "no-certificate", .conflict, detail: "The connection has no server certificate; create one first.")
        }
        var input = KitInput(
            connectionName: connection.spec.name, host: connection.spec.host,
            policy: KitPolicy(rawValue: connection.spec.tls.policy.rawValue) ?? .bcp195,
            certificatePEM: Array(certificate.facts.pem.utf8))
        input.services = try await services(of: id, call)
        if connection.spec.tls.clientCertificate == .generate {
            let client = connection.certificates.first { $0.purpose == .client && $0.state == .active }
            input.clientCertificatePEM = client.map { Array($0.facts.pem.utf8) }
        }
        // Everything else that can go wrong is checked before the key is taken, for it can be taken only once.
        _ = try entries(product, input)
        if certificate.hasPrivateKey, certificate.keyDownloadedAt == nil {
            input.keyPEM = try await PrivateKeyVault(call).take(certificate.id, of: id).pem.copy
        }
        let archive = ZipWriter.archive(try entries(product, input), date: CertificatesAPI.zipDate(call))
        let stem = KitFileNames(connectionName: connection.spec.name).stem
        return CertificatesAPI.file(archive, "application/zip", "\(stem)_\(product.rawValue).zip")
    }

    private static func entries(_ product: KitProduct, _ input: KitInput) throws(Problem) -> [ZipEntry] {
        do throws(KitError) {
            return try Kit.entries(for: product, input)
        } catch {
            throw Problem("kit-not-possible", .conflict, detail: error.description)
        }
    }

    /// The certificate that the site shall install next: the newest `next`, else the active one.
    private static func current(_ connection: Connection) -> Domain.Certificate? {
        let own = connection.certificates.filter { $0.purpose == .server && $0.state != .retired }
        return own.filter { $0.state == .next }.max { $0.createdAt < $1.createdAt } ?? own.first
    }

    private static func services(of connectionId: UUID, _ call: Call) async throws(Problem) -> [KitService] {
        let scope = try call.scope
        var services: [KitService] = []
        var page = PageRequest(limit: PageRequest.limitMax)
        repeat {
            let request = page
            let found = try await call.stored { () async throws(StoreError) in try await scope.integrations(request) }
            for integration in found.items where integration.spec.connectionId == connectionId {
                services.append(
                    KitService(name: integration.spec.name, tlsPort: UInt16(clamping: integration.spec.port)))
            }
            page.cursor = found.nextCursor
        } while page.cursor != nil
        return services
    }
}
