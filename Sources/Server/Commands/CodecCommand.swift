internal import CodecProcess

/// `causeway codec`: the confined process that the server starts to decode and encode pixels. Not for people.
package enum CodecCommand {
    package static let name = "codec"

    /// Serves requests until the server ends it.
    package static func run() -> Int32 { CodecWorker.run(engine: TranscoderEngine()) }
}
