import BlobStore
import DICOM
import DICOMNetwork
import Domain
import Foundation
import Reactor
import Store
import Synchronization
import TestSupport
import Testing

@testable import Forwarding

@Suite(.serialized, .timeLimit(.minutes(2))) struct WorkerPoolTests {
    /// Runs a pool against a scripted PACS.
    private func withPACS(
        _ script: ScriptedPACS.Script = .init(),
        settings: @escaping @Sendable (inout WorkerSettings) -> Void = { _ in },
        _ body: @escaping @Sendable (WorkerFixture, ScriptedPACS, WorkerPool) async throws -> Void
    ) async throws {
        let box = Mutex<ScriptedPACS?>(nil)
        try await WorkerFixture.run { loop in
            let pacs = try ScriptedPACS(script, on: loop)
            box.withLock { $0 = pacs }
            return pacs.port
        } _: { fixture in
            let pacs = try #require(box.withLock { $0 })
            let pool = try fixture.pool(settings)
            pool.start()
            let outcome: Result<Void, any Error>
            do { outcome = .success(try await body(fixture, pacs, pool)) } catch { outcome = .failure(error) }
            await pool.drain(by: .after(.seconds(2)))
            try await WorkerFixture.onThe(fixture.loop) { pacs.close() }
            try outcome.get()
        }
    }

    @Test func aStudyArrivesWhole() async throws {
        try await withPACS { fixture, pacs, pool in
            let id = try await fixture.save(40)
            pool.nudge()
            let delivery = try await fixture.delivery(id) { $0.state.isFinal }
            #expect(delivery.state == .delivered)
            #expect(delivery.deliveredCount == 40)
            #expect(pacs.received.map(\.uid) == (1...40).map { "1.2.3.1.\($0)" })
            #expect(pacs.received[7].bytes == (try WorkerFixture.dataSet("1.2.3.1.8", study: "1.2.3", byteCount: 5000)))
            let attempt = try #require(delivery.attempts.first)
            #expect(attempt.outcome == .succeeded)
            #expect(attempt.instancesSent == 40)
            let ledger = try await fixture.scope.ledger(LedgerFilter(), PageRequest()).items
            #expect(ledger.map(\.outcome) == [.delivered])
            #expect(ledger.first?.statuses == [.init(status: 0, count: 40)])
            #expect(ledger.first?.instanceCount == 40)
        }
    }

    @Test func consecutiveStudiesShareAnAssociation() async throws {
        try await withPACS(settings: { $0.workers = 1 }) { fixture, pacs, pool in
            for study in ["1.2.3", "1.2.4", "1.2.5"] {
                let id = try await fixture.save(2, study: study)
                pool.nudge()
                #expect(try await fixture.delivery(id) { $0.state.isFinal }.state == .delivered)
            }
            #expect(pacs.associationCount == 1)
            #expect(pacs.received.count == 6)
        }
    }

    @Test func oneRefusedInstanceDoesNotStopTheRest() async throws {
        var script = ScriptedPACS.Script()
        script.react = { _, store in
            store.request.sopInstanceUID == "1.2.3.1.2"
                ? .answer(StoreAnswer(DIMSEStatus(rawValue: 0x0117), comment: "bad UID")) : .answer(.success)
        }
        try await withPACS(script) { fixture, pacs, pool in
            let id = try await fixture.save(5)
            pool.nudge()
            let delivery = try await fixture.delivery(id) { $0.state.isFinal }
            #expect(delivery.state == .failed)
            #expect(delivery.deliveredCount == 4)
            #expect(delivery.failedCount == 1)
            #expect(delivery.lastError?.class == .instanceRejected)
            #expect(delivery.lastError?.message.contains("bad UID") == true)
            #expect(delivery.instances[1].exception?.status == 0x0117)
        }
    }

    @Test func warningsAreKeptAndCountAsDelivered() async throws {
        var script = ScriptedPACS.Script()
        script.react = { number, _ in .answer(StoreAnswer(DIMSEStatus(rawValue: number == 0 ? 0xB000 : 0))) }
        try await withPACS(script) { fixture, _, pool in
            let id = try await fixture.save(3)
            pool.nudge()
            let delivery = try await fixture.delivery(id) { $0.state.isFinal }
            #expect(delivery.state == .deliveredWithWarnings)
            #expect(delivery.deliveredCount == 3)
            #expect(delivery.warnedCount == 1)
        }
    }

    @Test func aBrokenAssociationIsResumedAtTheFirstUnsentInstance() async throws {
        var script = ScriptedPACS.Script()
        script.react = { number, _ in number == 3 ? .breakOff : .answer(.success) }
        try await withPACS(script) { fixture, pacs, pool in
            let id = try await fixture.save(6)
            pool.nudge()
            let delivery = try await fixture.delivery(id) { $0.state.isFinal }
            #expect(delivery.state == .delivered)
            #expect(pacs.received.map(\.uid) == (1...6).map { "1.2.3.1.\($0)" })
            #expect(delivery.attempts.map(\.outcome) == [.succeeded, .partial])
            let ledger = try await fixture.scope.ledger(LedgerFilter(), PageRequest()).items
            #expect(ledger.map(\.instanceCount).sorted() == [3, 6])
        }
    }

    @Test func aFullDestinationIsAskedAgainAndLosesNoAttempt() async throws {
        var script = ScriptedPACS.Script()
        script.react = { number, _ in .answer(number == 0 ? StoreAnswer(.outOfResources) : .success) }
        try await withPACS(script) { fixture, _, pool in
            let id = try await fixture.save(2)
            pool.nudge()
            let delivery = try await fixture.delivery(id) { $0.state.isFinal }
            #expect(delivery.state == .delivered)
            #expect(delivery.attempt == 0)
            #expect(delivery.attempts.count == 2)
        }
    }

    @Test(arguments: [(2, Delivery.State.delivered), (9, .failed)])
    func anInstanceThatIsPostponedIsTriedFiveTimes(_ failures: Int, _ state: Delivery.State) async throws {
        let offers = Mutex(0)
        var script = ScriptedPACS.Script()
        script.react = { _, store in
            guard store.request.sopInstanceUID == "1.2.3.1.2" else { return .answer(.success) }
            let number = offers.withLock { offers in
                offers += 1
                return offers
            }
            return .answer(number <= failures ? StoreAnswer(.processingFailure) : .success)
        }
        try await withPACS(script) { fixture, pacs, pool in
            let id = try await fixture.save(3)
            pool.nudge()
            let delivery = try await fixture.delivery(id) { $0.state.isFinal }
            #expect(delivery.state == state)
            #expect(offers.withLock { $0 } == (state == .failed ? 5 : 3))
            #expect(delivery.deliveredCount == (state == .failed ? 2 : 3))
            #expect(pacs.received.count == delivery.deliveredCount)
        }
    }

    @Test func anAlteredBlobIsNeverCompletedAndTheRestArrives() async throws {
        try await withPACS { fixture, pacs, pool in
            let instances = try await fixture.upload(3, byteCount: 400_000)
            let path = fixture.volume.root + "/" + instances[1].blobKey
            var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            bytes[bytes.count - 5] ^= 1
            try bytes.write(to: URL(fileURLWithPath: path))
            let id = try await fixture.saveUploaded()
            pool.nudge()
            let delivery = try await fixture.delivery(id) { $0.state.isFinal }
            #expect(delivery.state == .failed)
            #expect(delivery.lastError?.class == .storage)
            #expect(pacs.received.map(\.uid) == ["1.2.3.1.1", "1.2.3.1.3"])
        }
    }

    @Test func aRefusedSyntaxIsConvertedAndARefusedClassNamesItself() async throws {
        var script = ScriptedPACS.Script()
        script.transferSyntaxes = [WellKnownUID.implicitVRLittleEndian]
        try await withPACS(script) { fixture, pacs, pool in
            let id = try await fixture.save(2)
            pool.nudge()
            #expect(try await fixture.delivery(id) { $0.state.isFinal }.state == .delivered)
            #expect(
                pacs.received.first?.bytes
                    == (try WorkerFixture.dataSet(
                        "1.2.3.1.1", study: "1.2.3", byteCount: 5000, .implicitVRLittleEndian)))
        }
        script.transferSyntaxes = ["1.2.840.10008.1.2.4.50"]
        try await withPACS(script) { fixture, _, pool in
            let id = try await fixture.save(2)
            pool.nudge()
            let delivery = try await fixture.delivery(id) { $0.state.isFinal }
            #expect(delivery.state == .failed)
            #expect(delivery.failedCount == 2)
            #expect(delivery.lastError?.class == .notAccepted)
            #expect(delivery.lastError?.message.contains("Ultrasound Image Storage") == true)
            #expect(delivery.lastError?.message.contains("Explicit VR Little Endian") == true)
        }
    }

    @Test func aDeliveryWaitsForADestinationThatIsDown() async throws {
        let chosen = Mutex<UInt16>(0)
        try await WorkerFixture.run { loop in
            let probe = try Listener(.loopback(port: 0), on: loop)
            defer { probe.close() }
            chosen.withLock { $0 = probe.address.port }
            return probe.address.port
        } _: { fixture in
            let pool = try fixture.pool()
            pool.start()
            let id = try await fixture.save(3)
            pool.nudge()
            let waiting = try await fixture.delivery(id) { $0.lastError != nil }
            #expect(waiting.lastError?.class == .connect)
            #expect(waiting.lastError?.advice.contains("nothing listens") == true)
            #expect(waiting.attempt == 0)
            let port = chosen.withLock { $0 }
            let pacs = try await WorkerFixture.onThe(fixture.loop) {
                try ScriptedPACS(.init(), on: fixture.loop, port: port)
            }
            let delivery = try await fixture.delivery(id) { $0.state.isFinal }
            #expect(delivery.state == .delivered)
            #expect(pacs.received.count == 3)
            await pool.drain(by: .after(.seconds(2)))
            try await WorkerFixture.onThe(fixture.loop) { pacs.close() }
        }
    }

    @Test func drainingGivesTheDeliveryBackAfterTheInstanceUnderWay() async throws {
        let (reached, gate) = (Wakeup(), Wakeup())
        var script = ScriptedPACS.Script()
        script.pause = { number in
            guard number == 2, let loop = EventLoop.current else { return }
            reached.fire()
            await gate.wait(until: .after(.seconds(10)), on: loop)
        }
        try await withPACS(script) { fixture, pacs, pool in
            let id = try await fixture.save(6)
            pool.nudge()
            let loop = fixture.loop
            try await WorkerFixture.onThe(loop) { await reached.wait(until: .after(.seconds(10)), on: loop) }
            let drained = Task { await pool.drain(by: .after(.seconds(10))) }
            while !pool.isDraining { await Task.yield() }
            gate.fire()
            await drained.value
            let delivery = try await fixture.scope.delivery(id)
            #expect(delivery.state == .ready)
            #expect(delivery.deliveredCount == 3)
            #expect(pacs.received.count == 3)
        }
    }

    @Test func neverMoreThanOneWindowIsUnsaved() async throws {
        let (reached, gate) = (Wakeup(), Wakeup())
        var script = ScriptedPACS.Script()
        script.pause = { number in
            guard number == 70, let loop = EventLoop.current else { return }
            reached.fire()
            await gate.wait(until: .after(.seconds(10)), on: loop)
        }
        try await withPACS(script, settings: { $0.checkpointInterval = .seconds(3600) }) { fixture, _, pool in
            let id = try await fixture.save(72, byteCount: 100)
            pool.nudge()
            let loop = fixture.loop
            try await WorkerFixture.onThe(loop) { await reached.wait(until: .after(.seconds(10)), on: loop) }
            #expect(try await fixture.scope.delivery(id).deliveredCount >= 70 - 32)
            gate.fire()
            #expect(try await fixture.delivery(id) { $0.state.isFinal }.state == .delivered)
        }
    }

    @Test func aCancelledDeliveryIsBrokenOff() async throws {
        let (reached, gate) = (Wakeup(), Wakeup())
        var script = ScriptedPACS.Script()
        script.pause = { number in
            guard number == 1, let loop = EventLoop.current else { return }
            reached.fire()
            await gate.wait(until: .after(.seconds(10)), on: loop)
        }
        try await withPACS(script, settings: { $0.renewInterval = .milliseconds(20) }) { fixture, pacs, pool in
            let id = try await fixture.save(4)
            pool.nudge()
            let loop = fixture.loop
            try await WorkerFixture.onThe(loop) { await reached.wait(until: .after(.seconds(10)), on: loop) }
            _ = try await fixture.scope.cancelDelivery(id)
            while pool.activeCount > 0 { await Task.yield() }
            gate.fire()
            #expect(try await fixture.scope.delivery(id).state == .cancelled)
            #expect(pacs.received.count < 4)
        }
    }
}
