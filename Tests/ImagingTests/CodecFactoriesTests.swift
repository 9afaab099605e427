import Bytes
import DICOM
import Imaging
import Testing

@Suite struct CodecFactoriesTests {
    @Test func whatIsEncodedIsDecodedInItsOwnSyntax() throws {
        let format = LibraryCodecFixture.format(24, 18, 3)
        let frame = LibraryCodecFixture.smooth(format)
        let parameters: [CodecParameters] = [
            .rle, .jpegLosslessSV1, .jpegLS(near: 0), .jpegLS(near: 1), .jpeg2000(psnr: nil), .jpeg2000(psnr: 45),
            .jpegBaseline(quality: 95, .none),
        ]
        for parameters in parameters {
            let encoder = try #require(EncoderFactory.encoder(for: parameters))
            let decoder = try #require(DecoderFactory.decoder(for: parameters.transferSyntax))
            let codestream = IOBuffer(capacity: 0)
            try encoder.encode(frame.rawSpan, format, .rgb, into: codestream)
            let back = IOBuffer(capacity: 0)
            let isBaseline = parameters.transferSyntax == .jpegBaseline
            let label: PhotometricInterpretation = isBaseline ? .ybrFull422 : .rgb
            #expect(try decoder.decode(codestream.readable, format, label: label, into: back) == .rgb)
            let bytes = back.readable.array()
            #expect(parameters.isLossy ? bytes.count == frame.count : bytes == frame, "\(parameters)")
            #expect(LibraryCodecFixture.psnr(frame, bytes, format) > 30, "\(parameters)")
        }
    }

    @Test func syntaxesWithDecoderAreThoseOfTheSupportMatrix() {
        let decoded = TransferSyntax.registered.filter { DecoderFactory.decoder(for: $0) != nil }
        #expect(
            Set(decoded) == [
                .jpegBaseline, .jpegLossless, .jpegLosslessSV1, .jpegLSLossless, .jpegLSNearLossless, .jpeg2000Lossless,
                .jpeg2000, .htj2kLossless, .htj2kLosslessRPCL, .htj2k, .rleLossless,
            ])
        let native = EncoderFactory.encoder(for: .native)
        let video = EncoderFactory.encoder(for: .h264(crf: 18, isLevel42: false))
        #expect(native == nil && video == nil)
    }
}
