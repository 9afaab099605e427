internal import Domain
package import JSON
internal import Postgres

extension Store {
    /// Up to `limit` deliveries that are due, each under a lease of 30 s, from lanes that take turns. No integration
    /// gets more than its `limits.associations` in the whole installation; paused ones and lanes that wait get none.
    package func claimDeliveries(owner: UUID, limit: Int) async throws(StoreError) -> [ClaimedDelivery] {
        guard limit > 0 else { return [] }
        return try await pools.worker.decide(isIdempotent: true) {
            tx async throws(PostgresError) -> Result<[ClaimedDelivery], StoreError> in
            let lanes = try await tx.query(QueueStatements.lockLanes, [.int(Int64(limit))])
            if lanes.isEmpty { return .success([]) }
            let organizations = try lanes.decode { row throws(PostgresError) in try row.uuid(0) }
            let integrations = try lanes.decode { row throws(PostgresError) in try row.uuid(1) }
            let share = (limit + lanes.count - 1) / lanes.count
            let parameters: [PostgresValue] = [
                PostgresValue(owner), .array(organizations), .array(integrations), .int(Int64(limit)),
                .int(Int64(share)),
            ]
            let rows = try await tx.query(QueueStatements.claim, parameters)
            return .success(try rows.decode { row throws(PostgresError) in try Self.claimed(row, owner) })
        }
    }

    /// The leases that are still this worker's, each now 30 s from now. One that is missing was lost.
    package func renewLeases(owner: UUID) async throws(StoreError) -> [DeliveryLease] {
        try await pools.worker.read(QueueStatements.renew, [PostgresValue(owner)]) { rows throws(PostgresError) in
            try rows.decode { row throws(PostgresError) in
                var columns = Columns(row)
                return DeliveryLease(
                    organizationId: try columns.id(), deliveryId: try columns.id(), owner: owner,
                    epoch: Int64(try columns.int()))
            }
        }
    }

    /// Keeps progress without waiting for the disk.
    package func checkpoint(_ lease: DeliveryLease, _ progress: DeliveryProgress) async throws(StoreError) {
        try await pools.worker.decide(isIdempotent: true) {
            tx async throws(PostgresError) -> Result<Void, StoreError> in
            let results = try await tx.pipeline([
                BoundStatement(QueueStatements.relaxCommit),
                BoundStatement(QueueStatements.checkpoint, lease.parameters + progress.parameters),
            ])
            guard try results[1].oneOrNone() != nil else { return .failure(.leaseLost) }
            let details = progress.detailStatements(lease)
            if !details.isEmpty { _ = try await tx.pipeline(details) }
            return .success(())
        }
    }

    /// The end of a delivery, with all that proves it, in one transaction.
    package func complete(_ lease: DeliveryLease, _ completion: DeliveryCompletion) async throws(StoreError) {
        precondition(Delivery.State.sending.mayBecome(completion.state), "a delivery cannot end in this state")
        let parameters =
            lease.parameters + completion.progress.parameters
            + [.text(completion.state.rawValue), PostgresValue(completion.error?.json)]
        try await pools.worker.decide { tx async throws(PostgresError) -> Result<Void, StoreError> in
            guard let row = try await tx.query(QueueStatements.finish, parameters).oneOrNone() else {
                return .failure(.leaseLost)
            }
            var batch = completion.progress.replaceDetails(lease)
            batch.append(completion.attempt.statement(lease))
            batch += completion.ledger.map { $0.statement(lease) }
            batch += completion.webhookEvents.map {
                BoundStatement(
                    WebhookStatements.enqueue,
                    [PostgresValue(lease.organizationId), .text($0.kind.rawValue), PostgresValue($0.payload)])
            }
            if completion.state != .failed {
                let lane: [PostgresValue] = [PostgresValue(lease.organizationId), .uuid(try row.uuid(0))]
                batch.append(BoundStatement(QueueStatements.laneWorked, lane))
            }
            _ = try await tx.pipeline(batch)
            return .success(())
        }
    }

    /// Back in line, after an attempt that did not finish it. When the attempt does not count, the lane waits as a
    /// whole.
    package func reschedule(
        _ lease: DeliveryLease, _ reschedule: DeliveryReschedule
    ) async throws(StoreError) {
        let delay = PostgresValue.double(max(reschedule.delay, .zero).microseconds)
        let error = PostgresValue(reschedule.error?.json)
        let parameters =
            lease.parameters + reschedule.progress.parameters + [.bool(reschedule.countsAttempt), delay, error]
        try await pools.worker.decide { tx async throws(PostgresError) -> Result<Void, StoreError> in
            guard let row = try await tx.query(QueueStatements.putBack, parameters).oneOrNone() else {
                return .failure(.leaseLost)
            }
            let lane: [PostgresValue] = [PostgresValue(lease.organizationId), .uuid(try row.uuid(0))]
            var batch = [BoundStatement(QueueStatements.enqueue, Array(lease.parameters.prefix(2)))]
            batch += reschedule.progress.replaceDetails(lease)
            if let attempt = reschedule.attempt { batch.append(attempt.statement(lease)) }
            batch += reschedule.ledger.map { $0.statement(lease) }
            if reschedule.countsAttempt {
                batch.append(BoundStatement(QueueStatements.laneWorked, lane))
            } else if reschedule.error != nil {
                batch.append(BoundStatement(QueueStatements.laneFailed, lane + [delay, error]))
            }
            _ = try await tx.pipeline(batch)
            return .success(())
        }
    }

