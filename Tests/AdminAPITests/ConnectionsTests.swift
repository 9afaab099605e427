import Domain
import JSON
import Reactor
import Store
import Testing

@testable import HTTP1

@Suite struct ConnectionsTests {
    @Test func aNewConnectionHasACertificate() async throws {
        try await APIFixture.run { f in
            let made = await f.post("/v1/connections", ["name": "North side", "host": "127.0.0.1"])
            #expect(made.status == 201 && made.fields["etag"] == "\"v1\"")
            #expect(made.fields["location"] == "/v1/connections/\(made.json["id"]?.string ?? "")")
            #expect(
                made.json["tls"] == [
                    "mode": "active", "policy": "bcp195", "verification": "pin", "clientCertificate": "none",
                ])
            let certificates = try #require(made.json["certificates"]?.array)
            #expect(certificates.count == 1 && certificates[0]["state"] == "active")
            #expect(certificates[0]["purpose"] == "server" && certificates[0]["source"] == "generate")
            #expect(certificates[0]["hasPrivateKey"] == true && certificates[0]["keyDownloadedAt"] == .null)
            #expect(certificates[0]["fingerprint"]?.string?.count == 64)
            #expect(!made.text.contains("PRIVATE KEY"))
            #expect(await f.get(made.fields["location"] ?? "").json == made.json)
            #expect(await f.get("/v1/connections").json["items"]?[0] == made.json)
        }
    }

    @Test func withoutTLSThereIsNoneUntilItIsSwitchedOn() async throws {
        try await APIFixture.run { f in
            let id = try await f.connection()
            let path = "/v1/connections/\(id)"
            #expect(await f.get(path).json["certificates"] == [])
            let patch: JSON = ["tls": ["mode": "active", "clientCertificate": "generate"]]
            let changed = await f.call(.patch, path, patch)
            let purposes = changed.json["certificates"]?.array?.compactMap { $0["purpose"]?.string } ?? []
            #expect(changed.status == 200 && Set(purposes) == ["server", "client"])
            let again = await f.call(.patch, path, ["name": "Other"])
            #expect(again.json["certificates"]?.array?.count == 2, "once is enough")
        }
    }

    @Test func aClientCertificateIsMadeWithTheConnection() async throws {
        try await APIFixture.run { f in
            let body: JSON = ["name": "A", "host": "127.0.0.1", "tls": ["clientCertificate": "generate"]]
            let made = await f.post("/v1/connections", body)
            let id = try #require(made.json["id"]?.string)
            let client = made.json["certificates"]?.array?.first { $0["purpose"] == "client" }
            let cid = try #require(client?["id"]?.string)
            let path = "/v1/connections/\(id)/certificates/\(cid)/download"
            let pem = await f.get(path)
            #expect(pem.status == 404 && pem.problem == "no-private-key", "our own key stays here")
            #expect(await f.get(path + "?format=der").status == 200)
        }
    }

    @Test func everythingWrongIsNamedAtOnce() async throws {
        try await APIFixture.run { f in
            let body: JSON = [
                "host": "not a host", "tls": ["mode": "maybe", "policy": "old", "color": 1], "size": 2,
                "certificate": ["source": "csr"],
            ]
            let answer = await f.post("/v1/connections", body)
            #expect(answer.status == 422)
            #expect(
                Set(answer.wrongFields) == [
                    "/name", "/tls/mode", "/tls/policy", "/tls/color", "/size", "/certificate/csr", "/host",
                ])
        }
    }

    @Test func hostsThatAreNotPublicAreRefused() async throws {
        try await APIFixture.run(policy: .publicOnly) { f in
            let cases: [String] = [
                "127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.1.1", "::1", "fd00::1", "0.0.0.0", "224.0.0.1",
            ]
            for host in cases {
                let answer = await f.post("/v1/connections", ["name": "A", "host": .string(host)])
                #expect(answer.status == 422 && answer.wrongFields == ["/host"], "\(answer.text)")
                #expect(answer.text.contains("CAUSEWAY_ALLOW_NETWORKS"))
            }
        }
    }

    @Test func otherSpellingsOfLoopbackAreRefusedToo() async throws {
        try await APIFixture.run(policy: .publicOnly) { f in
            let cases: [String] = ["0x7f.1", "2130706433", "127.1", "017700000001", "localhost"]
            for host in cases {
                let answer = await f.post("/v1/connections", ["name": "A", "host": .string(host)])
                #expect(answer.status == 422 && answer.wrongFields == ["/host"], "\(answer.text)")
            }
        }
    }

    @Test func whatIsNoHostIsRefused() async throws {
        try await APIFixture.run { f in
            let cases: [String] = [
                "", "a b", "-x.example", "x..example", "http://x", "x:104", "ex_ample!", "1.2.3.4.5",
            ]
            for host in cases {
                let answer = await f.post("/v1/connections", ["name": "A", "host": .string(host)])
                #expect(answer.status == 422 && answer.wrongFields == ["/host"], "\(answer.text)")
            }
        }
    }

    @Test func aLongNameFitsIntoACertificate() async throws {
        try await APIFixture.run { f in
            let label = String(repeating: "a", count: 60)
            let host = [label, label, label, "invalid"].joined(separator: ".")
            let answer = await f.post("/v1/connections", ["name": "Long", "host": .string(host)])
            #expect(answer.status == 201, "\(answer.text)")
        }
    }

    @Test func changesAreMerged() async throws {
        try await APIFixture.run { f in
            let path = "/v1/connections/\(try await f.connection())"
            let changed = await f.call(.patch, path, ["host": "203.0.113.5"])
            #expect(changed.status == 200 && changed.json["host"] == "203.0.113.5")
            #expect(changed.json["tls"]?["mode"] == "inactive", "kept")
            #expect(await f.call(.patch, path, ["host": "10.0.0.1"]).status == 422)
            #expect(await f.call(.patch, path, ["id": "x"]).wrongFields == ["/id"])
            #expect(await f.call(.patch, path, ["name": nil]).wrongFields == ["/name"])
            #expect(await f.call(.patch, path).problem == "body-required")
        }
    }

    @Test func namesAreUniqueInAnOrganization() async throws {
        try await APIFixture.run { f in
            _ = try await f.connection("A")
            let again = await f.post("/v1/connections", ["name": "A", "host": "127.0.0.1"])
            #expect(again.status == 409 && again.problem == "conflict" && again.wrongFields == ["/name"])
            _ = try await f.neighbor().connection("A")
        }
    }

    @Test func aConnectionInUseStays() async throws {
        try await APIFixture.run { f in
            let connection = try await f.connection()
            let integration = try await f.integration(over: connection)
            let path = "/v1/connections/\(connection)"
            let refused = await f.call(.delete, path)
            #expect(refused.status == 409 && refused.problem == "in-use")
            #expect(await f.call(.delete, "/v1/integrations/\(integration)").status == 204)
            #expect(await f.call(.delete, path).status == 204)
            #expect(await f.get(path).status == 404)
        }
    }
}
