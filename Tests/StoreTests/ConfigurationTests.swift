import DatabaseSupport
import Domain
import JSON
import Postgres
import Store
import Testing

@Suite struct ConfigurationTests {
    private func certificate(_ state: Certificate.State, key: [UInt8]? = [1, 2, 3]) -> NewCertificate {
        let now = Timestamp(microseconds: 1_800_000_000_000_000)
        let facts = CertificateFacts(
            pem: "PEM", subject: "CN=pacs.example", fingerprint: "ab", spkiSHA256: "cd",
            validity: now...now.adding(.seconds(86_400)))
        let issued = IssuedCertificate(purpose: .server, source: .generate, facts: facts, hasPrivateKey: key != nil)
        return NewCertificate(id: StoreFixture.newId(), issued: issued, state: state, privateKeyCiphertext: key)
    }

    @Test func whatWasWrittenIsReadBack() async throws {
        try await StoreFixture.run { f in
            var spec = IntegrationSpec(name: "Second", connectionId: f.connection.id, calledAET: "B", port: 104)
            spec.compression.cine = .high
            spec.associationsMax = 2
            spec.state = .paused
            let made = try await f.scope.createIntegration(spec)
            #expect(made.spec == spec)
            #expect(try await f.scope.integration(made.id) == made)
            #expect(try await f.scope.archive(f.archive.id).spec.destinations == [f.integration.id])
        }
    }

    @Test func anUpdateStatesItsVersion() async throws {
        try await StoreFixture.run { f in
            var spec = f.connection.spec
            spec.host = "other.example"
            let updated = try await f.scope.updateConnection(f.connection.id, to: spec, expectedVersion: 1)
            #expect(updated.version == 2 && updated.spec.host == "other.example")
            let stale = await storeError { () async throws(StoreError) in
                try await f.scope.updateConnection(f.connection.id, to: spec, expectedVersion: 1)
            }
            #expect(stale == .versionMismatch(current: 2))
            #expect(try await f.scope.updateConnection(f.connection.id, to: spec, expectedVersion: nil).version == 3)
        }
    }

    @Test func namesAreUniqueWithinTheOrganization() async throws {
        try await StoreFixture.run { f in
            let error = await storeError { () async throws(StoreError) in
                try await f.scope.createArchive(ArchiveSpec(name: "Sonography"))
            }
            #expect(error == .conflict(field: "name", message: "is already the name of another archive"))
            _ = try await f.neighbor()
        }
    }

    @Test func whatIsInUseStays() async throws {
        try await StoreFixture.run { f in
            let connection = await storeError { () async throws(StoreError) in
                try await f.scope.deleteConnection(f.connection.id, expectedVersion: nil)
            }
            #expect(connection == .inUse("integrations still use the connection"))
            let integration = await storeError { () async throws(StoreError) in
                try await f.scope.deleteIntegration(f.integration.id, expectedVersion: nil)
            }
            #expect(integration == .inUse("archives still have the integration as a destination"))
            _ = try await f.scope.setDestinations(f.archive.id, [], expectedVersion: nil)
            try await f.scope.deleteIntegration(f.integration.id, expectedVersion: 1)
            try await f.scope.deleteConnection(f.connection.id, expectedVersion: nil)
            #expect(try await f.scope.connections(PageRequest()).items.isEmpty)
            try await f.record(1...1)
            let archive = await storeError { () async throws(StoreError) in
                try await f.scope.deleteArchive(f.archive.id, expectedVersion: nil)
            }
            #expect(archive == .inUse("the archive still has studies"))
            let organization = await storeError { () async throws(StoreError) in
                try await f.store.deleteOrganization(f.scope.organizationId, expectedVersion: nil)
            }
            #expect(organization == .inUse("the organization still has studies"))
        }
    }

    @Test func anOrganizationWithoutStudiesGoesWithItsConfiguration() async throws {
        try await StoreFixture.run { f in
            try await f.store.deleteOrganization(f.scope.organizationId, expectedVersion: 1)
            #expect(try await f.scope.archives(PageRequest()).items.isEmpty)
        }
    }

