/// Every number of HTTP/1.1 on one screen. Counts are bytes unless the name says otherwise.
package struct HTTPLimits: Sendable {
    // Head
    /// Beyond this the target is too long: 414.
    package var requestLineByteCountMax = 8 * 1024
    /// Beyond this, request line included: 431.
    package var headByteCountMax = 16 * 1024
    /// Beyond this: 431.
    package var fieldCountMax = 100

    // Body
    /// The most any request may carry, whatever its route allows: 413.
    package var bodyByteCountMax = 1 << 40
    /// Hexadecimal digits of a chunk's size, leading zeros included.
    package var chunkSizeDigitCountMax = 8
    /// Extensions of one chunk.
    package var chunkExtensionByteCountMax = 256
    package var trailerByteCountMax = 8 * 1024
    package var trailerCountMax = 32
    /// An unread body up to this is read and dropped so that the connection can go on; above it the connection closes.
    package var drainByteCountMax = 256 * 1024

    // Time
    /// From the connection (and its TLS handshake) to the first byte of the first request.
    package var firstByteTimeout = Duration.seconds(15)
    package var handshakeTimeout = Duration.seconds(10)
    /// From the first byte of a request to the end of its head: 408.
    package var headTimeout = Duration.seconds(10)
    /// Between requests.
    package var idleTimeout = Duration.seconds(75)
    /// A body may stall this long in all, plus what it earns at `bodyByteRateMin`: 408.
    package var bodyStallTimeout = Duration.seconds(20)
    /// Bytes a second, both for reading a body and for writing a response.
    package var bodyByteRateMin = 1024
    package var writeTimeout = Duration.seconds(30)
    /// How long what a refused client still sends is read and dropped, so that it sees the refusal before a reset.
    package var lingerTimeout = Duration.seconds(2)
    package var lingerByteCountMax = 1024 * 1024

    // Connections
    package var connectionCountMax = 4096
    package var connectionPerPeerCountMax = 512

    // Memory of a connection
    static let inputByteCount = 4 * 1024
    static let outputByteCount = 4 * 1024
    /// Pieces in which large bodies are read and written; pipelined answers are held back up to this.
    static let pieceByteCount = 64 * 1024

    package init() {}
}
