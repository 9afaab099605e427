import Bytes
import Testing
import TestSupport

@testable import HTTP1

@Suite struct ChunkedDecoderTests {
    private enum Result: Equatable {
        /// The data, and how many bytes behind the body were left alone.
        case complete([UInt8], rest: Int)
        case needMore([UInt8])
        case refusal(HTTPRefusal)
    }

    private func decode(_ pieces: [[UInt8]]) -> Result {
        var decoder = ChunkedDecoder(HTTPLimits())
        var data: [UInt8] = []
        let buffer = IOBuffer(capacity: 16)
        for (index, piece) in pieces.enumerated() {
            buffer.append(piece)
            while buffer.readableCount > 0 {
                do throws(HTTPRefusal) {
                    let count = try decoder.advance(buffer.readable)
                    buffer.consume(count)
                } catch {
                    return .refusal(error)
                }
                if decoder.isAtEnd {
                    return .complete(
                        data, rest: buffer.readableCount + pieces[(index + 1)...].reduce(0) { $0 + $1.count })
                }
                let count = min(decoder.dataByteCount, buffer.readableCount)
                guard count > 0 else { continue }
                data += buffer.readable.extracting(0..<count).array()
                buffer.consume(count)
                decoder.take(data: count)
            }
        }
        return .needMore(data)
    }

    @Test func bodyIsTheSameHoweverItIsCut() {
        let text = "5\r\nhello\r\n00000A;name=\"v\"\r\n, worlds!!\r\n0;last\r\nTrailer: x\r\nOther:\r\n\r\nGET"
        for pieces in Splitter.cuts(of: Array(text.utf8)) {
            #expect(decode(pieces) == .complete(Array("hello, worlds!!".utf8), rest: 3))
        }
    }

    @Test func emptyBody() {
        #expect(decode([Array("0\r\n\r\n".utf8)]) == .complete([], rest: 0))
    }

    static let faults: [(String, HTTPRefusal)] = [
        ("\r\n", .malformedChunk), ("g\r\n", .malformedChunk), ("-1\r\n", .malformedChunk), ("+1\r\n", .malformedChunk),
        ("0x1\r\n", .malformedChunk), (" 1\r\n", .malformedChunk), ("1 \r\n", .malformedChunk),
        ("1\n", .malformedChunk),
        ("1\r\r", .malformedChunk), (";x\r\n", .malformedChunk), ("100000000\r\n", .malformedChunk),
        ("1;a\nb\r\n", .malformedChunk), ("1;a\0\r\n", .malformedChunk),
        ("1;\(String(repeating: "x", count: 257))\r\n", .malformedChunk),
        ("1\r\nab\r\n", .malformedChunk), ("1\r\na\n", .malformedChunk), ("1\r\na\rx", .malformedChunk),
        ("0\r\nName\r\n\r\n", .malformedTrailer), ("0\r\n folded\r\n\r\n", .malformedTrailer),
        ("0\r\nName : x\r\n\r\n", .malformedTrailer), ("0\r\nName: a\nB: c\r\n\r\n", .malformedTrailer),
        ("0\r\nName: a\rb\r\n\r\n", .malformedTrailer), ("0\r\nName: \0\r\n\r\n", .malformedTrailer),
        ("0\r\nN: \(String(repeating: "x", count: 8192))\r\n\r\n", .malformedTrailer),
        ("0\r\n\(String(repeating: "N: x\r\n", count: 33))\r\n", .malformedTrailer),
    ]

    @Test(arguments: faults)
    func faultIsRefusedHoweverItIsCut(_ text: String, _ refusal: HTTPRefusal) {
        for pieces in Splitter.cuts(of: Array(text.utf8)) { #expect(decode(pieces) == .refusal(refusal)) }
    }

    @Test func everyPrefixNeedsMore() {
        let bytes = Array("3\r\nabc\r\n0\r\nA: b\r\n\r\n".utf8)
        for count in 0..<bytes.count {
            guard case .needMore = decode([Array(bytes[..<count])]) else {
                Issue.record("prefix of \(count) bytes was not short")
                continue
            }
        }
    }
}
