internal import CLinux
internal import Glibc
internal import Imaging
internal import JSON
internal import Reactor
internal import Security

/// The child's side: one thread that reads requests, lets the engine work, and answers.
///
/// Before it reads the first byte it gives up whatever a codec does not need: descriptors, privileges, core dumps, and
/// all system calls but those for memory, threads and open files. Limits on memory, files and CPU time come from the
/// server, which sets them from outside. A limit on the number of processes (RLIMIT_NPROC) would be of no use: it
/// counts all threads of the user, wherever they run; the filter allows threads and no process.
package enum CodecWorker {
    /// Runs until the server closes the socket. Returns the exit status: 0 at the end of all work, 1 after a message
    /// that was none, 2 when this is no codec process at all.
    package static func run(socket: CInt = 3, engine: any CodecEngine) -> Int32 {
        guard isSocket(socket) else { return 2 }
        // What is set up at the first use, and reads files for it, must be used before the filter.
        _ = Digest.of("")
        guard clinux_confine(socket) == 0 else { return 2 }
        let result = clinux_filter_codec()
        let failure = result == 0 ? nil : SystemError("seccomp", -result).description
        return serve(MessageChannel(Descriptor(socket)), CodecHello(filterFailure: failure), engine)
    }

    /// The loop behind `run`, without confinement.
    static func serve(_ channel: MessageChannel, _ hello: CodecHello, _ engine: any CodecEngine) -> Int32 {
        defer { channel.close() }
        do throws(ChannelError) {
            try channel.send(hello.json.bytes)
            while true {
                let (body, descriptors) = try channel.receive()
                guard let answer = answer(body, descriptors, engine) else { return 1 }
                try channel.send(answer.json.bytes)
            }
        } catch {
            return error == .closed ? 0 : 1
        }
    }

    /// Nil when the request is none.
    private static func answer(
        _ body: [UInt8], _ descriptors: [Descriptor], _ engine: any CodecEngine
    ) -> CodecAnswer? {
        guard let request = try? CodecRequest(body), request.descriptorCounts.contains(descriptors.count) else {
            return nil
        }
        do throws(TranscodeError) {
            let files = descriptors.map { $0.take() }
            switch request.task {
            case .transcode:
                return .report(
                    try engine.transcode(input: files[0], output: files[1], request.recipe, lanes: request.lanes))
            case .describe: return .cine(try engine.cine(input: files[0]))
            case .frames:
                try engine.writeFrames(input: files[0], to: files[1], lanes: request.lanes)
                return .done
            case .wrap(let encoder):
                let parts = VideoParts(
                    input: files[0], output: files[1], video: files[2], decoded: files.count > 3 ? files[3] : nil)
                return .report(try engine.wrap(parts, request.recipe, encoder: encoder))
            }
        } catch {
            return .failure(error)
        }
    }

    private static func isSocket(_ descriptor: CInt) -> Bool {
        var information = stat()
        return unsafe fstat(descriptor, &information) == 0 && information.st_mode & S_IFMT == S_IFSOCK
    }
}
