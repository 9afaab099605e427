package import Reactor

/// What one process was told at start; frozen afterwards. Defaults stand beside the fields. Design 3.2.
package struct Configuration: Sendable, Equatable {
    /// Blobs, embedded cluster, sockets; created with 0700.
    package var dataDirectory = "./var"
    /// A libpq URI or conninfo; nil: the embedded cluster.
    package var databaseURL: Secret?
    package var httpListen = ListenAddress(host: "127.0.0.1", port: 8080)
    /// PEM files; both or none.
    package var httpTLS: TLSFiles?
    /// Allows a non-loopback address without TLS.
    package var httpInsecure = false
    package var dicomListen: ListenAddress?
    package var dicomTLSListen: ListenAddress?
    /// Certificate and key of the DICOM TLS listener.
    package var dicomTLS: TLSFiles?
    /// PEM file of the CAs that a DICOM peer's certificate must come from; nil: none is asked for.
    package var dicomTLSClientCA: String?
    /// `file:PATH`; nil: `blobs` under the data directory.
    package var blobs: String?
    package var masterKeyFile: String?
    /// CIDR blocks exempt from the public-address rule.
    package var allowNetworks: [String] = []
    /// Associations in flight per process; nil: one per core.
    package var workers: Int?
    /// Processes that decode and encode pixels; nil: one per core.
    package var codecProcesses: Int?
    /// Bytes of encoded objects that are kept on the disk until they are delivered.
    package var artefactBytes = 8 << 30
    package var logLevel = LogLevel.info
    package var logFormat = LogFormat.automatic
    /// Shortest and longest wait between tries of a delivery, in seconds.
    package var retryBaseSeconds = 30
    package var retryMaxSeconds = 1800
    package var retryAttempts = 12

    package init() {}

    package struct ListenAddress: Sendable, Equatable, CustomStringConvertible {
        package var host: String
        package var port: UInt16

        package init(host: String, port: UInt16) {
            self.host = host
            self.port = port
        }

        package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

        /// The address to bind; nil when the host is a name.
        package var socketAddress: SocketAddress? { SocketAddress(literal: host, port: port) }
    }

    package struct TLSFiles: Sendable, Equatable {
        package var certificate: String
        package var key: String
    }

    package enum LogLevel: String, Sendable, CaseIterable, Comparable {
        case trace, debug, info, notice, warning, error

        package static func < (a: LogLevel, b: LogLevel) -> Bool {
            (allCases.firstIndex(of: a) ?? 0) < (allCases.firstIndex(of: b) ?? 0)
        }
    }

    /// `automatic`: text on a terminal, JSON elsewhere.
    package enum LogFormat: String, Sendable, CaseIterable { case automatic, text, json }
}

/// A setting that never shows in logs or errors.
package struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible {
    package let value: String

    package init(_ value: String) { self.value = value }

    package var description: String { "***" }
    package var debugDescription: String { "***" }
}
