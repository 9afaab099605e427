import Bytes
import DICOM
import Foundation
@testable import Imaging
import TestSupport
import Testing

@Suite struct QualityTests {
    /// Written down as the definition says, sample by sample.
    private struct Reference {
        let a: [Int]
        let b: [Int]
        let stride: Int
        let peak: Double
        let rectangle: UltrasoundRegions.Rectangle

        private func at(_ plane: [Int], _ x: Int, _ y: Int) -> Double {
            Double(plane[(rectangle.y + y) * stride + rectangle.x + x])
        }

        var psnr: Double {
            var sum = 0.0
            for y in 0..<rectangle.rows {
                for x in 0..<rectangle.columns { sum += pow(at(a, x, y) - at(b, x, y), 2) }
            }
            return 10 * log10(peak * peak / (sum / Double(rectangle.rows * rectangle.columns)))
        }

        var ssim: Double {
            var sum = 0.0
            var count = 0.0
            for y in steps(rectangle.rows) {
                for x in steps(rectangle.columns) {
                    sum += window(x, y)
                    count += 1
                }
            }
            return sum / count
        }

        private func steps(_ length: Int) -> StrideTo<Int> { Swift.stride(from: 0, to: max(0, length - 7), by: 4) }

        private func window(_ left: Int, _ top: Int) -> Double {
            var (x, y): ([Double], [Double]) = ([], [])
            for row in 0..<8 {
                for column in 0..<8 {
                    x.append(at(a, left + column, top + row))
                    y.append(at(b, left + column, top + row))
                }
            }
            let (mx, my) = (x.reduce(0, +) / 64, y.reduce(0, +) / 64)
            let vx = x.reduce(0) { $0 + ($1 - mx) * ($1 - mx) } / 63
            let vy = y.reduce(0) { $0 + ($1 - my) * ($1 - my) } / 63
            let cov = zip(x, y).reduce(0) { $0 + ($1.0 - mx) * ($1.1 - my) } / 63
            let (c1, c2) = (pow(0.01 * peak, 2), pow(0.03 * peak, 2))
            return (2 * mx * my + c1) * (2 * cov + c2) / ((mx * mx + my * my + c1) * (vx + vy + c2))
        }
    }

    /// Around the eight samples of a word and the 255 words of a count.
    @Test(arguments: [0, 1, 7, 8, 9, 63, 2039, 2040, 2041, 2047, 2048, 2049, 5003])
    func brightSamplesAreCountedInWords(columns: Int) {
        var random = SeededGenerator(seed: UInt64(columns))
        let noise = (0..<columns).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        for line in [noise, noise.map { $0 % 8 }, Array(repeating: 255, count: columns)] {
            let counted = unsafe line.withUnsafeBytes { bytes in
                unsafe bytes.baseAddress.map { unsafe FrameVerifier.brightCount($0, columns) } ?? 0
            }
            #expect(counted == line.count { $0 > UltrasoundRegions.blackMax })
        }
    }

    @Test(arguments: [8, 12, 16])
    func figuresAreThoseOfTheDefinition(bits: Int) {
        var generator = SeededGenerator(seed: UInt64(bits))
        let peak = 1 << bits - 1
        for (columns, rows) in [(8, 8), (9, 11), (40, 17), (67, 30)] {
            let a = (0..<(columns * rows)).map { _ in Int(generator.next() % UInt64(peak + 1)) }
            let b = a.map { min(peak, max(0, $0 + Int(generator.next() % 33) - 16)) }
            let left = Int(generator.next() % 3) % max(1, columns - 8)
            let rectangle = UltrasoundRegions.Rectangle(
                x: left, y: rows % 3, columns: columns - left, rows: rows - rows % 3)
            let reference = Reference(a: a, b: b, stride: columns, peak: Double(peak), rectangle: rectangle)
            var comparison = PlaneComparison(peak: peak)
            comparison.add(
                Self.bytes(a, bits).rawSpan, Self.bytes(b, bits).rawSpan, stride: columns, is16Bit: bits > 8,
                in: rectangle)
            #expect(abs((comparison.psnr ?? 0) - reference.psnr) < 1e-9, "\(columns) x \(rows)")
            if rectangle.rows >= 8, rectangle.columns >= 8 {
                #expect(abs(comparison.ssim - reference.ssim) < 1e-9, "\(columns) x \(rows)")
            }
        }
    }

