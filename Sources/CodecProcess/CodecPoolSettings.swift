internal import Glibc

/// How codec processes are started, and how many.
package struct CodecPoolSettings: Sendable {
    /// This very program, also when its file has been replaced meanwhile.
    package var executable = "/proc/self/exe"
    package var arguments = ["codec"]
    /// Processes at a time; each works on one object.
    package var processesMax: Int
    /// Threads in each.
    package var lanes: Int
    /// Objects after which a process is replaced by a fresh one.
    package var jobsPerProcess = 256
    /// Objects of one organization in a row, while others wait.
    package var turnLength = 8
    package var limits = CodecLimits()
    /// Nil: cines do not become video.
    package var videoEncoder: VideoEncoder?

    package init() {
        let cores = max(1, sysconf(CInt(_SC_NPROCESSORS_ONLN)))
        processesMax = cores
        lanes = cores
    }
}
