import JSON
import Testing

@Suite struct JSONValueTests {
    private func parse(_ text: String, depthMax: Int = 64) throws -> JSON {
        try JSON(parsing: text, depthMax: depthMax)
    }

    @Test(
        arguments: [
            ("null", JSON.null), (" true ", true), ("false", false), ("0", 0), ("-0", 0), ("-12", -12),
            ("9223372036854775807", .int(.max)), ("9223372036854775808", .double(9_223_372_036_854_775_808)),
            ("1.0", .double(1)), ("1e2", .double(100)), ("-2.5E-1", .double(-0.25)),
            ("\"\"", ""), ("\"a\\u00e9\\n\\\"\\\\\\/\\b\\f\\r\\t\"", "aé\n\"\\/\u{8}\u{C}\r\t"),
            ("\"\\ud83d\\uDE00\"", "😀"), ("\"😀é\"", "😀é"), ("\"\\u0000\"", "\0"),
            ("[]", []), ("[ 1 , [ ] , {} ]", [1, [], [:]]),
            ("{\"b\":1,\"a\":{\"c\":null}}", ["b": 1, "a": ["c": nil]]),
        ] as [(String, JSON)])
    func acceptedTexts(_ text: String, _ value: JSON) throws {
        #expect(try parse(text) == value)
    }

    @Test(arguments: [
        ("", 0, "the text ends too early"), ("  ", 2, "the text ends too early"),
        ("nul", 0, "null was expected"), ("tru e", 0, "true was expected"), ("1 2", 2, "nothing may follow the value"),
        ("01", 0, "a number must not begin with 0"), ("-", 1, "a digit was expected"),
        ("1.", 2, "a digit was expected"),
        ("1e", 2, "a digit was expected"), (".5", 0, "a value was expected"), ("+1", 0, "a value was expected"),
        ("1e999", 0, "the number is too large"), ("NaN", 0, "a value was expected"),
        ("[1,]", 3, "a value was expected"), ("[1 2]", 3, "a comma or ] was expected"),
        ("[1", 2, "the text ends too early"),
        ("{\"a\"}", 4, "a colon was expected"), ("{a:1}", 1, "a member name in quotes was expected"),
        ("{\"a\":1,}", 7, "a member name in quotes was expected"),
        ("{\"a\":1 \"b\":2}", 7, "a comma or } was expected"),
        ("{\"a\":1,\"\\u0061\":2}", 7, "the name \"a\" is used twice"),
        ("\"abc", 0, "the string does not end"), ("\"a\\", 3, "the string does not end"),
        ("\"\\x\"", 1, "unknown escape"), ("\"\\u12g4\"", 5, "four hexadecimal digits were expected"),
        ("\"\\ud800\"", 1, "half of a surrogate pair"), ("\"\\ud800\\u0041\"", 1, "half of a surrogate pair"),
        ("\"\\udc00\"", 1, "half of a surrogate pair"),
        ("\"a\nb\"", 2, "a control character in a string must be escaped"),
        ("\u{FEFF}1", 0, "a value was expected"), ("/**/1", 0, "a value was expected"),
        ("'a'", 0, "a value was expected"),
    ])
    func refusedTextsNameOffsetAndReason(_ text: String, _ offset: Int, _ reason: String) {
        #expect(throws: JSONError(offset: offset, reason: reason)) { try parse(text) }
    }

