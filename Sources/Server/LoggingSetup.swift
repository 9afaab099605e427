internal import Logging
internal import Reactor

/// The process's loggers.
enum LoggingSetup {
    static func logger(_ configuration: Configuration) -> Logger {
        let asJSON =
            switch configuration.logFormat {
            case .json: true
            case .text: false
            case .automatic: !Console.errorIsTerminal
            }
        let level = Logger.Level(rawValue: configuration.logLevel.rawValue) ?? .info
        return Logger(label: "causeway") { label in
            LineLogHandler(label: label, asJSON: asJSON, logLevel: level)
        }
    }
}
