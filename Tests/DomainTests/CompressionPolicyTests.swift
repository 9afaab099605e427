import Domain
import JSON
import Testing

@Suite struct CompressionPolicyTests {
    private static let prefix = "1.2.840.10008.1.2."
    private static let integration: JSON = [
        "name": "A", "connectionId": "018f3e2a-7b1c-7d3e-9a4b-0123456789ab", "calledAET": "PACS", "port": 104,
    ]

    private func read(_ compression: JSON) throws(InvalidFields) -> CompressionPolicy {
        var object = Self.integration.object ?? JSONObject()
        object["compression"] = compression
        return try IntegrationSpec(validating: JSON(object)).compression
    }

    private func errors(_ compression: JSON) -> [String] {
        do throws(InvalidFields) {
            _ = try read(compression)
            return []
        } catch {
            return error.errors.map { "\($0.path) \($0.message)" }
        }
    }

    @Test func whatIsMissingHasItsDefault() throws {
        let policy = try read([:])
        #expect(policy == CompressionPolicy())
        #expect(policy.image == .asStored && policy.cine == .asStored && policy.lossyUID == .new)
        #expect(!policy.allowRecompressLossy && !policy.videoAllowed && policy.maxInstanceBytes == 2 << 30)
    }

    @Test func theJSONFormIsReadBack() throws {
        var policy = CompressionPolicy()
        #expect(try read(policy.json) == policy, "nulls are defaults")
        policy.image = .lossless
        policy.imageTransferSyntaxUID = Self.prefix + "4.90"
        policy.cine = .standard
        policy.cineTransferSyntaxUID = Self.prefix + "4.102"
        policy.videoAllowed = true
        policy.lossyUID = .keep
        policy.allowRecompressLossy = true
        policy.maxInstanceBytes = 1 << 20
        #expect(try read(policy.json) == policy)
    }

    @Test func everyWrongMemberIsNamedAtOnce() {
        let found = errors([
            "image": "best", "cine": 1, "lossyUID": "old", "allowRecompressLossy": "no", "maxInstanceBytes": 0,
            "videoAllowed": 1, "imageTransferSyntax": "x", "cineTransferSyntax": 7, "chroma": "4:2:0",
        ])
        let names = [
            "allowRecompressLossy", "chroma", "cine", "cineTransferSyntax", "image", "imageTransferSyntax", "lossyUID",
            "maxInstanceBytes", "videoAllowed",
        ]
        #expect(found.map { $0.split(separator: " ")[0] }.sorted() == names.map { "/compression/\($0)" })
    }

    @Test(arguments: [1 << 20, 4 << 30 - 2]) func theLargestObjectHasBounds(_ bytes: Int) throws {
        let outside = bytes == 1 << 20 ? bytes - 1 : bytes + 1
        #expect(try read(["maxInstanceBytes": JSON(bytes)]).maxInstanceBytes == bytes)
        #expect(errors(["maxInstanceBytes": JSON(outside)]).count == 1)
    }

    /// Levels, and which syntaxes may stand with them: an independent copy of the rule.
    private static let fitting: [CompressionLevel: Set<String>] = [
        .asStored: [], .none: [], .lossless: ["5", "4.70", "4.80", "4.90"], .nearLossless: ["4.81"],
        .high: ["4.50", "4.81", "4.91", "4.102", "4.104"], .standard: ["4.50", "4.81", "4.91", "4.102", "4.104"],
        .review: ["4.50", "4.81", "4.91", "4.102", "4.104"],
    ]

    @Test(arguments: CompressionLevel.allCases) func aSyntaxMustFitTheLevel(_ level: CompressionLevel) throws {
        for syntax in ["5", "4.50", "4.70", "4.80", "4.81", "4.90", "4.91", "4.102", "4.104"] {
            for name in ["image", "cine"] {
                let uid = Self.prefix + syntax
                let found = errors([
                    "videoAllowed": true, .init(stringLiteral: name): .string(level.rawValue),
                    .init(stringLiteral: "\(name)TransferSyntax"): .string(uid),
                ])
                let isVideo = ["4.102", "4.104"].contains(syntax)
                let fits = Self.fitting[level]?.contains(syntax) == true && !(isVideo && name == "image")
                #expect(found.isEmpty == fits, "\(syntax) for \(name) at \(level): \(found)")
                #expect(found.count <= 1 && found.allSatisfy { $0.hasPrefix("/compression/\(name)TransferSyntax ") })
            }
        }
    }

    @Test func onlySyntaxesThatAreEncodedMayBeAskedFor() {
        for uid in [Self.prefix + "1", Self.prefix + "4.51", Self.prefix + "4.57", Self.prefix + "4.201", "", "x"] {
            let found = errors(["image": "lossless", "imageTransferSyntax": .string(uid)])
            #expect(found.count == 1 && found[0].contains("must be one of"), "\(uid)")
        }
    }

    @Test func theErrorSaysWhatDoesNotFit() {
        let baseline = JSON.string(Self.prefix + "4.50")
        let lossy = errors(["image": "lossless", "imageTransferSyntax": baseline])
        #expect(lossy.first?.contains("is lossy, unlike the level \"lossless\"") == true, "\(lossy)")
        let none = errors(["cine": "none", "cineTransferSyntax": baseline])
        #expect(none.first?.contains("must be left out with the level \"none\"") == true, "\(none)")
        let lossless = errors(["cine": "review", "cineTransferSyntax": .string(Self.prefix + "4.70")])
        #expect(lossless.first?.contains("is lossless, unlike the level \"review\"") == true, "\(lossless)")
        let near = errors(["image": "nearLossless", "imageTransferSyntax": baseline])
        #expect(near.first?.contains("does not keep what the level \"nearLossless\" promises") == true, "\(near)")
    }

    @Test func aSyntaxIsNotJudgedByALevelThatIsWrong() {
        let found = errors(["image": "best", "imageTransferSyntax": .string(Self.prefix + "4.50")])
        #expect(found.count == 1 && found[0].hasPrefix("/compression/image "), "\(found)")
    }

    @Test func videoMustBeAllowed() throws {
        let video = JSON.string(Self.prefix + "4.104")
        let found = errors(["cine": "standard", "cineTransferSyntax": video])
        #expect(found == ["/compression/cineTransferSyntax is video, which needs \"videoAllowed\": true"])
        let policy = try read(["cine": "standard", "cineTransferSyntax": video, "videoAllowed": true])
        #expect(policy.cineTransferSyntaxUID == Self.prefix + "4.104")
    }

    @Test func aPatchIsJudgedWithWhatItLeaves() throws {
        var spec = try IntegrationSpec(validating: Self.integration)
        spec.compression.image = .lossless
        spec.compression.imageTransferSyntaxUID = Self.prefix + "4.90"
        #expect(throws: InvalidFields.self) { try spec.patched(by: ["compression": ["image": "standard"]]) }
        let both = try spec.patched(by: ["compression": ["image": "standard", "imageTransferSyntax": nil]])
        #expect(both.compression.image == .standard && both.compression.imageTransferSyntaxUID == nil)
    }
}
