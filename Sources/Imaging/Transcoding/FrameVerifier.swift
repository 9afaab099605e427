internal import Bytes
internal import DICOM

/// Decodes what an encoder made and compares it with what went in. One for each thread.
final class FrameVerifier {
    private let parameters: CodecParameters
    private let gate: QualityGate?
    private let regions: UltrasoundRegions
    private let format: FrameFormat
    private let decoder: any FrameDecoder
    private let decoded = IOBuffer(capacity: 1)
    private var planes: JPEGPlanes?
    private let samples: SampleComparison

    /// Nil for native samples, where nothing is encoded.
    init?(
        _ parameters: CodecParameters, _ gate: QualityGate?, _ regions: UltrasoundRegions, _ format: FrameFormat
    ) {
        guard let decoder = DecoderFactory.decoder(for: parameters.transferSyntax) else { return nil }
        self.parameters = parameters
        self.gate = gate
        self.regions = regions
        self.format = format
        self.decoder = decoder
        samples = SampleComparison(format, regions)
    }

    /// The figures of one frame. Throws when a lossless codestream gives other samples, when samples are further off
    /// than they may be, or when colors were mixed up.
    ///
    /// - Parameters:
    ///   - source: what was encoded.
    ///   - encoder: the one that made the codestream just now.
    func verify(
        _ codestream: RawSpan, of source: RawSpan, _ photometric: PhotometricInterpretation,
        by encoder: any FrameEncoder
    ) throws(TranscodeError) -> QualityFigures {
        // Without color conversion and upsampling this takes half the time, but it knows no single samples.
        if gate?.errorMax == nil, let jpeg = encoder as? JPEGBaselineEncoder, let made = jpeg.planes {
            try checkPlanes(made, of: source, photometric)
            return try verify(codestream, against: made)
        }
        let decoded = decoded
        do throws(CodecError) {
            _ = try decoder.decode(codestream, format, label: parameters.label(of: photometric), into: decoded)
        } catch {
            throw .verificationFailed("they cannot be decoded: \(error)")
        }
        let difference = samples.largestDifference(source, decoded.readable)
        if let promised = parameters.errorMax, difference > promised {
            throw .verificationFailed("a sample is off by \(difference), and may be by \(promised)")
        }
        let information = samples.informationByteCount(source, photometric)
        var figures = QualityFigures(psnr: nil, ssim: 1, ratio: Self.ratio(information, codestream.byteCount))
        if difference > 0 {
            let luminance = samples.luminance(source, decoded.readable, photometric)
            (figures.psnr, figures.ssim) = (luminance.psnr, luminance.ssim)
        }
        if let allowed = gate?.errorMax, difference > allowed {
            throw .gateFailed(figures, reason: "a sample is off by \(difference) and may be by \(allowed)")
        }
        return figures
    }

    private static func ratio(_ information: Int, _ byteCount: Int) -> Double {
        Double(information) / Double(max(byteCount, 1))
    }

    // MARK: JPEG

    private func verify(_ codestream: RawSpan, against made: JPEGPlanes) throws(TranscodeError) -> QualityFigures {
        let planes = planes ?? JPEGPlanes(columns: made.columns, rows: made.rows, chroma: made.chroma)
        self.planes = planes
        guard let jpeg = decoder as? JPEGBaselineDecoder else {
            throw .verificationFailed("there is no decoder for JPEG")
        }
        do throws(CodecError) { try jpeg.decodePlanes(codestream, into: planes) } catch {
            throw .verificationFailed("they cannot be decoded: \(error)")
        }
        var luminance = PlaneComparison(peak: 255)
        for rectangle in regions.rectangles(in: made.samples(0), stride: made.stride(0)) {
            luminance.add(made.samples(0), planes.samples(0), stride: made.stride(0), in: rectangle)
        }
        let bright = Self.brightCount(made)
        var figures = QualityFigures(
            psnr: luminance.psnr, ssim: luminance.ssim, ratio: Self.ratio(bright, codestream.byteCount))
        guard let chroma = made.chroma else { return figures }
        var comparison = ChromaComparison()
        let whole = UltrasoundRegions.Rectangle(x: 0, y: 0, columns: made.columns, rows: made.rows)
        comparison.add(made, planes, in: whole.shared(as: chroma))
        figures.ratio = Self.ratio(
            bright + 2 * comparison.coloredCount * chroma.pixelsPerSample, codestream.byteCount)
        if comparison.losesColors { throw .gateFailed(figures, reason: "the colors of a frame are lost or mixed up") }
        return figures
    }

