import DICOM
import Testing

@Suite struct ValuesTests {
    @Test(arguments: ["1.2.840.10008.1.2", "1", "1.02.3", "2.25.0", "1.2\0", "1.2 "])
    func uidIsAccepted(text: String) { #expect(UID(text) != nil) }

    @Test(arguments: [
        "", "1..2", ".1", "1.", "1.2a", "1/2", "../../etc", " 1", "1\\2", String(repeating: "1", count: 65),
    ])
    func uidIsRefused(text: String) { #expect(UID(text) == nil) }

    @Test func leadingZerosAreNoted() throws {
        #expect(try #require(UID("1.02")).isConformant == false)
        #expect(try #require(UID("1.0.2")).isConformant)
    }

    @Test func uidFromUUIDIsTheDecimalOfItsBits() throws {
        let bytes = try golden("F81D4FAE 7DEC 11D0 A765 00A0C91E6BF6")
        // The example of ISO/IEC 9834-8, which is of version 1.
        #expect(UID(uuidBytes: bytes, version: 1)?.text == "2.25.329800735698586629295641978511506172918")
        #expect(UID(uuidBytes: Array(bytes.dropLast())) == nil)
        #expect(UID(uuidBytes: Array(repeating: 0xFF, count: 16))?.text.count ?? 99 <= 64)
    }

    @Test func aeTitleIsTrimmedAndChecked() {
        #expect(AETitle(" PACS 1 ")?.text == "PACS 1")
        #expect(AETitle("ABCDEFGHIJKLMNOP")?.padded.count == 16)
        #expect(AETitle("A")?.padded == Array("A               ".utf8))
        for bad in ["", "   ", "ABCDEFGHIJKLMNOPQ", "A\\B", "A\u{1B}B", "Ä"] { #expect(AETitle(bad) == nil) }
    }

    @Test func vrFormsFollowTheStandard() {
        #expect(VR.allCases.count == 34)
        #expect(
            VR.allCases.filter(\.hasLongForm).map(\.description) == [
                "OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV",
            ])
        #expect(VR(0x5A, 0x5A) == nil)
    }

    @Test func tagsKnowWhatTheyAre() {
        #expect(Tag.patientName.description == "(0010,0010) PatientName")
        #expect(Tag(0x0029, 0x10FF).description == "(0029,10FF)")
        #expect(Tag(0x0029, 0x0010).isPrivateCreator)
        #expect(!Tag(0x0029, 0x1010).isPrivateCreator)
        #expect(Tag.patientName < Tag.pixelData)
    }

    @Test func dictionaryIsComplete() {
        #expect(TagDictionary.count > 5000)
        #expect(TagDictionary.vr(.pixelData) == .OW)
        #expect(TagDictionary.entry(.imageType)?.multiplicity == "2-n")
        #expect(TagDictionary.tag(keyword: "StudyInstanceUID") == .studyInstanceUID)
        #expect(TagDictionary.vr(Tag(0x6002, 0x3000)) == .OW)
        #expect(TagDictionary.entry(Tag(0x501E, 0x0010))?.keyword == "NumberOfPoints")
        #expect(TagDictionary.vr(Tag(0x6001, 0x3000)) == .UN)
        #expect(TagDictionary.vr(Tag(0x0010, 0x0000)) == .UL)
        #expect(TagDictionary.vr(.smallestImagePixelValue, isSigned: true) == .SS)
        #expect(TagDictionary.vr(.rows, isSigned: true) == .US)
        #expect(TagDictionary.vr(Tag(0x0010, 0xFFFF)) == .UN)
    }

    @Test func transferSyntaxesHaveTheirTraits() throws {
        #expect(TransferSyntax.registered.count == 62)
        #expect(!TransferSyntax.implicitVRLittleEndian.isExplicit)
        #expect(!TransferSyntax.explicitVRBigEndian.isLittleEndian)
        #expect(TransferSyntax.deflatedExplicitVRLittleEndian.isDeflated)
        #expect(TransferSyntax.jpegBaseline.isLossy && TransferSyntax.jpegBaseline.isEncapsulated)
        #expect(!TransferSyntax.jpegLosslessSV1.isLossy)
        #expect(TransferSyntax.registered.filter(\.isNative).count == 4)
        let other = TransferSyntax(try #require(UID("1.2.3")))
        #expect(!other.isRegistered && other.isEncapsulated && other.name == "1.2.3")
        #expect(TransferSyntax(try #require(UID("1.2.840.10008.1.2.4.94"))).hasNoStoredPixels)
    }

    @Test func sopClassesHaveNames() throws {
        #expect(SOPClass.ultrasoundImage.name == "Ultrasound Image Storage")
        #expect(SOPClass.verification.name == "Verification SOP Class")
        #expect(!SOPClass.verification.isStorage)
        #expect(!SOPClass.storageCommitmentPush.isStorage)
        #expect(SOPClass.storageClasses.contains(.ultrasoundMultiFrameImage))
        #expect(SOPClass.storageClasses.count > 100)
        #expect(SOPClass(try #require(UID("1.2.3"))).name == "1.2.3")
    }
}
