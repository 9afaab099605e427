import DICOMNetwork
import Testing

@Suite struct NegotiationTests {
    private let support = ContextSupport(transferSyntaxes: ["1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2"]) {
        $0.hasPrefix("1.2.840.10008.5.1.4.1.1.")
    }
    private let ultrasound = "1.2.840.10008.5.1.4.1.1.6.1"

    @Test func ourOrderDecides() {
        let offer = ProposedContext(
            id: 1, abstractSyntax: ultrasound, transferSyntaxes: ["1.2.840.10008.1.2", "1.2.840.10008.1.2.4.50"])
        #expect(
            support.answer([offer])
                == [ContextResult(id: 1, reason: .accepted, transferSyntax: "1.2.840.10008.1.2.4.50")])
    }

    @Test func unknownObjectsAndUnknownEncodingsAreToldApart() {
        let answers = support.answer([
            ProposedContext(id: 1, abstractSyntax: "1.2.3", transferSyntaxes: ["1.2.840.10008.1.2"]),
            ProposedContext(id: 3, abstractSyntax: ultrasound, transferSyntaxes: ["1.2.840.10008.1.2.2"]),
            ProposedContext(id: 5, abstractSyntax: ultrasound, transferSyntaxes: []),
        ])
        #expect(
            answers.map(\.reason)
                == [.abstractSyntaxNotSupported, .transferSyntaxesNotSupported, .transferSyntaxesNotSupported])
    }

    @Test func theSameIdentifierTwiceIsRefusedTheSecondTime() {
        let offer = ProposedContext(id: 1, abstractSyntax: ultrasound, transferSyntaxes: ["1.2.840.10008.1.2"])
        #expect(support.answer([offer, offer]).map(\.reason) == [.accepted, .userRejection])
    }
}
