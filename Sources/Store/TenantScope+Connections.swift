package import Domain
package import JSON
internal import Postgres

extension TenantScope {
    /// With its first certificates, in one transaction. `id` is the caller's: private keys are encrypted with it.
    package func createConnection(
        id: UUID, _ spec: ConnectionSpec, certificates: [NewCertificate]
    ) async throws(StoreError) -> Connection {
        var statements = [
            BoundStatement(ConnectionStatements.create, [organization, PostgresValue(id)] + Self.values(spec))
        ]
        statements += certificates.map { add($0, to: id) }
        return try await pool.batch(statements) { results throws(PostgresError) in
            var connection = try Self.connection(results[0].one())
            for rows in results.dropFirst() { connection.certificates.append(try Self.certificate(rows.one())) }
            return connection
        }
    }

    package func connection(_ id: UUID) async throws(StoreError) -> Connection {
        let connection = try await find(ConnectionStatements.get, [PostgresValue(id)], Self.connection)
        return try await withCertificates([connection])[0]
    }

    package func connections(_ page: PageRequest) async throws(StoreError) -> Page<Connection> {
        var result = try await self.page(ConnectionStatements.list, [], page, id: \.id, Self.connection)
        result.items = try await withCertificates(result.items)
        return result
    }

    package func updateConnection(
        _ id: UUID, to spec: ConnectionSpec, expectedVersion: Int?
    ) async throws(StoreError) -> Connection {
        let parameters = [PostgresValue(id), PostgresValue(expectedVersion)] + Self.values(spec)
        let look = BoundStatement(ConnectionStatements.version, [organization, PostgresValue(id)])
        let connection = try await change(
            ConnectionStatements.update, parameters, versionBy: look, Self.connection)
        return try await withCertificates([connection])[0]
    }

    /// Refused (`inUse`) while integrations use it. Private keys are gone at once.
    package func deleteConnection(_ id: UUID, expectedVersion: Int?) async throws(StoreError) {
        let parameters = [organization, PostgresValue(id)]
        try await pool.delete(
            lock: BoundStatement(ConnectionStatements.lock, parameters),
            BoundStatement(ConnectionStatements.delete, parameters), expectedVersion: expectedVersion)
    }

    private func withCertificates(_ connections: [Connection]) async throws(StoreError) -> [Connection] {
        let ids: PostgresValue = .array(connections.map(\.id))
        let certificates = try await pool.read(ConnectionStatements.certificateList, [organization, ids]) {
            rows throws(PostgresError) in try rows.decode(Self.certificate)
        }
        return connections.map { connection in
            var connection = connection
            connection.certificates = certificates.filter { $0.connectionId == connection.id }
            return connection
        }
    }

    // MARK: Certificates

    package func addCertificate(
        _ new: NewCertificate, to connectionId: UUID
    ) async throws(StoreError) -> Certificate {
        let bound = add(new, to: connectionId)
        return try await pool.find(bound.statement, bound.parameters, Self.certificate)
    }

    package func certificates(of connectionId: UUID) async throws(StoreError) -> [Certificate] {
        try await connection(connectionId).certificates
    }

    package func certificate(_ id: UUID, of connectionId: UUID) async throws(StoreError) -> StoredCertificate {
        try await find(
            ConnectionStatements.certificateGet, [PostgresValue(id), PostgresValue(connectionId)],
            Self.storedCertificate)
    }

    /// Makes it `active` and the one that was so `retired`, for its purpose.
    package func activateCertificate(_ id: UUID, of connectionId: UUID) async throws(StoreError) -> Certificate {
        let parameters = [organization, PostgresValue(id), PostgresValue(connectionId)]
        let statements = [
            BoundStatement(ConnectionStatements.certificateRetireActive, parameters),
            BoundStatement(ConnectionStatements.certificateActivate, parameters),
        ]
        let activated = try await pool.batch(statements) { results throws(PostgresError) -> Certificate? in
            guard let row = try results[1].oneOrNone() else { return nil }
            return try Self.certificate(row)
        }
        guard let activated else { throw .notFound }
        return activated
    }

