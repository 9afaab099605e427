/// What one codec process may use.
package struct CodecLimits: Sendable, Equatable {
    /// Address space in bytes.
    package var addressSpaceMax = 1 << 30
    /// CPU time of one object.
    package var cpuTimeMax = Duration.seconds(600)
    /// Time by the clock for one object; then the process is killed.
    package var wallTimeMax = Duration.seconds(900)
    /// Bytes of one artefact on the disk.
    package var fileByteCountMax = 4 << 30

    package init() {}
}
