import Reactor
import Store
import TestSupport
import Testing

@testable import Forwarding

@Suite struct LeaseKeeperTests {
    private func lease() -> DeliveryLease {
        DeliveryLease(
            organizationId: WorkerFixture.newId(), deliveryId: WorkerFixture.newId(), owner: WorkerFixture.newId(),
            epoch: 1)
    }

    private func keeper(stopAfter: Duration, abortAfter: Duration) -> LeaseKeeper {
        var settings = WorkerSettings()
        settings.stopTakingAfter = stopAfter
        settings.abortAfter = abortAfter
        return LeaseKeeper(settings)
    }

    @Test func whatTheDatabaseDoesNotRenewIsLost() async throws {
        let keeper = keeper(stopAfter: .seconds(20), abortAfter: .seconds(25))
        let (kept, gone) = (keeper.hold(lease()), keeper.hold(lease()))
        let broken = Recorder<Int>()
        gone.onBreakOff { broken.note(1) }
        let lost = try await keeper.renew { () async throws(StoreError) in [kept.lease] }
        #expect(lost.map(\.lease) == [gone.lease])
        #expect(gone.isLost)
        #expect(!kept.isLost)
        #expect(broken.values == [1])
    }

    @Test func oneThatEndedDuringTheRenewalIsNotLost() async throws {
        let keeper = keeper(stopAfter: .seconds(20), abortAfter: .seconds(25))
        let ended = keeper.hold(lease())
        let lost = try await keeper.renew { () async throws(StoreError) in
            keeper.drop(ended)
            return []
        }
        #expect(lost.isEmpty)
        #expect(!ended.isLost)
    }

    @Test func withoutRenewalNothingIsTakenAndThenEverythingIsLeft() {
        let careful = keeper(stopAfter: .zero, abortAfter: .seconds(25))
        let held = careful.hold(lease())
        #expect(!careful.mayTake)
        #expect(!careful.fence())
        #expect(!held.isLost)
        let late = keeper(stopAfter: .zero, abortAfter: .zero)
        let abandoned = late.hold(lease())
        #expect(late.fence())
        #expect(abandoned.isLost)
    }

    @Test func aFailedRenewalConfirmsNothing() async {
        let keeper = keeper(stopAfter: .seconds(20), abortAfter: .zero)
        let held = keeper.hold(lease())
        await #expect(throws: StoreError.self) {
            _ = try await keeper.renew { () async throws(StoreError) in throw .unavailable("away") }
        }
        #expect(!held.isLost)
        #expect(keeper.fence())
    }

    @Test func anAssociationThatOpensTooLateIsBrokenOffAtOnce() {
        let held = HeldDelivery(lease())
        held.lose()
        let broken = Recorder<Int>()
        held.onBreakOff { broken.note(1) }
        #expect(broken.values == [1])
    }
}