    private static func bytes(_ values: [Int], _ bits: Int) -> [UInt8] {
        values.flatMap { bits > 8 ? [UInt8($0 & 255), UInt8($0 >> 8)] : [UInt8($0)] }
    }

    @Test func equalPlanesHaveNoError() {
        let plane = SeededGenerator.bytes(seed: 1, 400)
        var comparison = PlaneComparison(peak: 255)
        comparison.add(
            plane.rawSpan, plane.rawSpan, stride: 20, in: .init(x: 0, y: 0, columns: 20, rows: 20))
        #expect(comparison.psnr == nil && comparison.ssim == 1)
    }

    @Test func luminanceIsThatOfBT601() {
        let format = LibraryCodecFixture.format(4, 1, 3)
        let plane = IOBuffer(capacity: 1)
        Luminance.take([255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255].rawSpan, format, .rgb, into: plane)
        #expect(plane.readable.array() == [76, 150, 29, 255])
        Luminance.take([9, 1, 2, 8, 1, 2, 7, 1, 2, 6, 1, 2].rawSpan, format, .ybrFull, into: plane)
        #expect(plane.readable.array() == [9, 8, 7, 6])
        let signed = LibraryCodecFixture.format(2, 1, 1, stored: 12, isSigned: true)
        Luminance.take([0xFF, 0xFF, 0x00, 0xF8].rawSpan, signed, .monochrome2, into: plane)
        #expect(plane.readable.array() == [0xFF, 0x07, 0, 0])
        let wide = LibraryCodecFixture.format(1, 1, 3, stored: 16)
        Luminance.take([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF].rawSpan, wide, .rgb, into: plane)
        #expect(plane.readable.array() == [0xFF, 0xFF])
    }

    @Test func theLargestDifferenceIsFound() {
        let signed = LibraryCodecFixture.format(2, 1, 1, stored: 16, isSigned: true)
        let whole = UltrasoundRegions(DataSet(), columns: 2, rows: 1)
        let comparison = SampleComparison(signed, whole)
        #expect(comparison.largestDifference([0xFF, 0xFF, 0, 0].rawSpan, [1, 0, 0, 0].rawSpan) == 2)
        #expect(comparison.largestDifference([1, 0, 0, 0].rawSpan, [1, 0, 0, 0].rawSpan) == 0)
        #expect(comparison.largestDifference([1, 0, 0, 0].rawSpan, [1, 0].rawSpan) == .max)
        let unsigned = SampleComparison(LibraryCodecFixture.format(4, 1, 1), whole)
        #expect(unsigned.largestDifference([0, 255, 3, 4].rawSpan, [0, 0, 3, 5].rawSpan) == 255)
    }

    // MARK: Regions

    private static func regions(_ places: [(Int, Int, Int, Int)]) -> DataSet {
        var dataSet = DataSet()
        dataSet.set(
            .sequenceOfUltrasoundRegions,
            items: places.map { x0, y0, x1, y1 in
                var item = DataSet()
                item.set(.regionLocationMinX0, UInt32(x0))
                item.set(.regionLocationMinY0, UInt32(y0))
                item.set(.regionLocationMaxX1, UInt32(x1))
                item.set(.regionLocationMaxY1, UInt32(y1))
                return item
            })
        return dataSet
    }

