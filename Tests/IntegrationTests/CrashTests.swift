import Foundation
import Glibc
import JSON
import TestSupport
import Testing

extension IntegrationTests {
    /// Killed and told to stop in the middle of a forward.
    @Suite(.enabled(if: Tools.python != nil, "no Python with pynetdicom"))
    struct CrashTests {
        private static let instanceCount = 150

        /// How often each instance arrived; fails when two arrivals of one differ.
        private func countArrivals(_ receiver: Receiver) -> [String: Int] {
            var counts: [String: Int] = [:], digests: [String: String] = [:]
            for arrival in receiver.arrivals {
                counts[arrival.uid, default: 0] += 1
                #expect(digests[arrival.uid, default: arrival.digest] == arrival.digest, "\(arrival.uid) changed")
                digests[arrival.uid] = arrival.digest
            }
            return counts
        }

        /// Stores a study, lets the receiver signal the server when so many instances have arrived, and starts again.
        /// How many instances were sent more than once.
        private func interrupt(
            after arrivals: Int, with signal: Int32, _ check: (RunningServer, Int32) -> Void = { _, _ in }
        ) async throws -> Int {
            var resent = 0
            try await withServer { server in
                let receiver = try await Receiver.pynetdicom(
                    "pacs", in: server.folder,
                    options: ["--delay", "4", "--signal", "\(arrivals)", "\(server.process.id)", "\(signal)"])
                defer { receiver.stop() }
                let archive = try server.makeArchive("a", to: [try server.makeDestination("d", port: receiver.port)])
                let files = try StudyFiles.make("study", in: server.folder, ["--stills", "\(Self.instanceCount)"])
                let study = try server.store(files, in: archive)
                check(server, try await server.process.end(within: 60))
                #expect(receiver.arrivals.count < Self.instanceCount, "in the middle")
                try await server.restart()
                // The lease of the killed process has to expire first.
                let delivery = try #require(try await server.settled(study, seconds: 120).first)
                #expect(delivery["state"] == "delivered", "\(delivery.text.prefix(2000))")
                #expect(delivery["instances"]?["delivered"]?.int == Self.instanceCount)
                try receiver.expectIdentical(from: files.folder)
                let counts = countArrivals(receiver)
                #expect(Set(counts.keys) == Set(files.instances))
                resent = counts.values.map { $0 - 1 }.reduce(0, +)
            }
            return resent
        }

        /// At random moments, several servers side by side; CAUSEWAY_TEST_KILLS says how many in all,
        /// CAUSEWAY_TEST_SEED which moments.
        @Test func killedServerResendsAtMostOneCheckpointWindow() async throws {
            var generator = SeededGenerator(seed: UInt64(Tools.number("CAUSEWAY_TEST_SEED", 1)))
            let count = Tools.number("CAUSEWAY_TEST_KILLS", 8)
            let moments = (0..<count).map { _ in Int.random(in: 1..<Self.instanceCount - 10, using: &generator) }
            for start in stride(from: 0, to: count, by: 8) {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for moment in moments[start..<min(start + 8, count)] {
                        group.addTask {
                            let resent = try await interrupt(after: moment, with: SIGKILL)
                            #expect(resent <= 32, "killed after \(moment) arrivals")
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }

        /// What was encoded is made again after a kill: the same UIDs and bytes, so that no image is there twice.
        @Test func encodedImagesAreTheSameAfterAKill() async throws {
            try await withServer { server in
                let receiver = try await Receiver.pynetdicom(
                    "pacs", in: server.folder,
                    options: ["--delay", "4", "--signal", "40", "\(server.process.id)", "\(SIGKILL)"])
                defer { receiver.stop() }
                let integration = try server.makeDestination(
                    "d", port: receiver.port, compression: ["image": "standard", "cine": "standard"])
                let archive = try server.makeArchive("a", to: [integration])
                let files = try StudyFiles.make("study", in: server.folder, ["--stills", "\(Self.instanceCount)"])
                let study = try server.store(files, in: archive)
                _ = try await server.process.end(within: 60)
                #expect(receiver.arrivals.count < Self.instanceCount, "in the middle")
                try await server.restart()
                let delivery = try #require(try await server.settled(study, seconds: 120).first)
                #expect(delivery["state"] == "delivered", "\(delivery.text.prefix(2000))")
                let counts = countArrivals(receiver)
                #expect(counts.count == Self.instanceCount && Set(counts.keys).isDisjoint(with: files.instances))
                #expect(counts.values.map { $0 - 1 }.reduce(0, +) <= 32)
                let ledger = try server.call("GET", "/v1/ledger?delivery=\(delivery["id"]?.string ?? "")")
                let changes = ledger["items"]?[0]?["changes"]?.array
                #expect(changes?.count == Self.instanceCount, "those before the kill too")
            }
        }

        @Test func drainGivesTheDeliveryBackAndSendsNothingTwice() async throws {
            let resent = try await interrupt(after: 40, with: SIGTERM) { server, status in
                #expect(status == 0)
                #expect(server.log.contains("\"stopped\""))
            }
            #expect(resent == 0)
        }

        /// What was acknowledged is there after a kill, with nothing but the data directory.
        @Test func acknowledgedUploadSurvivesAKill() async throws {
            try await withServer { server in
                let archive = try server.makeArchive("a", to: [])
                let files = try StudyFiles.make("study", in: server.folder, ["--stills", "20"])
                for path in files.paths { #expect(try server.upload([path], to: archive).status == 200) }
                server.kill()
                try await server.restart()
                #expect(server.log.contains("the database is already running"), "the database server was still running")
                #expect(try server.study(files.uid, in: archive)["instances"] == 20)
                // The same bytes are known; nothing is stored twice.
                #expect(try server.upload(files.paths, to: archive).status == 200)
                #expect(try server.study(files.uid, in: archive)["instances"] == 20)
            }
        }
    }
}
