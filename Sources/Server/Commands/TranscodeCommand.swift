internal import CodecProcess
internal import DICOM
internal import Domain
internal import Imaging
internal import JSON
internal import Logging
internal import Reactor
internal import Security

/// `causeway transcode`: encodes the pixels of one Part 10 file anew, as a forward would.
package struct TranscodeCommand {
    /// What to encode to.
    package enum Target: String, CaseIterable {
        case native, rle, jpegLossless, jpegLS, jpeg2000, jpeg, h264
    }

    package var target = Target.jpeg
    /// A level of compression instead, with its gate and its ladder: `lossless`, `standard`...
    package var level: String?
    /// Of JPEG: 1...100.
    package var quality = 90
    /// Of JPEG: `4:4:4`, `4:2:2` or `4:2:0`.
    package var chroma = "4:4:4"
    /// Of JPEG-LS: the largest error of a sample.
    package var near = 0
    /// Of JPEG 2000: in dB; nil is lossless.
    package var psnr: Double?
    /// Of H.264: constant rate factor.
    package var crf = 18
    package var isVerified = true
    /// Threads; nil: one per processor that the process may use.
    package var lanes: Int?
    package var keepsUID = false
    package var json = false
    private let input: String
    private let output: String

    package init(from input: String, to output: String) {
        self.input = input
        self.output = output
    }

    /// Exit status; a report on standard output.
    package func run() -> Int32 {
        if let level { return run(level: level) }
        guard let recipe = recipe() else {
            Console.error("causeway transcode: the parameters are out of range; see causeway transcode --help\n")
            return 64
        }
        if target == .h264 { return MainLoop.run { _ in await runVideo(recipe) } }
        do throws(TranscodeError) {
            tell(try transcode(recipe))
            return 0
        } catch {
            // What was begun is no object.
            try? FileSystem.remove(output)
            return fail("\(error)")
        }
    }

    // MARK: Levels

    /// As a forward to a destination that accepts everything.
    private func run(level name: String) -> Int32 {
        guard let level = CompressionLevel(rawValue: name) else {
            return fail("there is no level \(name)")
        }
        var policy = CompressionPolicy()
        policy.image = level
        policy.cine = level
        policy.lossyUID = keepsUID ? .keep : .new
        do throws(FactsError) {
            let facts = try InstanceFacts.read(from: try Self.open(input))
            let plan = TransferPlanner.plan(
                facts, policy, accepts: DestinationCapabilities(), environment: PlannerEnvironment())
            return climb(plan)
        } catch {
            return fail("\(error)")
        }
    }

    private static func open(_ path: String) throws(FactsError) -> ReadableFile {
        do throws(SystemError) { return try ReadableFile(path: path) } catch { throw .file(error) }
    }

    /// Takes the first way that can be made.
    private func climb(_ plan: TransferPlan) -> Int32 {
        var reasons = plan.notes
        for rung in plan.rungs {
            guard case .transcoded(let recipe) = rung.way else {
                let report: JSON = ["reason": .string(rung.reason)]
                Console.output(json ? "\(report.text)\n" : "\(rung.reason) Nothing was written.\n")
                return 0
            }
            do throws(TranscodeError) {
                tell(try transcode(recipe))
                return 0
            } catch {
                try? FileSystem.remove(output)
                reasons.append("\(rung.transferSyntax.name): \(error).")
            }
        }
        return fail(reasons.joined(separator: " "))
    }

    private func tell(_ report: TranscodeReport) {
        Console.output(json ? "\(report.json.text)\n" : Self.words(report))
    }

    private func fail(_ why: String) -> Int32 {
        Console.error("causeway transcode: \(input): \(why)\n")
        return 1
    }

    /// Video is the work of two more processes: ours for the frames, ffmpeg for the rest.
    private func runVideo(_ recipe: TranscodeRecipe) async -> Int32 {
        var settings = CodecPoolSettings()
        settings.processesMax = 1
        settings.lanes = lanes ?? ProcessInfo.usableCoreCount
        settings.videoEncoder = VideoEncoder.find(in: ProcessInfo.environment["PATH"] ?? "")
        let pool = CodecPool(settings, logger: Logger(label: "transcode") { _ in SwiftLogNoOpLogHandler() })
        defer { pool.close() }
        do throws(CodecPoolError) {
            tell(try await pool.transcode(input: input, output: output, recipe, organization: "command line"))
            return 0
        } catch {
            return fail("\(error)")
        }
    }

    private func recipe() -> TranscodeRecipe? {
        let parameters: CodecParameters
        switch target {
        case .native: parameters = .native
        case .rle: parameters = .rle
        case .jpegLossless: parameters = .jpegLosslessSV1
        case .jpegLS where 0...255 ~= near: parameters = .jpegLS(near: near)
        case .jpeg2000 where psnr.map { 20...100 ~= $0 } ?? true: parameters = .jpeg2000(psnr: psnr)
        case .jpeg where 1...100 ~= quality:
            guard let chroma = ChromaSubsampling(rawValue: chroma) else { return nil }
            parameters = .jpegBaseline(quality: quality, chroma)
        case .h264 where 0...51 ~= crf: parameters = .h264(crf: crf, isLevel42: false)
        default: return nil
        }
        var recipe = TranscodeRecipe(parameters)
        recipe.isVerified = isVerified
        recipe.lossyUID = keepsUID ? .keep : .new
        return recipe
    }

    private func transcode(_ recipe: TranscodeRecipe) throws(TranscodeError) -> TranscodeReport {
        let source: ReadableFile
        let made: WritableFile
        do throws(SystemError) {
            source = try ReadableFile(path: input)
            made = try WritableFile(creating: output)
        } catch {
            throw .file(error.description)
        }
        source.readAhead()
        return try Transcoder.transcode(
            source, to: made, recipe, lanes: lanes ?? ProcessInfo.usableCoreCount, digest: { Digest.of($0) })
    }

    private static func words(_ report: TranscodeReport) -> String {
        var text = "\(report.to.name), \(report.parameters), by \(report.codec)\n"
        text +=
            "\(report.frameCount) frames, \(report.nativeByteCount) bytes native, \(report.encodedByteCount) encoded"
        if let quality = report.quality {
            text += quality.psnr.map { "; worst frame PSNR \($0) dB, SSIM \(quality.ssim)" } ?? "; every sample equal"
        }
        return text + "\nSOP Instance UID \(report.sopInstanceUID)\n"
    }
}
