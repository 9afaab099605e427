import DICOMNetwork
import Foundation
import Testing

/// Compares the machine with the table in docs/protocol/upper-layer.md, cell by cell.
@Suite struct AssociationMachineTests {
    private let events: [[AssociationEvent]] = [
        [.associateRequested], [.transportOpened], [.acceptReceived], [.rejectReceived], [.transportAccepted],
        [.requestReceived(isAcceptable: true), .requestReceived(isAcceptable: false)], [.acceptDecided],
        [.rejectDecided], [.dataRequested], [.dataReceived], [.releaseRequested], [.releaseRequestReceived],
        [.releaseResponseReceived], [.releaseConsented], [.abortRequested], [.abortReceived], [.transportClosed],
        [.timerExpired], [.invalidReceived],
    ]

    /// Rows of cells; each cell is empty or "AA-8 13".
    private func table() throws -> [[String]] {
        let here = "Tests/DICOMNetworkTests/UpperLayer/AssociationMachineTests.swift"
        let path = #filePath.replacingOccurrences(of: here, with: "docs/protocol/upper-layer.md")
        let text = try String(contentsOfFile: path, encoding: .utf8)
        return text.split(separator: "\n").filter { $0.hasPrefix("| Evt") }.map { line in
            line.split(separator: "|", omittingEmptySubsequences: false).dropFirst(2).dropLast()
                .map { $0.trimmingCharacters(in: .whitespaces) }
        }
    }

    /// The cell as the machine has it: all outcomes that the event's data and our role can bring about.
    private func cell(_ events: [AssociationEvent], in state: AssociationState) -> String {
        var names: Set<String> = []
        var numbers: [Int] = []
        for event in events {
            for role in [AssociationMachine.Role.requestor, .acceptor] {
                var machine = AssociationMachine(role, in: state)
                let action = machine.handle(event)
                guard action != .notApplicable else {
                    #expect(machine.state == state)
                    continue
                }
                names.insert(action.standardName)
                if !numbers.contains(machine.state.rawValue) { numbers.append(machine.state.rawValue) }
            }
        }
        guard !names.isEmpty else { return "" }
        return names.sorted().joined(separator: ",") + " " + numbers.map(String.init).joined(separator: "/")
    }

    @Test func all247CellsAreThoseOfTheStandard() throws {
        let table = try table()
        #expect(table.count == 19)
        for (row, cells) in table.enumerated() {
            #expect(cells.count == 13)
            for (column, expected) in cells.enumerated() {
                guard let state = AssociationState(rawValue: column + 1) else {
                    Issue.record("no state \(column + 1)")
                    continue
                }
                #expect(cell(events[row], in: state) == expected, "Evt\(row + 1) in Sta\(column + 1)")
            }
        }
    }

    @Test func oneWholeLifeAsRequestor() {
        var machine = AssociationMachine(.requestor)
        let steps: [(AssociationEvent, AssociationAction)] = [
            (.associateRequested, .openTransport), (.transportOpened, .sendRequest),
            (.acceptReceived, .indicateAccepted), (.dataRequested, .sendData), (.dataReceived, .indicateData),
            (.releaseRequested, .sendReleaseRequest), (.releaseResponseReceived, .confirmReleaseAndClose),
        ]
        for (event, action) in steps { #expect(machine.handle(event) == action) }
        #expect(machine.state == .idle)
    }
}
