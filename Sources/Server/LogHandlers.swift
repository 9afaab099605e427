internal import JSON
internal import Logging
internal import Reactor
internal import Synchronization

/// Log lines as text for a terminal or as JSON for a collector. Metadata carries who it was about (organization,
/// delivery, association, request), the message only what happened.
struct LineLogHandler: LogHandler {
    let label: String
    let asJSON: Bool
    var logLevel: Logger.Level = .info
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        let time = Timestamp(microseconds: WallClock.microseconds).rfc3339
        if asJSON {
            var line: JSONObject = [
                "time": .string(time), "level": .string("\(event.level)"), "logger": .string(label),
                "message": .string("\(event.message)"),
            ]
            for (key, value) in all { line[key] = .string("\(value)") }
            Console.error(JSON(line).text + "\n")
        } else {
            let context = all.map { " \($0.key)=\($0.value)" }.joined()
            Console.error("\(time) \("\(event.level)".uppercased()) \(label): \(event.message)\(context)\n")
        }
    }
}
