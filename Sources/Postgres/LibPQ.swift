internal import CPostgres

/// One `PGconn`, with the calls of libpq that we use, none of which blocks except where it says so.
@safe
struct LibPQ: @unchecked Sendable {
    private let raw: OpaquePointer

    /// Begins to connect. Blocks for name resolution.
    static func start(_ conninfo: String) -> LibPQ? {
        let keys = ["dbname", "client_encoding", "fallback_application_name"]
        let values = [conninfo, "UTF8", "causeway"]
        let raw = unsafe withCStrings(keys) { keys in
            unsafe withCStrings(values) { values in unsafe PQconnectStartParams(keys, values, 1) }
        }
        guard let raw = unsafe raw else { return nil }
        // By default notices go to standard error.
        unsafe PQsetNoticeProcessor(raw, { _, _ in }, nil)
        return unsafe LibPQ(raw: raw)
    }

    private static func withCStrings<T>(
        _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> T
    ) -> T {
        var pointers: [UnsafePointer<CChar>?] = unsafe []
        let copies = strings.map { Array($0.utf8CString) }
        func lend(_ index: Int) -> T {
            if index == copies.count {
                unsafe pointers.append(nil)
                return unsafe pointers.withUnsafeBufferPointer { buffer in
                    guard let base = buffer.baseAddress else { preconditionFailure("the list ends with nil") }
                    return unsafe body(base)
                }
            }
            return unsafe copies[index].withUnsafeBufferPointer {
                unsafe pointers.append($0.baseAddress)
                return lend(index + 1)
            }
        }
        return lend(0)
    }

    /// Waits on: nothing, input, output.
    enum ConnectProgress { case done, failed, input, output }

    func pollConnect() -> ConnectProgress {
        switch unsafe PQconnectPoll(raw) {
        case PGRES_POLLING_OK: .done
        case PGRES_POLLING_READING: .input
        case PGRES_POLLING_WRITING: .output
        default: .failed
        }
    }

    var descriptor: CInt { unsafe PQsocket(raw) }
    var isBad: Bool { unsafe PQstatus(raw) == CONNECTION_BAD }
    var isInTransaction: Bool { unsafe PQtransactionStatus(raw) != PQTRANS_IDLE }
    var isBusy: Bool { unsafe PQisBusy(raw) != 0 }
    var backendProcess: CInt { unsafe PQbackendPID(raw) }
    var serverVersion: CInt { unsafe PQserverVersion(raw) }

    var errorMessage: String {
        guard let text = unsafe PQerrorMessage(raw) else { return "" }
        return unsafe Self.oneLine(String(cString: text))
    }

    static func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).map { String($0.drop { $0 == "\t" || $0 == " " }) }
            .joined(separator: "; ")
    }

    func setNonBlocking() -> Bool { unsafe PQsetnonblocking(raw, 1) == 0 }
    func enterPipelineMode() -> Bool { unsafe PQenterPipelineMode(raw) == 1 }
    func exitPipelineMode() -> Bool { unsafe PQexitPipelineMode(raw) == 1 }

    func sendPrepare(_ statement: Statement) -> Bool {
        let types = statement.parameters.map(\.rawValue)
        return unsafe PQsendPrepare(raw, statement.name, statement.sql, CInt(types.count), types) == 1
    }

    func sendExecute(_ name: String, _ parameters: ParameterEncoder) -> Bool {
        unsafe withParameters(parameters) { count, values, lengths, formats in
            unsafe PQsendQueryPrepared(raw, name, count, values, lengths, formats, 1) == 1
        }
    }

    func sendUnnamed(_ statement: Statement, _ parameters: ParameterEncoder) -> Bool {
        let types = statement.parameters.map(\.rawValue)
        return unsafe withParameters(parameters) { count, values, lengths, formats in
            unsafe PQsendQueryParams(raw, statement.sql, count, types, values, lengths, formats, 1) == 1
        }
    }

    private typealias ParameterPointers = (
        CInt, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<CInt>?, UnsafePointer<CInt>?
    ) -> Bool

    private func withParameters(_ parameters: ParameterEncoder, _ body: ParameterPointers) -> Bool {
        let count = parameters.offsets.count
        return unsafe parameters.bytes.withUnsafeBytes { bytes in
            unsafe withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: count) { values in
                unsafe withUnsafeTemporaryAllocation(of: CInt.self, capacity: count) { formats in
                    for i in 0..<count {
                        let offset = parameters.offsets[i]
                        let address = unsafe offset < 0 ? nil : bytes.baseAddress?.advanced(by: offset)
                        unsafe values.initializeElement(at: i, to: address?.assumingMemoryBound(to: CChar.self))
                        unsafe formats.initializeElement(at: i, to: 1)
                    }
                    return unsafe parameters.counts.withUnsafeBufferPointer { lengths in
                        unsafe body(CInt(count), values.baseAddress, lengths.baseAddress, formats.baseAddress)
                    }
                }
            }
        }
    }

    func sendScript(_ sql: String) -> Bool { unsafe PQsendQuery(raw, sql) == 1 }
    func sendSync() -> Bool { unsafe PQpipelineSync(raw) == 1 }

    /// Whether all is sent; nil when the connection is broken.
    func flush() -> Bool? {
        switch unsafe PQflush(raw) {
        case 0: true
        case 1: false
        default: nil
        }
    }

    func consumeInput() -> Bool { unsafe PQconsumeInput(raw) == 1 }

    func nextResult() -> LibPQResult? {
        guard let result = unsafe PQgetResult(raw) else { return nil }
        return unsafe LibPQResult(result)
    }

    /// Asks the server to stop what it does. Blocks: it makes a connection of its own.
    func cancel() {
        guard let request = unsafe PQgetCancel(raw) else { return }
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            _ = unsafe PQcancel(request, buffer.baseAddress, CInt(buffer.count))
        }
        unsafe PQfreeCancel(request)
    }

    func finish() { unsafe PQfinish(raw) }
}

