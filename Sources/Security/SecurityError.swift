internal import COpenSSL

/// Why keys, certificates or ciphers could not be used. TLS on the wire has `TLSError`.
package enum SecurityError: Error, Equatable, Sendable, CustomStringConvertible {
    /// OpenSSL refused `operation`; `reason` is its own wording.
    case library(operation: String, reason: String)
    /// Text or bytes that are not what they should be: "PEM certificate", "API key".
    case malformed(String)
    /// A value that the caller gave is not acceptable.
    case invalid(field: String, reason: String)
    /// A sealed text was changed, or was sealed for another record, or under another key.
    case notAuthentic
    /// The secret was sealed under a master key that is not in the ring.
    case unknownMasterKey(id: String)

    package var description: String {
        switch self {
        case .library(let operation, let reason): "\(operation): \(reason)"
        case .malformed(let what): "not a valid \(what)"
        case .invalid(let field, let reason): "\(field): \(reason)"
        case .notAuthentic: "the sealed text was changed or belongs to another record"
        case .unknownMasterKey(let id): "sealed under master key \(id), which this server does not have"
        }
    }
}

/// The error queue that OpenSSL keeps for each thread.
enum OpenSSLErrors {
    struct Entry {
        let library: Int
        let reason: Int
        let text: String
    }

    static func clear() { ERR_clear_error() }

    /// Takes all entries, oldest first, and leaves the queue empty.
    static func take() -> [Entry] {
        var entries: [Entry] = []
        while true {
            let code = ERR_get_error()
            if code == 0 { return entries }
            let words = unsafe ERR_reason_error_string(code).map { unsafe String(cString: $0) }
            entries.append(
                Entry(
                    library: Int(ERR_GET_LIB(code)), reason: Int(ERR_GET_REASON(code)), text: words ?? "error \(code)"))
        }
    }

    static func failure(_ operation: String) -> SecurityError {
        let texts = take().map(\.text)
        return .library(operation: operation, reason: texts.isEmpty ? "no reason given" : texts.joined(separator: ", "))
    }

    /// Passes a result over 0 on; anything else becomes an error.
    @discardableResult
    static func check(_ operation: String, _ result: CInt) throws(SecurityError) -> CInt {
        if result <= 0 { throw failure(operation) }
        return result
    }

    /// Passes a pointer on; none becomes an error.
    static func check<P>(_ operation: String, _ pointer: P?) throws(SecurityError) -> P {
        guard let pointer else { throw failure(operation) }
        return pointer
    }
}

/// The OpenSSL that runs, such as "OpenSSL 3.0.22 25 Aug 2026".
package enum OpenSSLLibrary {
    package static var version: String {
        guard let text = unsafe OpenSSL_version(OPENSSL_VERSION) else { return "OpenSSL" }
        return unsafe String(cString: text)
    }
}
