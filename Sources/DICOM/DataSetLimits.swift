/// What a data set from outside may cost.
package struct DataSetLimits: Sendable {
    /// Sequences inside each other.
    package var nestingDepthMax = 64
    /// Elements kept in memory, at all levels together.
    package var elementCountMax = 1_000_000
    /// Bytes of one value kept in memory.
    package var valueByteCountMax = 64 << 20
    /// Bytes of all values kept in memory.
    package var totalByteCountMax = 256 << 20
    /// Bytes a deflated data set may grow to.
    package var inflatedByteCountMax = 1 << 30
    /// Inflated bytes per deflated byte, beyond the first `inflateAllowance` bytes.
    package var inflateRatioMax = 200
    /// Bytes that may come out before the ratio counts; short runs of blanks compress very well.
    package var inflateAllowance = 64 << 10
    /// Whether duplicate and descending tags are an error; otherwise they are counted.
    package var isStrict = false

    package init() {}

    /// For headers: keeps what a few hundred ordinary elements need.
    package static var header: DataSetLimits {
        var limits = DataSetLimits()
        limits.elementCountMax = 10_000
        limits.valueByteCountMax = 64 << 10
        limits.totalByteCountMax = 1 << 20
        return limits
    }
}

/// What was wrong with a data set and yet not fatal.
package struct DataSetIrregularities: Equatable, Sendable {
    /// Values and fragments of odd length.
    package var oddLengthCount = 0
    /// Tags that do not ascend, duplicates included.
    package var unorderedTagCount = 0
    /// Delimiters where none was due.
    package var strayDelimiterCount = 0
    /// Group lengths, which are dropped.
    package var groupLengthCount = 0
    /// Unknown VRs read as UN.
    package var unknownVRCount = 0

    package init() {}
}
