import Imaging
import Testing

@Suite struct CodecVersionTests {
    @Test(arguments: CodecVersion.all)
    func everyNameEndsInAVersion(_ name: String) throws {
        let version = try #require(name.split(separator: " ").last)
        #expect(version.split(separator: ".").allSatisfy { Int($0) != nil } && name != version)
    }

    @Test func parametersNameTheirCodec() {
        #expect(CodecVersion.codecName(for: .native) == "none")
        #expect(CodecVersion.codecName(for: .rle) == "Causeway RLE 1")
        #expect(CodecVersion.codecName(for: .jpegLosslessSV1) == "Causeway JPEG Lossless 1")
        #expect(CodecVersion.codecName(for: .jpegLS(near: 1)).hasPrefix("CharLS 2."))
        #expect(CodecVersion.codecName(for: .jpeg2000(psnr: nil)).hasPrefix("OpenJPEG 2."))
        #expect(CodecVersion.codecName(for: .jpegBaseline(quality: 90, .none)).hasPrefix("libjpeg-turbo "))
        #expect(CodecVersion.codecName(for: .h264(crf: 18, isLevel42: false)) == "x264")
    }
}
