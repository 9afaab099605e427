import DICOM
import DICOMNetwork
import Testing

@testable import Forwarding

private let explicitLittle = "1.2.840.10008.1.2.1"
private let implicitLittle = "1.2.840.10008.1.2"
private let bigEndian = "1.2.840.10008.1.2.2"
private let deflated = "1.2.840.10008.1.2.1.99"
private let jpeg = "1.2.840.10008.1.2.4.50"

@Suite struct SendPlanTests {
    private func item(_ sopClass: String, _ syntax: String) -> SendPlan.Item {
        SendPlan.Item(sopClassUID: sopClass, transferSyntaxUID: syntax)
    }

    @Test func eachStoredSyntaxHasItsContextAndEachClassANativeOne() {
        let plan = SendPlan([
            item("1.1", explicitLittle), item("1.2", jpeg), item("1.1", jpeg), item("1.1", explicitLittle),
            item("1.2", implicitLittle),
        ])
        let native = [explicitLittle, implicitLittle]
        #expect(plan.batches.count == 1)
        #expect(plan.batches[0].items == [0, 1, 2, 3, 4])
        #expect(
            plan.batches[0].contexts == [
                ContextProposal("1.1", [explicitLittle]), ContextProposal("1.1", native),
                ContextProposal("1.1", [jpeg]), ContextProposal("1.2", [jpeg]), ContextProposal("1.2", native),
                ContextProposal("1.2", [implicitLittle]),
            ])
    }

    @Test func nothingToSendNeedsNoAssociation() { #expect(SendPlan([]).batches.isEmpty) }

    @Test(arguments: [1, 64, 65, 200])
    func moreThan128ContextsBecomeSeveralAssociations(_ classes: Int) {
        let items = (0..<classes).flatMap { [item("1.\($0)", jpeg), item("1.\($0)", explicitLittle)] }
        let batches = SendPlan(items).batches
        // Three contexts a class; one that is split repeats its native context.
        #expect((classes * 3 + 127) / 128...(classes * 3 + 127) / 127 ~= batches.count)
        #expect(batches.allSatisfy { $0.contexts.count <= 128 })
        #expect(batches.allSatisfy { Set($0.contexts).count == $0.contexts.count })
        #expect(batches.flatMap(\.items).sorted() == Array(0..<items.count))
        for batch in batches {
            for index in batch.items {
                let own = batch.contexts.filter { $0.abstractSyntax == items[index].sopClassUID }
                #expect(own.contains { $0.transferSyntaxes.contains(items[index].transferSyntaxUIDs[0]) })
            }
        }
    }

    @Test func aClassWithManySyntaxesIsSplitWithItsNativeContext() {
        let items = (0..<5).map { item("1.1", "1.2.3.\($0)") }
        let batches = SendPlan(items, contextsMax: 3).batches
        #expect(batches.map(\.items) == [[0, 1], [2, 3], [4]])
        #expect(batches.allSatisfy { $0.contexts.contains(ContextProposal("1.1", [explicitLittle, implicitLittle])) })
    }

    /// Stored syntax, syntaxes that are accepted for its class, the ways in their order ("=" as stored).
    @Test(
        arguments: [
            (explicitLittle, [explicitLittle], ["="]),
            (explicitLittle, [implicitLittle], [implicitLittle]),
            (implicitLittle, [explicitLittle, implicitLittle], ["=", explicitLittle]),
            (implicitLittle, [explicitLittle], [explicitLittle]),
            (bigEndian, [implicitLittle, explicitLittle], [explicitLittle, implicitLittle]),
            (bigEndian, [bigEndian, explicitLittle], ["=", explicitLittle]),
            (deflated, [explicitLittle], [explicitLittle]),
            (jpeg, [jpeg, explicitLittle], ["="]),
            (jpeg, [explicitLittle, implicitLittle], []),
            ("1.2.3.4", [explicitLittle], []),
            (explicitLittle, [], []),
        ] as [(String, [String], [String])])
    func waysAreAsStoredThenConverted(_ stored: String, _ accepted: [String], _ expected: [String]) throws {
        var contexts = accepted.enumerated().map {
            AcceptedContext(id: UInt8(2 * $0.offset + 1), abstractSyntax: "1.1", transferSyntax: $0.element)
        }
        contexts.append(AcceptedContext(id: 99, abstractSyntax: "1.2", transferSyntax: stored))
        let ways = SendWay.ways(
            for: "1.1", in: TransferSyntax(try #require(UID(stored))), among: contexts)
        #expect(ways.map { $0.conversion?.uid.text ?? "=" } == expected)
        #expect(ways.allSatisfy { $0.context.transferSyntax == $0.conversion?.uid.text ?? stored })
        #expect(ways.allSatisfy { $0.context.abstractSyntax == "1.1" })
    }
}
