internal import CLinux
internal import Glibc

/// A system call that failed: which one, and `errno`.
package struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
    package let call: String
    package let code: CInt

    package init(_ call: String, _ code: CInt) {
        self.call = call
        self.code = code
    }

    package var description: String { "\(call): \(message)" }

    /// The system's words for `errno`, such as "Connection refused".
    package var message: String {
        guard let text = unsafe strerror(code) else { return "error \(code)" }
        return unsafe String(cString: text)
    }

    package var isConnectionRefused: Bool { code == ECONNREFUSED }
    package var isConnectionReset: Bool { code == ECONNRESET || code == EPIPE }
    package var isTimeout: Bool { code == ETIMEDOUT }
    package var isUnreachable: Bool { code == EHOSTUNREACH || code == ENETUNREACH }
    package var isNoSpace: Bool { code == ENOSPC || code == EDQUOT }
    package var isNotFound: Bool { code == ENOENT }
    package var isAlreadyExists: Bool { code == EEXIST }
}
