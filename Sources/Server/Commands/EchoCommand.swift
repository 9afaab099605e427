internal import DICOMNetwork
internal import Forwarding
internal import JSON
internal import Reactor
internal import Security

/// `causeway echo`: the staged diagnosis, or many echoes in a row.
package struct EchoCommand: Sendable {
    private let target: ClientTarget
    private let json: Bool
    /// Associations one after another.
    package var count = 1
    /// Whether TLS sessions are resumed.
    package var resumesSessions = true

    package init(_ target: ClientTarget, json: Bool) {
        self.target = target
        self.json = json
    }

    /// 0 only when every echo succeeded.
    package func run() -> Int32 {
        MainLoop.run { loop in
            do throws(StartupError) {
                let resolver = Resolver(pool: BlockingPool(threads: 1, name: "resolver"))
                return count == 1 ? try await diagnose(loop, resolver) : try await repeatEcho(loop, resolver)
            } catch {
                Console.error("causeway echo: \(error)\n")
                return 1
            }
        }
    }

    private func diagnose(_ loop: EventLoop, _ resolver: Resolver) async throws(StartupError) -> Int32 {
        let report = await EchoProbe(on: loop, resolver: resolver).run(try target.destination())
        Console.output(json ? JSON(report.json).text + "\n" : report.transcript)
        return report.isOK ? 0 : 1
    }

    private func repeatEcho(_ loop: EventLoop, _ resolver: Resolver) async throws(StartupError) -> Int32 {
        let destination = try target.destination(resumesSessions: resumesSessions)
        let connector = DestinationConnector(on: loop, resolver: resolver)
        var (ok, resumed) = (0, 0)
        var lastError: String?
        let start = Deadline.now
        for _ in 0..<count {
            do throws(DestinationError) {
                let connected = try await connector.connect(to: destination, proposing: [.verification])
                do throws(AssociationError) {
                    let status = try await connected.association.echo()
                    try await connected.association.release()
                    if status == .success { ok += 1 } else { lastError = status.description }
                    if connected.tls?.isResumed == true { resumed += 1 }
                } catch {
                    lastError = error.description
                }
            } catch {
                lastError = error.description
            }
        }
        report(ok, resumed, seconds: Double(Deadline.now.nanoseconds - start.nanoseconds) / 1e9, lastError)
        return ok == count ? 0 : 1
    }

    private func report(_ ok: Int, _ resumed: Int, seconds: Double, _ lastError: String?) {
        if json {
            let summary: JSON = [
                "echoes": JSON(count), "succeeded": JSON(ok), "resumed": JSON(resumed), "seconds": .double(seconds),
                "lastError": JSON(lastError),
            ]
            Console.output(summary.text + "\n")
        } else {
            let milliseconds = Int(seconds * 1000)
            Console.output(
                "\(ok) of \(count) echoes succeeded in \(milliseconds) ms, \(resumed) TLS sessions resumed\n")
            if let lastError { Console.error("last error: \(lastError)\n") }
        }
    }
}
