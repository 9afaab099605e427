import Bytes
import DatabaseSupport
import Domain
import Foundation
import JSON
import Logging
import Metrics
import Outbound
import Postgres
import Reactor
import Security
import Store
import Synchronization
import TestSupport
import Testing

@testable import Forwarding

@Suite(.serialized, .timeLimit(.minutes(1))) struct WebhookDispatcherTests {
    private static let secret = Array("0123456789abcdef".utf8)

    /// Answers each request on loopback with the next of `statuses`, and notes the requests.
    private func withReceiver(
        _ statuses: [Int], _ body: @escaping @Sendable (Hook) async throws -> Void
    ) async throws {
        try await TestDatabase.run(Migrations.all) { database in
            let store = Store(pool: database.pool)
            let scope = store.scope(try await store.createOrganization(OrganizationSpec(name: "Clinic")).id)
            try await onLoop { loop in
                let listener = try Listener(.loopback(port: 0), on: loop)
                defer { listener.close() }
                let requests = Recorder<String>()
                loop.spawn {
                    for status in statuses {
                        guard let accepted = await listener.accept() else { return }
                        await Self.answer(accepted, status, requests, loop)
                    }
                }
                let url = "http://127.0.0.1:\(listener.address.port)/hook"
                _ = try await scope.createWebhook(
                    id: WorkerFixture.newId(), WebhookSpec(url: url, events: [.deliveryDelivered]),
                    secretCiphertext: [1])
                let client = try HTTPClient(on: loop)
                defer { client.close() }
                let dispatcher = WebhookDispatcher(
                    store: store, client: client, loop: loop,
                    addressPolicy: try AddressPolicy(allowNetworks: "127.0.0.0/8"),
                    openSecret: { _ in SecretBytes(Self.secret) }, metrics: Metrics(),
                    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
                try await body(Hook(scope: scope, dispatcher: dispatcher, requests: requests, pool: database.pool))
            }
        }
    }

    private struct Hook: Sendable {
        let scope: TenantScope
        let dispatcher: WebhookDispatcher
        let requests: Recorder<String>
        let pool: PostgresPool
    }

    private static func answer(
        _ accepted: Listener.Accepted, _ status: Int, _ requests: Recorder<String>, _ loop: EventLoop
    ) async {
        guard let stream = try? SocketStream(adopting: accepted.descriptor, peer: accepted.peer, on: loop) else {
            return
        }
        defer { stream.close() }
        let buffer = IOBuffer(capacity: 1 << 16)
        var text = ""
        while !text.hasSuffix("}}") {
            guard let count = try? await stream.read(into: buffer, deadline: .after(.seconds(5))), count > 0 else {
                return
            }
            text = String(decoding: buffer.readable.array(), as: UTF8.self)
        }
        requests.note(text)
        buffer.clear()
        buffer.append("HTTP/1.1 \(status) Answer\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        _ = try? await stream.write(buffer, deadline: .after(.seconds(5)))
    }

    private func header(_ name: String, in request: String) -> String? {
        request.split(separator: "\r\n").first { $0.lowercased().hasPrefix(name.lowercased() + ": ") }
            .map { String($0.dropFirst(name.count + 2)) }
    }

    @Test func anEventIsPostedSigned() async throws {
        try await withReceiver([204]) { hook in
            let (scope, dispatcher, requests) = (hook.scope, hook.dispatcher, hook.requests)
            try await scope.enqueueWebhookEvent(
                NewWebhookEvent(kind: .deliveryDelivered, payload: ["deliveryId": "d1"]))
            #expect(await dispatcher.dispatchDue() == 1)
            #expect(await dispatcher.dispatchDue() == 0)
            let request = try #require(requests.values.first)
            let body = try #require(request.components(separatedBy: "\r\n\r\n").last)
            let json = try JSON(parsing: body)
            #expect(json["type"] == "delivery.delivered")
            #expect(json["organizationId"]?.string == "\(scope.organizationId)")
            #expect(json["data"]?["deliveryId"] == "d1")
            #expect(json["id"]?.string == self.header("Causeway-Event-Id", in: request))
            let signature = try #require(self.header("Causeway-Signature", in: request)).split(separator: ",")
            let time = signature[0].dropFirst(2)
            let code = HMAC.sha256(key: Self.secret, Array("\(time).\(body)".utf8))
            #expect(signature[1] == "v1=\(Hex.encode(code))")
        }
    }

    @Test func anEventThatIsNotTakenIsPostedAgainUnderTheSameId() async throws {
        try await withReceiver([500, 200]) { hook in
            let (scope, dispatcher, requests) = (hook.scope, hook.dispatcher, hook.requests)
            try await scope.enqueueWebhookEvent(
                NewWebhookEvent(kind: .deliveryDelivered, payload: ["deliveryId": "d1"]))
            #expect(await dispatcher.dispatchDue() == 1)
            try await hook.pool.runScript("UPDATE webhook_event SET next_at = now()", deadline: .after(.seconds(5)))
            #expect(await dispatcher.dispatchDue() == 1)
            let ids = requests.values.map { self.header("Causeway-Event-Id", in: $0) }
            #expect(ids.count == 2)
            #expect(Set(ids).count == 1)
        }
    }
}