    /// Pixels that are not black.
    private static func brightCount(_ planes: JPEGPlanes) -> Int {
        let (columns, rows, stride) = (planes.columns, planes.rows, planes.stride(0))
        let samples = planes.samples(0)
        precondition(columns <= stride && rows * stride <= samples.byteCount, "outside of the plane")
        return unsafe samples.withUnsafeBytes { bytes in
            guard let base = unsafe bytes.bindMemory(to: UInt8.self).baseAddress else { return 0 }
            var count = 0
            for row in 0..<rows { count += unsafe brightCount(UnsafeRawPointer(base + row * stride), columns) }
            return count
        }
    }

    /// Eight samples at a time in one word: the compiler makes no vectors of the plain loop, and slow ones of SIMD
    /// types.
    static func brightCount(_ line: UnsafeRawPointer, _ columns: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let (low, high) = (ones * 0x7F, ones * 0x80)
        let black = UltrasoundRegions.blackMax
        // Lifts the low seven bits of what is brighter than black into the eighth; no byte carries into the next.
        let lift = ones * UInt64(0x7F - black)
        var count = 0
        var column = 0
        while column + 8 <= columns {
            var lanes: UInt64 = 0
            // A lane counts to 255.
            let end = min(columns - 7, column + 255 * 8)
            while column < end {
                let samples = unsafe line.loadUnaligned(fromByteOffset: column, as: UInt64.self)
                lanes &+= ((((samples & low) &+ lift) | samples) & high) &>> 7
                column += 8
            }
            while lanes != 0 {
                count += Int(lanes & 0xFF)
                lanes &>>= 8
            }
        }
        while column < columns {
            count += unsafe line.load(fromByteOffset: column, as: UInt8.self) > black ? 1 : 0
            column += 1
        }
        return count
    }

    /// Pixels from one that is looked at to the next: no divisor of any usual number of columns.
    private static let spotDistance = 509

    /// That the planes the encoder says it made its codestream of are those of this frame: a pixel here and there.
    private func checkPlanes(
        _ planes: JPEGPlanes, of source: RawSpan, _ photometric: PhotometricInterpretation
    ) throws(TranscodeError) {
        guard planes.columns == format.columns, planes.rows == format.rows, source.byteCount == format.byteCount else {
            throw .verificationFailed("the encoder encoded a frame of another size")
        }
        let luminance = planes.samples(0)
        var (row, column) = (0, 0)
        while row < format.rows {
            let at = (row * format.columns + column) * format.samplesPerPixel
            var expected = source.byte(at: at)
            if photometric == .rgb {
                expected = Luminance.value(expected, source.byte(at: at + 1), source.byte(at: at + 2))
            }
            guard abs(Int(expected) - Int(luminance.byte(at: row * planes.stride(0) + column))) <= 1 else {
                throw .verificationFailed("the encoder encoded other samples than those of the frame")
            }
            column += Self.spotDistance
            while column >= format.columns { (row, column) = (row + 1, column - format.columns) }
        }
    }
}

extension CodecParameters {
    /// What a codec promises of every sample; nil when it promises nothing.
    fileprivate var errorMax: Int? {
        if case .jpegLS(let near) = self { return near }
        return isLossy ? nil : 0
    }

    /// The label under which the codestream is decoded: our JPEG of color says nothing of its color space itself.
    fileprivate func label(of samples: PhotometricInterpretation) -> PhotometricInterpretation {
        guard case .jpegBaseline = self, samples.samplesPerPixel == 3 else { return samples }
        return .ybrFull422
    }
}

extension ChromaSubsampling {
    /// Pixels that share a chroma sample.
    fileprivate var pixelsPerSample: Int {
        switch self {
        case .none: 1
        case .horizontal: 2
        case .both: 4
        }
    }
}

extension UltrasoundRegions.Rectangle {
    /// The chroma samples that have a pixel in it.
    fileprivate func shared(as chroma: ChromaSubsampling) -> Self {
        let (across, down) = (chroma == ChromaSubsampling.none ? 1 : 2, chroma == .both ? 2 : 1)
        let (left, top) = (x / across, y / down)
        return Self(
            x: left, y: top, columns: (x + columns - 1) / across - left + 1, rows: (y + rows - 1) / down - top + 1)
    }
}
