import Bytes
import DICOMNetwork
import Testing

@Suite struct GoldenPDUTests {
    private func decode(_ bytes: [UInt8]) throws -> PDU? {
        var decoder = PDUDecoder()
        guard case .pdu(let pdu, let consumed) = try decoder.next(bytes.rawSpan) else { return nil }
        #expect(consumed == bytes.count)
        return pdu
    }

    @Test func associateRequest() throws {
        var information = UserInformation()
        information.maximumLength = 16382
        information.implementationClassUID = "1.2.826.0.1.3680043.9.3811.0.9.0"
        information.implementationVersionName = "PYNETDICOM_090"
        let request = AssociateRequest(
            calledAE: "ANY-SCP", callingAE: "ECHOSCU",
            contexts: [
                ProposedContext(id: 1, abstractSyntax: "1.2.840.10008.1.1", transferSyntaxes: ["1.2.840.10008.1.2"])
            ], userInformation: information)
        #expect(try decode(Golden.associateRequest) == .associateRequest(request))
        var writer = ByteWriter()
        request.encode(into: &writer)
        #expect(writer.bytes == Golden.associateRequest)
    }

    @Test func associateAccept() throws {
        var information = UserInformation()
        information.maximumLength = 16384
        information.implementationClassUID = "1.2.276.0.7230010.3.0.3.6.0"
        information.implementationVersionName = "OFFIS_DCMTK_360"
        let accept = AssociateAccept(
            calledAE: "ANY-SCP", callingAE: "ECHOSCU",
            contexts: [ContextResult(id: 1, reason: .accepted, transferSyntax: "1.2.840.10008.1.2")],
            userInformation: information)
        #expect(try decode(Golden.associateAccept) == .associateAccept(accept))
        var writer = ByteWriter()
        accept.encode(into: &writer)
        #expect(writer.bytes == Golden.associateAccept)
    }

    @Test func optionalUserInformation() throws {
        guard case .associateRequest(let request) = try decode(Golden.userInformation) else {
            Issue.record("not an A-ASSOCIATE-RQ")
            return
        }
        let information = request.userInformation
        #expect(information.maximumLength == 0)
        #expect(information.asynchronousWindow == .init(invoked: 5, performed: 2))
        #expect(information.roleSelections.map(\.sopClassUID) == ["1.2.3"])
        #expect(information.roleSelections.map(\.scp) == [true])
        #expect(information.extendedNegotiations.map(\.information) == [[0xAB, 0xCD]])
        #expect(information.userIdentity?.primary == Array("anna".utf8))
        #expect(information.userIdentity?.secondary == Array("pass".utf8))
        #expect(information.others.map(\.type) == [0x57])
        var writer = ByteWriter()
        request.encode(into: &writer)
        #expect(writer.bytes == Golden.userInformation)
    }

    @Test func reject() throws {
        let reject = AssociateReject(.permanent, .user(.calledAENotRecognized))
        #expect(try decode(Golden.reject) == .associateReject(reject))
        #expect(reject.description == "rejected: the called AE title is not known there")
        var writer = ByteWriter()
        reject.encode(into: &writer)
        #expect(writer.bytes == Golden.reject)
    }

    @Test func rejectReasonsUnknownToTheStandardAreKept() throws {
        let bytes: [UInt8] = [3, 0, 0, 0, 0, 4, 0, 9, 1, 5]
        let reject = AssociateReject(.other(9), .other(source: 1, reason: 5))
        #expect(try decode(bytes) == .associateReject(reject))
        var writer = ByteWriter()
        reject.encode(into: &writer)
        #expect(writer.bytes == bytes)
    }

    @Test func abort() throws {
        #expect(try decode(Golden.abort) == .abort(Abort(.provider(.unrecognizedParameter))))
        var writer = ByteWriter()
        Abort(.provider(.unrecognizedParameter)).encode(into: &writer)
        #expect(writer.bytes == Golden.abort)
    }

    @Test func reasonOfAnAbortByTheUserMeansNothing() throws {
        #expect(try decode([7, 0, 0, 0, 0, 4, 0, 0, 0, 77]) == .abort(Abort(.user)))
    }

    @Test func release() throws {
        #expect(try decode(Golden.releaseRequest) == .releaseRequest)
        #expect(try decode(Golden.releaseResponse) == .releaseResponse)
        #expect(Release.request == Golden.releaseRequest)
        #expect(Release.response == Golden.releaseResponse)
    }

    @Test func uidsPaddedAgainstTheRulesAreTrimmed() throws {
        var bytes = Golden.associateAccept
        // The 17 characters of the transfer syntax become 16 and a NUL.
        let at = 6 + 68 + 25 + 8 + 4 + 16
        bytes[at] = 0
        guard case .associateAccept(let accept) = try decode(bytes) else {
            Issue.record("not an A-ASSOCIATE-AC")
            return
        }
        #expect(accept.contexts.first?.transferSyntax == "1.2.840.10008.1.")
    }
}
