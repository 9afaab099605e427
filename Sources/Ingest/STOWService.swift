internal import Bytes
package import DICOM
package import Domain
package import HTTP1
internal import JSON

/// STOW-RS (PS3.18 10.5): several Part 10 files in one request, streamed to the disk one after another.
package struct STOWService: Sendable {
    private let ingest: InstanceIngest

    package init(_ ingest: InstanceIngest) {
        self.ingest = ingest
    }

    /// Answers a POST to `.../studies[/{studyInstanceUID}]` of an archive that the caller may write to.
    package func store(_ request: Request, in archive: Archive, studyInstanceUID: UID?) async -> Response {
        let boundary: String
        do throws(Problem) { boundary = try Self.boundary(of: request) } catch { return request.problem(error) }
        guard let reader = MultipartReader(boundary: boundary) else {
            return request.problem(
                Problem("malformed-multipart", .badRequest, detail: "The boundary is not 1 to 70 characters."))
        }
        var upload = STOWUpload(ingest: ingest, archive: archive, studyInstanceUID: studyInstanceUID, reader: reader)
        do throws(Problem) {
            try await upload.run(request.body)
        } catch {
            await upload.abandon()
            // What was stored before the body broke stays stored; the client is told by the same rules.
            if upload.results.isEmpty { return request.problem(error) }
            var response = request.problem(error)
            response.closesConnection = true
            return response
        }
        guard !upload.results.isEmpty else {
            return request.problem(Problem("malformed-multipart", .badRequest, detail: "The request holds no part."))
        }
        return STOWResponse.make(upload.results)
    }

    private static func boundary(of request: Request) throws(Problem) -> String {
        let wanted = "multipart/related; type=\"application/dicom\"; boundary=..."
        guard let text = request.head.fields["content-type"], let type = MediaType(text) else {
            throw Problem("unsupported-media-type", .unsupportedMediaType, detail: "Content-Type must be \(wanted).")
        }
        guard type.name == "multipart/related", type.parameters["type"].map({ $0 == "application/dicom" }) ?? true
        else {
            throw Problem(
                "unsupported-media-type", .unsupportedMediaType,
                detail: "Content-Type is \(text), but must be \(wanted).")
        }
        guard let boundary = type.parameters["boundary"] else {
            throw Problem("malformed-multipart", .badRequest, detail: "Content-Type names no boundary.")
        }
        return boundary
    }
}

/// What became of one part of a request.
struct STOWResult {
    let sopClassUID: String?
    let sopInstanceUID: String?
    let refusal: InstanceRefusal?
}

/// One request's body on its way through the multipart reader into the archive.
struct STOWUpload {
    let ingest: InstanceIngest
    let archive: Archive
    let studyInstanceUID: UID?
    var reader: MultipartReader
    private(set) var results: [STOWResult] = []
    private var current: InstanceReceiver?
    /// Why the current part is not wanted; its remaining bytes are passed over.
    private var currentRefusal: InstanceRefusal?

    init(ingest: InstanceIngest, archive: Archive, studyInstanceUID: UID?, reader: MultipartReader) {
        self.ingest = ingest
        self.archive = archive
        self.studyInstanceUID = studyInstanceUID
        self.reader = reader
    }

    mutating func run(_ body: RequestBody) async throws(Problem) {
        let buffer = IOBuffer(capacity: 1 << 18)
        while true {
            buffer.reserve(1 << 16)
            let count: Int
            do throws(HTTPError) { count = try await body.read(into: buffer) } catch { throw Problem(error) }
            if count == 0 {
                throw Problem("malformed-multipart", .badRequest, detail: "The body ends before its closing boundary.")
            }
            if try await consume(buffer) { break }
        }
        // An epilogue is allowed and means nothing.
        do throws(HTTPError) {
            repeat {
                buffer.clear()
                buffer.reserve(1 << 16)
            } while try await body.read(into: buffer) > 0
        } catch {
            throw Problem(error)
        }
    }

    /// Takes all events that the buffer holds; true at the closing boundary.
    private mutating func consume(_ buffer: IOBuffer) async throws(Problem) -> Bool {
        while true {
            let step: (event: MultipartReader.Event, consumed: Int)
            do throws(WireError) { step = try reader.advance(buffer.readable) } catch {
                throw Problem("malformed-multipart", .badRequest, detail: "The multipart body is malformed: \(error)")
            }
            switch step.event {
            case .needMore where step.consumed == 0: return false
            case .needMore: break
            case .part(let fields): begin(fields)
            case .body(let count): await append(buffer, count)
            case .partEnd: await finish()
            case .end:
                buffer.consume(step.consumed)
                return true
            }
            buffer.consume(step.consumed)
        }
    }

    private mutating func begin(_ fields: [String: String]) {
        currentRefusal = nil
        if let text = fields["content-type"], MediaType(text)?.name != "application/dicom" {
            currentRefusal = .unreadable(
                .unreadable(
                    WireError(
                        .invalid("\(text) is not application/dicom"), field: "Content-Type of the part", offset: 0)))
        }
        current = ingest.receiveFile()
    }

    private mutating func append(_ buffer: IOBuffer, _ count: Int) async {
        guard currentRefusal == nil, let current else { return }
        do throws(InstanceRefusal) {
            let isFull = try current.append(buffer.readable.extracting(0..<count))
            if isFull { try await current.flush() }
        } catch {
            currentRefusal = error
        }
    }

    private mutating func finish() async {
        guard let receiver = current else { return }
        current = nil
        if currentRefusal == nil {
            do throws(InstanceRefusal) {
                let kept = try await ingest.keep(receiver, in: archive, studyInstanceUID: studyInstanceUID)
                results.append(
                    STOWResult(
                        sopClassUID: kept.header.sopClass.uid.text, sopInstanceUID: kept.header.sopInstanceUID.text,
                        refusal: nil))
                return
            } catch {
                currentRefusal = error
            }
        } else {
            await receiver.discard()
        }
        results.append(
            STOWResult(
                sopClassUID: receiver.announcement?.sopClassUID.text,
                sopInstanceUID: receiver.announcement?.sopInstanceUID.text, refusal: currentRefusal))
    }

    /// Throws away a part whose end never came.
    mutating func abandon() async {
        await current?.discard()
        current = nil
    }
}
