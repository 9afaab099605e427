internal import JSON
internal import Outbound
internal import Postgres
internal import Reactor
internal import Security

/// The program's version and the libraries it was linked with.
package enum VersionText {
    package static let current = "0.1.0"

    package static func write(json: Bool) -> Int32 {
        let libraries: [(String, String)] = [
            ("OpenSSL", OpenSSLLibrary.version), ("libpq", PostgresLibrary.version), ("libcurl", CurlLibrary.version),
        ]
        if json {
            var object: JSONObject = ["causeway": .string(current)]
            for (name, version) in libraries { object[name] = .string(version) }
            Console.output(JSON(object).text + "\n")
        } else {
            Console.output("causeway \(current)\n" + libraries.map { "\($0.0) \($0.1)\n" }.joined())
        }
        return 0
    }
}
