import JSON
import Testing

@Suite struct FieldsTests {
    private enum Mode: String, CaseIterable { case active, inactive }

    @Test func goodValuesAreRead() throws {
        let json: JSON = [
            "name": "PACS é", "port": 104, "on": true, "mode": "active", "pem": "a\nb\n",
            "id": "017f22e2-79b0-7cc3-98c4-dc0c0c07398f", "at": "2026-01-01T00:00:00Z",
            "tls": ["policy": "tls12"], "services": [["port": 1], ["port": 2]], "aets": ["A", "B"], "nothing": nil,
        ]
        var f = Fields(json)
        #expect(f.string("name", .required, 1...200) == "PACS é")
        #expect(f.int("port", .required, 1...65535) == 104)
        #expect(f.bool("on") == true)
        #expect(f.choice("mode", of: Mode.self) == .active)
        #expect(f.text("pem", .required, 1...10) == "a\nb\n")
        #expect(f.uuid("id") != nil)
        #expect(f.timestamp("at") != nil)
        #expect(f.object("tls") { $0.string("policy") } == "tls12")
        #expect(f.objects("services", .required, 1...5) { $0.int("port", .required, 1...9) } == [1, 2])
        #expect(f.strings("aets", .required, 0...5, "bad") { $0 } == ["A", "B"])
        #expect(f.string("nothing") == nil && f.isNull("nothing") && f.has("nothing"))
        #expect(f.string("missing") == nil && !f.has("missing"))
        f.rejectUnknown()
        #expect(f.errors.isEmpty)
    }

    @Test func everyErrorIsCollectedWithItsPath() {
        let json: JSON = [
            "name": "", "note": "a\tb", "port": 0, "half": 1.5, "on": "yes", "mode": "maybe", "id": "x", "at": "today",
            "tls": ["policy": 5, "more": 1], "services": [["port": 99], 7], "aets": ["A", 5], "list": [:], "extra~/": 1,
            "null": nil, "nul": "a\0b",
        ]
        var f = Fields(json)
        _ = f.string("name", .required, 1...200)
        _ = f.string("note")
        _ = f.int("port", .required, 1...65535)
        _ = f.int("half", .optional, 0...9)
        _ = f.bool("on")
        _ = f.choice("mode", of: Mode.self)
        _ = f.uuid("id")
        _ = f.timestamp("at")
        _ = f.object("tls") { tls in
            _ = tls.string("policy")
            tls.rejectUnknown()
        }
        _ = f.objects("services", .required, 1...5) { $0.int("port", .required, 1...9) }
        _ = f.strings("aets", .required, 0...5, "must be an AE title") { $0 }
        _ = f.strings("list", .required, 1...1, "bad") { $0 }
        _ = f.string("null", .required)
        _ = f.text("nul", .required, 1...5)
        _ = f.string("missing", .required)
        f.rejectUnknown()
        #expect(
            f.errors.map { "\($0.path) \($0.message)" } == [
                "/name must have 1 to 200 characters",
                "/note must not contain control characters",
                "/port must be a whole number from 1 to 65535",
                "/half must be a whole number from 0 to 9",
                "/on must be true or false",
                "/mode must be one of \"active\", \"inactive\"",
                "/id must be a UUID",
                "/at must be a time as in RFC 3339, such as 2026-01-31T09:30:00Z",
                "/tls/policy must be a string, not a number",
                "/tls/more is not known here",
                "/services/0/port must be a whole number from 1 to 9",
                "/services/1 must be an object, not a number",
                "/services/1/port is required",
                "/aets/1 must be an AE title",
                "/list must be an array, not an object",
                "/null must not be null",
                "/nul must not contain control characters",
                "/missing is required",
                "/extra~0~1 is not known here",
            ])
    }

    @Test func somethingElseThanAnObjectIsOneError() {
        var f = Fields([1])
        f.rejectUnknown()
        #expect(f.errors == [FieldError(path: "", message: "must be an object, not an array")])
        #expect(f.errors[0].json.text == #"{"path":"","message":"must be an object, not an array"}"#)
    }
}
