/// First in, first out within an organization; organizations take turns, so that the one with thousands of cines does
/// not keep the others waiting. A turn is up to `turnLength` entries long, as a change costs a fresh process.
struct FairQueue<Entry> {
    private struct Line {
        var entries: [Entry] = []
        var head = 0

        var isEmpty: Bool { head == entries.count }

        mutating func pop() -> Entry {
            let entry = entries[head]
            head += 1
            if head > 32, head * 2 > entries.count {
                entries.removeFirst(head)
                head = 0
            }
            return entry
        }
    }

    let turnLength: Int
    private var lines: [String: Line] = [:]
    /// Organizations that wait, the one whose turn it is in front.
    private var turns: [String] = []
    private var taken = 0
    private(set) var count = 0

    init(turnLength: Int) { self.turnLength = max(1, turnLength) }

    var isEmpty: Bool { count == 0 }

    mutating func append(_ entry: Entry, organization: String) {
        if lines[organization] == nil { turns.append(organization) }
        lines[organization, default: Line()].entries.append(entry)
        count += 1
    }

    mutating func pop() -> (entry: Entry, organization: String)? {
        guard let organization = turns.first, var line = lines[organization] else { return nil }
        let entry = line.pop()
        count -= 1
        taken += 1
        lines[organization] = line.isEmpty ? nil : line
        if line.isEmpty || taken >= turnLength {
            taken = 0
            turns.removeFirst()
            if !line.isEmpty { turns.append(organization) }
        }
        return (entry, organization)
    }

    /// All entries, in no particular order; the queue is empty then.
    mutating func removeAll() -> [Entry] {
        let all = lines.values.flatMap { $0.entries[$0.head...] }
        self = FairQueue(turnLength: turnLength)
        return all
    }
}