    @Test func aDestinationMustBeAnIntegrationOfTheOrganization() async throws {
        try await StoreFixture.run { f in
            let other = try await f.neighbor()
            let error = await storeError { () async throws(StoreError) in
                try await f.scope.setDestinations(f.archive.id, [other.integration.id], expectedVersion: nil)
            }
            guard case .invalidReference("destinations", _) = error else {
                return #expect(Bool(false), "\(error as Any)")
            }
            #expect(try await f.scope.archive(f.archive.id).spec.destinations == [f.integration.id])
        }
    }

    @Test func listsAreCutIntoPages() async throws {
        try await StoreFixture.run { f in
            for i in 1...4 { _ = try await f.scope.createArchive(ArchiveSpec(name: "A\(i)")) }
            var names: [String] = []
            var page = PageRequest(limit: 2)
            while true {
                let part = try await f.scope.archives(page)
                names += part.items.map(\.spec.name)
                guard let cursor = part.nextCursor else { break }
                page.cursor = cursor
            }
            #expect(names == ["Sonography", "A1", "A2", "A3", "A4"])
            let wrong = await storeError { () async throws(StoreError) in
                try await f.scope.archives(PageRequest(cursor: "x"))
            }
            #expect(wrong == .invalid(field: "cursor", message: "is not a cursor of this list"))
        }
    }

