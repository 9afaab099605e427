import Bytes
import TestSupport
import Testing

@testable import Ingest

@Suite struct MultipartReaderTests {
    /// What a body holds: fields and bytes of each part, or the error's field.
    private func read(_ pieces: [[UInt8]], boundary: String = "b") -> [String] {
        guard var reader = MultipartReader(boundary: boundary) else { return ["no boundary"] }
        let buffer = IOBuffer(capacity: 64)
        var seen: [String] = []
        var body: [UInt8] = []
        for piece in pieces {
            buffer.append(piece)
            events: while true {
                guard let step = try? reader.advance(buffer.readable) else { return seen + ["malformed"] }
                switch step.event {
                case .needMore: if step.consumed == 0 { break events }
                case .part(let fields):
                    seen.append(
                        fields.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ","))
                case .body(let count): body += buffer.readable.extracting(0..<count).array()
                case .partEnd:
                    seen.append(String(decoding: body, as: UTF8.self))
                    body = []
                case .end:
                    seen.append("end")
                    return seen
                }
                buffer.consume(step.consumed)
            }
        }
        return seen
    }

    private let twoParts = """
        --b\r\nContent-Type: application/dicom\r\n\r\nfirst\r\n--\r\n-b\r\n\
        --b\r\n\r\n\r\n--b--\r\nepilogue
        """

    @Test func partsComeWithFieldsAndBytesHoweverTheInputIsCut() {
        for cut in Splitter.cuts(of: Array(twoParts.utf8)) {
            #expect(read(cut) == ["content-type=application/dicom", "first\r\n--\r\n-b", "", "", "end"])
        }
    }

    @Test func aPreambleIsPassedOver() {
        for cut in Splitter.cuts(of: Array("hello\r\n--b \t\r\n\r\nx\r\n--b--".utf8)) {
            #expect(read(cut) == ["", "x", "end"])
        }
    }

    @Test(arguments: ["--b\r\nno colon\r\n\r\nx\r\n--b--", "--bxy", "--b-\r\n"])
    func malformedDelimitersAndFieldsAreErrors(text: String) {
        #expect(read([Array(text.utf8)]).last == "malformed")
    }

    @Test func endlessPartHeadersAreRefused() {
        let text = "--b\r\n" + String(repeating: "a: b\r\n", count: 2000)
        #expect(read([Array(text.utf8)]).last == "malformed")
    }

    @Test func randomBodiesComeBackWhole() {
        var random = SeededGenerator(seed: 5)
        for _ in 0..<50 {
            // Much that looks like a delimiter.
            let body = (0..<Int.random(in: 0...400, using: &random)).map { _ in
                Array("\r\n--boundary".utf8).randomElement(using: &random) ?? 0
            }
            let text = String(decoding: body, as: UTF8.self)
            if text.contains("\r\n--boundary") { continue }
            let bytes = Array("--boundary\r\n\r\n".utf8) + body + Array("\r\n--boundary--".utf8)
            for cut in Splitter.cuts(of: bytes, seed: random.next()) {
                #expect(read(cut, boundary: "boundary") == ["", text, "end"])
            }
        }
    }

    @Test(arguments: ["", String(repeating: "x", count: 71), "a\r\nb"])
    func boundariesOutsideTheGrammarAreRefused(boundary: String) {
        #expect(MultipartReader(boundary: boundary) == nil)
    }
}

@Suite struct MediaTypeTests {
    @Test func parametersAreReadWithQuotesAndEscapes() {
        let type = MediaType(#"Multipart/Related; Type="application/dicom"; boundary="a;\"b""#)
        #expect(type?.name == "multipart/related")
        #expect(type?.parameters == ["type": "application/dicom", "boundary": "a;\"b"])
    }

    @Test(arguments: ["", "text", "a/b; c", "a/b; c=\"d", "a/b; c=1; c=2"])
    func whatIsNoMediaTypeIsRefused(text: String) {
        #expect(MediaType(text) == nil)
    }
}
