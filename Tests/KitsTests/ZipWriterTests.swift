import Bytes
import Kits
import TestSupport
import Testing

@Suite struct ZipWriterTests {
    private let date = ZipDate(ZipDate(year: 2026, month: 11, day: 23), hour: 2, minute: 39, second: 8)

    @Test func oneFileByteForByte() {
        let common =
            "1400"  // version needed 2.0
            + "0008"  // flags: UTF-8
            + "0000"  // stored
            + "e414"  // 02:39:08
            + "775d"  // 2026-11-23
            + "2639f4cb"  // CRC-32 of "123456789"
            + "09000000" + "09000000"  // sizes
            + "0100" + "0000"  // name, extra
        let local = "504b0304" + common + "61" + "313233343536373839"
        let central =
            "504b0102" + "1403"  // made by Unix, 2.0
            + common + "0000" + "0000" + "0000"  // comment, disk, internal
            + "00008081"  // 0o100600 << 16
            + "00000000" + "61"
        let end =
            "504b0506" + "0000" + "0000" + "0100" + "0100"
            + "2f000000"  // size of the directory
            + "28000000"  // its offset
            + "0000"
        let archive = ZipWriter.archive([ZipEntry(name: "a", text: "123456789", mode: 0o600)], date: date)
        #expect(Hex.encode(archive) == local + central + end)
    }

    @Test func unzipReadsNamesContentsAndModes() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        var random = SeededGenerator(seed: 3)
        let big = random.bytes(100_000)
        let entries = [
            ZipEntry(name: "Schlüssel_é.pem", text: "secret\n", mode: 0o600),
            ZipEntry(name: "windows/empty", bytes: []),
            ZipEntry(name: "big", bytes: big),
        ]
        try folder.write("kit.zip", ZipWriter.archive(entries, date: date))
        let check = try Command.run("unzip", ["-q", "kit.zip"], in: folder.path)
        #expect(check.status == 0, "\(check.output)")
        for entry in entries { #expect(try folder.read(entry.name) == entry.bytes) }
        let list = try Command.run("zipinfo", ["kit.zip", "big"], in: folder.path).output
        #expect(list.hasPrefix("-rw-r--r--  2.0 unx   100000 b"))
        #expect(list.contains("26-Nov-23 02:39"))
        #expect(try Command.run("zipinfo", ["kit.zip", "Sch*"], in: folder.path).output.hasPrefix("-rw-------"))
    }

    @Test func emptyArchiveIsOnlyTheEnd() {
        #expect(ZipWriter.archive([], date: date).count == 22)
    }

    @Test func sameInputGivesSameBytesAndYearsAreClamped() {
        let entries = [ZipEntry(name: "a", text: "x")]
        #expect(ZipWriter.archive(entries, date: date) == ZipWriter.archive(entries, date: date))
        #expect(ZipDate(year: 1970, month: 1, day: 1) == ZipDate(year: 1980, month: 1, day: 1))
    }
}
