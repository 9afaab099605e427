package import Domain
package import HTTP1
package import JSON
package import Logging
package import Metrics
package import Reactor
package import Security
package import Store

/// The staged diagnosis of an integration, made by whoever can connect.
package protocol EchoRunner: Sendable {
    /// The report as JSON (design 3.3) and as a transcript for a terminal.
    func echo(_ integration: Integration, _ connection: Connection) async -> EchoAnswer
}

/// What an echo found.
package struct EchoAnswer: Sendable {
    package let ok: Bool
    /// `ok`, `steps`, `advice`.
    package let report: JSONObject
    package let transcript: String

    package init(ok: Bool, report: JSONObject, transcript: String) {
        self.ok = ok
        self.report = report
        self.transcript = transcript
    }
}

/// Takes objects into an archive from a request's body.
package protocol StudyUploader: Sendable {
    /// - Parameter studyInstanceUID: the study of the path; nil: any.
    func store(_ request: Request, in archive: Archive, studyInstanceUID: String?) async -> Response
}

/// What the API works with, given by the composition root.
package struct AdminServices: Sendable {
    package var store: Store
    package var masterKeys: MasterKeyRing
    /// Which addresses a host may have.
    package var addressPolicy: AddressPolicy
    package var resolver: Resolver
    package var echo: any EchoRunner
    package var plan: any PlanRunner
    package var uploader: any StudyUploader
    /// Threads for making keys, which takes a tenth of a second.
    package var computing: BlockingPool
    package var metrics: Metrics
    package var logger: Logger
    /// Tells the workers that there are new deliveries.
    package var nudge: @Sendable () -> Void = {}
    /// What keeps the process from being ready, in words; empty: ready.
    package var unreadiness: @Sendable () async -> [String] = { [] }
    /// The bytes of openapi.yaml.
    package var openAPI: [UInt8]

    package init(
        store: Store, masterKeys: MasterKeyRing, network: (policy: AddressPolicy, resolver: Resolver),
        echo: any EchoRunner, plan: any PlanRunner, uploader: any StudyUploader
    ) {
        self.store = store
        self.masterKeys = masterKeys
        addressPolicy = network.policy
        resolver = network.resolver
        self.echo = echo
        self.plan = plan
        self.uploader = uploader
        computing = BlockingPool(threads: 2, name: "keys")
        metrics = Metrics()
        logger = Logger(label: "api")
        openAPI = []
    }

    /// The current time of the wall clock.
    var now: Timestamp { Timestamp(microseconds: WallClock.microseconds) }
}
