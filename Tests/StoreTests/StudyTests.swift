import Domain
import JSON
@testable import Store
import Testing

@Suite struct StudyTests {
    @Test func instancesOfSeveralOrganizationsAreRecordedInOneBatch() async throws {
        try await StoreFixture.run { f in
            let other = try await f.neighbor()
            var lost = f.instance(9)
            lost.archiveId = other.archive.id
            let batch = [f.instance(1), other.instance(1), f.instance(2), f.instance(3, study: "1.2.4"), lost]
            let outcomes = try await f.store.recordInstances(batch)
            #expect(outcomes.count == 5 && outcomes[4] == .unknownArchive)
            let studies = try await f.scope.studies(StudyFilter(), PageRequest()).items
            #expect(Set(studies.map(\.studyInstanceUID)) == ["1.2.3", "1.2.4"])
            let study = try await f.scope.study(archiveId: f.archive.id, studyInstanceUID: "1.2.3")
            #expect(outcomes[0] == .stored(studyId: study.id) && outcomes[2] == .stored(studyId: study.id))
            #expect(study.instanceCount == 2 && study.pendingInstanceCount == 2 && study.byteCount == 2003)
            #expect(study.state == .receiving && study.patient.patientName == "DOE^JANE")
            #expect(try await other.scope.studies(StudyFilter(), PageRequest()).items.count == 1)
        }
    }

    @Test func theSameInstanceAgainIsADuplicateOrAConflict() async throws {
        try await StoreFixture.run { f in
            let first = f.instance(1)
            let study = try #require(try await f.store.recordInstances([first]).first)
            guard case .stored(let id) = study else { return #expect(Bool(false), "\(study)") }
            #expect(try await f.store.recordInstances([first]) == [.stored(studyId: id)], "the same call again")
            let outcomes = try await f.store.recordInstances([f.instance(1), f.instance(1, digest: 2)])
            #expect(
                outcomes == [
                    .duplicateSameDigest(existing: first.instance.id, studyId: id),
                    .conflictDifferentDigest(existing: first.instance.id, studyId: id),
                ])
            #expect(try await f.scope.study(id).instanceCount == 1)
        }
    }

    @Test func textWithZeroCharactersDoesNotFailTheBatch() async throws {
        try await StoreFixture.run { f in
            var new = f.instance(1)
            new.patient.patientName = "A\u{0}B"
            _ = try await f.store.recordInstances([new])
            #expect(try await f.scope.studies(StudyFilter(), PageRequest()).items.first?.patient.patientName == "AB")
        }
    }

