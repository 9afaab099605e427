import Bytes
import DICOM
import Testing

/// Names from PS3.5 Annexes H, I, J and K.
@Suite struct CharacterSetTests {
    private func decode(_ terms: [String], _ hex: String) throws -> String {
        CharacterSet(terms: terms).decode(try golden(hex), isPersonName: true)
    }

    @Test func singleByteSets() throws {
        #expect(try decode(["ISO_IR 100"], "42 75 63 5E 4A E9 72 F4 6D 65") == "Buc^Jérôme")
        #expect(try decode(["ISO_IR 101"], "57 61 B3 EA 73 61") == "Wałęsa")
        #expect(try decode(["ISO_IR 144"], "BB EE DA 63 65 64") == "Люкced")
        #expect(try decode(["ISO_IR 126"], "C4 E9 EF ED") == "Διον")
        #expect(try decode(["ISO_IR 127"], "E2 C8 C7 E6 EA") == "قباني")
        #expect(try decode(["ISO_IR 138"], "F9 F8 E5 EF") == "שרון")
        #expect(try decode(["ISO_IR 148"], "C7 61 76 75 FE 6F F0 6C 75") == "Çavuşoğlu")
        #expect(try decode(["ISO_IR 166"], "B9 D2 C2") == "นาย")
        #expect(try decode(["ISO_IR 13"], "D4 CF C0 DE 5E C0 DB B3") == "ﾔﾏﾀﾞ^ﾀﾛｳ")
    }

    @Test func multiByteSetsWithoutEscapes() throws {
        #expect(try decode(["ISO_IR 192"], "E7 8E 8B 5E E5 B0 8F E6 9D B1") == "王^小東")
        #expect(try decode(["GB18030"], "CD F5 5E D0 A1 B6 AB") == "王^小东")
        #expect(try decode(["GBK"], "CD F5 5E D0 A1 B6 AB") == "王^小东")
    }

    @Test func japaneseWithEscapes() throws {
        // H.3.1: Yamada^Tarou=山田^太郎=やまだ^たろう
        let bytes = """
            59 61 6D 61 64 61 5E 54 61 72 6F 75 3D
            1B 24 42 3B 33 45 44 1B 28 42 5E 1B 24 42 42 40 4F 3A 1B 28 42 3D
            1B 24 42 24 64 24 5E 24 40 1B 28 42 5E 1B 24 42 24 3F 24 6D 24 26 1B 28 42
            """
        #expect(try decode(["", "ISO 2022 IR 87"], bytes) == "Yamada^Tarou=山田^太郎=やまだ^たろう")
    }

    @Test func koreanWithEscapes() throws {
        // I.2: Hong^Gildong=洪^吉洞=홍^길동
        let bytes = """
            48 6F 6E 67 5E 47 69 6C 64 6F 6E 67 3D
            1B 24 29 43 FB F3 5E 1B 24 29 43 D1 CE D4 D7 3D
            1B 24 29 43 C8 AB 5E 1B 24 29 43 B1 E6 B5 BF
            """
        #expect(try decode(["", "ISO 2022 IR 149"], bytes) == "Hong^Gildong=洪^吉洞=홍^길동")
    }

    @Test func badBytesBecomeReplacementCharacters() throws {
        #expect(try decode([], "41 E9 42") == "A\u{FFFD}B")
        #expect(try decode(["ISO_IR 192"], "41 FF 42") == "A\u{FFFD}B")
        #expect(try decode(["GB18030"], "41 FF 42") == "A\u{FFFD}B")
        #expect(try decode(["", "ISO 2022 IR 87"], "41 1B 5A 42") == "A\u{FFFD}ZB")
        #expect(try decode(["", "ISO 2022 IR 87"], "1B 24 42 3B") == "\u{FFFD}")
    }

    @Test func backslashInsideGBKIsNoDelimiter() {
        var dataSet = DataSet()
        dataSet.set(.specificCharacterSet, "GBK")
        dataSet.set(.init(.patientID, .LO, .bytes([0x81, 0x5C, 0x5C, 0x41])))
        #expect(dataSet.strings(.patientID) == ["乗", "A"])
    }

    @Test func personNamesHaveGroups() {
        let name = PersonName("Muster^Anna^Maria^Dr.^MD=山田^太郎")
        #expect(name.alphabetic.family == "Muster" && name.alphabetic.given == "Anna")
        #expect(name.alphabetic.display == "Dr. Anna Maria Muster MD")
        #expect(name.ideographic?.family == "山田")
        #expect(name.phonetic == nil)
    }
}
