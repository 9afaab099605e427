import Domain
import JSON
import Store
import Testing
import TestSupport

@testable import HTTP1

@Suite struct CertificatesTests {
    private func connection(_ f: APIFixture, _ name: String = "North side 1") async throws -> (
        path: String, cid: String
    ) {
        let made = await f.post("/v1/connections", ["name": .string(name), "host": "127.0.0.1"])
        let id = try #require(made.json["id"]?.string)
        return ("/v1/connections/\(id)", try #require(made.json["certificates"]?[0]?["id"]?.string))
    }

    /// Files made by openssl in `folder`: key.pem, cert.pem, csr.pem.
    private func material(_ folder: TemporaryFolder, _ algorithm: [String] = ["rsa:2048"]) throws {
        let key = ["-newkey"] + algorithm + ["-nodes", "-subj", "/CN=pacs.example"]
        let files = folder.path
        let certificate = try Command.run(
            "openssl",
            ["req", "-x509", "-days", "30", "-keyout", "\(files)/key.pem", "-out", "\(files)/cert.pem"] + key)
        try #require(certificate.status == 0, "\(certificate.output)")
        let request = try Command.run(
            "openssl", ["req", "-new", "-key", "\(files)/key.pem", "-subj", "/CN=x", "-out", "\(files)/csr.pem"])
        try #require(request.status == 0, "\(request.output)")
    }

    private func text(_ folder: TemporaryFolder, _ name: String) throws -> JSON {
        .string(String(decoding: try folder.read(name), as: UTF8.self))
    }

    private func withMaterial(
        _ algorithm: [String] = ["rsa:2048"], _ body: (APIFixture, TemporaryFolder) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try material(folder, algorithm)
        try await APIFixture.run { f in try await body(f, folder) }
    }

    // MARK: Downloads

    @Test func thePEMZipHoldsTwoFilesAndTheKeyOnce() async throws {
        try await APIFixture.run { f in
            let (path, cid) = try await connection(f)
            let zip = await f.get("\(path)/certificates/\(cid)/download?format=pem")
            #expect(zip.status == 200 && zip.fields["content-type"] == "application/zip")
            #expect(zip.fields["cache-control"] == "no-store")
            let files = ZipReader(zip.body)
            #expect(files.names == ["North_side_1_SCP_Cert.pem", "North_side_1_SCP_Key.pem"])
            #expect(files["North_side_1_SCP_Cert.pem"]?.hasPrefix("-----BEGIN CERTIFICATE-----") == true)
            #expect(files["North_side_1_SCP_Key.pem"]?.contains("PRIVATE KEY-----") == true)
            for format in ["", "?format=pem"] {
                let again = await f.get("\(path)/certificates/\(cid)/download\(format)")
                #expect(again.status == 410 && again.problem == "private-key-gone")
                #expect(again.json["detail"]?.string?.contains("new certificate") == true)
            }
            let passphrase: HeaderFields = ["causeway-passphrase": "correct horse"]
            #expect(await f.get("\(path)/certificates/\(cid)/download?format=pkcs12", passphrase).status == 410)
            let certificate = await f.get("\(path)/certificates").json["items"]?[0]
            #expect(certificate?["keyDownloadedAt"]?.string != nil && certificate?["fingerprint"]?.string != nil)
        }
    }

    @Test func certificateAndKeyBelongTogether() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try await APIFixture.run { f in
            let (path, cid) = try await connection(f, "A")
            let files = ZipReader(await f.get("\(path)/certificates/\(cid)/download").body)
            try folder.write("cert.pem", Array((files["A_SCP_Cert.pem"] ?? "").utf8))
            try folder.write("key.pem", Array((files["A_SCP_Key.pem"] ?? "").utf8))
            let certificate = try Command.run(
                "openssl", ["x509", "-in", "cert.pem", "-noout", "-pubkey"], in: folder.path)
            let key = try Command.run("openssl", ["pkey", "-in", "key.pem", "-pubout"], in: folder.path)
            #expect(certificate.output == key.output && key.output.contains("PUBLIC KEY"))
        }
    }

