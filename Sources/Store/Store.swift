internal import Domain
package import JSON
internal import Logging
package import Postgres

/// What must survive a crash, in PostgreSQL. Tenant data is reached through `scope` only; the calls here are those of the
/// installation as a whole: keys, ingest batches, the queue.
package struct Store: Sendable {
    /// Separate, so that a storm in one cannot starve the others.
    package struct Pools: Sendable {
        package var interactive: PostgresPool
        package var ingest: PostgresPool
        package var worker: PostgresPool

        package init(interactive: PostgresPool, ingest: PostgresPool, worker: PostgresPool) {
            self.interactive = interactive
            self.ingest = ingest
            self.worker = worker
        }
    }

    let pools: Pools

    package init(_ pools: Pools) { self.pools = pools }

    /// One pool for everything: tests, command-line tools.
    package init(pool: PostgresPool) { self.init(Pools(interactive: pool, ingest: pool, worker: pool)) }

    /// The data of one organization.
    package func scope(_ organizationId: UUID) -> TenantScope { TenantScope(store: self, organizationId: organizationId) }
}

/// The only way to the data of an organization: each statement carries its id.
package struct TenantScope: Sendable {
    let store: Store
    package let organizationId: UUID
}
