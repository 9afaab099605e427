import Foundation

/// The repository as text. Read once.
struct SourceTree {
    static let shared = SourceTree()

    let root: URL
    let sources: [SwiftSource]
    let tests: [SwiftSource]
    /// Folder names under Sources.
    let targets: Set<String>
    let manifest: String
    let architecture: String

    private init() {
        root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        sources = Self.swiftFiles(under: "Sources", in: root)
        tests = Self.swiftFiles(under: "Tests", in: root)
        let folders = try? FileManager.default.contentsOfDirectory(atPath: root.appendingPathComponent("Sources").path)
        targets = Set((folders ?? []).filter { !$0.hasPrefix(".") })
        manifest = Self.text(root.appendingPathComponent("Package.swift"))
        architecture = Self.text(root.appendingPathComponent("docs/architecture.md"))
    }

    private static func text(_ url: URL) -> String {
        (try? String(contentsOf: url, encoding: .utf8)) ?? ""
    }

    private static func swiftFiles(under folder: String, in root: URL) -> [SwiftSource] {
        // The tree may be reached through a symbolic link, which an enumerator does not follow by itself.
        let base = root.appendingPathComponent(folder).resolvingSymlinksInPath()
        guard let names = FileManager.default.enumerator(atPath: base.path) else { return [] }
        return names.compactMap { $0 as? String }.filter { $0.hasSuffix(".swift") }.sorted().map { name in
            SwiftSource(path: "\(folder)/\(name)", text: text(base.appendingPathComponent(name)))
        }
    }
}

/// Who may import whom: target to the modules it may import.
typealias Edges = [String: Set<String>]

extension SourceTree {
    /// Modules that any target may import.
    static let systemModules: Set<String> = [
        "Swift", "Glibc", "Synchronization", "_Concurrency", "Foundation", "FoundationEssentials",
    ]

    /// The table of docs/architecture.md: | Target | May import (ours) | Packages | C door |.
    var documentedEdges: Edges {
        var edges: Edges = [:]
        for line in architecture.components(separatedBy: "\n") where line.hasPrefix("| ") {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 4, let target = cells.first, target != "Target", !target.hasPrefix("-") else {
                continue
            }
            let names = cells.dropFirst().flatMap { $0.components(separatedBy: ", ") }
            edges[target] = Set(names.filter { $0 != "-" && !$0.isEmpty })
        }
        return edges
    }

    /// What Package.swift declares for the targets under Sources that hold Swift.
    var declaredEdges: Edges {
        let packages = ["logging": "Logging", "argumentParser": "ArgumentParser", "yams": "Yams"]
        func names(_ text: Substring) -> Set<String> {
            Set(
                text.matches(of: /"(\w+)"|\b(logging|argumentParser|yams)\b/).compactMap { match in
                    match.1.map(String.init) ?? match.2.flatMap { packages[String($0)] }
                })
        }
        var edges: Edges = [:]
        for match in manifest.matches(of: /library\(\s*"(\w+)"((?:[^()])*)\)/) {
            edges[String(match.1)] = names(match.2)
        }
        for match in manifest.matches(of: /\.executableTarget\(name: "(\w+)", dependencies: \[([^\]]*)\]/) {
            edges[String(match.1)] = names(match.2)
        }
        return edges
    }

    /// What the import lines under Sources say.
    var usedEdges: Edges {
        var edges: Edges = [:]
        for file in sources { edges[file.target, default: []].formUnion(file.imports.subtracting(Self.systemModules)) }
        return edges
    }
}