    /// Gives a delivery back at once, with its progress: for shutdown.
    package func release(_ lease: DeliveryLease, _ progress: DeliveryProgress) async throws(StoreError) {
        try await reschedule(
            lease, DeliveryReschedule(after: .zero, progress: progress, error: nil, countsAttempt: false))
    }

    /// Ends all leases, so that the next rescue takes every delivery. Only for a process that knows that it is the only
    /// one with this database, before its workers start.
    package func expireLeases() async throws(StoreError) {
        try await pools.worker.run(QueueStatements.expireLeases, [])
    }

    /// Takes deliveries from workers whose leases ran out.
    package func rescueExpired(limit: Int) async throws(StoreError) -> RescueResult {
        let error = DeliveryError(
            .interrupted, "The worker was lost five times while it had this delivery.",
            advice: "Look for crashes in the log at the times of its attempts, then retry the delivery.")
        return try await pools.worker.read(QueueStatements.rescue, [.int(Int64(limit)), PostgresValue(error.json)]) {
            rows throws(PostgresError) in
            let row = try rows.one()
            return RescueResult(rescued: try row.int(0), quarantined: try row.int(1))
        }
    }

    private static func claimed(_ row: Row, _ owner: UUID) throws(PostgresError) -> ClaimedDelivery {
        var columns = Columns(row)
        let lease = DeliveryLease(
            organizationId: try columns.id(), deliveryId: try columns.id(), owner: owner,
            epoch: Int64(try columns.int()))
        return ClaimedDelivery(
            lease: lease, studyId: try columns.id(), integrationId: try columns.id(), manifestId: try columns.id(),
            attempt: try columns.int(), rescueCount: try columns.int(), done: try columns.bitmap(),
            laneFailures: try columns.int())
    }
}

extension DeliveryLease {
    /// The four that every fenced statement begins with.
    var parameters: [PostgresValue] {
        [PostgresValue(organizationId), PostgresValue(deliveryId), PostgresValue(owner), .int(epoch)]
    }
}

extension DeliveryProgress {
    /// Bitmap, and how many arrived, arrived with a warning, were refused.
    var parameters: [PostgresValue] {
        let warned = exceptions.count { 0..<done.count ~= $0.ordinal && done[$0.ordinal] }
        return [
            .bytes(done.bytes), .int(Int64(done.setCount)), .int(Int64(warned)), .int(Int64(exceptions.count - warned)),
        ]
    }

    /// Adds what is known of single instances to what is stored.
    func detailStatements(_ lease: DeliveryLease) -> [BoundStatement] {
        let key = [PostgresValue(lease.organizationId), PostgresValue(lease.deliveryId)]
        var statements: [BoundStatement] = []
        if !exceptions.isEmpty {
            let columns: [PostgresValue] = [
                .array(exceptions.map(\.ordinal)), .array(exceptions.map { Int($0.status) }),
                .array(exceptions.map(\.attempts)), .array(exceptions.map { .clean($0.text) }),
            ]
            statements.append(BoundStatement(QueueStatements.exceptions, key + columns))
        }
        if !changes.isEmpty {
            let columns: [PostgresValue] = [
                .array(changes.map(\.ordinal)), .array(changes.map { .text($0.json.text) }),
            ]
            statements.append(BoundStatement(QueueStatements.changes, key + columns))
        }
        return statements
    }

    /// As `detailStatements`; exceptions that are not known any more go.
    func replaceDetails(_ lease: DeliveryLease) -> [BoundStatement] {
        let clear = BoundStatement(
            QueueStatements.clearExceptions,
            [
                PostgresValue(lease.organizationId), PostgresValue(lease.deliveryId), .array(exceptions.map(\.ordinal)),
            ])
        return [clear] + detailStatements(lease)
    }
}

extension Attempt {
    fileprivate func statement(_ lease: DeliveryLease) -> BoundStatement {
        BoundStatement(
            QueueStatements.attempt,
            [
                PostgresValue(lease.organizationId), PostgresValue(lease.deliveryId), PostgresValue(id),
                PostgresValue(startedAt), PostgresValue(endedAt), .text(outcome.rawValue), .int(Int64(instancesSent)),
                .int(Int64(byteCount)), PostgresValue(error?.json), PostgresValue(detail),
            ])
    }
}
