/// Why bytes from a peer or a file could not be understood: what was wrong, where, and in which field.
///
/// "More bytes are needed" is never a `WireError`; decoders return that as a value.
package struct WireError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Kind: Equatable, Sendable {
        /// The enclosing item ended before the field did.
        case truncated(needed: Int, available: Int)
        /// A length or count is above a named limit, or leaves bytes unread that should not be there.
        case overlong(length: Int, limit: Int)
        /// The bytes are there, but mean nothing.
        case invalid(String)
    }

    package let kind: Kind
    /// Byte offset from the start of the message or file.
    package let offset: Int
    /// The field as the standard names it.
    package let field: String

    package init(_ kind: Kind, field: String, offset: Int) {
        self.kind = kind
        self.field = field
        self.offset = offset
    }

    package var description: String {
        switch kind {
        case .truncated(let needed, let available):
            "\(field) at byte \(offset): \(needed) bytes needed, \(available) left"
        case .overlong(let length, let limit):
            "\(field) at byte \(offset): length \(length) is over the limit of \(limit)"
        case .invalid(let why):
            "\(field) at byte \(offset): \(why)"
        }
    }
}
