import Domain
import Foundation
import Testing

/// `docs/deliveries.md` says what the code does.
@Suite struct DeliveriesPageTests {
    private func page() throws -> String {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(contentsOf: root.appendingPathComponent("docs/deliveries.md"), encoding: .utf8)
    }

    private func names(_ cell: String) -> [String] {
        cell.split(separator: ",").map { $0.trimmingCharacters(in: CharacterSet(charactersIn: " `")) }
            .filter { !$0.isEmpty }
    }

    @Test func tableOfStatesIsTheEnumeration() throws {
        let lines = try page().split(separator: "\n").map(String.init)
        let start = try #require(lines.firstIndex { $0.hasPrefix("| State | Meaning | May become |") })
        let rows = lines[(start + 2)...].prefix { $0.hasPrefix("|") }.map {
            $0.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
        }
        #expect(rows.flatMap { names($0[1]) } == Delivery.State.allCases.map(\.rawValue))
        for row in rows {
            let state = try #require(Delivery.State(rawValue: names(row[1])[0]))
            let next = Set(names(row[3]).compactMap { Delivery.State(rawValue: $0) })
            #expect(next == Delivery.State.transitions[state], "\(state)")
        }
    }
}