    @Test func batchesAtTheSameTimeDoNotLockEachOtherOut() async throws {
        try await StoreFixture.run { f in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for i in 0..<8 {
                    group.addTask {
                        let batch = (0..<20).map { f.instance(i * 20 + $0, study: "1.2.\($0 % 3)") }
                        _ = try await f.store.recordInstances(i % 2 == 0 ? batch : batch.reversed())
                    }
                }
                try await group.waitForAll()
            }
            let studies = try await f.scope.studies(StudyFilter(), PageRequest()).items
            #expect(studies.map(\.instanceCount).reduce(0, +) == 160)
        }
    }

    @Test func savingFreezesTheManifestAndCreatesDeliveries() async throws {
        try await StoreFixture.run { f in
            let study = try await f.record(1...3)
            let result = try await f.scope.saveStudy(study)
            #expect(result.manifestVersion == 1 && result.instanceCount == 3)
            #expect(result.deliveries.map(\.integrationId) == [f.integration.id])
            let saved = try await f.scope.study(study)
            #expect(saved.state == .saved && saved.pendingInstanceCount == 0)
            #expect(saved.deliveries.map(\.id) == result.deliveries.map(\.id))
            let delivery = try await f.scope.delivery(result.deliveries[0].id)
            #expect(delivery.state == .ready && delivery.instanceCount == 3)
            #expect(delivery.instances.map(\.sopInstanceUID) == ["1.2.3.1.1", "1.2.3.1.2", "1.2.3.1.3"])
        }
    }

    @Test func savingAgainCreatesNothing() async throws {
        try await StoreFixture.run { f in
            let study = try await f.record(1...3)
            _ = try await f.scope.saveStudy(study)
            let again = try await f.scope.saveStudy(study)
            #expect(again.manifestVersion == nil && again.deliveries.isEmpty)
            #expect(try await f.scope.deliveries(DeliveryFilter(), PageRequest()).items.count == 1)
        }
    }

    @Test func saversAtTheSameTimeMakeOneManifest() async throws {
        try await StoreFixture.run { f in
            let study = try await f.record(1...5)
            let made = try await withThrowingTaskGroup(of: SaveResult.self) { group in
                for _ in 0..<8 { group.addTask { try await f.scope.saveStudy(study) } }
                return try await group.reduce(into: 0) { $0 += $1.deliveries.count }
            }
            #expect(made == 1)
        }
    }

    @Test func lateInstancesMakeTheNextManifestWithOnlyThemselves() async throws {
        try await StoreFixture.run { f in
            let study = try await f.record(1...3)
            _ = try await f.scope.saveStudy(study)
            try await f.record(4...5)
            let pending = try await f.scope.study(study)
            #expect(pending.state == .saved && pending.pendingInstanceCount == 2)
            let second = try await f.scope.saveStudy(study)
            #expect(second.manifestVersion == 2 && second.instanceCount == 2)
            let late = try await f.scope.delivery(second.deliveries[0].id)
            #expect(late.instances.map(\.sopInstanceUID) == ["1.2.3.1.4", "1.2.3.1.5"])
            #expect(try await f.scope.study(study).deliveries.count == 2)
        }
    }

    @Test func studiesAreSavedWhenTheirQuietTimeIsOver() async throws {
        try await StoreFixture.run { f in
            let study = try await f.record(1...2)
            #expect(try await f.store.saveDueStudies(limit: 10) == [])
            let wait = try #require(try await f.store.untilNextDueStudy())
            #expect(wait > .zero && wait <= .seconds(86_400))
            try await f.run("UPDATE study SET close_due_at = now() - interval '1 second'")
            let results = try await f.store.saveDueStudies(limit: 10)
            #expect(results.map(\.studyId) == [study] && results.first?.deliveries.count == 1)
            #expect(try await f.store.saveDueStudies(limit: 10) == [])
            #expect(try await f.store.figures().studiesReceiving == 0)
        }
    }

    @Test func aDuplicateDoesNotWakeASavedStudy() async throws {
        try await StoreFixture.run { f in
            let study = try await f.record(1...1)
            _ = try await f.scope.saveStudy(study)
            _ = try await f.store.recordInstances([f.instance(1)])
            #expect(try await f.store.figures().studiesReceiving == 0)
        }
    }

    @Test func aQuietTimeOfZeroSavesInstancesAsTheyArrive() async throws {
        try await StoreFixture.run { f in
            var spec = f.archive.spec
            spec.saveAfterQuietSeconds = 0
            let changed = try await f.scope.updateArchive(f.archive.id, to: spec, expectedVersion: nil)
            #expect(changed.spec.saveAfterQuietSeconds == 0)
            let study = try await f.record(1...1)
            #expect(try await f.store.saveDueStudies(limit: 10).map(\.studyId) == [study])
            try await f.record(2...3)
            let results = try await f.store.saveDueStudies(limit: 10)
            #expect(results.map(\.manifestVersion) == [2] && results.map(\.instanceCount) == [2])
        }
    }

    @Test func anArchiveWithoutQuietTimeWaitsToBeAsked() async throws {
        try await StoreFixture.run { f in
            var spec = f.archive.spec
            spec.saveAfterQuietSeconds = nil
            _ = try await f.scope.updateArchive(f.archive.id, to: spec, expectedVersion: nil)
            let study = try await f.record(1...1)
            #expect(try await f.store.figures().studiesReceiving == 0)
            #expect(try await f.scope.saveStudy(study).deliveries.count == 1)
        }
    }

    @Test func forwardingAgainMakesNewDeliveriesWhenTheOldOnesHaveEnded() async throws {
        try await StoreFixture.run { f in
            let study = try await f.record(1...3)
            let early = await storeError { () async throws(StoreError) in try await f.scope.forward(study, .all) }
            guard case .conflict("state", _) = early else { return #expect(Bool(false), "\(early as Any)") }
            let first = try await f.scope.saveStudy(study).deliveries[0]
            #expect(try await f.scope.forward(study, .all) == [], "still under way")
            _ = try await f.scope.cancelDelivery(first.id)
            let second = try await f.scope.forward(study, .integrations([f.integration.id]))
            #expect(second.count == 1)
            #expect(try await f.scope.delivery(second[0].id).replayNumber == 1)
            #expect(try await f.scope.study(study).deliveries.map(\.id) == second.map(\.id))
            let unknown = await storeError { () async throws(StoreError) in
                try await f.scope.forward(study, .integrations([StoreFixture.newId()]))
            }
            guard case .invalidReference = unknown else { return #expect(Bool(false), "\(unknown as Any)") }
        }
    }

    @Test func studiesAreFiltered() async throws {
        try await StoreFixture.run { f in
            try await f.record(1...1, study: "1.2.3")
            let second = try await f.record(1...1, study: "1.2.4")
            _ = try await f.scope.saveStudy(second)
            func ids(_ change: (inout StudyFilter) -> Void) async throws -> [String] {
                var filter = StudyFilter()
                change(&filter)
                return try await f.scope.studies(filter, PageRequest()).items.map(\.studyInstanceUID)
            }
            #expect(try await ids { _ in } == ["1.2.4", "1.2.3"])
            #expect(try await ids { $0.state = .saved } == ["1.2.4"])
            #expect(try await ids { $0.studyInstanceUID = "1.2.3" } == ["1.2.3"])
            #expect(try await ids { $0.patientId = "P2" } == [])
            #expect(
                try await ids {
                    $0.dateFrom = "20260131"; $0.dateTo = "20260131"
                }.count == 2)
            #expect(try await ids { $0.dateFrom = "20260201" } == [])
        }
    }
}
