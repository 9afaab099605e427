internal import Bytes
internal import DICOM
internal import DICOMNetwork
internal import JSON
internal import Logging
internal import Reactor
internal import Security

/// `causeway pacs`: a receiver for trying things out. It takes every object and writes Part 10 files, or discards.
package struct PacsCommand: Sendable {
    package var port: UInt16
    /// PEM files; nil: plain.
    package var tls: (certificate: String, key: String)?
    /// Where the files go; nil: nowhere.
    package var directory: String?
    /// The only called AE title that is served; nil: any.
    package var calledAET: String?
    package var json = false

    package init(port: UInt16) {
        self.port = port
    }

    /// Serves until SIGTERM or SIGINT; the exit status.
    package func run() -> Int32 {
        MainLoop.run { loop in
            do throws(StartupError) {
                try await serve(on: loop)
                return 0
            } catch {
                Console.error("causeway pacs: \(error)\n")
                return 1
            }
        }
    }

    private func serve(on loop: EventLoop) async throws(StartupError) {
        var settings = DICOMServer.Settings()
        if let tls {
            settings.tls = try TLSFiles.serverContext(.init(certificate: tls.certificate, key: tls.key))
        }
        let target = PacsTarget(
            directory: directory, calledAET: calledAET, asJSON: json, disk: BlockingPool(threads: 4, name: "disk"))
        do throws(SystemError) {
            if let directory { try FileSystem.createDirectories(directory, permissions: 0o755) }
            let group = try EventLoopGroup(count: max(2, ProcessInfo.coreCount), name: "data")
            let server = DICOMServer(settings, logger: Logger(label: "pacs")) { PacsReceiver(target) }
            let address = try server.listen(SocketAddress.any(port: port), on: loop, group: group)
            Console.error(
                "receiving on port \(address.port)\(tls == nil ? "" : " with TLS"), "
                    + "\(directory.map { "into \($0)" } ?? "discarding")\n")
            let signals = try Signals(on: loop)
            _ = await signals.next()
            signals.close()
            await server.drain(deadline: .after(.seconds(5)), on: loop)
        } catch {
            throw StartupError(error.description)
        }
    }
}

/// What all connections of the receiver share.
private struct PacsTarget: Sendable {
    let directory: String?
    let calledAET: String?
    let asJSON: Bool
    let disk: BlockingPool

    func report(_ store: IncomingStore, byteCount: Int, path: String?, failure: String?) {
        let syntax = UID(store.context.transferSyntax).map { TransferSyntax($0).name } ?? store.context.transferSyntax
        if asJSON {
            let line: JSON = [
                "sopInstanceUID": .string(store.request.sopInstanceUID),
                "sopClassUID": .string(store.request.sopClassUID),
                "transferSyntaxUID": .string(store.context.transferSyntax), "bytes": JSON(byteCount),
                "callingAET": .string(store.association.callingAE), "path": JSON(path), "error": JSON(failure),
            ]
            Console.output(line.text + "\n")
        } else {
            let name = UID(store.request.sopClassUID).map { SOPClass($0).name } ?? store.request.sopClassUID
            let end = failure.map { "failed: \($0)" } ?? path ?? "discarded"
            Console.output("\(store.request.sopInstanceUID)  \(name), \(syntax), \(byteCount) bytes  \(end)\n")
        }
    }
}

private final class PacsReceiver: AssociationHandler {
    private let target: PacsTarget

    init(_ target: PacsTarget) {
        self.target = target
    }

    func decide(_ request: AssociateRequest, from peer: SocketAddress?) async -> AssociationDecision {
        if let only = target.calledAET, request.calledAE != only {
            return .reject(AssociateReject(.permanent, .user(.calledAENotRecognized)))
        }
        return .accept(
            ContextSupport(
                transferSyntaxes: TransferSyntax.registered.map(\.uid.text), supportsAbstractSyntax: { _ in true }))
    }

    func beginStore(_ store: IncomingStore) async -> StoreAdmission { .receive(PacsSink(target, store)) }
}

/// One object on its way into a file.
private final class PacsSink: StorageSink {
    private static let pieceByteCount = 1 << 18

    private let target: PacsTarget
    private let store: IncomingStore
    private let piece = IOBuffer(capacity: 1 << 16)
    private var byteCount = 0
    private var file: WritableFile?
    private var failure: String?
    private let path: String?

    init(_ target: PacsTarget, _ store: IncomingStore) {
        self.target = target
        self.store = store
        guard let directory = target.directory else {
            path = nil
            return
        }
        // A UID with anything but digits and dots never gets near a file name.
        guard let uid = UID(store.request.sopInstanceUID), let sopClass = UID(store.request.sopClassUID),
            let syntax = UID(store.context.transferSyntax)
        else {
            path = nil
            failure = "malformed UID in the command"
            return
        }
        path = "\(directory)/\(uid.text).dcm"
        piece.append(Part10.header(sopClass: sopClass, sopInstance: uid, syntax: TransferSyntax(syntax)))
    }

    func write(_ bytes: RawSpan) {
        byteCount += bytes.byteCount
        if path != nil { piece.append(bytes) }
    }

    func drain() async {
        if piece.readableCount >= Self.pieceByteCount { await flush() }
    }

    private var temporary: String { "\(path ?? "").part" }

    private func flush() async {
        guard failure == nil, path != nil else { return piece.clear() }
        let piece = piece
        let bytes = piece.readable.array()
        piece.clear()
        let (open, temporary) = (file, temporary)
        do throws(SystemError) {
            file = try await target.disk.runThrowing { () throws(SystemError) in
                let file: WritableFile
                if let open {
                    file = open
                } else {
                    // Left over when a sender went away.
                    try? FileSystem.remove(temporary)
                    file = try WritableFile(creating: temporary, permissions: 0o644)
                }
                try file.write(bytes.rawSpan)
                return file
            }
        } catch {
            failure = error.description
        }
    }

    func finish() async -> StoreAnswer {
        await flush()
        if failure == nil, let path {
            let (written, temporary) = (file, temporary)
            do throws(SystemError) {
                try await target.disk.runThrowing { () throws(SystemError) in
                    try written?.close()
                    try FileSystem.rename(temporary, to: path)
                }
            } catch {
                failure = error.description
            }
        }
        target.report(store, byteCount: byteCount, path: path, failure: failure)
        guard let failure else { return .success }
        return StoreAnswer(.outOfResources, comment: String(failure.prefix(64)))
    }

    func abandon() {
        let temporary = temporary
        file = nil
        if path != nil { target.disk.submit { try? FileSystem.remove(temporary) } }
    }
}
