@testable import EmbeddedPostgres
import Testing

@Suite struct ClusterMachineTests {
    typealias Observation = ClusterMachine.Observation

    private let expected = ClusterMachine.Expectation(path: "/d/data", account: "postgres", uid: 101, serverMajor: 15)

    private func decide(
        _ content: Observation.Content, owner: UInt32 = 101, mode: UInt32 = 0o700, postmaster: Int32? = nil
    ) -> ClusterMachine.Decision {
        ClusterMachine.decide(
            Observation(content: content, owner: owner, mode: mode, postmaster: postmaster), expected)
    }

    @Test func nothingThereIsInitialized() {
        #expect(decide(.absent) == .initialize)
        #expect(decide(.empty) == .initialize)
    }

    @Test func aClusterOfOursIsStarted() {
        #expect(decide(.cluster(version: "15")) == .start)
        #expect(decide(.cluster(version: "15"), mode: 0o750) == .start)
    }

    @Test func aLiveServerIsAdopted() {
        #expect(decide(.cluster(version: "15"), postmaster: 42) == .adopt(42))
    }

    @Test func everythingElseIsRefusedAndLeftAlone() {
        #expect(decide(.foreign) == .refuse(.foreignDirectory(path: "/d/data")))
        #expect(
            decide(.cluster(version: "14")) == .refuse(.versionMismatch(path: "/d/data", cluster: "14", server: 15)))
        #expect(
            decide(.cluster(version: "15"), owner: 0)
                == .refuse(.foreignOwner(path: "/d/data", owner: 0, expected: "postgres")))
        #expect(
            decide(.cluster(version: "15"), mode: 0o755) == .refuse(.openPermissions(path: "/d/data", mode: "0755")))
    }

    @Test func onlyLeftoversOfAKilledServerAreWorthAnotherStart() {
        #expect(
            ClusterMachine.isWorthAnotherStart(
                log: "FATAL: pre-existing shared memory block (key 1) is still in use", attempt: 1))
        #expect(!ClusterMachine.isWorthAnotherStart(log: "FATAL: lock file", attempt: ClusterMachine.startsMax))
        #expect(!ClusterMachine.isWorthAnotherStart(log: "FATAL: unrecognized configuration parameter", attempt: 1))
    }
}
