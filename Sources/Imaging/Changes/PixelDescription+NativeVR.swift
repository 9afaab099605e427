package import DICOM

extension PixelDescription {
    /// VR of native Pixel Data (7FE0,0010) in Explicit VR Little Endian: OB allows samples of up to 8 bits only
    /// (PS3.5 A.2).
    package var nativeVR: VR { bitsAllocated <= 8 ? .OB : .OW }
}
