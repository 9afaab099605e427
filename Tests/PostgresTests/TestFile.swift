import Foundation
import Testing

/// What tests do to files behind the cluster's back.
enum TestFile {
    static func read(_ path: String) throws -> [UInt8] {
        let handle = try #require(FileHandle(forReadingAtPath: path))
        defer { try? handle.close() }
        return try Array(handle.readToEnd() ?? Data())
    }

    /// Keeps owner and mode.
    static func overwrite(_ path: String, _ text: String) throws {
        guard FileManager.default.fileExists(atPath: path) else {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            return try changeMode(path, 0o644)
        }
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.truncate(atOffset: 0)
        try handle.write(contentsOf: Data(text.utf8))
        try handle.close()
    }

    static func rename(_ from: String, _ to: String) throws {
        try FileManager.default.moveItem(atPath: from, toPath: to)
    }

    static func changeMode(_ path: String, _ mode: Int) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }
}
