package import Domain
package import JSON
internal import Postgres

extension TenantScope {
    /// Newest first, without instances and attempts.
    package func deliveries(_ filter: DeliveryFilter, _ page: PageRequest) async throws(StoreError) -> Page<Delivery> {
        let parameters: [PostgresValue] = [
            PostgresValue(filter.state?.rawValue), PostgresValue(filter.studyId), PostgresValue(filter.integrationId),
            PostgresValue(filter.since),
        ]
        return try await self.page(DeliveryStatements.list, parameters, page, id: \.id) { row throws(PostgresError) in
            var columns = Columns(row)
            return try Self.delivery(&columns)
        }
    }

    /// With instances and its newest 100 attempts.
    package func delivery(_ id: UUID) async throws(StoreError) -> Delivery {
        let key = [organization, PostgresValue(id)]
        let statements = [
            DeliveryStatements.get, DeliveryStatements.attempts, DeliveryStatements.exceptions,
            DeliveryStatements.instances, DeliveryStatements.changes,
        ]
        let found = try await pool.batch(statements.map { BoundStatement($0, key) }) {
            results throws(PostgresError) -> Delivery? in
            guard let row = try results[0].oneOrNone() else { return nil }
            var columns = Columns(row)
            var delivery = try Self.delivery(&columns)
            let done = try columns.bitmap()
            delivery.attempts = try results[1].decode(Self.attempt)
            let exceptions = Dictionary(
                try results[2].decode(Self.exception).map { ($0.ordinal, $0) }, uniquingKeysWith: { $1 })
            let changes = Dictionary(
                try results[4].decode(Self.change).compactMap { $0 }.map { ($0.ordinal, $0) }, uniquingKeysWith: { $1 })
            delivery.instances = try results[3].decode(Self.instance).prefix(done.count).enumerated().map {
                i, instance in
                var item = DeliveryInstance(
                    ordinal: i, instanceId: instance.id, sopInstanceUID: instance.sopInstanceUID, isDelivered: done[i],
                    exception: exceptions[i])
                item.change = changes[i]
                return item
            }
            return delivery
        }
        guard let found else { throw .notFound }
        return found
    }

    /// Failed, cancelled or waiting: now, with attempts counted anew; instances that arrived are not sent again. The
    /// lane does not wait any longer either. `conflict` for a delivery that is being sent or has arrived.
    package func retryDelivery(_ id: UUID) async throws(StoreError) -> Delivery {
        try await change(id, DeliveryStatements.retry, "is being sent or has arrived; forward its study instead") {
            tx, row async throws(PostgresError) in
            _ = try await tx.pipeline([
                BoundStatement(QueueStatements.enqueue, [organization, PostgresValue(id)]),
                BoundStatement(IntegrationStatements.wakeLane, [organization, .uuid(try row.uuid(0))]),
            ])
        }
        return try await delivery(id)
    }

    /// Not sent any further; a worker that has it stops at its next checkpoint. `conflict` when it has ended already.
    package func cancelDelivery(_ id: UUID) async throws(StoreError) -> Delivery {
        try await change(id, DeliveryStatements.cancel, "has ended already") { _, _ async throws(PostgresError) in }
        return try await delivery(id)
    }

    private func change(
        _ id: UUID, _ statement: Statement, _ refusal: String,
        then finish: (Transaction, Row) async throws(PostgresError) -> Void
    ) async throws(StoreError) {
        let key = [organization, PostgresValue(id)]
        let row = try await pool.decide { tx async throws(PostgresError) -> Result<Bool, StoreError> in
            guard try await tx.query(DeliveryStatements.get, key).oneOrNone() != nil else { return .failure(.notFound) }
            let results = try await tx.pipeline([
                BoundStatement(DeliveryStatements.unqueue, key), BoundStatement(statement, key),
            ])
            guard let row = try results[1].oneOrNone() else { return .success(false) }
            try await finish(tx, row)
            return .success(true)
        }
        guard row else { throw .conflict(field: "state", message: "the delivery \(refusal)") }
    }

    // MARK: Rows

    static func delivery(_ columns: inout Columns) throws(PostgresError) -> Delivery {
        let (organization, id) = (try columns.id(), try columns.id())
        let keys = DeliveryKeys(
            studyId: try columns.id(), integrationId: try columns.id(), manifestId: try columns.id())
        var delivery = Delivery(id: id, organizationId: organization, of: keys, createdAt: try columns.time())
        delivery.manifestVersion = try columns.int()
        delivery.replayNumber = try columns.int()
        delivery.state = try columns.choice()
        delivery.instanceCount = try columns.int()
        delivery.deliveredCount = try columns.int()
        delivery.warnedCount = try columns.int()
        delivery.failedCount = try columns.int()
        delivery.attempt = try columns.int()
        delivery.rescueCount = try columns.int()
        delivery.nextAt = try columns.optionalTime()
        delivery.finishedAt = try columns.optionalTime()
        delivery.lastError = try columns.error()
        return delivery
    }

