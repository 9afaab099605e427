import Foundation
import JSON
import TestSupport
import Testing

extension IntegrationTests {
    /// Destinations that are away, held back, or asked for again.
    @Suite(.enabled(if: Tools.python != nil, "no Python with pynetdicom"))
    struct DestinationTests {
        private func id(_ json: JSON?) -> String { json?["id"]?.string ?? "" }

        @Test func deliveryWaitsForADestinationThatIsDown() async throws {
            try await withServer { server in
                let port = freePort()
                let archive = try server.makeArchive("a", to: [try server.makeDestination("d", port: port)])
                let files = try StudyFiles.make("study", in: server.folder, ["--stills", "2"])
                let study = try server.store(files, in: archive)
                let first: JSON = try await until("a delivery") { try server.deliveries(study).first }
                let waiting = try await server.delivery(id(first), toBe: "waiting")
                let error = try await until("the error to be shown") {
                    let error = try server.call("GET", "/v1/deliveries/\(self.id(waiting))")["lastError"]
                    return error?.isNull == false ? error : nil
                }
                #expect(error.text.contains("refused"), "\(error.text)")
                let receiver = try await Receiver.pynetdicom("pacs", in: server.folder, port: port)
                defer { receiver.stop() }
                let delivery = try #require(try await server.settled(study).first)
                #expect(delivery["state"] == "delivered")
                #expect(delivery["attempts"]?.array?.count ?? 0 >= 1)
                try receiver.expectIdentical(from: files.folder)
            }
        }

        @Test func cancelledDeliveryIsSentOnlyWhenItIsRetried() async throws {
            try await withServer { server in
                let port = freePort()
                let archive = try server.makeArchive("a", to: [try server.makeDestination("d", port: port)])
                let files = try StudyFiles.make("study", in: server.folder, ["--stills", "2"])
                let study = try server.store(files, in: archive)
                let first: JSON = try await until("a delivery") { try server.deliveries(study).first }
                _ = try await server.delivery(id(first), toBe: "waiting")
                try server.call("POST", "/v1/deliveries/\(id(first))/cancel")
                _ = try await server.delivery(id(first), toBe: "cancelled")
                let receiver = try await Receiver.pynetdicom("pacs", in: server.folder, port: port)
                defer { receiver.stop() }
                // Another study over the same lane shows that the lane works, and that the cancelled one stays.
                let other = try StudyFiles.make("other", in: server.folder, ["--stills", "1"])
                _ = try await server.settled(server.store(other, in: archive))
                #expect(receiver.arrivals.map(\.uid) == other.instances)
                try server.call("POST", "/v1/deliveries/\(id(first))/retry")
                _ = try await server.delivery(id(first), toBe: "delivered")
                #expect(Set(receiver.arrivals.map(\.uid)) == Set(files.instances + other.instances))
                let again = try server.send("POST", "/v1/deliveries/\(id(first))/cancel")
                #expect(again.status == 409, "what was delivered cannot be cancelled: \(again.text)")
            }
        }

        @Test func pausedIntegrationHoldsItsDeliveries() async throws {
            try await withServer { server in
                let one = try await Receiver.pynetdicom("one", in: server.folder)
                defer { one.stop() }
                let two = try await Receiver.pynetdicom("two", in: server.folder)
                defer { two.stop() }
                let paused = try server.makeDestination("paused", port: one.port)
                let active = try server.makeDestination("active", port: two.port)
                #expect(try server.call("POST", "/v1/integrations/\(paused)/pause")["state"] == "paused")
                let archive = try server.makeArchive("a", to: [paused, active])
                let files = try StudyFiles.make("study", in: server.folder, ["--stills", "2"])
                let study = try server.store(files, in: archive)
                try await wait(for: "the other destination to have it") {
                    try server.deliveries(study).contains { $0["state"] == "delivered" }
                }
                #expect(one.arrivals.isEmpty && two.arrivals.count == 2)
                #expect(try server.call("POST", "/v1/integrations/\(paused)/resume")["state"] == "active")
                _ = try await server.settled(study, count: 2)
                try one.expectIdentical(from: files.folder)
            }
        }

        /// Again to one of two destinations, then only what failed.
        @Test func studyIsForwardedAgain() async throws {
            try await withServer { server in
                let one = try await Receiver.pynetdicom("one", in: server.folder)
                defer { one.stop() }
                let two = try await Receiver.pynetdicom(
                    "two", in: server.folder, options: ["--refuse-class", "1.2.840.10008.5.1.4.1.1.88.33"])
                defer { two.stop() }
                let first = try server.makeDestination("one", port: one.port)
                let second = try server.makeDestination("two", port: two.port)
                let archive = try server.makeArchive("a", to: [first, second])
                let files = try StudyFiles.make("study", in: server.folder, ["--mixed"])
                let study = try server.store(files, in: archive)
                let states = try await server.settled(study, count: 2).compactMap { $0["state"]?.string }
                #expect(states.sorted() == ["delivered", "failed"])
                let again = try server.send("POST", "/v1/studies/\(study)/forward", ["integrations": [JSON(first)]])
                #expect(again.status == 202)
                let made = again.json["deliveries"]?[0]
                #expect(made?["integrationId"]?.string == first)
                _ = try await server.delivery(id(made), toBe: "delivered")
                #expect(one.arrivals.count == 10)
                #expect(two.arrivals.count == 4)
                let failed = try server.call("POST", "/v1/studies/\(study)/forward", ["failedOnly": true])
                #expect(failed["deliveries"]?.array?.map { $0["integrationId"]?.string } == [second])
            }
        }

        @Test func signedWebhookTellsOfTheDelivery() async throws {
            try await withServer { server in
                let hook = try Child(
                    Tools.python ?? "", [Tools.scripts + "/hook.py"], log: server.folder.path + "/hook.log")
                defer { hook.stop() }
                let port = try await Receiver.firstLine(of: hook)["port"]?.int ?? 0
                let made = try server.call(
                    "POST", "/v1/webhooks",
                    ["url": "http://127.0.0.1:\(port)/events", "events": ["delivery.delivered", "delivery.failed"]])
                let secret = try #require(made["secret"]?.string)
                let receiver = try await Receiver.pynetdicom("pacs", in: server.folder)
                defer { receiver.stop() }
                let archive = try server.makeArchive("a", to: [try server.makeDestination("d", port: receiver.port)])
                let files = try StudyFiles.make("study", in: server.folder, ["--stills", "1"])
                let study = try server.store(files, in: archive)
                let delivery = try #require(try await server.settled(study).first)
                let request = try await until("the webhook") {
                    hook.output.split(separator: "\n").compactMap { try? JSON(parsing: String($0)) }
                        .first { $0["body"] != nil }
                }
                let body = try #require(request["body"]?.string)
                let event = try JSON(parsing: body)
                #expect(event["type"] == "delivery.delivered")
                #expect(event.text.contains(id(delivery)))
                let header = try #require(request["headers"]?["causeway-signature"]?.string)
                let parts = header.split(separator: ",").map { $0.split(separator: "=").last.map(String.init) ?? "" }
                let digest = try Command.run(
                    "openssl", ["dgst", "-sha256", "-hmac", secret], input: "\(parts[0]).\(body)")
                #expect(digest.output.trimmingCharacters(in: .newlines).hasSuffix(parts[1]))
                #expect(request["headers"]?["causeway-event-id"] == event["id"])
            }
        }
    }
}
