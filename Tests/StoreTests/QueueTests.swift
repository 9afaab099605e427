import Domain
import JSON
@testable import Store
import Testing

@Suite struct QueueTests {
    private func done(_ ordinals: Set<Int>, of count: Int = 3) -> DeliveryProgress {
        var bitmap = InstanceBitmap(count: count)
        for ordinal in ordinals { bitmap[ordinal] = true }
        return DeliveryProgress(done: bitmap)
    }

    private func isLost<T>(_ body: () async throws(StoreError) -> T) async {
        let error = await storeError(body)
        #expect(error == .leaseLost)
    }

    private let refused = DeliveryError(.aborted, "The destination aborted.", advice: "Look at its log.")

    @Test func aClaimedDeliveryIsNobodyElses() async throws {
        try await StoreFixture.run { f in
            let claim = try await f.claimed()
            #expect(claim.lease.epoch == 1 && claim.attempt == 0 && claim.done.count == 3)
            #expect(try await f.store.claimDeliveries(owner: StoreFixture.newId(), limit: 10).isEmpty)
            #expect(try await f.scope.delivery(claim.lease.deliveryId).state == .sending)
        }
    }

    @Test func claimersAtTheSameTimeShareTheQueueAndKeepTheLimit() async throws {
        try await StoreFixture.run { f in
            for i in 0..<10 { _ = try await f.scope.saveStudy(try await f.record(1...1, study: "1.3.\(i)")) }
            let claims = try await withThrowingTaskGroup(of: [ClaimedDelivery].self) { group in
                for _ in 0..<6 {
                    group.addTask { try await f.store.claimDeliveries(owner: StoreFixture.newId(), limit: 3) }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(Set(claims.map(\.lease.deliveryId)).count == claims.count)
            #expect(claims.count <= f.integration.spec.associationsMax)
            let rest = try await f.store.claimDeliveries(owner: StoreFixture.newId(), limit: 10)
            #expect(claims.count + rest.count == f.integration.spec.associationsMax)
        }
    }

    @Test func lanesShareAClaim() async throws {
        try await StoreFixture.run { f in
            let other = try await f.neighbor()
            for i in 0..<4 {
                _ = try await f.scope.saveStudy(try await f.record(1...1, study: "1.3.\(i)"))
                _ = try await other.scope.saveStudy(try await other.record(1...1, study: "1.3.\(i)"))
            }
            let claims = try await f.store.claimDeliveries(owner: StoreFixture.newId(), limit: 4)
            let organizations = claims.map(\.lease.organizationId)
            #expect(organizations.count { $0 == f.scope.organizationId } == 2)
            #expect(organizations.count { $0 == other.scope.organizationId } == 2)
        }
    }

    @Test func aPausedIntegrationGetsNothing() async throws {
        try await StoreFixture.run { f in
            _ = try await f.scope.setIntegrationState(f.integration.id, .paused)
            _ = try await f.scope.saveStudy(try await f.record(1...1))
            #expect(try await f.store.claimDeliveries(owner: StoreFixture.newId(), limit: 10).isEmpty)
            _ = try await f.scope.setIntegrationState(f.integration.id, .active)
            #expect(try await f.store.claimDeliveries(owner: StoreFixture.newId(), limit: 10).count == 1)
        }
    }

    @Test func thePlanHoldsAllThatForwardingNeeds() async throws {
        try await StoreFixture.run { f in
            let claim = try await f.claimed()
            let plan = try await f.store.loadForwardingPlan(claim.lease)
            #expect(plan.integration == f.integration && plan.connection.spec == f.connection.spec)
            #expect(plan.instances.map(\.instanceNumber) == [1, 2, 3])
            #expect(plan.manifest.instanceIds == plan.instances.map(\.id))
            #expect(plan.manifest.digest.count == 32 && plan.studyInstanceUID == "1.2.3")
            #expect(plan.pins.isEmpty && plan.clientCertificate == nil && plan.done == claim.done)
        }
    }

    @Test func aCompletedDeliveryHasItsProof() async throws {
        try await StoreFixture.run { f in
            let claim = try await f.claimed()
            let plan = try await f.store.loadForwardingPlan(claim.lease)
            let warning = InstanceException(ordinal: 1, status: 0xB000, text: "coerced")
            let progress = DeliveryProgress(done: done([0, 1, 2]).done, exceptions: [warning])
            var completion = DeliveryCompletion(
                state: .deliveredWithWarnings, progress: progress, attempt: StoreFixture.attempt())
            let keys = LedgerKeys(
                studyInstanceUID: plan.studyInstanceUID, integrationId: plan.integration.id,
                startedAt: completion.attempt.startedAt, endedAt: completion.attempt.endedAt,
                manifestDigest: plan.manifest.digest)
            let destination = LedgerDestination(host: "pacs.example", port: 2761, callingAET: "A", calledAET: "B")
            var entry = LedgerEntry(
                id: StoreFixture.newId(), deliveryId: claim.lease.deliveryId, keys: keys, destination: destination,
                outcome: .deliveredWithWarnings)
            entry.statuses = [.init(status: 0, count: 1), .init(status: 0xB000, count: 1), .init(status: 0, count: 1)]
            entry.changes = ["image": "asStored"]
            completion.ledger = [entry]
            try await f.store.complete(claim.lease, completion)
            let delivery = try await f.scope.delivery(claim.lease.deliveryId)
            #expect(delivery.state == .deliveredWithWarnings && delivery.deliveredCount == 3)
            #expect(delivery.warnedCount == 1 && delivery.failedCount == 0 && delivery.finishedAt != nil)
            #expect(delivery.instances[1].exception == warning && delivery.attempts == [completion.attempt])
            #expect(try await f.scope.ledger(LedgerFilter(), PageRequest()).items == [entry])
            let again = await storeError { () async throws(StoreError) in
                try await f.store.complete(claim.lease, completion)
            }
            #expect(again == .leaseLost)
        }
    }

    @Test func everyWriteOfAStaleWorkerIsRefused() async throws {
        try await StoreFixture.run { f in
            let owner = StoreFixture.newId()
            let stale = try await f.claimed(owner: owner).lease
            try await f.run("UPDATE delivery SET lease_until = now() - interval '1 second'")
            #expect(try await f.store.rescueExpired(limit: 10) == RescueResult(rescued: 1, quarantined: 0))
            let fresh = try #require(try await f.store.claimDeliveries(owner: owner, limit: 10).first)
            #expect(fresh.lease.epoch == stale.epoch + 2 && fresh.rescueCount == 1)
            let progress = done([0])
            let completion = DeliveryCompletion(state: .delivered, progress: progress, attempt: StoreFixture.attempt())
            let reschedule = DeliveryReschedule(after: .zero, progress: progress, error: nil, countsAttempt: true)
            let store = f.store
            await isLost { () async throws(StoreError) in try await store.checkpoint(stale, progress) }
            await isLost { () async throws(StoreError) in try await store.complete(stale, completion) }
            await isLost { () async throws(StoreError) in try await store.reschedule(stale, reschedule) }
            await isLost { () async throws(StoreError) in try await store.release(stale, progress) }
            await isLost { () async throws(StoreError) in try await store.loadForwardingPlan(stale) }
            #expect(try await store.renewLeases(owner: owner) == [fresh.lease])
            try await store.checkpoint(fresh.lease, progress)
            #expect(try await f.scope.delivery(stale.deliveryId).deliveredCount == 1)
        }
    }

    @Test func progressSurvivesTheLossOfItsWorker() async throws {
        try await StoreFixture.run { f in
            let claim = try await f.claimed()
            try await f.store.checkpoint(claim.lease, done([0, 2]))
            try await f.run("UPDATE delivery SET lease_until = now() - interval '1 second'")
            _ = try await f.store.rescueExpired(limit: 10)
            let fresh = try await f.store.claimDeliveries(owner: StoreFixture.newId(), limit: 10)
            #expect(fresh.first?.done.missing == [1] && fresh.first?.attempt == 0)
        }
    }

    @Test func aDeliveryThatKillsItsWorkersIsGivenUp() async throws {
        try await StoreFixture.run { f in
            var last = RescueResult(rescued: 0, quarantined: 0)
            let id = try await f.claimed().lease.deliveryId
            for _ in 0..<5 {
                _ = try await f.store.claimDeliveries(owner: StoreFixture.newId(), limit: 10)
                try await f.run("UPDATE delivery SET lease_until = now() - interval '1 second' WHERE state = 'sending'")
                last = try await f.store.rescueExpired(limit: 10)
            }
            #expect(last == RescueResult(rescued: 0, quarantined: 1))
            let delivery = try await f.scope.delivery(id)
            #expect(delivery.state == .failed && delivery.lastError?.class == .interrupted)
            #expect(try await f.store.figures().deliveriesFailed == 1)
        }
    }

    @Test func progressBetweenTwoLossesClearsTheDeliveryOfSuspicion() async throws {
        try await StoreFixture.run { f in
            _ = try await f.claimed()
            try await f.store.expireLeases()
            _ = try await f.store.rescueExpired(limit: 10)
            let second = try #require(try await f.store.claimDeliveries(owner: StoreFixture.newId(), limit: 10).first)
            #expect(second.rescueCount == 1)
            try await f.store.checkpoint(second.lease, done([0]))
            try await f.store.expireLeases()
            _ = try await f.store.rescueExpired(limit: 10)
            let third = try #require(try await f.store.claimDeliveries(owner: StoreFixture.newId(), limit: 10).first)
            #expect(third.rescueCount == 1)
        }
    }

    @Test func aFailureOfTheDeliveryCountsAndWaits() async throws {
        try await StoreFixture.run { f in
            let claim = try await f.claimed()
            var reschedule = DeliveryReschedule(
                after: .seconds(60), progress: done([1]), error: refused, countsAttempt: true)
            reschedule.attempt = StoreFixture.attempt(.failed)
            try await f.store.reschedule(claim.lease, reschedule)
            let delivery = try await f.scope.delivery(claim.lease.deliveryId)
            #expect(delivery.state == .waiting && delivery.attempt == 1 && delivery.lastError == refused)
            #expect(delivery.attempts.count == 1 && delivery.nextAt != nil)
            #expect(try await f.store.claimDeliveries(owner: StoreFixture.newId(), limit: 10).isEmpty)
            _ = try await f.scope.saveStudy(try await f.record(1...1, study: "1.9"))
            let other = try await f.store.claimDeliveries(owner: StoreFixture.newId(), limit: 10)
            #expect(other.count == 1, "the lane goes on")
        }
    }

    @Test func aFailureOfTheLaneStopsTheLaneAndConsumesNoAttempt() async throws {
        try await StoreFixture.run { f in
            let claim = try await f.claimed()
            let down = DeliveryError(.connect, "Nobody answers.", advice: "Check the terminator.")
            try await f.store.reschedule(
                claim.lease,
                DeliveryReschedule(after: .seconds(60), progress: done([]), error: down, countsAttempt: false))
            _ = try await f.scope.saveStudy(try await f.record(1...1, study: "1.9"))
            #expect(try await f.store.claimDeliveries(owner: StoreFixture.newId(), limit: 10).isEmpty)
            #expect(try await f.scope.delivery(claim.lease.deliveryId).attempt == 0)
            let lane = try await f.scope.laneStatus(f.integration.id)
            #expect(lane.failures == 1 && lane.lastError == down && lane.nextAt != nil && lane.deliveriesQueued == 2)
            _ = try await f.scope.retryDelivery(claim.lease.deliveryId)
            let claims = try await f.store.claimDeliveries(owner: StoreFixture.newId(), limit: 10)
            #expect(claims.count == 2, "asked by a person, the lane goes on")
        }
    }

    @Test func releasingGivesTheDeliveryBackAtOnce() async throws {
        try await StoreFixture.run { f in
            let claim = try await f.claimed()
            try await f.store.release(claim.lease, done([0]))
            let again = try await f.store.claimDeliveries(owner: StoreFixture.newId(), limit: 10)
            #expect(again.map(\.lease.deliveryId) == [claim.lease.deliveryId])
            #expect(again.first?.done.setCount == 1 && again.first?.laneFailures == 0)
        }
    }

    @Test func cancellingTakesTheDeliveryFromItsWorker() async throws {
        try await StoreFixture.run { f in
            let claim = try await f.claimed()
            #expect(try await f.scope.cancelDelivery(claim.lease.deliveryId).state == .cancelled)
            let progress = done([0])
            let lost = await storeError { () async throws(StoreError) in
                try await f.store.checkpoint(claim.lease, progress)
            }
            #expect(lost == .leaseLost)
            let twice = await storeError { () async throws(StoreError) in
                try await f.scope.cancelDelivery(claim.lease.deliveryId)
            }
            guard case .conflict("state", _) = twice else { return #expect(Bool(false), "\(twice as Any)") }
            #expect(try await f.scope.retryDelivery(claim.lease.deliveryId).state == .ready)
            #expect(try await f.store.claimDeliveries(owner: StoreFixture.newId(), limit: 10).count == 1)
        }
    }

    @Test func resendingWhatFailedLeavesOutWhatArrived() async throws {
        try await StoreFixture.run { f in
            let claim = try await f.claimed()
            let failure = InstanceException(ordinal: 1, status: 0xC000, text: "no")
            let progress = DeliveryProgress(done: done([0, 2]).done, exceptions: [failure])
            try await f.store.complete(
                claim.lease,
                DeliveryCompletion(
                    state: .failed, progress: progress, error: refused, attempt: StoreFixture.attempt(.partial)))
            #expect(try await f.scope.delivery(claim.lease.deliveryId).failedCount == 1)
            #expect(try await f.scope.forward(claim.studyId, .failedOnly).count == 1)
            let again = try #require(try await f.store.claimDeliveries(owner: StoreFixture.newId(), limit: 10).first)
            #expect(again.done.missing == [1] && again.lease.deliveryId != claim.lease.deliveryId)
        }
    }
}
