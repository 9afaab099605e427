package import JSON

/// What a staged diagnosis found.
package struct EchoReport: Sendable {
    /// Such as `PACS at pacs.example:11112`.
    package let target: String
    package let isOK: Bool
    /// Those that were taken; a failed one is the last.
    package let steps: [DestinationStep]
    /// The likely cause and what to do, one sentence.
    package let advice: String

    package init(target: String, isOK: Bool, steps: [DestinationStep], advice: String) {
        self.target = target
        self.isOK = isOK
        self.steps = steps
        self.advice = advice
    }

    /// `ok`, `steps`, `advice`.
    package var json: JSONObject {
        let list = steps.map { step -> JSON in
            [
                "step": .string(step.stage.rawValue), "ok": .bool(step.isOK),
                "ms": .double(Self.milliseconds(step.duration)), "detail": .string(step.detail),
            ]
        }
        return ["ok": .bool(isOK), "steps": .array(list), "advice": .string(advice)]
    }

    /// Lines for a terminal, with a line feed at the end of each.
    ///
    ///     echo to PACS at pacs.example:11112
    ///       resolve     0.2 ms  ok      192.0.2.7
    ///       connect     1.1 ms  failed  192.0.2.7:11112: Connection refused
    ///     Nothing listens on port 11112...
    package var transcript: String {
        var text = "echo to \(target)\n"
        for step in steps {
            let name = step.stage.rawValue.padded(to: 10)
            let time = "\(Self.milliseconds(step.duration)) ms".padded(to: 12, atEnd: false)
            text += "  \(name)\(time)  \(step.isOK ? "ok    " : "failed")  \(step.detail)\n"
        }
        return text + advice + "\n"
    }

    /// With one digit after the point.
    private static func milliseconds(_ duration: Duration) -> Double {
        let (seconds, attoseconds) = duration.components
        let tenths = seconds * 10_000 + (attoseconds + 50_000_000_000_000) / 100_000_000_000_000
        return Double(tenths) / 10
    }
}

extension String {
    fileprivate func padded(to width: Int, atEnd: Bool = true) -> String {
        let blanks = String(repeating: " ", count: max(0, width - count))
        return atEnd ? self + blanks : blanks + self
    }
}
