/// What one codec process may use.
package struct CodecLimits: Sendable, Equatable {
    /// Address space in bytes.
    package var addressSpaceMax = 1 << 30
    /// CPU time of one object, all threads together.
    package var cpuTimeMax = Duration.seconds(600)
    /// Time by the clock for one object; then the process is killed.
    package var wallTimeMax = Duration.seconds(900)
    /// Time by the clock until a new process has said that it is ready.
    package var startTimeMax = Duration.seconds(30)
    /// Bytes of one artefact on the disk.
    package var fileByteCountMax = 4 << 30
    /// Open files: standard streams, the socket, two for the object, and what the loader needs.
    package var descriptorsMax = 16
    /// Address space of the video encoder in bytes; it keeps some forty frames.
    package var encoderAddressSpaceMax = 2 << 30

    package init() {}
}
