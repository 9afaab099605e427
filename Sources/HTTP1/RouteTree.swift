/// Patterns as a tree of segments in one flat array. A literal segment wins over `{name}`, with a way back.
struct RouteTree: Sendable {
    private struct Node: Sendable {
        var literals: [(segment: String, node: Int)] = []
        var capture: Int?
        /// Indices into the route table, one for each method.
        var routes: [Int] = []
    }

    struct Match {
        let routes: [Int]
        let captures: [String]
    }

    private var nodes = [Node()]
    /// For each route the names of its `{name}` in order.
    private(set) var captureNames: [[String]] = []

    init(_ routes: [Route]) {
        for (index, route) in routes.enumerated() {
            precondition(route.pattern.hasPrefix("/"), "a pattern begins with a slash")
            var node = 0
            var names: [String] = []
            for part in route.pattern.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
                if part.hasPrefix("{"), part.hasSuffix("}") {
                    names.append(String(part.dropFirst().dropLast()))
                    node = captureChild(of: node)
                } else {
                    node = literalChild(of: node, String(part))
                }
            }
            let isTaken = nodes[node].routes.contains { routes[$0].method == route.method }
            precondition(!isTaken, "two routes for one method and address")
            nodes[node].routes.append(index)
            captureNames.append(names)
        }
    }

    /// Nil when no pattern of any method fits.
    func find(_ segments: [String]) -> Match? {
        if segments.isEmpty { return nil }
        var captures: [String] = []
        guard let node = walk(0, segments, 0, &captures) else { return nil }
        return Match(routes: nodes[node].routes, captures: captures)
    }

    private func walk(_ node: Int, _ segments: [String], _ depth: Int, _ captures: inout [String]) -> Int? {
        if depth == segments.count { return nodes[node].routes.isEmpty ? nil : node }
        let segment = segments[depth]
        for literal in nodes[node].literals where literal.segment == segment {
            if let found = walk(literal.node, segments, depth + 1, &captures) { return found }
        }
        guard let child = nodes[node].capture, !segment.isEmpty else { return nil }
        captures.append(segment)
        if let found = walk(child, segments, depth + 1, &captures) { return found }
        captures.removeLast()
        return nil
    }

    private mutating func literalChild(of node: Int, _ segment: String) -> Int {
        if let known = nodes[node].literals.first(where: { $0.segment == segment }) { return known.node }
        nodes.append(Node())
        nodes[node].literals.append((segment, nodes.count - 1))
        return nodes.count - 1
    }

    private mutating func captureChild(of node: Int) -> Int {
        if let known = nodes[node].capture { return known }
        nodes.append(Node())
        nodes[node].capture = nodes.count - 1
        return nodes.count - 1
    }
}
