import Foundation
import Testing

/// Scripts, the Makefile and the pages: small, and pointing at things that exist.
@Suite struct DocumentTests {
    private let root = SourceTree.shared.root

    private func files(in folder: String) -> [String] {
        let path = root.appendingPathComponent(folder).resolvingSymlinksInPath().path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.sorted().map { "\(folder)/\($0)" }
    }

    private func text(_ path: String) -> String {
        (try? String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)) ?? ""
    }

    @Test func shellScriptsAreShortAndStrict() {
        let scripts = (files(in: "scripts") + files(in: "Benchmarks") + files(in: "Benchmarks/ours") + [".ci/run"])
            .filter { text($0).hasPrefix("#!/usr/bin/env bash") }
        #expect(scripts.count > 10)
        for script in scripts {
            let content = text(script)
            #expect(content.split(separator: "\n").count <= 80, "\(script) is long: move the work to a tool")
            let isStrict = ["set -euo pipefail", "set -uo pipefail", "lib.sh"].contains { content.contains($0) }
            #expect(isStrict, "\(script) goes on after an error")
        }
    }

    @Test func everyVerbOfTheMakefileHasItsScript() {
        let verbs = text("Makefile").matches(of: #/(?m)^([a-z]+): +[#][#] /#).map { String($0.1) }
        #expect(verbs.count <= 15 && verbs.contains("demo") && verbs.contains("test"))
        for match in text("Makefile").matches(of: #/(?m)^\t@((?:scripts|Benchmarks)/\w+)/#) {
            let path = root.appendingPathComponent(String(match.1)).path
            #expect(FileManager.default.isExecutableFile(atPath: path), "\(match.1)")
        }
    }

    @Test func linksOfThePagesLeadSomewhere() {
        let documents = ["docs", "docs/adr", "docs/protocol"].flatMap { files(in: $0) }
        let pages = ["README.md", "Benchmarks/README.md"] + documents.filter { $0.hasSuffix(".md") }
        for page in pages {
            let folder = root.appendingPathComponent(page).deletingLastPathComponent()
            for match in text(page).matches(of: /\]\(([^)#:]+)(?:#[^)]*)?\)/) {
                let target = folder.appendingPathComponent(String(match.1)).path
                #expect(FileManager.default.fileExists(atPath: target), "\(page) links to \(match.1)")
            }
        }
    }
}
