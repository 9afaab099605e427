import Foundation
import JSON
import TestSupport

/// Part 10 files of one study on disk.
struct StudyFiles {
    let uid: String
    let folder: String
    let paths: [String]
    let instances: [String]

    /// Options as in study.py, or those of another script that prints the same.
    static func make(
        _ name: String, in folder: TemporaryFolder, _ options: [String], script: String = "study.py"
    ) throws -> StudyFiles {
        let path = folder.path + "/" + name
        let made = try JSON(parsing: Tools.script(script, [path] + options))
        let files = made["files"]?.array ?? []
        return StudyFiles(
            uid: made["study"]?.string ?? "", folder: path, paths: files.compactMap { $0["path"]?.string },
            instances: files.compactMap { $0["uid"]?.string })
    }
}

/// The resources of the usual test, made over the API.
extension RunningServer {
    func makeConnection(_ name: String, tls: Bool = false, verification: String = "pin", key: String? = nil) throws
        -> JSON
    {
        try call(
            "POST", "/v1/connections",
            [
                "name": JSON(name), "host": "127.0.0.1",
                "tls": [
                    "mode": tls ? "active" : "inactive", "policy": "bcp195", "verification": JSON(verification),
                    "clientCertificate": "none",
                ],
            ], key: key)
    }

    func makeIntegration(
        _ name: String, connection: String, port: UInt16, compression: JSON = [:], key: String? = nil
    ) throws -> String {
        try make(
            "/v1/integrations",
            [
                "name": JSON(name), "type": "pacs", "connectionId": JSON(connection), "callingAET": "CAUSEWAY",
                "calledAET": "PACS", "port": JSON(Int(port)), "compression": compression,
            ], key: key)
    }

    /// A plain connection and an integration over it.
    func makeDestination(_ name: String, port: UInt16, compression: JSON = [:], key: String? = nil) throws -> String {
        let connection = try makeConnection(name, key: key)["id"]?.string ?? ""
        return try makeIntegration(name, connection: connection, port: port, compression: compression, key: key)
    }

    /// - Parameter quiet: nil saves only when asked.
    func makeArchive(
        _ name: String, to integrations: [String], quiet: Int? = nil, calledAET: String? = nil, key: String? = nil
    ) throws -> String {
        let receive: JSON = calledAET.map { ["calledAET": JSON($0), "callingAETs": []] } ?? .null
        let archive = try make(
            "/v1/archives", ["name": JSON(name), "saveAfterQuietSeconds": JSON(quiet), "receive": receive], key: key)
        try call(
            "PUT", "/v1/archives/\(archive)/destinations", ["destinations": JSON(integrations.map { JSON($0) })],
            key: key)
        return archive
    }

    /// Unpacks a download of ours into a folder; its path.
    func unpack(_ path: String, into folder: String) throws -> String {
        let answer = try request("GET", path)
        guard answer.status == 200 else { throw Failure("GET \(path): \(answer.status) \(answer.text)") }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(answer.body).write(to: URL(fileURLWithPath: folder + "/download.zip"))
        let done = try Command.run("unzip", ["-o", "-q", "download.zip"], in: folder)
        guard done.status == 0 else { throw Failure("unzip: \(done.output)") }
        try FileManager.default.removeItem(atPath: folder + "/download.zip")
        return folder
    }

    /// The PEM pair of a connection's first certificate.
    func downloadPair(_ connection: JSON, into folder: String) throws -> Receiver.Pair {
        let (id, certificate) = (connection["id"]?.string ?? "", connection["certificates"]?[0]?["id"]?.string ?? "")
        let path = "/v1/connections/\(id)/certificates/\(certificate)/download?format=pem"
        let names = try FileManager.default.contentsOfDirectory(atPath: unpack(path, into: folder))
        guard let cert = names.first(where: { $0.hasSuffix("_SCP_Cert.pem") }),
            let key = names.first(where: { $0.hasSuffix("_SCP_Key.pem") }), names.count == 2
        else { throw Failure("the PEM download holds \(names)") }
        return ("\(folder)/\(cert)", "\(folder)/\(key)")
    }

    // MARK: Studies

    /// STOW-RS.
    func upload(_ paths: [String], to archive: String, key: String? = nil) throws -> Answer {
        let boundary = "causeway-test-boundary"
        var body: [UInt8] = []
        for path in paths {
            body += Array("--\(boundary)\r\nContent-Type: application/dicom\r\n\r\n".utf8)
            body += Array(try Data(contentsOf: URL(fileURLWithPath: path))) + [13, 10]
        }
        body += Array("--\(boundary)--\r\n".utf8)
        let scratch = try TemporaryFolder()
        defer { scratch.remove() }
        try scratch.write("body", body)
        return try request(
            "POST", "/v1/archives/\(archive)/dicomweb/studies",
            [
                "-H", "Content-Type: multipart/related; type=\"application/dicom\"; boundary=\(boundary)", "-H",
                "Accept: application/dicom+json", "--data-binary", "@\(scratch.path)/body",
            ], key: key)
    }

    func study(_ uid: String, in archive: String, key: String? = nil) throws -> JSON {
        let found = try call("GET", "/v1/studies?archive=\(archive)&studyInstanceUID=\(uid)", key: key)
        guard let study = found["items"]?[0] else { throw Failure("no study \(uid)") }
        return study
    }

    /// Uploads all files in one request and saves; the study's id.
    func store(_ study: StudyFiles, in archive: String, save: Bool = true, key: String? = nil) throws -> String {
        let answer = try upload(study.paths, to: archive, key: key)
        guard answer.status == 200 else { throw Failure("STOW-RS: \(answer.status) \(answer.text)") }
        let id = try self.study(study.uid, in: archive, key: key)["id"]?.string ?? ""
        if save { try call("POST", "/v1/studies/\(id)/save", key: key) }
        return id
    }

    func deliveries(_ study: String, key: String? = nil) throws -> [JSON] {
        try call("GET", "/v1/deliveries?study=\(study)&limit=200", key: key)["items"]?.array ?? []
    }

    static let endStates: Set<String> = ["delivered", "deliveredWithWarnings", "failed", "cancelled"]

    /// Waits until there are `count` deliveries of the study and all have ended; each as it is read by its id.
    func settled(_ study: String, count: Int = 1, seconds: Double = 120, key: String? = nil) async throws -> [JSON] {
        do {
            let ended = try await until("\(count) deliveries to end", seconds: seconds) {
                let all = try self.deliveries(study, key: key)
                let done = all.allSatisfy { Self.endStates.contains($0["state"]?.string ?? "") }
                return all.count >= count && done ? all : nil
            }
            return try ended.map { try self.call("GET", "/v1/deliveries/\($0["id"]?.string ?? "")", key: key) }
        } catch {
            let found = (try? deliveries(study, key: key).map(\.text)) ?? []
            throw Failure("\(error): \(found.joined(separator: "\n"))")
        }
    }

    /// Waits until a delivery is in a state.
    func delivery(_ id: String, toBe states: String..., seconds: Double = 60) async throws -> JSON {
        try await until("delivery \(id) to be \(states)", seconds: seconds) {
            let delivery = try self.call("GET", "/v1/deliveries/\(id)")
            // Not `nil`, which is also a JSON value.
            return states.contains(delivery["state"]?.string ?? "") ? delivery : JSON?.none
        }
    }
}
