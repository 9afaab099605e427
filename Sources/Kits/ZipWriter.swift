internal import Bytes

/// A file for an archive.
package struct ZipEntry: Equatable, Sendable {
    /// A path with `/` between its parts, never beginning with one.
    package let name: String
    package let bytes: [UInt8]
    /// Unix permissions, such as 0o644.
    package let mode: UInt16

    package init(name: String, bytes: [UInt8], mode: UInt16 = 0o644) {
        self.name = name
        self.bytes = bytes
        self.mode = mode
    }

    package init(name: String, text: String, mode: UInt16 = 0o644) {
        self.init(name: name, bytes: Array(text.utf8), mode: mode)
    }
}

/// A date and time of day as ZIP stores it: no time zone, even seconds, years 1980 to 2107.
package struct ZipDate: Equatable, Sendable {
    let date: UInt16
    let time: UInt16

    /// Years out of range become the nearest one that can be stored.
    package init(year: Int, month: Int, day: Int) {
        date = UInt16(min(max(year, 1980), 2107) - 1980) << 9 | UInt16(month & 15) << 5 | UInt16(day & 31)
        time = 0
    }

    /// The same day at another time.
    package init(_ day: ZipDate, hour: Int, minute: Int, second: Int) {
        date = day.date
        time = UInt16(hour & 31) << 11 | UInt16(minute & 63) << 5 | UInt16(second / 2 & 31)
    }
}

/// ZIP archives of a few small files, stored without compression (PKWARE APPNOTE 6.3).
///
///     OFFSET  SIZE  LOCAL FILE HEADER (4.3.7)          OFFSET  SIZE  CENTRAL FILE HEADER (4.3.12)
///     0       4     504B0304                           0       4     504B0102
///     4       2     version needed: 2.0                4       2     made by: Unix, 2.0
///     6       2     flags: names are UTF-8             6       24    as offset 4 to 27 on the left
///     8       2     method: 0, stored                  30      2     extra field length
///     10      4     time, date                         32      2     comment length
///     14      4     CRC-32                             34      2     disk number
///     18      8     compressed and plain size          36      2     internal attributes
///     26      2     name length                        38      4     external attributes: Unix mode << 16
///     28      2     extra field length                 42      4     offset of the local header
///     30      n     name, then the contents            46      n     name
///
/// The end of central directory record (4.3.16) closes the archive.
package enum ZipWriter {
    /// The same entries and date give the same bytes. The archive must stay below 4 GiB and 65535 entries.
    package static func archive(_ entries: [ZipEntry], date: ZipDate) -> [UInt8] {
        precondition(entries.count < 0xFFFF, "an archive without ZIP64 has at most 65534 entries")
        var writer = ByteWriter(capacity: entries.reduce(1024) { $0 + $1.bytes.count + 256 })
        var directory = ByteWriter()
        for entry in entries {
            let offset = UInt32(writer.count)
            var common = ByteWriter()
            writeCommonFields(of: entry, date, into: &common)

            writer.u32LE(0x0403_4B50)
            writer.append(common.bytes)
            writer.append(entry.name)
            writer.append(entry.bytes)

            directory.u32LE(0x0201_4B50)
            directory.u16LE(3 << 8 | 20)
            directory.append(common.bytes)
            directory.zeros(6)
            directory.u32LE((0o100000 | UInt32(entry.mode)) << 16)
            directory.u32LE(offset)
            directory.append(entry.name)
        }
        let directoryOffset = UInt32(writer.count)
        writer.append(directory.bytes)
        writer.u32LE(0x0605_4B50)
        writer.zeros(4)
        writer.u16LE(UInt16(entries.count))
        writer.u16LE(UInt16(entries.count))
        writer.u32LE(UInt32(directory.count))
        writer.u32LE(directoryOffset)
        writer.u16LE(0)
        return writer.bytes
    }

    private static func writeCommonFields(of entry: ZipEntry, _ date: ZipDate, into writer: inout ByteWriter) {
        writer.u16LE(20)
        writer.u16LE(1 << 11)
        writer.u16LE(0)
        writer.u16LE(date.time)
        writer.u16LE(date.date)
        writer.u32LE(CRC32.checksum(entry.bytes))
        writer.u32LE(UInt32(entry.bytes.count))
        writer.u32LE(UInt32(entry.bytes.count))
        writer.u16LE(UInt16(entry.name.utf8.count))
        writer.u16LE(0)
    }
}

/// CRC-32 as in ZIP and Ethernet: polynomial 0xEDB88320, reflected.
enum CRC32 {
    private static let table: [UInt32] = (0..<256).map { (byte: UInt32) in
        (0..<8).reduce(byte) { crc, _ in crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }

    static func checksum(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(0xFFFF_FFFF) { crc, byte in crc >> 8 ^ table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] }
    }
}