/// One `PGresult`, freed with the object.
@safe
final class LibPQResult {
    enum Status { case rows, done, sync, aborted, error }

    private let raw: OpaquePointer

    init(_ raw: OpaquePointer) { unsafe self.raw = raw }

    deinit { unsafe PQclear(raw) }

    var status: Status {
        switch unsafe PQresultStatus(raw) {
        case PGRES_TUPLES_OK, PGRES_SINGLE_TUPLE: .rows
        case PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: .done
        case PGRES_PIPELINE_SYNC: .sync
        case PGRES_PIPELINE_ABORTED: .aborted
        default: .error
        }
    }

    /// A copy of all values in one piece of memory.
    var rows: Rows {
        let columnCount = unsafe Int(PQnfields(raw))
        let rowCount = unsafe Int(PQntuples(raw))
        var types: [UInt32] = []
        types.reserveCapacity(columnCount)
        for column in 0..<columnCount { types.append(unsafe PQftype(raw, CInt(column))) }
        var cells: [Rows.Cell] = []
        cells.reserveCapacity(columnCount * rowCount)
        var total = 0
        for row in 0..<CInt(rowCount) {
            for column in 0..<CInt(columnCount) {
                let isNull = unsafe PQgetisnull(raw, row, column) != 0
                let count = isNull ? -1 : unsafe Int(PQgetlength(raw, row, column))
                cells.append(Rows.Cell(offset: total, count: count))
                total += max(count, 0)
            }
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(total)
        for index in cells.indices where cells[index].count > 0 {
            let row = CInt(index / columnCount)
            let column = CInt(index % columnCount)
            let value = unsafe UnsafeRawBufferPointer(start: PQgetvalue(raw, row, column), count: cells[index].count)
            unsafe bytes.append(contentsOf: value)
        }
        let block = Rows.Block(types: types, cells: cells, bytes: bytes)
        return Rows(block: block, count: rowCount, affectedCount: affectedCount(rowCount))
    }

    private func affectedCount(_ rowCount: Int) -> Int {
        guard let text = unsafe PQcmdTuples(raw) else { return rowCount }
        return unsafe Int(String(cString: text)) ?? rowCount
    }

    /// Nil when it was not the server that spoke but libpq, as after a broken connection.
    func serverError(_ statement: String) -> ServerError? {
        guard let state = field("C") else { return nil }
        return ServerError(
            state: SQLState(state), message: field("M") ?? "", detail: field("D"), constraint: field("n"),
            table: field("t"), statement: statement)
    }

    /// Where in the text the error is, in characters from 1.
    var errorPosition: Int? { field("P").flatMap { Int($0) } }

    var errorMessage: String {
        guard let text = unsafe PQresultErrorMessage(raw) else { return "" }
        return unsafe LibPQ.oneLine(String(cString: text))
    }

    private func field(_ code: Unicode.Scalar) -> String? {
        guard let text = unsafe PQresultErrorField(raw, CInt(code.value)) else { return nil }
        return unsafe String(cString: text)
    }
}
