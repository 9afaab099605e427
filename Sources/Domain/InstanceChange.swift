package import JSON

/// How an instance went out otherwise than it is stored: in another encoding, with other pixels, under another UID.
package struct InstanceChange: Sendable, Equatable {
    package var ordinal: Int
    /// SOP Instance UID as sent; that of the stored object unless pixels lost something.
    package var sopInstanceUID: String
    package var transferSyntaxUID: String
    /// Codec, version, parameters and figures of a transcoding; null when the pixels were left alone.
    package var compression: JSON
    /// Why this way and none that stood before it, one sentence each.
    package var reasons: [String]

    package init(ordinal: Int, sopInstanceUID: String, transferSyntaxUID: String) {
        self.ordinal = ordinal
        self.sopInstanceUID = sopInstanceUID
        self.transferSyntaxUID = transferSyntaxUID
        compression = .null
        reasons = []
    }

    package var json: JSON {
        [
            "sopInstanceUID": .string(sopInstanceUID), "transferSyntaxUID": .string(transferSyntaxUID),
            "compression": compression, "reasons": JSON(reasons),
        ]
    }

    /// From `json`, as stored; nil for anything else.
    package init?(ordinal: Int, json: JSON) {
        guard let uid = json["sopInstanceUID"]?.string, let syntax = json["transferSyntaxUID"]?.string else {
            return nil
        }
        self.init(ordinal: ordinal, sopInstanceUID: uid, transferSyntaxUID: syntax)
        compression = json["compression"] ?? .null
        reasons = json["reasons"]?.array?.compactMap(\.string) ?? []
    }
}
