internal import EmbeddedPostgres
internal import JSON
internal import Logging
internal import Reactor
internal import Store

extension ServiceInvocation {
    /// `causeway migrate`.
    package func migrate() -> Int32 {
        withDatabase { (database) throws(StartupError) in
            if database.applied.isEmpty {
                Console.output("the schema is up to date\n")
            } else {
                Console.output(database.applied.map { "applied \($0)\n" }.joined())
            }
        }
    }

    /// `causeway db status`.
    package func databaseStatus(json: Bool) -> Int32 {
        withDatabase { (database) throws(StartupError) in
            let figures: StoreFigures
            do throws(StoreError) {
                figures = try await database.store.figures()
            } catch {
                throw StartupError("the database does not answer: \(error)")
            }
            let report: JSONObject = [
                "kind": .string(database.cluster == nil ? "external" : "embedded"),
                "dataDirectory": JSON(database.cluster?.dataDirectory),
                "programs": JSON(database.cluster?.programsDirectory),
                "deliveriesReady": JSON(figures.deliveriesReady), "deliveriesWaiting": JSON(figures.deliveriesWaiting),
                "deliveriesSending": JSON(figures.deliveriesSending),
                "deliveriesFailed": JSON(figures.deliveriesFailed),
                "studiesReceiving": JSON(figures.studiesReceiving),
                "webhookEventsPending": JSON(figures.webhookEventsPending),
            ]
            if json {
                Console.output(JSON(report).text + "\n")
            } else {
                for member in report.members where !member.value.isNull {
                    Console.output("\(member.name): \(member.value.string ?? member.value.text)\n")
                }
            }
        }
    }

    /// Opens the database, which is left as it was found: a cluster that this call started is stopped again.
    func withDatabase(_ body: @escaping @Sendable (Database) async throws(StartupError) -> Void) -> Int32 {
        runOnMainLoop { (configuration, loop) throws(StartupError) in
            let machinery = try StartupError.explaining(\.description) { () throws(SystemError) in
                try Machinery(mainLoop: loop)
            }
            var quiet = configuration
            quiet.logLevel = max(configuration.logLevel, .warning)
            let database = try await Database.open(quiet, machinery, LoggingSetup.logger(quiet))
            let adopted = await database.cluster?.isAdopted ?? true
            do throws(StartupError) {
                try await body(database)
            } catch {
                await database.close(stoppingCluster: !adopted)
                throw error
            }
            await database.close(stoppingCluster: !adopted)
        }
    }
}
