internal import CPostgres

/// The libpq that the program was linked with.
package enum PostgresLibrary {
    /// Such as "15.18".
    package static var version: String {
        let number = PQlibVersion()
        return "\(number / 10_000).\(number % 10_000)"
    }
}
