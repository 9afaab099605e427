internal import Logging
internal import Reactor

/// What the user wrote to start a server or a database command: where settings come from.
package struct ServiceInvocation: Sendable {
    private let configFile: String?
    private var arguments: [String: String] = [:]

    package init(configFile: String?) {
        self.configFile = configFile
    }

    /// Adds a setting given as an argument; nil: not given.
    package mutating func set(_ key: String, _ value: String?) {
        if let value { arguments[key] = value }
    }

    func configuration() throws(StartupError) -> Configuration {
        var loaded: Configuration
        do throws(ConfigurationErrors) {
            loaded = try ConfigurationLoader.load(
                file: configFile, environment: ProcessInfo.environment, arguments: arguments)
        } catch {
            throw StartupError("the settings are wrong:\n  " + error.description.replacing("\n", with: "\n  "))
        }
        do throws(SystemError) {
            try FileSystem.createDirectories(loaded.dataDirectory)
            loaded.dataDirectory = try FileSystem.absolutePath(loaded.dataDirectory)
        } catch {
            throw StartupError("the data directory cannot be made: \(error)")
        }
        return loaded
    }

    /// Runs a server until SIGTERM or SIGINT; the exit status.
    package func run(_ roles: Roles, bootstraps: Bool = false) -> Int32 {
        runOnMainLoop { (configuration, loop) throws(StartupError) in
            let service = try await Service.start(configuration, roles, bootstraps: bootstraps, on: loop)
            try await service.runUntilSignal()
        }
    }

    /// Runs `body` with the settings; a `StartupError` becomes one sentence on standard error and status 1.
    func runOnMainLoop(
        _ body: @escaping @Sendable (Configuration, EventLoop) async throws(StartupError) -> Void
    ) -> Int32 {
        MainLoop.run { loop in
            do throws(StartupError) {
                try await body(try configuration(), loop)
                return 0
            } catch {
                Console.error("causeway: \(error)\n")
                return 1
            }
        }
    }
}
