import Domain
import JSON
import Testing

@Suite struct SpecTests {
    private let id = "018f3e2a-7b1c-7d3e-9a4b-0123456789ab"

    private func errors<S: ResourceSpec>(_ type: S.Type, _ json: JSON) -> [String] {
        do throws(InvalidFields) {
            _ = try S(validating: json)
            return []
        } catch {
            return error.errors.map { "\($0.path) \($0.message)" }
        }
    }

    @Test func allErrorsAreReportedAtOnce() {
        let json: JSON = [
            "name": " ", "connectionId": "x", "calledAET": "A\\B", "port": 70_000, "type": "fax",
            "compression": ["image": "best", "video": "none"], "limits": ["associations": 0], "color": "red",
        ]
        let found = errors(IntegrationSpec.self, json)
        let paths = [
            "/name", "/type", "/connectionId", "/calledAET", "/port", "/compression/image", "/compression/video",
            "/limits/associations", "/color",
        ]
        #expect(found.map { $0.split(separator: " ")[0] }.sorted() == paths.map { $0[...] }.sorted())
    }

    @Test func whatIsMissingHasItsDefault() throws {
        let json: JSON = ["name": "A", "connectionId": .string(id), "calledAET": " PACS ", "port": 104]
        let spec = try IntegrationSpec(validating: json)
        #expect(spec.calledAET == "PACS" && spec.kind == .pacs && spec.associationsMax == 4)
        #expect(spec.compression.image == .asStored && spec.state == .active)
        let connection = try ConnectionSpec(validating: ["name": "A", "host": "h"])
        #expect(connection.tls.mode == .active && connection.tls.verification == .pin)
        let archive = try ArchiveSpec(validating: ["name": "A"])
        #expect(archive.saveAfterQuietSeconds == 30 && archive.receive == nil && archive.destinations.isEmpty)
    }

    @Test func theJSONFormIsReadBack() throws {
        var archive = ArchiveSpec(name: "A", destinations: [try #require(UUID(id))])
        archive.receive = Archive.Receive(calledAET: "X", callingAETs: ["Y"])
        for quiet in [nil, 0, 86_400] {
            archive.saveAfterQuietSeconds = quiet
            #expect(try ArchiveSpec(validating: JSON(archive.json)) == archive)
        }
        var integration = IntegrationSpec(name: "I", connectionId: try #require(UUID(id)), calledAET: "B", port: 1)
        integration.compression.cine = .review
        integration.state = .paused
        #expect(try IntegrationSpec(validating: JSON(integration.json)) == integration)
        var connection = ConnectionSpec(name: "C", host: "h")
        connection.tls.policy = .bcp195Modified
        #expect(try ConnectionSpec(validating: JSON(connection.json)) == connection)
        let webhook = WebhookSpec(url: "https://x", events: [.deliveryFailed])
        #expect(try WebhookSpec(validating: JSON(webhook.json)) == webhook)
        let key = APIKeySpec(name: "k", role: .operator, expiresAt: Timestamp(microseconds: 1_000_000))
        #expect(try APIKeySpec(validating: JSON(key.json)) == key)
    }

    @Test func aPatchMergesAndIsValidatedAsAWhole() throws {
        var spec = ArchiveSpec(name: "A")
        spec.receive = Archive.Receive(calledAET: "X", callingAETs: ["Y"])
        let merged = try spec.patched(by: ["receive": ["calledAET": "Z"], "saveAfterQuietSeconds": 5])
        #expect(merged.receive == Archive.Receive(calledAET: "Z", callingAETs: ["Y"]))
        #expect(merged.saveAfterQuietSeconds == 5 && merged.name == "A")
        #expect(try spec.patched(by: ["receive": nil]).receive == nil)
        let onlyWhenAsked = try spec.patched(by: ["saveAfterQuietSeconds": nil])
        #expect(onlyWhenAsked.saveAfterQuietSeconds == nil, "null is a value here, not the default")
        #expect(try onlyWhenAsked.patched(by: ["name": "B"]).saveAfterQuietSeconds == nil)
        #expect(throws: InvalidFields.self) { try spec.patched(by: ["name": nil]) }
        #expect(throws: InvalidFields.self) { try spec.patched(by: ["saveAfterQuietSeconds": 86_401]) }
        #expect(throws: InvalidFields.self) { try spec.patched(by: [1]) }
    }

    @Test func membersThatTheCallerReadsAreIgnored() throws {
        let json: JSON = ["name": "A", "host": "h", "certificate": ["source": "generate"]]
        #expect(throws: InvalidFields.self) { try ConnectionSpec(validating: json) }
        #expect(try ConnectionSpec(validating: json, ignoring: ["certificate"]).name == "A")
    }

    @Test func aCertificateRequestNeedsWhatItsSourceNeeds() throws {
        #expect(try CertificateRequest(validating: ["source": "generate"]) == .generate)
        #expect(errors(CertificateRequest.self, ["source": "csr"]) == ["/csr is required"])
        #expect(errors(CertificateRequest.self, ["source": "upload"]) == ["/certificate is required"])
        let pem = "-----BEGIN X-----\nAA==\n-----END X-----\n"
        #expect(try CertificateRequest(validating: ["source": "csr", "csr": .string(pem)]) == .csr(pem: pem))
    }

    @Test func titlesFollowTheStandard() {
        #expect(AETitleRule.normalized("  A B ") == "A B")
        #expect(AETitleRule.normalized("0123456789ABCDEF") == "0123456789ABCDEF")
        for wrong in ["", "   ", "0123456789ABCDEFG", "A\\B", "A\n", "Ä"] {
            #expect(AETitleRule.normalized(wrong) == nil, "\(wrong)")
        }
    }

    @Test func destinationsAreTakenOnce() throws {
        let json: JSON = ["destinations": [.string(id), .string(id)]]
        #expect(try ArchiveSpec.destinations(validating: json).count == 1)
        #expect(throws: InvalidFields.self) { try ArchiveSpec.destinations(validating: [:]) }
    }

    @Test func aWebhookNeedsAnAddressAndEvents() {
        let found = errors(WebhookSpec.self, ["url": "ftp://x", "events": []])
        #expect(found.count == 2)
        #expect(errors(WebhookSpec.self, ["url": "https://x y", "events": ["nothing"]]).count == 2)
    }
}