    @Test func regionsAreRectanglesWithBothEnds() {
        let regions = UltrasoundRegions(Self.regions([(10, 20, 29, 39), (40, 0, 59, 9)]), columns: 100, rows: 80)
        #expect(
            regions.rectangles == [
                .init(x: 10, y: 20, columns: 20, rows: 20), .init(x: 40, y: 0, columns: 20, rows: 10),
            ])
    }

    @Test func regionsAreCutOffAtTheFrameAndNamedOnce() {
        let places = [(10, 10, 500, 0xFFFF_FFFF), (10, 10, 500, 0xFFFF_FFFF), (90, 70, 10, 10), (0, 0, 3, 79)]
        let regions = UltrasoundRegions(Self.regions(places), columns: 100, rows: 80)
        #expect(regions.rectangles == [.init(x: 10, y: 10, columns: 90, rows: 70)])
    }

    @Test func withoutRegionsItIsTheFrame() {
        for places in [[], [(200, 200, 300, 300)]] {
            let regions = UltrasoundRegions(Self.regions(places), columns: 100, rows: 80)
            #expect(regions.rectangles == [.init(x: 0, y: 0, columns: 100, rows: 80)])
        }
    }

    @Test func withoutRegionsBlackBordersAreCutOff() {
        let regions = UltrasoundRegions(DataSet(), columns: 30, rows: 24)
        // Rows of 32 samples, the last two of which are padding.
        var plane = [UInt8](repeating: 3, count: 32 * 24)
        for row in 0..<24 { plane[32 * row + 30] = 200 }
        #expect(regions.rectangles(in: plane.rawSpan, stride: 32) == regions.rectangles)
        plane[32 * 4 + 10] = 5
        plane[32 * 15 + 19] = 255
        #expect(regions.rectangles(in: plane.rawSpan, stride: 32) == [.init(x: 10, y: 4, columns: 10, rows: 12)])
        let declared = UltrasoundRegions(Self.regions([(0, 0, 9, 9)]), columns: 30, rows: 24)
        #expect(declared.rectangles(in: plane.rawSpan, stride: 32) == [.init(x: 0, y: 0, columns: 10, rows: 10)])
    }

    // MARK: Ratio

    @Test func onlySamplesThatCarryInformationCount() {
        let format = LibraryCodecFixture.format(20, 20, 3)
        let comparison = SampleComparison(format, UltrasoundRegions(DataSet(), columns: 20, rows: 20))
        var frame = [UInt8](repeating: 4, count: 1200)
        #expect(comparison.informationByteCount(frame.rawSpan, .rgb) == 0)
        for pixel in 0..<100 { for sample in 0..<3 { frame[3 * pixel + sample] = 100 } }
        #expect(comparison.informationByteCount(frame.rawSpan, .rgb) == 100)
        frame[3 * 5] = 200
        #expect(comparison.informationByteCount(frame.rawSpan, .rgb) == 102)
        #expect(comparison.informationByteCount([UInt8](repeating: 128, count: 1200).rawSpan, .ybrFull) == 400)
        let grey = SampleComparison(
            LibraryCodecFixture.format(4, 1, 1), UltrasoundRegions(DataSet(), columns: 4, rows: 1))
        #expect(grey.informationByteCount([0, 4, 5, 255].rawSpan, .monochrome2) == 2)
    }

    @Test(arguments: ChromaSubsampling.allCases)
    func planesAndSamplesCountTheSameColor(chroma: ChromaSubsampling) throws {
        let format = LibraryCodecFixture.format(64, 48, 3)
        let frame = LibraryCodecFixture.frame(format) { x, y, sample in x >= 32 && sample == 0 ? 220 : 90 }
        let quality = try Self.verify(frame, format, JPEGBaselineEncoder(quality: 95, chroma: chroma)).get()
        let grey = try Self.verify(
            [UInt8](repeating: 90, count: format.byteCount), format, JPEGBaselineEncoder(quality: 95, chroma: chroma)
        ).get()
        let (byteCount, greyByteCount) = try (Self.size(frame, format, chroma), Self.size(nil, format, chroma))
        #expect(abs(quality.ratio * Double(byteCount) - 64 * 48 * 2) < 1)
        #expect(abs(grey.ratio * Double(greyByteCount) - 64 * 48) < 1)
    }

    private static func size(_ frame: [UInt8]?, _ format: FrameFormat, _ chroma: ChromaSubsampling) throws -> Int {
        let frame = frame ?? [UInt8](repeating: 90, count: format.byteCount)
        return try LibraryCodecFixture.encode(JPEGBaselineEncoder(quality: 95, chroma: chroma), frame, format).count
    }

    // MARK: Verification

    private static func verify(
        _ frame: [UInt8], _ format: FrameFormat, _ encoder: JPEGBaselineEncoder, codestream: [UInt8]? = nil,
        of source: [UInt8]? = nil
    ) -> Result<QualityFigures, any Error> {
        Result {
            let made = try LibraryCodecFixture.encode(encoder, frame, format)
            let regions = UltrasoundRegions(DataSet(), columns: format.columns, rows: format.rows)
            let parameters = CodecParameters.jpegBaseline(quality: encoder.quality, encoder.chroma)
            let verifier = try #require(FrameVerifier(parameters, nil, regions, format))
            let (codestream, source) = (codestream ?? made, source ?? frame)
            return try verifier.verify(
                codestream.rawSpan, of: source.rawSpan, format.samplesPerPixel == 3 ? .rgb : .monochrome2, by: encoder)
        }
    }

    @Test func figuresOfPlanesAreNearThoseOfSamples() throws {
        let format = LibraryCodecFixture.format(70, 50, 3)
        let frame = EngineFixture.cine(format, frames: 1)[0]
        let encoder = JPEGBaselineEncoder(quality: 85, chroma: .none)
        let planes = try Self.verify(frame, format, encoder).get()
        let decoded = try LibraryCodecFixture.decode(
            JPEGBaselineDecoder(), LibraryCodecFixture.encode(encoder, frame, format), format, .ybrFull422)
        let regions = UltrasoundRegions(DataSet(), columns: 70, rows: 50)
        let samples = SampleComparison(format, regions).luminance(frame.rawSpan, decoded.frame.rawSpan, .rgb)
        #expect(abs((planes.psnr ?? 0) - (samples.psnr ?? 0)) < 1)
        #expect(abs(planes.ssim - samples.ssim) < 0.01)
    }

    /// As if an encoder had taken blue for red.
    @Test(arguments: ChromaSubsampling.allCases)
    func swappedColorsAreFound(chroma: ChromaSubsampling) throws {
        let format = LibraryCodecFixture.format(64, 48, 3)
        let frame = LibraryCodecFixture.frame(format) { x, y, sample in x > 40 && sample == 0 ? 200 : 60 }
        let swapped = LibraryCodecFixture.frame(format) { x, y, sample in x > 40 && sample == 2 ? 200 : 60 }
        let other = try LibraryCodecFixture.encode(JPEGBaselineEncoder(quality: 90, chroma: chroma), swapped, format)
        let result = Self.verify(frame, format, JPEGBaselineEncoder(quality: 90, chroma: chroma), codestream: other)
        #expect { try result.get() } throws: { "\($0)".contains("colors") }
        #expect(throws: Never.self) {
            try Self.verify(frame, format, JPEGBaselineEncoder(quality: 60, chroma: chroma)).get()
        }
    }

    @Test func planesOfAnotherFrameAreFound() {
        let format = LibraryCodecFixture.format(64, 48, 3)
        let frames = EngineFixture.cine(format, frames: 2)
        let result = Self.verify(frames[0], format, JPEGBaselineEncoder(quality: 90, chroma: .none), of: frames[1])
        #expect { try result.get() } throws: { "\($0)".contains("other samples") }
    }
}

extension SeededGenerator {
    fileprivate static func bytes(seed: UInt64, _ count: Int) -> [UInt8] {
        var generator = SeededGenerator(seed: seed)
        return generator.bytes(count)
    }
}
