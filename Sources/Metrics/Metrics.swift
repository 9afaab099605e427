internal import Synchronization

/// Counters, gauges and histograms of one process, and their Prometheus text.
///
/// Names follow Prometheus practice: `causeway_` first, unit last, `_total` for counters. A metric is made once and
/// kept by who counts; the same name and labels give the same metric. Label values never hold patient data.
package final class Metrics: Sendable {
    private struct Family {
        let kind: String
        let help: String
        var series: [String: any MetricSeries] = [:]
        var order: [String] = []
    }

    private struct State {
        var families: [String: Family] = [:]
        var order: [String] = []
    }

    private let state = Mutex(State())

    package init() {}

    package func counter(_ name: String, _ help: String, _ labels: [(String, String)] = []) -> Counter {
        series("counter", name, help, labels) { Counter() }
    }

    /// A gauge whose value is asked for at each scrape.
    @discardableResult
    package func gauge(
        _ name: String, _ help: String, _ labels: [(String, String)] = [], _ read: @escaping @Sendable () -> Double
    ) -> Gauge {
        series("gauge", name, help, labels) { Gauge(read) }
    }

    /// - Parameter bounds: upper bounds of the buckets, ascending; the last bucket has none.
    package func histogram(
        _ name: String, _ help: String, _ labels: [(String, String)] = [], bounds: [Double]
    ) -> Histogram {
        series("histogram", name, help, labels) { Histogram(bounds: bounds) }
    }

    private func series<S: MetricSeries>(
        _ kind: String, _ name: String, _ help: String, _ labels: [(String, String)], _ make: () -> S
    ) -> S {
        let key = labels.map { "\($0.0)=\"\(Self.escape($0.1))\"" }.joined(separator: ",")
        return state.withLock { state in
            if state.families[name] == nil {
                state.families[name] = Family(kind: kind, help: help)
                state.order.append(name)
            }
            if let existing = state.families[name]?.series[key] as? S { return existing }
            let made = make()
            state.families[name]?.series[key] = made
            state.families[name]?.order.append(key)
            return made
        }
    }

    /// Text format 0.0.4.
    package func text() -> String {
        let (families, order) = state.withLock { ($0.families, $0.order) }
        var text = ""
        for name in order {
            guard let family = families[name] else { continue }
            text += "# HELP \(name) \(family.help)\n# TYPE \(name) \(family.kind)\n"
            for key in family.order { family.series[key]?.write(name, key, into: &text) }
        }
        return text
    }

    private static func escape(_ value: String) -> String {
        value.map { character in
            switch character {
            case "\\": "\\\\"
            case "\"": "\\\""
            case "\n": "\\n"
            default: String(character)
            }
        }.joined()
    }
}

/// One line, or one group of lines, of a family.
protocol MetricSeries: Sendable {
    func write(_ name: String, _ labels: String, into text: inout String)
}

/// A number that only grows.
package final class Counter: MetricSeries {
    private let count = Atomic<Int>(0)

    package func add(_ amount: Int = 1) { count.wrappingAdd(amount, ordering: .relaxed) }
    package var value: Int { count.load(ordering: .relaxed) }

    func write(_ name: String, _ labels: String, into text: inout String) {
        text += "\(name)\(labels.isEmpty ? "" : "{\(labels)}") \(value)\n"
    }
}

/// A number that goes up and down.
package final class Gauge: MetricSeries {
    private let read: @Sendable () -> Double

    init(_ read: @escaping @Sendable () -> Double) { self.read = read }

    func write(_ name: String, _ labels: String, into text: inout String) {
        text += "\(name)\(labels.isEmpty ? "" : "{\(labels)}") \(read())\n"
    }
}

/// How often a value fell into each of a few ranges.
package final class Histogram: MetricSeries {
    private struct State {
        var counts: [Int]
        var sum = 0.0
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    package func record(_ value: Double) {
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[bucket] += 1
            state.sum += value
        }
    }

    func write(_ name: String, _ labels: String, into text: inout String) {
        let (counts, sum) = state.withLock { ($0.counts, $0.sum) }
        let prefix = labels.isEmpty ? "" : labels + ","
        var total = 0
        for (i, count) in counts.enumerated() {
            total += count
            let bound = i < bounds.count ? "\(bounds[i])" : "+Inf"
            text += "\(name)_bucket{\(prefix)le=\"\(bound)\"} \(total)\n"
        }
        let suffix = labels.isEmpty ? "" : "{\(labels)}"
        text += "\(name)_sum\(suffix) \(sum)\n\(name)_count\(suffix) \(total)\n"
    }
}
