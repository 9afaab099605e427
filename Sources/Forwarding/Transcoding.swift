package import CodecProcess
package import Imaging

/// Where pixels are encoded anew, and where what comes of it is kept until it is delivered.
package struct Transcoding: Sendable {
    /// Encodes the Part 10 file at the first path into a new one at the second, for an organization.
    package typealias Encoder =
        @Sendable (
            _ input: String, _ output: String, _ recipe: TranscodeRecipe, _ organization: String
        ) async throws(CodecPoolError) -> TranscodeReport

    let encode: Encoder
    let artefacts: ArtefactStore
    let environment: PlannerEnvironment

    package init(artefacts: ArtefactStore, environment: PlannerEnvironment, encode: @escaping Encoder) {
        self.encode = encode
        self.artefacts = artefacts
        self.environment = environment
    }
}
