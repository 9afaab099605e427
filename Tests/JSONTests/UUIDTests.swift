import JSON
import Testing

@Suite struct UUIDTests {
    @Test func exampleOfTheStandardBothWays() throws {
        // RFC 9562 A.6: 2022-02-22T19:22:22Z
        let text = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"
        let id = try #require(UUID(text))
        #expect(id.description == text)
        #expect(id.version == 7)
        #expect(id.timestamp?.rfc3339 == "2022-02-22T19:22:22.000000Z")
        #expect(UUID(text.uppercased()) == id)
        #expect(UUID(bytes: id.bytes) == id)
        #expect(id.bytes.count == 16 && id.bytes.prefix(2) == [0x01, 0x7F] && id.bytes.last == 0x8F)
    }

    @Test(arguments: [
        "", "017f22e2-79b0-7cc3-98c4-dc0c0c07398", "017f22e2-79b0-7cc3-98c4-dc0c0c07398f0",
        "{017f22e2-79b0-7cc3-98c4-dc0c0c0739",
        "017f22e279b0-7cc3-98c4-dc0c0c07398f-", "017g22e2-79b0-7cc3-98c4-dc0c0c07398f",
        "017f22e2-79b0-7cc3-98c4-dc0c0c0739８",
    ])
    func malformedTextIsRefused(_ text: String) {
        #expect(UUID(text) == nil)
    }

    @Test func wrongByteCountIsRefused() {
        #expect(UUID(bytes: [UInt8](repeating: 0, count: 15)) == nil)
        #expect(UUID(bytes: [UInt8](repeating: 0, count: 17)) == nil)
    }

    @Test func identifiersIncreaseAlsoWhenTheClockStepsBack() {
        let generator = UUIDv7Generator()
        let now = Timestamp(microseconds: 1_790_000_000_000_000)
        var last = generator.next(at: now)
        for step in 0..<20_000 {
            let offset = Duration.milliseconds(step % 7 - 5)
            let next = generator.next(at: now.adding(offset))
            #expect(next > last)
            #expect(next.version == 7)
            #expect(next.bytes[8] >> 6 == 0b10)
            last = next
        }
        #expect(generator.next(at: now.adding(.seconds(1))).timestamp == now.adding(.seconds(1)))
    }

    @Test func orderOfTextIsOrderOfTime() {
        let generator = UUIDv7Generator()
        let texts = (0..<1000).map { generator.next(at: Timestamp(microseconds: Int64($0) * 700)).description }
        #expect(texts == texts.sorted())
        #expect(Set(texts).count == texts.count)
    }
}
