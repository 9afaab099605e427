internal import Bytes
internal import DICOM

/// An object around its new pixels: what stands before and behind them, as bytes.
struct ChangedObject {
    /// Preamble, file meta information, and the elements before Pixel Data.
    let header: [UInt8]
    /// The elements behind Pixel Data.
    let trailer: [UInt8]

    init(_ image: StoredImage, _ change: PixelChange) throws(TranscodeError) {
        var dataSet = image.dataSet
        do throws(CodecError) { try DataSetChanges.apply(change, to: &dataSet) } catch { throw .codec(error) }
        var before = DataSet()
        var behind = DataSet()
        for element in dataSet.elements {
            if element.tag < .pixelData { before.set(element) } else { behind.set(element) }
        }
        do throws(WireError) {
            header =
                Part10.header(
                    sopClass: image.sopClassUID, sopInstance: change.sopInstanceUID, syntax: change.to.transferSyntax)
                + (try DataSetWriter.encode(before, .explicitVRLittleEndian))
            trailer = try DataSetWriter.encode(behind, .explicitVRLittleEndian)
        } catch {
            throw .codec(.malformed("the elements cannot be written: \(error)"))
        }
    }
}
