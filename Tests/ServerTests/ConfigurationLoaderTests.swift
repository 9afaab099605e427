import Foundation
import TestSupport
import Testing

@testable import Server

@Suite struct ConfigurationLoaderTests {
    private func load(
        file: String? = nil, _ environment: [String: String] = [:], arguments: [String: String] = [:]
    ) -> Result<Configuration, ConfigurationErrors> {
        do throws(ConfigurationErrors) {
            return .success(
                try ConfigurationLoader.load(file: file, environment: environment, arguments: arguments))
        } catch {
            return .failure(error)
        }
    }

    @Test func nothingSetGivesTheDefaults() throws {
        #expect(try load().get() == Configuration())
    }

    @Test func argumentsWinOverTheEnvironmentAndThatOverTheFile() async throws {
        try await withTemporaryDirectory { directory in
            let file = directory + "/causeway.yaml"
            try "data: /a\nworkers: 3\nlog: debug\nallow_networks: [10.0.0.0/8, 127.0.0.0/8]\n".write(
                toFile: file, atomically: true, encoding: .utf8)
            let configuration = try load(
                file: file, ["CAUSEWAY_DATA": "/b", "CAUSEWAY_WORKERS": "4"], arguments: ["data": "/c"]
            ).get()
            #expect(configuration.dataDirectory == "/c")
            #expect(configuration.workers == 4)
            #expect(configuration.logLevel == .debug)
            #expect(configuration.allowNetworks == ["10.0.0.0/8", "127.0.0.0/8"])
        }
    }

    @Test func everyErrorIsReportedAtOnceUnderTheNameTheUserWrote() {
        let result = load(
            ["CAUSEWAY_WORKERS": "many", "CAUSEWAY_LOG": "loud", "CAUSEWAY_TYPO": "1"],
            arguments: ["http_listen": "localhost"])
        guard case .failure(let failure) = result else {
            Issue.record("accepted")
            return
        }
        #expect(failure.errors.map(\.key) == ["--http-listen", "CAUSEWAY_LOG", "CAUSEWAY_TYPO", "CAUSEWAY_WORKERS"])
    }

    @Test func aNonLoopbackAddressNeedsTLSOrTheWordInsecure() throws {
        guard case .failure(let failure) = load(["CAUSEWAY_HTTP_LISTEN": "0.0.0.0:8080"]) else {
            Issue.record("accepted")
            return
        }
        #expect(failure.errors.map(\.key) == ["CAUSEWAY_HTTP_LISTEN"])
        let open = try load(["CAUSEWAY_HTTP_LISTEN": "0.0.0.0:8080", "CAUSEWAY_HTTP_INSECURE": "1"]).get()
        #expect(open.httpListen.description == "0.0.0.0:8080")
    }

    @Test func anExternalDatabaseNeedsAMasterKeyAndItsURLMayComeFromAFile() async throws {
        try await withTemporaryDirectory { directory in
            let file = directory + "/url"
            try "postgres://db/causeway\n".write(toFile: file, atomically: true, encoding: .utf8)
            guard case .failure(let failure) = load(["CAUSEWAY_DATABASE_URL_FILE": file]) else {
                Issue.record("accepted")
                return
            }
            #expect(failure.errors.map(\.key) == ["CAUSEWAY_MASTER_KEY_FILE"])
            let configuration = try load(["CAUSEWAY_DATABASE_URL_FILE": file, "CAUSEWAY_MASTER_KEY_FILE": "/k"]).get()
            #expect(configuration.databaseURL?.value == "postgres://db/causeway")
            #expect("\(configuration.databaseURL as Secret?)".contains("causeway") == false)
        }
    }

    @Test(arguments: [("[::1]:1", "[::1]:1"), (":104", "0.0.0.0:104"), ("11112", "0.0.0.0:11112")])
    func listenAddresses(text: String, expected: String) throws {
        #expect(try load(["CAUSEWAY_DICOM_LISTEN": text]).get().dicomListen?.description == expected)
    }
}