    @Test func aCalledTitleLeadsToOneArchiveOfTheInstallation() async throws {
        try await StoreFixture.run { f in
            var spec = f.archive.spec
            spec.receive = Archive.Receive(calledAET: "STORE", callingAETs: ["US1"])
            _ = try await f.scope.updateArchive(f.archive.id, to: spec, expectedVersion: 1)
            let found = try await f.store.findArchive(calledAET: "STORE  ")
            #expect(found?.id == f.archive.id && found?.organizationId == f.scope.organizationId)
            #expect(found?.spec.receive?.admits(callingAET: "US1 ") == true)
            #expect(try await f.store.findArchive(calledAET: "OTHER") == nil)
            let other = try await f.neighbor()
            let taken = await storeError { () async throws(StoreError) in
                try await other.scope.updateArchive(other.archive.id, to: spec, expectedVersion: nil)
            }
            guard case .invalidReference = taken else { return #expect(Bool(false), "destinations are the other's") }
            spec.destinations = []
            let title = await storeError { () async throws(StoreError) in
                try await other.scope.updateArchive(other.archive.id, to: spec, expectedVersion: nil)
            }
            guard case .conflict("receive/calledAET", _) = title else { return #expect(Bool(false), "\(title as Any)") }
        }
    }

    @Test func aPrivateKeyIsHandedOutOnce() async throws {
        try await StoreFixture.run { f in
            let new = certificate(.active)
            _ = try await f.scope.addCertificate(new, to: f.connection.id)
            let taken = try await f.scope.takePrivateKey(new.id, of: f.connection.id)
            #expect(taken.privateKeyCiphertext == [1, 2, 3])
            #expect(taken.certificate.keyDownloadedAt != nil)
            let again = await storeError { () async throws(StoreError) in
                try await f.scope.takePrivateKey(new.id, of: f.connection.id)
            }
            guard case .conflict("privateKey", _) = again else { return #expect(Bool(false), "\(again as Any)") }
            #expect(try await f.scope.certificate(new.id, of: f.connection.id).privateKeyCiphertext == nil)
        }
    }

    @Test func activatingACertificateRetiresTheOneBefore() async throws {
        try await StoreFixture.run { f in
            let (old, new) = (certificate(.active), certificate(.next))
            _ = try await f.scope.addCertificate(old, to: f.connection.id)
            _ = try await f.scope.addCertificate(new, to: f.connection.id)
            #expect(try await f.scope.activateCertificate(new.id, of: f.connection.id).state == .active)
            let states = try await f.scope.connection(f.connection.id).certificates.map { ($0.id, $0.state) }
            #expect(states.map(\.0) == [new.id, old.id])
            #expect(states.map(\.1) == [.active, .retired])
        }
    }

    @Test func keysAreFoundListedAndRevoked() async throws {
        try await StoreFixture.run { f in
            let spec = APIKeySpec(name: "ci", role: .uploader)
            let key = try await f.scope.createAPIKey(spec, keyId: "k1", secretHash: [9])
            _ = try await f.store.createPlatformKey(
                APIKeySpec(name: "root", role: .admin), keyId: "k2", secretHash: [8])
            let found = try await f.store.findAPIKey(keyId: "k1")
            #expect(found?.key == key && found?.secretHash == [9])
            #expect(try await f.store.findAPIKey(keyId: "k2")?.key.isPlatform == true)
            #expect(try await f.scope.apiKeys(PageRequest()).items == [key])
            #expect(try await f.store.platformKeys(PageRequest()).items.map(\.keyId) == ["k2"])
            try await f.store.noteAPIKeyUse(keyId: "k1")
            try await f.scope.revokeAPIKey(key.id)
            let revoked = try #require(try await f.store.findAPIKey(keyId: "k1")?.key)
            #expect(revoked.lastUsedAt != nil && !revoked.isUsable(at: key.createdAt))
        }
    }

    @Test func anAnswerIsKeptForTheSameRequest() async throws {
        try await StoreFixture.run { f in
            #expect(try await f.scope.beginIdempotent(key: "a", requestHash: [1]) == .proceed)
            #expect(try await f.scope.beginIdempotent(key: "a", requestHash: [1]) == .running)
            let response = StoredResponse(status: 201, headers: ["location": "/x"], body: [0, 1])
            try await f.scope.finishIdempotent(key: "a", response: response)
            #expect(try await f.scope.beginIdempotent(key: "a", requestHash: [1]) == .replay(response))
            #expect(try await f.scope.beginIdempotent(key: "a", requestHash: [2]) == .differentRequest)
            #expect(try await f.neighbor().scope.beginIdempotent(key: "a", requestHash: [1]) == .proceed)
            #expect(try await f.scope.beginIdempotent(key: "b", requestHash: [1]) == .proceed)
            try await f.scope.abandonIdempotent(key: "b")
            #expect(try await f.scope.beginIdempotent(key: "b", requestHash: [1]) == .proceed)
        }
    }

    @Test func webhookEventsAreClaimedAndFinished() async throws {
        try await StoreFixture.run { f in
            let hook = try await f.scope.createWebhook(
                id: StoreFixture.newId(), WebhookSpec(url: "https://x.example", events: [.studySaved]),
                secretCiphertext: [7])
            let other = NewWebhookEvent(kind: .deliveryFailed, payload: ["a": 1])
            try await f.scope.enqueueWebhookEvent(other)
            let study = try await f.record(1...2)
            _ = try await f.scope.saveStudy(study)
            let claimed = try await f.store.claimWebhookEvents(limit: 10)
            #expect(claimed.map(\.kind) == ["study.saved"])
            #expect(claimed.first?.webhook.webhook == hook && claimed.first?.webhook.secretCiphertext == [7])
            #expect(claimed.first?.payload["studyId"]?.string == "\(study)")
            #expect(try await f.store.claimWebhookEvents(limit: 10).isEmpty)
            let event = try #require(claimed.first)
            try await f.store.failWebhookEvent(
                organizationId: event.organizationId, id: event.id, error: "500", after: .zero)
            #expect(try await f.store.claimWebhookEvents(limit: 10).map(\.attempt) == [2])
            try await f.store.completeWebhookEvent(organizationId: event.organizationId, id: event.id)
            #expect(try await f.store.figures().webhookEventsPending == 0)
            _ = try await f.scope.enqueueTestEvent(webhook: hook.id)
            #expect(try await f.store.claimWebhookEvents(limit: 10).map(\.kind) == ["test"])
        }
    }

    @Test func theProofOfTheMasterKeyIsKeptOnce() async throws {
        try await StoreFixture.run { f in
            #expect(try await f.store.masterKeyCheck(keepingIfNone: [1]) == [1])
            #expect(try await f.store.masterKeyCheck(keepingIfNone: [2]) == [1])
            try await f.store.ping()
            #expect(try await f.store.purgeIdempotency() == 0)
        }
    }

    @Test func auditEventsAreReadNewestFirst() async throws {
        try await StoreFixture.run { f in
            let at = Timestamp(microseconds: 1_800_000_000_000_000)
            let events = (1...3).map {
                AuditEvent(id: StoreFixture.newId(), at: at, actor: "k\($0)", action: "x", object: ("study", nil))
            }
            try await f.scope.appendAudit(events)
            #expect(try await f.scope.auditEvents(AuditFilter(), PageRequest()).items == events.reversed())
            #expect(try await f.neighbor().scope.auditEvents(AuditFilter(), PageRequest()).items.isEmpty)
        }
    }
}
