package import Bytes

/// Joins the fragments of a command set. A command that came in one piece is read where it lies.
package struct Reassembler: Sendable {
    private var collected: [UInt8] = []

    package init() {}

    /// The command, once `isLast` is true; nil while fragments are missing.
    package mutating func append(_ fragment: RawSpan, isLast: Bool) throws(WireError) -> DIMSECommand? {
        let byteCount = collected.count + fragment.byteCount
        let limit = AssociationLimits.commandByteCountMax
        guard byteCount <= limit else {
            throw WireError(.overlong(length: byteCount, limit: limit), field: "command set", offset: 0)
        }
        if isLast, collected.isEmpty { return try DIMSECommand(fragment) }
        collected.append(contentsOf: fragment.array())
        guard isLast else { return nil }
        defer { collected.removeAll(keepingCapacity: true) }
        return try DIMSECommand(collected.rawSpan)
    }

    /// Whether a command has begun and not ended.
    package var isInside: Bool { !collected.isEmpty }
}
