import DICOM
import Domain
import Foundation
import Imaging
import Reactor
import Testing

/// Facts of real files: those of pydicom, below the directory that CAUSEWAY_SAMPLES names.
@Suite(.enabled(if: FactsSamples.directory != nil, "CAUSEWAY_SAMPLES names no directory"))
struct SampleFactsTests {
    private static func all() -> [(name: String, facts: InstanceFacts)] {
        guard let directory = FactsSamples.directory, let names = FileManager.default.enumerator(atPath: directory)
        else { return [] }
        let paths = names.compactMap { $0 as? String }.filter { $0.hasSuffix(".dcm") }.sorted()
        return paths.compactMap { path in
            guard let file = try? ReadableFile(path: directory + "/" + path),
                let facts = try? InstanceFacts.read(from: file)
            else { return nil }
            return (String(path.split(separator: "/").last ?? ""), facts)
        }
    }

    @Test func ultrasoundIsOrdinary() throws {
        let images = Self.all().filter {
            [.ultrasoundImage, .ultrasoundMultiFrameImage].contains(SOPClass($0.facts.sopClassUID))
        }
        #expect(images.count >= 3)
        for (name, facts) in images {
            #expect(!facts.hasQuantitativeRegion && !facts.hasRealWorldValueMapping, "\(name)")
            #expect(!facts.hasEmbeddedOverlay && !facts.isSigned && !facts.isConcatenationPart, "\(name)")
            guard case .image = facts.pixels else {
                Issue.record("\(name): \(facts.pixels)")
                continue
            }
        }
    }

    @Test func everyPlanIsInWords() throws {
        let all = Self.all()
        #expect(all.count > 100)
        for (name, facts) in all {
            for level in CompressionLevel.allCases {
                let plan = PlannerFixture.plan(facts, PlannerFixture.policy(level))
                #expect(!plan.rungs.isEmpty, "\(name) at \(level): \(plan.notes)")
            }
        }
    }
}

private enum FactsSamples {
    static let directory = ProcessInfo.processInfo.environment["CAUSEWAY_SAMPLES"]
}
