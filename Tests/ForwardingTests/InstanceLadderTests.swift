import DICOM
import DICOMNetwork
import Domain
import Imaging
import JSON
import Testing

@testable import Forwarding

@Suite struct InstanceLadderTests {
    private let image = "1.2.840.10008.5.1.4.1.1.6.1"

    private func context(_ syntax: TransferSyntax, of sopClass: String? = nil) -> AcceptedContext {
        AcceptedContext(id: 1, abstractSyntax: sopClass ?? image, transferSyntax: syntax.uid.text)
    }

    private func ladder(_ parameters: [CodecParameters]) -> InstanceLadder {
        InstanceLadder(
            sopClassUID: image,
            parameters.map { Rung(.transcoded(TranscodeRecipe($0)), $0.transferSyntax, "because") }, isWhole: true)
    }

    @Test func nativeObjectsHaveTheOtherNativeEncodingsBelowTheirOwn() {
        let ladder = InstanceLadder(asStored: image, in: .implicitVRLittleEndian)
        #expect(ladder.rungs.map(\.transferSyntax) == [.implicitVRLittleEndian, .explicitVRLittleEndian])
        #expect(ladder.rungs.map(\.way) == [.asStored, .reencoded(.explicitVRLittleEndian)])
        #expect(!ladder.isWhole)
        #expect(InstanceLadder(asStored: image, in: .jpegBaseline).rungs.map(\.way) == [.asStored])
    }

    @Test func theFirstWayThatTheDestinationAcceptsIsTaken() {
        var ladder = ladder([.jpegBaseline(quality: 90, .none), .jpegLosslessSV1, .native])
        let accepted = [
            context(.jpegBaseline, of: "1.2.3"), context(.explicitVRLittleEndian), context(.jpegLosslessSV1),
        ]
        #expect(ladder.settle(among: accepted) == context(.jpegLosslessSV1))
        #expect(ladder.current?.transferSyntax == .jpegLosslessSV1)
        #expect(ladder.reasons.count == 1)
        #expect(ladder.reasons[0].contains("JPEG Baseline"))
    }

    @Test func whatIsNotAcceptedIsNotTakenAndTold() {
        var ladder = ladder([.jpegBaseline(quality: 90, .none), .jpegLosslessSV1])
        #expect(ladder.settle(among: [context(.rleLossless)]) == nil)
        #expect(ladder.current == nil && ladder.recipe == nil)
        #expect(ladder.tried == [.jpegBaseline, .jpegLosslessSV1])
        ladder.stepDown("there is nothing below")
        #expect(ladder.reasons.count == 2)
    }

    @Test func aPlanMadeFromTheObjectGoesOnWithoutWhatWasTried() {
        var ladder = InstanceLadder(asStored: image, in: .explicitVRLittleEndian)
        #expect(ladder.settle(among: []) == nil)
        ladder.extend(
            with: TransferPlan(
                rungs: [
                    Rung(.asStored, .explicitVRLittleEndian, "a"),
                    Rung(.transcoded(TranscodeRecipe(.jpegLosslessSV1)), .jpegLosslessSV1, "b"),
                    Rung(.reencoded(.implicitVRLittleEndian), .implicitVRLittleEndian, "c"),
                ], notes: []))
        #expect(ladder.rungs.map(\.transferSyntax) == [.jpegLosslessSV1])
        #expect(ladder.isWhole)
    }

    @Test func everyWayHasAContext() {
        let ladder = ladder([.jpegBaseline(quality: 90, .none), .jpegLosslessSV1, .jpeg2000(psnr: nil), .native])
        let contexts = SendPlan([ladder.item]).batches[0].contexts
        for rung in ladder.rungs {
            #expect(contexts.contains { $0.transferSyntaxes.contains(rung.transferSyntax.uid.text) })
        }
        // A compressed syntax never shares a context: the destination would choose for us.
        #expect(contexts.allSatisfy { $0.transferSyntaxes.count == 1 || $0.transferSyntaxes.count == 2 })
        #expect(contexts.filter { $0.transferSyntaxes.count == 2 }.count == 1)
    }

    /// PS3.5 10.2, 10.3, 10.5, and 10.1 for all of them.
    @Test(arguments: [
        (TransferSyntax.jpegLossless, TransferSyntax.jpegLosslessSV1), (.jpegExtended, .jpegBaseline),
        (.jpegLSNearLossless, .jpegLSLossless), (.rleLossless, .implicitVRLittleEndian),
        (.deflatedExplicitVRLittleEndian, .explicitVRLittleEndian),
    ])
    func whoOffersASyntaxOffersWhatTheStandardAsksWithIt(_ offered: TransferSyntax, _ demanded: TransferSyntax) {
        let item = SendPlan.Item(sopClassUID: image, transferSyntaxUID: offered.uid.text)
        let offers = Set(SendPlan([item]).batches[0].contexts.flatMap(\.transferSyntaxes))
        #expect(offers.contains(demanded.uid.text))
        #expect(offers.contains(TransferSyntax.implicitVRLittleEndian.uid.text))
    }
}
