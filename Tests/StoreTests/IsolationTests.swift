import Domain
import JSON
import Store
import Testing

/// Every call with the id of another organization's object says that there is no such thing.
@Suite struct IsolationTests {
    private func isNotFound<T>(_ what: String, _ body: () async throws(StoreError) -> T) async {
        let error = await storeError(body)
        #expect(error == .notFound, "\(what)")
    }

    @Test func configurationOfOthersDoesNotExist() async throws {
        try await StoreFixture.run { f in
            let s = try await f.neighbor().scope
            let (c, i, a) = (f.connection, f.integration, f.archive)
            await isNotFound("connection") { () async throws(StoreError) in try await s.connection(c.id) }
            await isNotFound("update") { () async throws(StoreError) in
                try await s.updateConnection(c.id, to: c.spec, expectedVersion: nil)
            }
            await isNotFound("delete") { () async throws(StoreError) in
                try await s.deleteConnection(c.id, expectedVersion: nil)
            }
            await isNotFound("certificates") { () async throws(StoreError) in try await s.certificates(of: c.id) }
            await isNotFound("integration") { () async throws(StoreError) in try await s.integration(i.id) }
            await isNotFound("update integration") { () async throws(StoreError) in
                try await s.updateIntegration(i.id, to: i.spec, expectedVersion: nil)
            }
            await isNotFound("pause") { () async throws(StoreError) in try await s.setIntegrationState(i.id, .paused) }
            await isNotFound("delete integration") { () async throws(StoreError) in
                try await s.deleteIntegration(i.id, expectedVersion: nil)
            }
            await isNotFound("lane") { () async throws(StoreError) in try await s.laneStatus(i.id) }
            await isNotFound("archive") { () async throws(StoreError) in try await s.archive(a.id) }
            await isNotFound("update archive") { () async throws(StoreError) in
                try await s.updateArchive(a.id, to: ArchiveSpec(name: "x"), expectedVersion: nil)
            }
            await isNotFound("destinations") { () async throws(StoreError) in
                try await s.setDestinations(a.id, [], expectedVersion: nil)
            }
            await isNotFound("delete archive") { () async throws(StoreError) in
                try await s.deleteArchive(a.id, expectedVersion: nil)
            }
            #expect(try await f.scope.integration(i.id) == i)
        }
    }

    @Test func keysCertificatesAndWebhooksOfOthersDoNotExist() async throws {
        try await StoreFixture.run { f in
            let s = try await f.neighbor().scope
            let spec = APIKeySpec(name: "k", role: .viewer)
            let key = try await f.scope.createAPIKey(spec, keyId: "k", secretHash: [])
            let platform = try await f.store.createPlatformKey(spec, keyId: "p", secretHash: [])
            let hookSpec = WebhookSpec(url: "https://x.example", events: [.test])
            let hook = try await f.scope.createWebhook(id: StoreFixture.newId(), hookSpec, secretCiphertext: [])
            let at = Timestamp(microseconds: 0)
            let facts = CertificateFacts(pem: "", subject: "", fingerprint: "", spkiSHA256: "", validity: at...at)
            let issued = IssuedCertificate(purpose: .server, source: .generate, facts: facts, hasPrivateKey: true)
            let new = NewCertificate(id: StoreFixture.newId(), issued: issued, privateKeyCiphertext: [1])
            let c = f.connection.id
            _ = try await f.scope.addCertificate(new, to: c)
            await isNotFound("key") { () async throws(StoreError) in try await s.revokeAPIKey(key.id) }
            await isNotFound("platform key") { () async throws(StoreError) in try await s.revokeAPIKey(platform.id) }
            await isNotFound("certificate") { () async throws(StoreError) in try await s.certificate(new.id, of: c) }
            await isNotFound("activate") { () async throws(StoreError) in
                try await s.activateCertificate(new.id, of: c)
            }
            await isNotFound("take key") { () async throws(StoreError) in try await s.takePrivateKey(new.id, of: c) }
            let foreign = NewCertificate(id: StoreFixture.newId(), issued: issued)
            await isNotFound("add certificate") { () async throws(StoreError) in
                try await s.addCertificate(foreign, to: c)
            }
            await isNotFound("webhook") { () async throws(StoreError) in try await s.webhook(hook.id) }
            await isNotFound("update webhook") { () async throws(StoreError) in
                try await s.updateWebhook(hook.id, to: hookSpec, expectedVersion: nil)
            }
            await isNotFound("delete webhook") { () async throws(StoreError) in
                try await s.deleteWebhook(hook.id, expectedVersion: nil)
            }
            await isNotFound("test webhook") { () async throws(StoreError) in
                try await s.enqueueTestEvent(webhook: hook.id)
            }
            #expect(try await f.scope.certificate(new.id, of: c).privateKeyCiphertext == [1])
        }
    }

    @Test func studiesAndDeliveriesOfOthersDoNotExist() async throws {
        try await StoreFixture.run { f in
            let s = try await f.neighbor().scope
            let study = try await f.record(1...2)
            let delivery = try await f.scope.saveStudy(study).deliveries[0].id
            await isNotFound("study") { () async throws(StoreError) in try await s.study(study) }
            await isNotFound("study by UID") { () async throws(StoreError) in
                try await s.study(archiveId: f.archive.id, studyInstanceUID: "1.2.3")
            }
            await isNotFound("save") { () async throws(StoreError) in try await s.saveStudy(study) }
            await isNotFound("forward") { () async throws(StoreError) in try await s.forward(study, .all) }
            await isNotFound("delivery") { () async throws(StoreError) in try await s.delivery(delivery) }
            await isNotFound("retry") { () async throws(StoreError) in try await s.retryDelivery(delivery) }
            await isNotFound("cancel") { () async throws(StoreError) in try await s.cancelDelivery(delivery) }
            #expect(try await s.studies(StudyFilter(), PageRequest()).items.isEmpty)
            #expect(try await s.deliveries(DeliveryFilter(), PageRequest()).items.isEmpty)
            #expect(try await s.ledger(LedgerFilter(), PageRequest()).items.isEmpty)
            #expect(try await s.connections(PageRequest()).items.map(\.organizationId) == [s.organizationId])
            #expect(try await f.scope.delivery(delivery).state == .ready)
        }
    }

    @Test func aReferenceToAnothersConnectionIsRefused() async throws {
        try await StoreFixture.run { f in
            let s = try await f.neighbor().scope
            let spec = IntegrationSpec(name: "x", connectionId: f.connection.id, calledAET: "A", port: 1)
            let error = await storeError { () async throws(StoreError) in try await s.createIntegration(spec) }
            #expect(error == .invalidReference(field: "connectionId", message: "names no connection"))
        }
    }

    @Test func anOrganizationThatDoesNotExistHasNothing() async throws {
        try await StoreFixture.run { f in
            let s = f.store.scope(StoreFixture.newId())
            await isNotFound("create") { () async throws(StoreError) in
                try await s.createArchive(ArchiveSpec(name: "x"))
            }
            await isNotFound("key") { () async throws(StoreError) in
                try await s.createAPIKey(APIKeySpec(name: "x", role: .admin), keyId: "z", secretHash: [])
            }
        }
    }
}
