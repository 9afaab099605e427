/// What precedes a value: tag, VR and length, and where they stood.
package struct ElementHeader: Equatable, Sendable {
    package let tag: Tag
    /// As written, or from the dictionary in Implicit VR.
    package let vr: VR
    /// Bytes of the value; nil for undefined length.
    package let byteCount: Int?
    /// Offset of the tag from the start of the data set (of the inflated one, where it is deflated).
    package let offset: Int
    /// Offset of the first byte of the value, counted alike.
    package let valueOffset: Int

    package init(tag: Tag, vr: VR, byteCount: Int?, offset: Int, valueOffset: Int) {
        self.tag = tag
        self.vr = vr
        self.byteCount = byteCount
        self.offset = offset
        self.valueOffset = valueOffset
    }
}
