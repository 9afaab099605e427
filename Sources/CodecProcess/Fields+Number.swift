internal import JSON

extension Fields {
    /// Any finite number within a range.
    mutating func double(
        _ name: String, _ presence: Presence = .optional, _ range: ClosedRange<Double>
    ) -> Double? {
        guard let value = value(name, presence) else { return nil }
        guard let number = value.double, range.contains(number) else {
            error(name, "must be a number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return number
    }

    /// The errors so far on one line; nil when there is none.
    var complaint: String? {
        errors.isEmpty ? nil : errors.prefix(4).map { "\($0.path) \($0.message)" }.joined(separator: "; ")
    }
}
