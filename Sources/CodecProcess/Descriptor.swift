internal import Glibc
internal import Synchronization

/// Owner of a file descriptor: closed when nobody holds it any more, or earlier.
final class Descriptor: Sendable {
    private let number: Atomic<CInt>

    init(_ number: CInt) { self.number = Atomic(number) }

    deinit { close() }

    /// -1 once it is closed or was handed over.
    var raw: CInt { number.load(ordering: .acquiring) }

    /// Hands the descriptor over: it is the caller's to close.
    func take() -> CInt { number.exchange(-1, ordering: .acquiringAndReleasing) }

    func close() {
        let raw = take()
        if raw >= 0 { Glibc.close(raw) }
    }
}
