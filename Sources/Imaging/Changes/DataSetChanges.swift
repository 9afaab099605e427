package import DICOM

/// What a change of pixels changes in the other elements of their data set (PS3.3 C.7.6.1.1.5, C.7.6.3, C.7.6.16,
/// C.12.1). Whatever is not named here stays byte for byte.
package enum DataSetChanges {
    /// Changes `dataSet`, which has every element but Pixel Data, to describe the pixels as they are afterwards.
    ///
    /// The bytes of the encoded data set depend on nothing but the arguments, their number not on `change.ratio`.
    /// Fails when the pixels may not go into the syntax, when the UID contradicts the step, and when a history that has
    /// to be continued cannot be read. `dataSet` is then as it was.
    package static func apply(_ change: PixelChange, to dataSet: inout DataSet) throws(CodecError) {
        let pixels = try EncodedPixels(change)
        try check(change.sopInstanceUID, of: change, dataSet)
        var changed = dataSet
        pixels.describe(&changed)
        if change.to.isLossy {
            try LossyHistory.append(change, to: &changed)
            try Derivation.describe(change, in: &changed)
            // They speak of samples that are others now.
            changed.remove(.smallestImagePixelValue)
            changed.remove(.largestImagePixelValue)
        } else if change.wasLossy {
            LossyHistory.mark(&changed)
        }
        dataSet = changed
    }

    /// A data set without the UID contradicts none; where a new one is needed, it fails later.
    private static func check(_ uid: UID, of change: PixelChange, _ dataSet: DataSet) throws(CodecError) {
        guard let source = dataSet.uid(.sopInstanceUID) else { return }
        guard (uid != source) == change.needsNewUID else {
            throw .mismatch("SOP Instance UID \(uid) of an image made of \(source)")
        }
    }
}