    private static func attempt(_ row: Row) throws(PostgresError) -> Attempt {
        var columns = Columns(row)
        var attempt = Attempt(
            id: try columns.id(), startedAt: try columns.time(), endedAt: try columns.time(),
            outcome: try columns.choice())
        attempt.instancesSent = try columns.int()
        attempt.byteCount = try columns.int()
        attempt.error = try columns.error()
        attempt.detail = try columns.json()
        return attempt
    }

    static func exception(_ row: Row) throws(PostgresError) -> InstanceException {
        var columns = Columns(row)
        let (ordinal, status) = (try columns.int(), try columns.int())
        return InstanceException(
            ordinal: ordinal, status: UInt16(truncatingIfNeeded: status), attempts: try columns.int(),
            text: try columns.text())
    }

    /// Nil for one that another version of the program wrote and this one cannot read.
    static func change(_ row: Row) throws(PostgresError) -> InstanceChange? {
        var columns = Columns(row)
        return InstanceChange(ordinal: try columns.int(), json: try columns.json())
    }

    static func instance(_ row: Row) throws(PostgresError) -> Instance {
        var columns = Columns(row)
        let id = try columns.id()
        let identity = InstanceIdentity(
            studyInstanceUID: try columns.text(), seriesInstanceUID: try columns.text(),
            sopInstanceUID: try columns.text(), sopClassUID: try columns.text())
        let (key, count, digest) = (try columns.text(), try columns.int(), try columns.bytes())
        let blob = InstanceBlob(
            key: key, byteCount: count, digest: digest, digestAlgorithm: try columns.text(),
            transferSyntaxUID: try columns.text())
        var instance = Instance(id: id, identity: identity, blob: blob)
        instance.seriesNumber = try columns.optionalInt()
        instance.instanceNumber = try columns.optionalInt()
        instance.numberOfFrames = try columns.int()
        return instance
    }
}

extension Store {
    /// All that is needed to work on a delivery, in one round trip; `leaseLost` when it is another's by now.
    package func loadForwardingPlan(_ lease: DeliveryLease) async throws(StoreError) -> ForwardingPlan {
        let key = Array(lease.parameters.prefix(2))
        let statements = [
            BoundStatement(DeliveryStatements.plan, lease.parameters),
            BoundStatement(DeliveryStatements.planCertificates, key),
            BoundStatement(DeliveryStatements.exceptions, key), BoundStatement(DeliveryStatements.instances, key),
            BoundStatement(DeliveryStatements.changes, key),
        ]
        let plan = try await pools.worker.batch(statements) { results throws(PostgresError) -> ForwardingPlan? in
            guard let row = try results[0].oneOrNone() else { return nil }
            return try Self.plan(row, results)
        }
        guard let plan else { throw .leaseLost }
        return plan
    }

    private static func plan(_ row: Row, _ results: [Rows]) throws(PostgresError) -> ForwardingPlan {
        var columns = Columns(row)
        let delivery = try TenantScope.delivery(&columns)
        let (done, studyUID) = (try columns.bitmap(), try columns.text())
        let manifest = Manifest(
            id: delivery.manifestId, studyId: delivery.studyId, version: delivery.manifestVersion,
            instanceIds: try columns.ids(), digest: try columns.bytes())
        let integration = try TenantScope.integration(&columns)
        let connection = try TenantScope.connection(&columns)
        let certificates = try results[1].decode(TenantScope.storedCertificate)
        let instances = try results[3].decode(TenantScope.instance)
        guard instances.count == manifest.instanceIds.count else { throw .unexpectedRowCount(instances.count) }
        return ForwardingPlan(
            delivery: delivery, done: done, exceptions: try results[2].decode(TenantScope.exception),
            changes: try results[4].decode(TenantScope.change).compactMap { $0 }, studyInstanceUID: studyUID,
            integration: integration, connection: connection,
            pins: certificates.map(\.certificate).filter { $0.purpose == .server },
            clientCertificate: certificates.first {
                $0.certificate.purpose == .client && $0.privateKeyCiphertext != nil
            },
            manifest: manifest, instances: instances)
    }
}
