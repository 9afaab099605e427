/// Where a blob lies in its volume: `<organization>/<yyyy>/<mm>/<dd>/<instance>-<bytes>-<guard>`.
///
/// It names no patient, is never used twice, and tells the size and the first bytes of the guard, so that a torn file
/// is seen without the database.
package struct BlobKey: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    /// Takes a key from the database; nil unless it is a relative path of plain components.
    package init?(_ text: String) {
        let components = text.split(separator: "/", omittingEmptySubsequences: false)
        let isPlain = components.allSatisfy { part in
            !part.isEmpty && part != "." && part != ".."
                && part.utf8.allSatisfy {
                    $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") || Self.isAlphanumeric($0)
                }
        }
        guard isPlain, text.utf8.count <= 256 else { return nil }
        self.text = text
    }

    /// - Parameters:
    ///   - owner: the organization's id.
    ///   - day: `yyyy/mm/dd` of the day it was received.
    ///   - instance: the instance row's id.
    init(owner: String, day: String, instance: String, byteCount: Int, guardCode: String) {
        text = "\(owner)/\(day)/\(instance)-\(byteCount)-\(guardCode.prefix(8))"
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: false
        }
    }

    package var description: String { text }
}
