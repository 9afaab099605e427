internal import DICOM
internal import Imaging
internal import JSON

/// Why bytes are not one of the messages.
struct CodecMessageError: Error, Equatable, CustomStringConvertible {
    let description: String
}

/// What a codec process says first.
struct CodecHello: Equatable {
    static let version = 1

    /// Why the kernel did not take the list of allowed calls; nil when it did.
    var filterFailure: String?

    var json: JSON { ["hello": JSON(Self.version), "filterFailure": JSON(filterFailure)] }

    init(filterFailure: String?) { self.filterFailure = filterFailure }

    init(_ bytes: [UInt8]) throws(CodecMessageError) {
        var fields = try Fields(message: bytes)
        let version = fields.int("hello", .required, Self.version...Self.version)
        filterFailure = fields.string("filterFailure", .optional, 0...200)
        fields.rejectUnknown()
        guard version != nil, fields.errors.isEmpty else { throw fields.messageError }
    }
}

/// What a codec process is asked. Files and pipes come as descriptors, in the order that the tasks name.
struct CodecRequest: Equatable {
    enum Task: Equatable {
        /// Input, output.
        case transcode
        /// Input.
        case describe
        /// Input, pipe.
        case frames
        /// Input, output, video, and the pipe with decoded frames when they are to be verified.
        case wrap(encoder: String)
    }

    private enum Name: String, CaseIterable { case transcode, describe, frames, wrap }

    static let laneCounts = 1...256

    var task = Task.transcode
    var recipe: TranscodeRecipe
    /// Threads.
    var lanes: Int

    var descriptorCounts: ClosedRange<Int> {
        switch task {
        case .transcode, .frames: 2...2
        case .describe: 1...1
        case .wrap: 3...4
        }
    }

    var json: JSON {
        var name = Name.transcode
        var encoder: String?
        switch task {
        case .transcode: break
        case .describe: name = .describe
        case .frames: name = .frames
        case .wrap(let program): (name, encoder) = (.wrap, program)
        }
        return [
            "task": .string(name.rawValue), "lanes": JSON(lanes), "recipe": recipe.json, "encoder": JSON(encoder),
        ]
    }

    init(_ recipe: TranscodeRecipe, _ task: Task = .transcode, lanes: Int) {
        self.task = task
        self.recipe = recipe
        self.lanes = lanes
    }

    init(_ bytes: [UInt8]) throws(CodecMessageError) {
        var fields = try Fields(message: bytes)
        let name = fields.choice("task", .required, of: Name.self)
        let encoder = fields.string("encoder", name == .wrap ? .required : .optional, 1...100)
        let lanes = fields.int("lanes", .required, Self.laneCounts)
        let recipe = fields.object("recipe", .required) { TranscodeRecipe(&$0) } ?? nil
        fields.rejectUnknown()
        guard fields.errors.isEmpty, let name, let lanes, let recipe else { throw fields.messageError }
        let task: Task =
            switch name {
            case .transcode: .transcode
            case .describe: .describe
            case .frames: .frames
            case .wrap: .wrap(encoder: encoder ?? "")
            }
        self.init(recipe, task, lanes: lanes)
    }
}

/// What comes back: what was asked for, or an error.
enum CodecAnswer: Equatable {
    case report(TranscodeReport)
    case cine(CineFacts)
    case done
    case failure(TranscodeError)

    var json: JSON {
        switch self {
        case .report(let report): ["report": report.wireJSON]
        case .cine(let cine): ["cine": cine.json]
        case .done: ["done": true]
        case .failure(let error): ["failure": error.json]
        }
    }

    /// Of a process that may have been taken over by what it decoded: everything is checked.
    init(_ bytes: [UInt8], to request: CodecRequest) throws(CodecMessageError) {
        var fields = try Fields(message: bytes)
        let report = fields.object("report") { TranscodeReport(&$0) } ?? nil
        let failure = fields.object("failure") { TranscodeError(&$0) } ?? nil
        let cine = fields.object("cine") { CineFacts(&$0) } ?? nil
        let isDone = fields.bool("done")
        fields.rejectUnknown()
        guard fields.errors.isEmpty else { throw fields.messageError }
        switch (request.task, report, cine, isDone, failure) {
        case (.transcode, let report?, nil, nil, nil), (.wrap, let report?, nil, nil, nil):
            try Self.check(report, request.recipe)
            self = .report(report)
        case (.describe, nil, let cine?, nil, nil): self = .cine(cine)
        case (.frames, nil, nil, true, nil): self = .done
        case (_, nil, nil, nil, let failure?): self = .failure(failure)
        default: throw CodecMessageError(description: "neither what was asked for nor a failure")
        }
    }

    /// Whether the report can be one on this recipe.
    private static func check(_ report: TranscodeReport, _ recipe: TranscodeRecipe) throws(CodecMessageError) {
        let used = ([recipe.parameters] + recipe.finer).first {
            $0.summary == report.parameters && $0.transferSyntax == report.to
        }
        guard let used else {
            throw CodecMessageError(description: "a report on \(report.to.name) that was not asked for")
        }
        guard report.isLossy == used.isLossy else {
            throw CodecMessageError(description: "a report that contradicts itself")
        }
        guard report.encodedByteCount <= recipe.byteCountMax else {
            throw CodecMessageError(description: "a report on more bytes than are allowed")
        }
    }
}

extension CineFacts {
    fileprivate var json: JSON {
        [
            "columns": JSON(columns), "rows": JSON(rows), "frames": JSON(frameCount),
            "rate": [JSON(rate.numerator), JSON(rate.denominator)],
        ]
    }

    fileprivate init?(_ fields: inout Fields) {
        let columns = fields.int("columns", .required, 1...65_535)
        let rows = fields.int("rows", .required, 1...65_535)
        let frameCount = fields.int("frames", .required, 1...1_000_000)
        let numbers = fields.value("rate", .required)?.array?.compactMap(\.int) ?? []
        fields.rejectUnknown()
        guard fields.errors.isEmpty, let columns, let rows, let frameCount, numbers.count == 2,
            let rate = FrameRate(numbers[0], numbers[1])
        else {
            fields.error("rate", "must be two whole numbers")
            return nil
        }
        self.init(columns: columns, rows: rows, frameCount: frameCount, rate: rate)
    }
}

extension Fields {
    fileprivate init(message bytes: [UInt8]) throws(CodecMessageError) {
        do throws(JSONError) {
            self.init(try JSON(parsing: bytes, byteCountMax: MessageChannel.byteCountMax, depthMax: 8))
        } catch {
            throw CodecMessageError(description: "\(error)")
        }
    }

    fileprivate var messageError: CodecMessageError {
        CodecMessageError(description: complaint ?? "a message that makes no sense")
    }
}
