import Foundation
import Testing

/// The levels: docs/architecture.md, Package.swift and the import lines say the same.
@Suite struct LayerTests {
    private let tree = SourceTree.shared

    @Test func packageDeclaresWhatTheDocumentSays() {
        let documented = tree.documentedEdges, declared = tree.declaredEdges
        #expect(Set(documented.keys) == Set(declared.keys))
        for (target, names) in declared.sorted(by: { $0.key < $1.key }) {
            #expect(documented[target]?.sorted() == names.sorted(), "row of \(target) in docs/architecture.md")
        }
    }

    @Test func everyImportIsAllowed() {
        let documented = tree.documentedEdges
        for (target, names) in tree.usedEdges.sorted(by: { $0.key < $1.key }) {
            #expect(names.subtracting(documented[target] ?? []).sorted() == [], "imported by \(target)")
        }
    }

    @Test func edgesPointDown() {
        let levels = tree.levels
        for (target, names) in tree.declaredEdges {
            for name in names where tree.declaredEdges[name] != nil {
                let below = levels[name, default: .max] < levels[target, default: .min]
                #expect(below, "\(target) imports \(name), which does not stand below it in the picture")
            }
        }
    }

    @Test func eachDoorHasItsOwners() {
        /// `CLinux`, not `CodecProcess`.
        func isDoor(_ name: String) -> Bool { name.firstMatch(of: /^C[A-Z]/) != nil }
        let owners = tree.declaredEdges.filter { $0.value.contains { isDoor($0) && tree.targets.contains($0) } }
        let byDoor = Dictionary(grouping: owners.flatMap { owner in owner.value.map { ($0, owner.key) } }, by: \.0)
        for (door, uses) in byDoor where isDoor(door) && door != "CLinux" {
            #expect(uses.count == 1, "\(door) is imported by \(uses.map(\.1).sorted())")
        }
    }

    @Test func everyFolderIsInThePicture() {
        let words = Set(tree.architecture.matches(of: /\w+/).map { String($0.0) })
        #expect(tree.targets.subtracting(words).sorted() == [])
    }
}

extension SourceTree {
    /// Level of each target: the number behind L on the lines of the picture.
    fileprivate var levels: [String: Int] {
        var levels: [String: Int] = [:]
        for line in architecture.components(separatedBy: "\n") {
            guard let match = line.firstMatch(of: /^ L(\d) +((?:\w+ )*\w+)(?:  .*)?$/), let level = Int(match.1) else {
                continue
            }
            for name in match.2.split(separator: " ") { levels[String(name)] = level }
        }
        return levels
    }
}
