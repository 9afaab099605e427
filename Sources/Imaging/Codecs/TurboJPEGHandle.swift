internal import CTurboJPEG

/// One compressor or decompressor of TurboJPEG with the scratch memory it keeps.
@safe
final class TurboJPEGHandle {
    enum Purpose { case compress, decompress }

    let raw: tjhandle

    init(_ purpose: Purpose) throws(CodecError) {
        guard let raw = unsafe purpose == .compress ? tjInitCompress() : tjInitDecompress() else {
            throw .library("libjpeg-turbo has no memory for a handle")
        }
        unsafe self.raw = raw
    }

    deinit { _ = unsafe tjDestroy(raw) }

    /// What the last call on this handle said.
    var error: CodecError {
        guard let text = unsafe tjGetErrorStr2(raw) else { return .library("libjpeg-turbo failed") }
        return .library("libjpeg-turbo: \(unsafe String(cString: text))")
    }
}

extension Optional where Wrapped == ChromaSubsampling {
    /// TurboJPEG's number; nil is grey.
    var turboJPEG: Int32 {
        switch self {
        case nil: Int32(TJSAMP_GRAY.rawValue)
        case ChromaSubsampling.none?: Int32(TJSAMP_444.rawValue)
        case .horizontal?: Int32(TJSAMP_422.rawValue)
        case .both?: Int32(TJSAMP_420.rawValue)
        }
    }
}
