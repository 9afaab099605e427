internal import CCurl

/// The libcurl that the program was linked with.
package enum CurlLibrary {
    /// Such as "7.88.1".
    package static var version: String {
        guard let text = unsafe curl_version() else { return "unknown" }
        let words = unsafe String(cString: text).split(separator: " ")
        return words.first.map { String($0.drop { $0 != "/" }.dropFirst()) } ?? "unknown"
    }
}
