import DICOM
import Domain
import Foundation
import Imaging
import JSON
import TestSupport
import Testing

@testable import CodecProcess

/// What goes between server and codec process comes out as it went in, and nothing else is taken.
@Suite struct CodecMessageTests {
    @Test func everyRecipeComesBackEqual() throws {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<500 {
            let request = CodecRequest(Self.recipe(&random), lanes: .random(in: 1...256, using: &random))
            #expect(try CodecRequest(request.json.bytes) == request)
        }
    }

    @Test func everyReportComesBackEqual() throws {
        var random = SeededGenerator(seed: 2)
        for _ in 0..<500 {
            let recipe = Self.recipe(&random)
            let answer = CodecAnswer.report(try Self.report(recipe, &random))
            #expect(try CodecAnswer(answer.json.bytes, to: CodecRequest(recipe, lanes: 1)) == answer)
        }
    }

    @Test func everyErrorComesBackEqual() throws {
        let figures = QualityFigures(psnr: 0.1 + 0.2, ssim: 1 / 3, ratio: 1e-300)
        let errors: [TranscodeError] = [
            .codec(.malformed("a \"quoted\" ü")), .codec(.unsupported("")), .codec(.mismatch("m")), .codec(.limit("l")),
            .codec(.library("\u{1F600}")), .gateFailed(figures, reason: "r"), .verificationFailed("v"),
            .gateFailed(QualityFigures(psnr: nil, ssim: -1, ratio: 0), reason: "r"),
            .tooLarge(byteCountMax: 1 << 40), .file("open: no"),
        ]
        for error in errors {
            let answer = CodecAnswer.failure(error)
            #expect(try CodecAnswer(answer.json.bytes, to: CodecRequest(TranscodeRecipe(.rle), lanes: 1)) == answer)
        }
    }

    @Test func doublesSurviveExactly() throws {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<4000 {
            let psnr = Double.random(in: 1...1000, using: &random)
            let value = Double(sign: .plus, exponent: -Int(random.next() % 900), significand: psnr / 1000)
            var recipe = TranscodeRecipe(.jpeg2000(psnr: psnr))
            recipe.gate = QualityGate(ssimMin: value, ratioMax: psnr * 1e5)
            let back = try CodecRequest(CodecRequest(recipe, lanes: 1).json.bytes).recipe
            #expect(back == recipe)
        }
    }

    @Test func longAndWildReasonsAreCutToOneLine() throws {
        let why = String(repeating: "x\n\u{7}", count: 1000)
        let answer = CodecAnswer.failure(.codec(.library(why)))
        guard
            case .failure(.codec(.library(let back))) = try CodecAnswer(
                answer.json.bytes, to: CodecRequest(TranscodeRecipe(.rle), lanes: 1))
        else {
            Issue.record("another answer")
            return
        }
        #expect(back == String(String(repeating: "x  ", count: 1000).prefix(500)))
    }

