/// A media type with its parameters (RFC 9110 section 8.3.1): `multipart/related; type="application/dicom";
/// boundary=x`.
struct MediaType: Equatable {
    /// `type/subtype`, in lower case.
    let name: String
    /// Names in lower case, values unquoted.
    let parameters: [String: String]

    init?(_ text: String) {
        var pieces: [String] = []
        var piece = ""
        var isQuoted = false
        var isEscaped = false
        for character in text {
            if isEscaped {
                piece.append(character)
                isEscaped = false
            } else if isQuoted, character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                isQuoted.toggle()
            } else if character == ";", !isQuoted {
                pieces.append(piece)
                piece = ""
            } else {
                piece.append(character)
            }
        }
        guard !isQuoted, !isEscaped else { return nil }
        pieces.append(piece)
        let name = Self.trim(pieces[0]).lowercased()
        guard name.split(separator: "/").count == 2 else { return nil }
        var parameters: [String: String] = [:]
        for piece in pieces.dropFirst() {
            let halves = piece.split(separator: "=", maxSplits: 1)
            guard halves.count == 2 else { return nil }
            let key = Self.trim(String(halves[0])).lowercased()
            guard parameters.updateValue(Self.trim(String(halves[1])), forKey: key) == nil else { return nil }
        }
        self.name = name
        self.parameters = parameters
    }

    private static func trim(_ text: String) -> String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        return String(text.drop(while: isSpace).reversed().drop(while: isSpace).reversed())
    }
}