    /// The private key of the site's server, once: the time is noted and the ciphertext forgotten. Later
    /// `conflict(field: "privateKey")`, as for a key that was never ours.
    package func takePrivateKey(_ id: UUID, of connectionId: UUID) async throws(StoreError) -> StoredCertificate {
        _ = try await certificate(id, of: connectionId)
        let parameters = [organization, PostgresValue(id), PostgresValue(connectionId)]
        let taken = try await pool.read(ConnectionStatements.certificateTakeKey, parameters) {
            rows throws(PostgresError) -> StoredCertificate? in
            guard let row = try rows.oneOrNone() else { return nil }
            return try Self.storedCertificate(row)
        }
        guard let taken else {
            throw .conflict(
                field: "privateKey", message: "was downloaded before or never was here; make a new certificate")
        }
        return taken
    }

    private func add(_ new: NewCertificate, to connectionId: UUID) -> BoundStatement {
        let facts = new.issued.facts
        return BoundStatement(
            ConnectionStatements.certificateAdd,
            [
                organization, PostgresValue(new.id), PostgresValue(connectionId),
                .text(new.issued.purpose.rawValue), .text(new.state.rawValue), .text(new.issued.source.rawValue),
                .clean(facts.pem), .clean(facts.subject), .text(facts.fingerprint), .text(facts.spkiSHA256),
                PostgresValue(facts.notBefore), PostgresValue(facts.notAfter), PostgresValue(new.privateKeyCiphertext),
            ])
    }

    // MARK: Rows

    private static func values(_ spec: ConnectionSpec) -> [PostgresValue] {
        [
            .clean(spec.name), .clean(spec.host), .text(spec.tls.mode.rawValue), .text(spec.tls.policy.rawValue),
            .text(spec.tls.verification.rawValue), .text(spec.tls.clientCertificate.rawValue),
        ]
    }

    static func connection(_ row: Row) throws(PostgresError) -> Connection {
        var columns = Columns(row)
        return try connection(&columns)
    }

    static func connection(_ columns: inout Columns) throws(PostgresError) -> Connection {
        let (organization, id) = (try columns.id(), try columns.id())
        var spec = ConnectionSpec(name: try columns.text(), host: try columns.text())
        spec.tls.mode = try columns.choice()
        spec.tls.policy = try columns.choice()
        spec.tls.verification = try columns.choice()
        spec.tls.clientCertificate = try columns.choice()
        return Connection(
            id: id, organizationId: organization, spec: spec, version: try columns.int(), createdAt: try columns.time())
    }

    static func certificate(_ row: Row) throws(PostgresError) -> Certificate {
        var columns = Columns(row)
        return try certificate(&columns)
    }

    static func storedCertificate(_ row: Row) throws(PostgresError) -> StoredCertificate {
        var columns = Columns(row)
        let certificate = try certificate(&columns)
        return StoredCertificate(certificate: certificate, privateKeyCiphertext: try columns.optionalBytes())
    }

    private static func certificate(_ columns: inout Columns) throws(PostgresError) -> Certificate {
        let (id, connection) = (try columns.id(), try columns.id())
        let purpose: Certificate.Purpose = try columns.choice()
        let state: Certificate.State = try columns.choice()
        let source: Certificate.Source = try columns.choice()
        let (pem, subject, fingerprint) = (try columns.text(), try columns.text(), try columns.text())
        let spki = try columns.text()
        let (notBefore, notAfter) = (try columns.time(), try columns.time())
        let facts = CertificateFacts(
            pem: pem, subject: subject, fingerprint: fingerprint, spkiSHA256: spki,
            validity: notBefore...max(notBefore, notAfter))
        let issued = IssuedCertificate(
            purpose: purpose, source: source, facts: facts, hasPrivateKey: try columns.bool())
        var certificate = Certificate(
            id: id, connectionId: connection, issued: issued, state: state, createdAt: try columns.time())
        certificate.keyDownloadedAt = try columns.optionalTime()
        return certificate
    }
}
