internal import JSON
internal import Postgres

extension Store {
    package func figures() async throws(StoreError) -> StoreFigures {
        try await pools.interactive.read(InstallationStatements.figures, []) { rows throws(PostgresError) in
            let row = try rows.one()
            return StoreFigures(
                deliveriesReady: try row.int(0), deliveriesWaiting: try row.int(1), deliveriesSending: try row.int(2),
                deliveriesFailed: try row.int(3), oldestReadyAge: .seconds(try row.double(4)),
                studiesReceiving: try row.int(5), webhookEventsPending: try row.int(6))
        }
    }

    /// A cheap round trip, for /readyz.
    package func ping() async throws(StoreError) {
        try await pools.interactive.run(InstallationStatements.ping, [])
    }

    /// What proves that the master key is the right one: kept at the first call; later calls give what was kept.
    package func masterKeyCheck(keepingIfNone ciphertext: [UInt8]) async throws(StoreError) -> [UInt8] {
        let statements = [
            BoundStatement(InstallationStatements.keepMasterKeyCheck, [.bytes(ciphertext)]),
            BoundStatement(InstallationStatements.masterKeyCheck),
        ]
        return try await pools.interactive.batch(statements) { results throws(PostgresError) in
            try results[1].one().bytes(0)
        }
    }

    /// Forgets answers to idempotent requests older than 24 h; gives their number.
    package func purgeIdempotency() async throws(StoreError) -> Int {
        try await pools.interactive.run(InstallationStatements.purgeIdempotency, [])
    }
}

extension TenantScope {
    /// Takes a key for a request that is about to run, or says what is known of it.
    package func beginIdempotent(key: String, requestHash: [UInt8]) async throws(StoreError) -> IdempotencyOutcome {
        let statements = [
            BoundStatement(InstallationStatements.beginIdempotent, [organization, .clean(key), .bytes(requestHash)]),
            BoundStatement(InstallationStatements.idempotent, [organization, .clean(key)]),
        ]
        return try await pool.batch(statements) { results throws(PostgresError) in
            if try results[0].oneOrNone() != nil { return .proceed }
            guard let row = try results[1].oneOrNone() else { return .running }
            var columns = Columns(row)
            guard try columns.bytes() == requestHash else { return .differentRequest }
            guard let status = try columns.optionalInt() else { return .running }
            let members = try columns.json().object?.members ?? []
            let headers = Dictionary(
                members.compactMap { member in member.value.string.map { (member.name, $0) } }, uniquingKeysWith: { $1 }
            )
            return .replay(
                StoredResponse(status: status, headers: headers, body: try columns.optionalBytes() ?? []))
        }
    }

    /// Keeps the answer for 24 h.
    package func finishIdempotent(key: String, response: StoredResponse) async throws(StoreError) {
        var headers = JSONObject()
        for (name, value) in response.headers.sorted(by: { $0.key < $1.key }) { headers[name] = .string(value) }
        try await pool.run(
            InstallationStatements.finishIdempotent,
            [
                organization, .clean(key), .int(Int64(response.status)), PostgresValue(JSON(headers)),
                .bytes(response.body),
            ])
    }

    /// The request came to nothing: the key is free again.
    package func abandonIdempotent(key: String) async throws(StoreError) {
        try await pool.run(InstallationStatements.abandonIdempotent, [organization, .clean(key)])
    }
}