    @Test(
        arguments: [
            [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82],
        ] as [[UInt8]])
    func stringThatIsNotUTF8IsRefused(_ bad: [UInt8]) {
        let bytes = [UInt8(ascii: "\"")] + bad + [UInt8(ascii: "\"")]
        #expect(throws: JSONError(offset: 1, reason: "the string is not UTF-8")) {
            try JSON(parsing: bytes, byteCountMax: 100)
        }
    }

    @Test func depthAndSizeAreLimited() throws {
        let levels = { (n: Int) in String(repeating: "[", count: n) + String(repeating: "]", count: n) }
        _ = try parse(levels(64))
        #expect(throws: JSONError(offset: 64, reason: "more than 64 levels")) { try parse(levels(65)) }
        _ = try parse("[" + levels(63) + "," + levels(63) + "]")
        _ = try JSON(parsing: Array("[1,2]".utf8), byteCountMax: 5)
        #expect(throws: JSONError(offset: 4, reason: "the text is longer than 4 bytes")) {
            try JSON(parsing: Array("[1,2]".utf8), byteCountMax: 4)
        }
    }

    @Test func repeatedNameIsFoundAmongMany() throws {
        let members = (0..<100).map { "\"k\($0)\":\($0)" }
        let object = try parse("{" + members.joined(separator: ",") + "}")
        #expect(object["k99"] == 99)
        #expect(throws: JSONError.self) { try parse("{" + (members + ["\"k57\":0"]).joined(separator: ",") + "}") }
        #expect(throws: JSONError.self) { try parse("{" + (members + ["\"k99\":0"]).joined(separator: ",") + "}") }
    }

    @Test func everyPrefixOfAnObjectIsRefused() throws {
        let text = Array(#"{"a":[1,-2.5e3,true,null,"x\u00e9y"],"b":{"c":"😀"}}"#.utf8)
        _ = try JSON(parsing: text, byteCountMax: 1000)
        for count in 0..<text.count {
            #expect(throws: JSONError.self) { try JSON(parsing: Array(text[..<count]), byteCountMax: 1000) }
        }
    }

    @Test func anyDamagedByteIsAnsweredWithoutTrap() {
        let text = Array(#"{"a":[1,-2.5e3,true,null,"x\u00e9y"],"b":{"c":"😀"}}"#.utf8)
        for i in text.indices {
            for value in UInt8.min...UInt8.max {
                var damaged = text
                damaged[i] = value
                if let json = try? JSON(parsing: damaged, byteCountMax: 1000) {
                    #expect((try? JSON(parsing: json.bytes, byteCountMax: 2000)) == json)
                }
            }
        }
    }

    @Test func compactTextKeepsOrderAndEscapes() {
        let value: JSON = [
            "z": 1, "a": [true, nil, -3, 2.5], "text": "\"\\/\u{8}\u{C}\n\r\t\u{1}\u{7F}é😀", "none": [], "empty": [:],
        ]
        #expect(
            value.text == #"{"z":1,"a":[true,null,-3,2.5],"text":"\"\\/\b\f\n\r\t\u0001\u007fé😀","none":[],"empty":{}}"#
        )
    }

    @Test(arguments: [0.1, 1.0, 1e21, .leastNonzeroMagnitude, .greatestFiniteMagnitude, -0.0])
    func doublesSurviveTheRoundTrip(_ number: Double) throws {
        #expect(try parse(JSON.double(number).text) == .double(number))
    }

    @Test func infinityBecomesNull() {
        #expect(JSON.array([.double(.infinity), .double(.nan)]).text == "[null,null]")
    }

    @Test func prettyTextIsIndentedByTwo() {
        let value: JSON = ["a": [1, ["b": 2]], "c": [], "d": [:]]
        #expect(
            value.prettyText == """
                {
                  "a": [
                    1,
                    {
                      "b": 2
                    }
                  ],
                  "c": [],
                  "d": {}
                }
                """)
    }

    @Test func accessorsAnswerNilForAnotherKind() {
        let value: JSON = ["s": "x", "i": 5, "d": 1.5, "b": true, "a": [1], "n": nil]
        #expect(value["s"]?.string == "x" && value["i"]?.int == 5 && value["b"]?.bool == true)
        #expect(value["a"]?[0] == 1 && value["a"]?[1] == nil && value["d"]?.double == 1.5 && value["i"]?.double == 5)
        #expect(value["n"]?.isNull == true && value["missing"] == nil)
        #expect(value["s"]?.int == nil && value["d"]?.int == nil && value["i"]?.bool == nil && value["a"]?["x"] == nil)
        #expect(JSON("x" as String?) == "x" && JSON(nil as Int?) == .null)
    }

    @Test func settingAMemberKeepsItsPlace() {
        var object: JSONObject = ["a": 1, "b": 2]
        object["a"] = 3
        object["c"] = 4
        object["b"] = nil
        #expect(JSON(object).text == #"{"a":3,"c":4}"#)
    }
}
