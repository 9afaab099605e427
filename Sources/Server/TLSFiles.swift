internal import Reactor
internal import Security

/// TLS servers made from PEM files.
enum TLSFiles {
    static func serverContext(
        _ files: Configuration.TLSFiles, clientCA: String? = nil, applicationProtocols: [String] = []
    ) throws(StartupError) -> TLSServerContext {
        let certificate = try read(files.certificate)
        let key = try read(files.key)
        let authorities = try clientCA.map { (path) throws(StartupError) in try read(path) }
        return try StartupError.explaining({ "\(files.certificate), \(files.key): \($0)" }) {
            () throws(SecurityError) in
            var settings = TLSServerSettings(identity: try Identity(certificatePEM: certificate, keyPEM: key))
            settings.applicationProtocols = applicationProtocols
            if let authorities {
                settings.clientVerification = .authority(
                    .certificates(try Certificate.list(pem: authorities)), name: nil)
            }
            return try TLSServerContext(settings)
        }
    }

    private static func read(_ path: String) throws(StartupError) -> [UInt8] {
        try StartupError.explaining({ "\(path) cannot be read: \($0.message)" }) { () throws(SystemError) in
            try FileSystem.read(path)
        }
    }

    /// A TLS handshake as a server, to be over by the deadline.
    static func accept(
        _ socket: SocketStream, _ context: TLSServerContext, _ deadline: Deadline
    ) async throws(StreamError) -> any ByteStream {
        do throws(TLSError) {
            let stream = try TLSStream(server: context, over: socket)
            _ = try await stream.handshake(deadline: deadline)
            return stream
        } catch {
            throw .tls("\(error)")
        }
    }
}
