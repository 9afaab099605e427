internal import Reactor

/// One thing that is wrong with the settings.
package struct ConfigurationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// As the user wrote it: `CAUSEWAY_HTTP_LISTEN`, `http_listen`, `--http-listen`.
    package let key: String
    package let message: String

    package var description: String { "\(key): \(message)" }
}

/// All that is wrong with the settings, in one report.
package struct ConfigurationErrors: Error, Equatable, Sendable, CustomStringConvertible {
    package let errors: [ConfigurationError]

    package var description: String { errors.map(\.description).joined(separator: "\n") }
}

/// Settings from a YAML file, under the environment, under the arguments.
///
/// A key is the same word in all three: `http_listen` in the file, `CAUSEWAY_HTTP_LISTEN` in the environment,
/// `--http-listen` as an argument. Secrets may come from a file: `CAUSEWAY_DATABASE_URL_FILE`.
package struct ConfigurationLoader {
    /// Where a value came from, for messages.
    private struct Value {
        let text: String
        let key: String
    }

    private var values: [String: Value] = [:]
    private var errors: [ConfigurationError] = []

    /// - Parameters:
    ///   - file: path of a YAML file of plain `key: value` lines, or nil.
    ///   - environment: the process's environment; only names starting with `CAUSEWAY_` are looked at.
    ///   - arguments: settings given as arguments, by key (`http_listen`).
    package static func load(
        file: String?, environment: [String: String], arguments: [String: String]
    ) throws(ConfigurationErrors) -> Configuration {
        var loader = ConfigurationLoader()
        if let file { loader.readFile(file) }
        loader.readEnvironment(environment)
        for (key, text) in arguments {
            loader.take(key, text, "--" + key.replacing("_", with: "-"))
        }
        let configuration = loader.build()
        if loader.errors.isEmpty { return configuration }
        throw ConfigurationErrors(errors: loader.errors.sorted { $0.key < $1.key })
    }

    static let keys: Set<String> = [
        "data", "database_url", "http_listen", "http_tls_cert", "http_tls_key", "http_insecure", "dicom_listen",
        "dicom_tls_listen", "dicom_tls_cert", "dicom_tls_key", "dicom_tls_client_ca", "blobs", "master_key_file",
        "allow_networks", "workers", "codec_processes", "artefact_bytes", "log", "log_format", "retry_base_seconds",
        "retry_max_seconds", "retry_attempts",
    ]
    private static let secretKeys: Set<String> = ["database_url"]

    private mutating func take(_ key: String, _ text: String, _ source: String) {
        if Self.keys.contains(key) {
            values[key] = Value(text: text, key: source)
        } else if key.hasSuffix("_file"), Self.secretKeys.contains(String(key.dropLast(5))) {
            readSecret(String(key.dropLast(5)), path: text, source)
        } else {
            errors.append(ConfigurationError(key: source, message: "is not a setting; see `causeway up --help`"))
        }
    }

    private mutating func readSecret(_ key: String, path: String, _ source: String) {
        do throws(SystemError) {
            let bytes = try FileSystem.read(path, limit: 65_536)
            let text = String(decoding: bytes, as: UTF8.self)
            values[key] = Value(text: Self.trim(text), key: source)
        } catch {
            errors.append(ConfigurationError(key: source, message: "cannot be read: \(error.message)"))
        }
    }

    private mutating func readEnvironment(_ environment: [String: String]) {
        let prefix = "CAUSEWAY_"
        for (name, text) in environment where name.hasPrefix(prefix) {
            // The test suite's own switches share the prefix.
            if name.hasPrefix("CAUSEWAY_TEST_") || name == "CAUSEWAY_SAMPLES" { continue }
            take(name.dropFirst(prefix.count).lowercased(), text, name)
        }
    }

    private mutating func readFile(_ path: String) {
        let bytes: [UInt8]
        do throws(SystemError) { bytes = try FileSystem.read(path) } catch {
            errors.append(ConfigurationError(key: path, message: "cannot be read: \(error.message)"))
            return
        }
        do throws(SettingsFile.Failure) {
            let file = try SettingsFile(String(decoding: bytes, as: UTF8.self))
            for (key, value) in file.values { take(key, value, key) }
        } catch {
            errors.append(ConfigurationError(key: path, message: "line \(error.line) \(error.reason)"))
        }
    }

    // MARK: Values

    private mutating func build() -> Configuration {
        var c = Configuration()
        if let text = text("data") { c.dataDirectory = text }
        if let text = text("database_url") { c.databaseURL = Secret(text) }
        if let address = address("http_listen") { c.httpListen = address }
        c.httpTLS = tlsFiles("http_tls_cert", "http_tls_key")
        c.httpInsecure = flag("http_insecure") ?? false
        c.dicomListen = address("dicom_listen")
        c.dicomTLSListen = address("dicom_tls_listen")
        c.dicomTLS = tlsFiles("dicom_tls_cert", "dicom_tls_key")
        c.dicomTLSClientCA = text("dicom_tls_client_ca")
        c.blobs = text("blobs")
        c.masterKeyFile = text("master_key_file")
        if let text = text("allow_networks") {
            c.allowNetworks = text.split(whereSeparator: { $0 == "," || $0 == " " }).map(String.init)
        }
        c.workers = integer("workers", 1...1024)
        c.codecProcesses = integer("codec_processes", 1...256)
        c.artefactBytes = integer("artefact_bytes", (64 << 20)...(1 << 50)) ?? c.artefactBytes
        c.logLevel = choice("log") ?? c.logLevel
        c.logFormat = choice("log_format") ?? c.logFormat
        c.retryBaseSeconds = integer("retry_base_seconds", 1...3600) ?? c.retryBaseSeconds
        c.retryMaxSeconds = integer("retry_max_seconds", 1...86_400) ?? c.retryMaxSeconds
        c.retryAttempts = integer("retry_attempts", 1...1000) ?? c.retryAttempts
        checkTogether(c)
        return c
    }

    /// Rules that look at more than one setting.
    private mutating func checkTogether(_ c: Configuration) {
        if let address = c.httpListen.socketAddress, !address.isLoopback, c.httpTLS == nil, !c.httpInsecure {
            fail(
                "http_listen",
                "\(c.httpListen) is not loopback and has no TLS: set CAUSEWAY_HTTP_TLS_CERT and _KEY, or "
                    + "CAUSEWAY_HTTP_INSECURE=1 behind a TLS proxy")
        }
        if c.dicomTLSListen != nil, c.dicomTLS == nil {
            fail("dicom_tls_listen", "needs CAUSEWAY_DICOM_TLS_CERT and CAUSEWAY_DICOM_TLS_KEY")
        }
        if c.databaseURL != nil, c.masterKeyFile == nil {
            fail(
                "master_key_file",
                "is required with an external database: 32 random bytes in base64, the same file for "
                    + "every process that shares it")
        }
        if let blobs = c.blobs, !blobs.hasPrefix("file:") {
            fail("blobs", "only file:PATH is supported by this version")
        }
        if c.retryMaxSeconds < c.retryBaseSeconds {
            fail("retry_max_seconds", "must not be below retry_base_seconds (\(c.retryBaseSeconds))")
        }
    }

    private mutating func fail(_ key: String, _ message: String) {
        errors.append(ConfigurationError(key: values[key]?.key ?? "CAUSEWAY_" + key.uppercased(), message: message))
    }

    private func text(_ key: String) -> String? {
        values[key].map { Self.trim($0.text) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    private static func trim(_ text: String) -> String {
        let isSpace: (Character) -> Bool = { $0.isWhitespace }
        return String(text.drop(while: isSpace).reversed().drop(while: isSpace).reversed())
    }

    private mutating func integer(_ key: String, _ range: ClosedRange<Int>) -> Int? {
        guard let text = text(key) else { return nil }
        guard let value = Int(text), range.contains(value) else {
            fail(key, "must be a number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return value
    }

    private mutating func flag(_ key: String) -> Bool? {
        guard let text = text(key) else { return nil }
        switch text.lowercased() {
        case "1", "true", "yes", "on": return true
        case "0", "false", "no", "off": return false
        default:
            fail(key, "must be 1 or 0")
            return nil
        }
    }

    private mutating func choice<T: RawRepresentable & CaseIterable>(_ key: String) -> T? where T.RawValue == String {
        guard let text = text(key) else { return nil }
        guard let value = T(rawValue: text) else {
            fail(key, "must be one of " + T.allCases.map(\.rawValue).joined(separator: ", "))
            return nil
        }
        return value
    }

    private mutating func address(_ key: String) -> Configuration.ListenAddress? {
        guard let text = text(key), text != "off" else { return nil }
        let colon = text.lastIndex(of: ":")
        var host = colon.map { String(text[..<$0]) } ?? ""
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        let port = colon.map { text[text.index(after: $0)...] } ?? text[...]
        guard let number = UInt16(port), SocketAddress(literal: host.isEmpty ? "0.0.0.0" : host, port: number) != nil
        else {
            fail(key, "must be ADDRESS:PORT with an IP address, such as 127.0.0.1:8080 or [::1]:8080")
            return nil
        }
        return Configuration.ListenAddress(host: host.isEmpty ? "0.0.0.0" : host, port: number)
    }

    private mutating func tlsFiles(_ certificate: String, _ key: String) -> Configuration.TLSFiles? {
        switch (text(certificate), text(key)) {
        case (let certificate?, let key?): return Configuration.TLSFiles(certificate: certificate, key: key)
        case (nil, nil): return nil
        case (nil, _): fail(certificate, "is missing beside the key")
        case (_, nil): fail(key, "is missing beside the certificate")
        }
        return nil
    }
}
