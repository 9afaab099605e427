package import HTTP1

/// The admin REST API (design 3.3). The whole of it stands in `endpoints`; openapi.yaml describes the same set.
package struct AdminAPI: Sendable {
    private let services: AdminServices

    package init(_ services: AdminServices) {
        self.services = services
    }

    /// All routes, those without a key included.
    package var routes: [Route] {
        Self.endpoints.map { $0.route(services) } + OperationalAPI.routes(services)
    }

    static let endpoints: [Endpoint] =
        OrganizationsAPI.endpoints + APIKeysAPI.endpoints + ConnectionsAPI.endpoints + CertificatesAPI.endpoints
        + IntegrationsAPI.endpoints + ArchivesAPI.endpoints + StudiesAPI.endpoints + DeliveriesAPI.endpoints
        + WebhooksAPI.endpoints + RecordsAPI.endpoints
}