    @Test(arguments: [
        #"{}"#, #"{"report":{}}"#, #"[]"#, #"1"#, #"{"failure":{"error":"codec"}}"#,
        #"{"failure":{"error":"file","why":"x","more":1}}"#, #"{"failure":{"error":"other"}}"#,
        #"{"failure":{"error":"file","why":"a\nb"}}"#, #"{"failure":{"error":"tooLarge","byteCountMax":-1}}"#,
        #"{"failure":{"error":"tooLarge","byteCountMax":1e99}}"#, "{\"failure\":", "\u{0}",
        #"{"failure":{"error":"file","why":"x"},"report":null,"x":1}"#,
    ])
    func otherAnswersAreRefused(_ text: String) {
        #expect(throws: CodecMessageError.self) {
            try CodecAnswer(Array(text.utf8), to: CodecRequest(TranscodeRecipe(.rle), lanes: 1))
        }
    }

    @Test func aReportMustFitTheRecipe() throws {
        var random = SeededGenerator(seed: 4)
        let recipe = TranscodeRecipe(.jpegBaseline(quality: 90, .none))
        let good = try Self.report(recipe, &random)
        func isTaken(_ change: (inout TranscodeReport) -> Void) -> Bool {
            var report = good
            change(&report)
            return (try? CodecAnswer(CodecAnswer.report(report).json.bytes, to: CodecRequest(recipe, lanes: 1))) != nil
        }
        #expect(isTaken { _ in })
        #expect(!isTaken { $0.to = .rleLossless })
        #expect(!isTaken { $0.parameters = "quality 10, 4:4:4" })
        #expect(!isTaken { $0.isLossy = false })
        #expect(!isTaken { $0.frameCount = -1 })
        #expect(!isTaken { $0.nativeByteCount = .max })
        #expect(!isTaken { $0.encodedByteCount = 3 << 30 })
        #expect(!isTaken { $0.codec = "" })
        #expect(!isTaken { $0.codec = "a\nb" })
        #expect(!isTaken { $0.quality = QualityFigures(psnr: .infinity, ssim: .nan, ratio: 1) })
    }

    @Test func eachTaskTakesItsOwnAnswerOnly() throws {
        var random = SeededGenerator(seed: 6)
        let recipe = TranscodeRecipe(.h264(crf: 20, isLevel42: false))
        let rate = try #require(FrameRate(30_000, 1001))
        let report = CodecAnswer.report(try Self.report(recipe, &random))
        let cine = CodecAnswer.cine(CineFacts(columns: 640, rows: 480, frameCount: 30, rate: rate))
        let tasks: [(CodecRequest.Task, CodecAnswer)] = [
            (.transcode, report), (.describe, cine), (.frames, .done), (.wrap(encoder: "ffmpeg 5.1"), report),
        ]
        for (task, right) in tasks {
            let request = CodecRequest(recipe, task, lanes: 2)
            #expect(try CodecRequest(request.json.bytes) == request)
            for answer in [report, cine, .done] {
                #expect((try? CodecAnswer(answer.json.bytes, to: request)) == (answer == right ? answer : nil))
            }
        }
    }

    @Test func mutatedRequestsNeverTrap() throws {
        var random = SeededGenerator(seed: 5)
        var takenCount = 0
        for _ in 0..<4000 {
            var bytes = CodecRequest(Self.recipe(&random), lanes: 2).json.bytes
            for _ in 0...Int(random.next() % 3) {
                bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
            }
            if (try? CodecRequest(bytes)) != nil { takenCount += 1 }
        }
        #expect(takenCount < 2000)
    }

    // MARK: Samples

    static func recipe(_ random: inout SeededGenerator) -> TranscodeRecipe {
        var recipe = TranscodeRecipe(parameters(&random))
        recipe.finer = (0..<Int(random.next() % 4)).map { _ in parameters(&random) }
        if Bool.random(using: &random) {
            recipe.gate = QualityGate(
                psnrMin: .random(in: 0...100, using: &random), ssimMin: .random(in: 0...1, using: &random),
                ratioMax: Bool.random(using: &random) ? nil : .random(in: 0...100, using: &random),
                errorMax: Bool.random(using: &random) ? nil : 5)
        }
        recipe.lossyUID = Bool.random(using: &random) ? .new : .keep
        recipe.byteCountMax = .random(in: 1 << 20...1 << 31, using: &random)
        recipe.isVerified = Bool.random(using: &random)
        return recipe
    }

    private static func parameters(_ random: inout SeededGenerator) -> CodecParameters {
        switch random.next() % 8 {
        case 0: .native
        case 1: .rle
        case 2: .jpegLosslessSV1
        case 3: .jpegLS(near: Int(random.next() % 9))
        case 4: .jpeg2000(psnr: nil)
        case 5: .jpeg2000(psnr: .random(in: 20...60, using: &random))
        case 6: .jpegBaseline(quality: Int(1 + random.next() % 100), ChromaSubsampling.allCases[Int(random.next() % 3)])
        default: .h264(crf: Int(random.next() % 52), isLevel42: Bool.random(using: &random))
        }
    }

    static func report(_ recipe: TranscodeRecipe, _ random: inout SeededGenerator) throws -> TranscodeReport {
        TranscodeReport(
            sourceSOPInstanceUID: try #require(UID("1.2.\(random.next() % 1000)")),
            sopInstanceUID: try #require(UID("2.25.\(random.next())")), from: .explicitVRLittleEndian,
            to: recipe.transferSyntax, codec: "libjpeg-turbo 2.1.5", parameters: recipe.parameters.summary,
            isLossy: recipe.parameters.isLossy, frameCount: Int(random.next() % 500),
            nativeByteCount: Int(random.next() % (1 << 40)), encodedByteCount: Int(random.next() % (1 << 20)),
            quality: Bool.random(using: &random)
                ? nil
                : QualityFigures(
                    psnr: Bool.random(using: &random) ? nil : .random(in: 10...90, using: &random),
                    ssim: .random(in: -1...1, using: &random), ratio: .random(in: 0...100, using: &random)))
    }
}