    @Test func lookingAtTheHeadTakesNoKey() async throws {
        try await APIFixture.run { f in
            let (path, cid) = try await connection(f)
            _ = try await f.integration(over: String(path.split(separator: "/")[2]))
            for address in ["\(path)/certificates/\(cid)/download", "\(path)/kits/stunnel"] {
                #expect(await f.call(.head, address).status == 405)
            }
            #expect(await f.get("\(path)/certificates/\(cid)/download").status == 200)
        }
    }

    @Test func onlyOneOfManyGetsTheKey() async throws {
        try await APIFixture.run { f in
            let (path, cid) = try await connection(f)
            let statuses = await withTaskGroup(of: Int.self) { group in
                for _ in 0..<8 { group.addTask { await f.get("\(path)/certificates/\(cid)/download").status } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.sorted() == [200] + Array(repeating: 410, count: 7))
        }
    }

    @Test func pkcs12IsReadableWithThePassphrase() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try await APIFixture.run { f in
            let (path, cid) = try await connection(f)
            let address = "\(path)/certificates/\(cid)/download?format=pkcs12"
            for fields: HeaderFields in [[:], ["causeway-passphrase": "short"]] {
                let refused = await f.get(address, fields)
                #expect(refused.status == 400 && refused.problem == "passphrase-required")
            }
            let answer = await f.get(address, ["causeway-passphrase": "correct horse"])
            #expect(answer.status == 200 && answer.fields["content-type"] == "application/x-pkcs12")
            try folder.write("site.p12", answer.body)
            let read = try Command.run(
                "openssl", ["pkcs12", "-in", "site.p12", "-nodes", "-passin", "pass:correct horse"], in: folder.path)
            #expect(
                read.status == 0 && read.output.contains("PRIVATE KEY") && read.output.contains("BEGIN CERTIFICATE"))
            let wrong = try Command.run(
                "openssl", ["pkcs12", "-in", "site.p12", "-nodes", "-passin", "pass:wrong"], in: folder.path)
            #expect(wrong.status != 0)
            #expect(await f.get(address, ["causeway-passphrase": "correct horse"]).status == 410)
        }
    }

    @Test func derIsTheCertificateAsOftenAsWanted() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try await APIFixture.run { f in
            let (path, cid) = try await connection(f)
            for _ in 1...2 {
                let answer = await f.get("\(path)/certificates/\(cid)/download?format=der")
                #expect(answer.status == 200 && answer.fields["content-type"] == "application/pkix-cert")
                try folder.write("cert.der", answer.body)
            }
            let read = try Command.run(
                "openssl", ["x509", "-inform", "DER", "-in", "cert.der", "-noout"], in: folder.path)
            #expect(read.status == 0)
            let unknown = await f.get("\(path)/certificates/\(cid)/download?format=jks")
            #expect(unknown.status == 422 && unknown.wrongFields == ["?format"])
            #expect(await f.get("\(path)/certificates/\(cid)/download").status == 200, "the key is still there")
        }
    }

    @Test func downloadsAreAudited() async throws {
        try await APIFixture.run { f in
            let (path, cid) = try await connection(f)
            _ = await f.get("\(path)/certificates/\(cid)/download")
            _ = await f.get("\(path)/certificates/\(cid)/download")
            let events = await f.get("/v1/audit-events?action=certificate.download").json["items"]?.array ?? []
            #expect(events.count == 2 && events.allSatisfy { $0["objectId"] == .string(cid) })
            #expect(Set(events.compactMap { $0["outcome"]?.string }) == ["success", "failure"])
        }
    }

    // MARK: Making

    @Test func aFurtherCertificateIsNextUntilActivated() async throws {
        try await APIFixture.run { f in
            let (path, old) = try await connection(f)
            let made = await f.post("\(path)/certificates", ["source": "generate"])
            let new = try #require(made.json["id"]?.string)
            #expect(made.status == 201 && made.json["state"] == "next")
            #expect(made.fields["location"] == "\(path)/certificates/\(new)")
            let activated = await f.post("\(path)/certificates/\(new)/activate")
            #expect(activated.status == 200 && activated.json["state"] == "active")
            let states = await f.get("\(path)/certificates").json["items"]?.array?.map { ($0["id"], $0["state"]) } ?? []
            #expect(states.contains { $0 == (.string(old), "retired") })
            #expect(await f.post("\(path)/certificates/\(APIFixture.newId())/activate").status == 404)
            #expect(await f.post("\(path)/certificates", ["source": "magic"]).wrongFields == ["/source"])
        }
    }

    @Test func aRequestIsSignedAndItsKeyStaysAtTheSite() async throws {
        try await withMaterial { f, folder in
            let body: JSON = ["source": "csr", "csr": try text(folder, "csr.pem")]
            let made = await f.post(
                "/v1/connections", ["name": "A", "host": "127.0.0.1", "certificate": body])
            #expect(made.status == 201, "\(made.text)")
            let certificate = try #require(made.json["certificates"]?[0])
            #expect(certificate["source"] == "csr" && certificate["hasPrivateKey"] == false)
            let id = try #require(made.json["id"]?.string)
            let cid = try #require(certificate["id"]?.string)
            let path = "/v1/connections/\(id)/certificates/\(cid)/download"
            #expect(await f.get(path).problem == "no-private-key")
            #expect(await f.get(path + "?format=der").status == 200)
        }
    }

    @Test func anUploadWithItsKeyIsKept() async throws {
        try await withMaterial { f, folder in
            let (path, _) = try await connection(f)
            let body: JSON = [
                "source": "upload", "certificate": try text(folder, "cert.pem"),
                "privateKey": try text(folder, "key.pem"),
            ]
            let made = await f.post("\(path)/certificates", body)
            #expect(made.status == 201 && made.json["hasPrivateKey"] == true, "\(made.text)")
            #expect(made.json["subject"]?.string?.contains("pacs.example") == true)
            let cid = try #require(made.json["id"]?.string)
            let zip = ZipReader(await f.get("\(path)/certificates/\(cid)/download").body)
            #expect(zip.names.count == 2)
            let bare: JSON = ["source": "upload", "certificate": try text(folder, "cert.pem")]
            #expect(await f.post("\(path)/certificates", bare).json["hasPrivateKey"] == false)
        }
    }

    @Test func badUploadsNameTheField() async throws {
        try await withMaterial { f, folder in
            let (path, _) = try await connection(f)
            let other = try TemporaryFolder()
            defer { other.remove() }
            try material(other)
            let good = try text(folder, "cert.pem")
            let cases: [(JSON, [String])] = [
                (["source": "upload"], ["/certificate"]),
                (["source": "upload", "certificate": "rubbish"], ["/certificate"]),
                (["source": "upload", "certificate": good, "privateKey": "rubbish"], ["/privateKey"]),
                (["source": "upload", "certificate": good, "privateKey": try text(other, "key.pem")], ["/privateKey"]),
                (["source": "csr"], ["/csr"]),
                (["source": "csr", "csr": "rubbish"], ["/csr"]),
                (["source": "csr", "csr": good], ["/csr"]),
                (["source": "generate", "csr": "x"], ["/csr"]),
                ([:], ["/source"]),
            ]
            for (body, fields) in cases {
                let answer = await f.post("\(path)/certificates", body)
                #expect(answer.status == 422 && answer.wrongFields == fields, "\(answer.text)")
                #expect(!answer.text.contains("error:") && !answer.text.contains("PRIVATE"), "\(answer.text)")
            }
        }
    }

    @Test func badCertificatesOfANewConnectionNameTheFieldToo() async throws {
        try await APIFixture.run { f in
            for (body, field): (JSON, String) in [
                (["source": "csr", "csr": "rubbish"], "/certificate/csr"),
                (["source": "upload", "certificate": "rubbish"], "/certificate/certificate"),
            ] {
                let answer = await f.post("/v1/connections", ["name": "A", "host": "127.0.0.1", "certificate": body])
                #expect(answer.status == 422 && answer.wrongFields == [field], "\(answer.text)")
            }
            #expect(await f.get("/v1/connections").ids.isEmpty)
        }
    }

    @Test func weakKeysAreRefused() async throws {
        try await withMaterial(["rsa:1024"]) { f, folder in
            let (path, _) = try await connection(f)
            let csr = await f.post("\(path)/certificates", ["source": "csr", "csr": try text(folder, "csr.pem")])
            #expect(csr.status == 422 && csr.text.contains("2048"), "\(csr.text)")
            let upload = await f.post(
                "\(path)/certificates", ["source": "upload", "certificate": try text(folder, "cert.pem")])
            #expect(upload.wrongFields == ["/certificate"])
        }
    }

    // MARK: Kits

    @Test func theKitCarriesTheKeyOnceAndThatCounts() async throws {
        try await APIFixture.run { f in
            let (path, cid) = try await connection(f, "A")
            let kit = "\(path)/kits/stunnel"
            let early = await f.get(kit)
            #expect(early.status == 409 && early.problem == "kit-not-possible", "no integration, no port")
            _ = try await f.integration(over: String(path.split(separator: "/")[2]))
            let first = await f.get(kit)
            #expect(first.status == 200 && first.fields["cache-control"] == "no-store")
            let names = ZipReader(first.body).names
            #expect(names.contains("A_SCP_Cert.pem") && names.contains("A_SCP_Key.pem"))
            #expect(ZipReader(first.body).files.contains { $0.text.contains("accept") && $0.text.contains("2762") })
            let second = ZipReader(await f.get(kit).body)
            #expect(!second.names.contains("A_SCP_Key.pem"))
            #expect(second.files.contains { $0.text.contains("A_SCP_Key.pem") }, "named in the configuration")
            #expect(await f.get("\(path)/certificates/\(cid)/download").status == 410)
        }
    }

    @Test func aKeyDownloadedBeforeIsNotInTheKit() async throws {
        try await APIFixture.run { f in
            let (path, cid) = try await connection(f, "A")
            _ = try await f.integration(over: String(path.split(separator: "/")[2]))
            _ = await f.get("\(path)/certificates/\(cid)/download")
            #expect(!ZipReader(await f.get("\(path)/kits/stunnel").body).names.contains("A_SCP_Key.pem"))
        }
    }

    @Test func theKitHoldsTheNextCertificate() async throws {
        try await APIFixture.run { f in
            let (path, _) = try await connection(f, "A")
            _ = try await f.integration(over: String(path.split(separator: "/")[2]))
            let next = try #require(await f.post("\(path)/certificates", ["source": "generate"]).json["id"]?.string)
            #expect(ZipReader(await f.get("\(path)/kits/stunnel").body).names.contains("A_SCP_Key.pem"))
            #expect(await f.get("\(path)/certificates/\(next)/download").status == 410)
        }
    }

    @Test func aKitThatIsNotThereTakesNoKey() async throws {
        try await APIFixture.run { f in
            let (path, cid) = try await connection(f, "A")
            _ = try await f.integration(over: String(path.split(separator: "/")[2]))
            #expect(await f.get("\(path)/kits/apache").status == 404)
            let plain = "/v1/connections/\(try await f.connection("Plain"))"
            _ = try await f.integration("Other", over: String(plain.split(separator: "/")[2]))
            #expect(await f.get("\(plain)/kits/stunnel").problem == "no-certificate")
            #expect(await f.get("\(path)/certificates/\(cid)/download").status == 200)
        }
    }
}
