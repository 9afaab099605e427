internal import Glibc
internal import Imaging
internal import Reactor

/// One object on its way through a codec process, and through the video encoder where it becomes a video. Blocks.
struct CodecTask {
    let settings: CodecPoolSettings
    let process: WorkerProcess
    let recipe: TranscodeRecipe

    init(_ settings: CodecPoolSettings, _ process: WorkerProcess, _ recipe: TranscodeRecipe) {
        self.settings = settings
        self.process = process
        self.recipe = recipe
    }

    func run(input: String, output: String) throws(CodecPoolError) -> TranscodeReport {
        let source = try Self.open(input, O_RDONLY)
        let result = try Self.open(output, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW)
        let deadline = try process.begin(settings.limits)
        let report: TranscodeReport
        if case .h264 = recipe.parameters {
            report = try video(source, result, output, deadline)
        } else {
            report = try self.report(.transcode, recipe, [source, result], deadline)
        }
        try checkSize(of: result)
        return report
    }

    func ask(
        _ task: CodecRequest.Task, _ recipe: TranscodeRecipe, _ files: [Descriptor],
        _ deadline: ContinuousClock.Instant
    ) throws(CodecPoolError) -> CodecAnswer {
        let request = CodecRequest(recipe, task, lanes: settings.lanes)
        return try process.ask(request, files, until: deadline, settings.limits)
    }

    func report(
        _ task: CodecRequest.Task, _ recipe: TranscodeRecipe, _ files: [Descriptor],
        _ deadline: ContinuousClock.Instant
    ) throws(CodecPoolError) -> TranscodeReport {
        guard case .report(let report) = try ask(task, recipe, files, deadline) else {
            throw .crashed("it answered nonsense: no report")
        }
        return report
    }

    /// A report must come with a file that is not larger than allowed.
    private func checkSize(of output: Descriptor) throws(CodecPoolError) {
        var information = stat()
        guard unsafe fstat(output.raw, &information) == 0, information.st_size > 0,
            Int(information.st_size) <= recipe.byteCountMax
        else {
            throw .crashed("it answered nonsense: a report on a file that is empty or too large")
        }
    }

    static func open(_ path: String, _ flags: CInt) throws(CodecPoolError) -> Descriptor {
        let raw = unsafe Glibc.open(path, flags | O_CLOEXEC | O_NOCTTY, mode_t(0o600))
        guard raw >= 0 else { throw .failed(.file(SystemError("open \(path)", errno).description)) }
        return Descriptor(raw)
    }
}
