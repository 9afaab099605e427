/// Why a command could not do its work, in one sentence that says what to do. It is what the user sees.
package struct StartupError: Error, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }

    /// Runs `body`; its error becomes a sentence for the user.
    static func explaining<T, E: Error>(
        _ words: (E) -> String, _ body: () throws(E) -> T
    ) throws(StartupError) -> T {
        do throws(E) { return try body() } catch { throw StartupError(words(error)) }
    }

    /// As above, for work that waits.
    static func explaining<T, E: Error>(
        _ words: (E) -> String, _ body: () async throws(E) -> T
    ) async throws(StartupError) -> T {
        do throws(E) { return try await body() } catch { throw StartupError(words(error)) }
    }
}
