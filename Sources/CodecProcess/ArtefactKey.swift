package import Imaging
internal import Bytes
internal import JSON
internal import Security

/// What an artefact was made of: whose object, which one, and how.
package struct ArtefactKey: Hashable, Sendable {
    private let text: String

    /// - Parameter source: the object's own identifier in the organization; text from a peer may be part of it.
    package init(organization: String, source: String, _ recipe: TranscodeRecipe) {
        // As JSON, so that no text can pass for another with its border elsewhere.
        text = JSON.array([.string(organization), .string(source), recipe.json]).text
    }

    /// For names on the disk, where nothing that came from a peer may stand as it is.
    var fileName: String { Hex.encode(Digest.of(text).prefix(16)) }
}
