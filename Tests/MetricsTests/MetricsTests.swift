import Metrics
import Testing

@Suite struct MetricsTests {
    @Test func textHoldsEachFamilyOnceWithItsSeries() {
        let metrics = Metrics()
        metrics.counter("causeway_deliveries_total", "Deliveries.", [("state", "delivered")]).add(2)
        metrics.counter("causeway_deliveries_total", "Deliveries.", [("state", "failed")]).add()
        metrics.counter("causeway_deliveries_total", "Deliveries.", [("state", "delivered")]).add()
        metrics.gauge("causeway_workers", "Workers.") { 1.5 }
        #expect(
            metrics.text() == """
                # HELP causeway_deliveries_total Deliveries.
                # TYPE causeway_deliveries_total counter
                causeway_deliveries_total{state="delivered"} 3
                causeway_deliveries_total{state="failed"} 1
                # HELP causeway_workers Workers.
                # TYPE causeway_workers gauge
                causeway_workers 1.5

                """)
    }

    @Test func histogramBucketsAreCumulative() {
        let metrics = Metrics()
        let histogram = metrics.histogram("causeway_wait_seconds", "Wait.", bounds: [0.1, 1])
        for value in [0.05, 0.1, 0.5, 7] { histogram.record(value) }
        #expect(
            metrics.text() == """
                # HELP causeway_wait_seconds Wait.
                # TYPE causeway_wait_seconds histogram
                causeway_wait_seconds_bucket{le="0.1"} 2
                causeway_wait_seconds_bucket{le="1.0"} 3
                causeway_wait_seconds_bucket{le="+Inf"} 4
                causeway_wait_seconds_sum 7.65
                causeway_wait_seconds_count 4

                """)
    }

    @Test func labelValuesAreEscaped() {
        let metrics = Metrics()
        metrics.counter("x_total", "X.", [("name", "a\"b\\c\nd")]).add()
        #expect(metrics.text().contains(#"x_total{name="a\"b\\c\nd"} 1"#))
    }
}
