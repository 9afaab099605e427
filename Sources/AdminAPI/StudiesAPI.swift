internal import Domain
internal import HTTP1
internal import JSON
internal import Store

/// `/v1/studies`: what is in the archives, saving, and sending again.
enum StudiesAPI {
    static let endpoints: [Endpoint] = [
        Endpoint(.get, "/v1/studies", .read, list)
            .listing("archive", "state", "patient", "studyInstanceUID", "date", "dateFrom", "dateTo"),
        Endpoint(.get, "/v1/studies/{id}", .read, read),
        Endpoint(.post, "/v1/studies/{id}/save", .upload, save).audited("study.save"),
        Endpoint(.post, "/v1/studies/{id}/forward", .operate, forward).audited("study.forward"),
    ]

    @Sendable private static func list(_ call: Call) async throws(Problem) -> Response {
        let page = try call.page()
        let scope = try call.scope
        var query = QueryValues(call.query)
        var filter = StudyFilter()
        filter.archiveId = query.id("archive")
        filter.state = query.choice("state")
        filter.patientId = call.query["patient"]
        filter.studyInstanceUID = call.query["studyInstanceUID"]
        let day = query.dicomDate("date")
        filter.dateFrom = query.dicomDate("dateFrom") ?? day
        filter.dateTo = query.dicomDate("dateTo") ?? day
        try query.check()
        let asked = filter
        return Call.list(
            try await call.stored { () async throws(StoreError) in try await scope.studies(asked, page) }, \.json)
    }

    @Sendable private static func read(_ call: Call) async throws(Problem) -> Response {
        let id = try call.id()
        let scope = try call.scope
        return .json(try await call.stored { () async throws(StoreError) in try await scope.study(id) }.json)
    }

    @Sendable private static func save(_ call: Call) async throws(Problem) -> Response {
        let id = try call.id()
        let scope = try call.scope
        let (result, study) = try await call.stored { () async throws(StoreError) in
            (try await scope.saveStudy(id), try await scope.study(id))
        }
        if !result.deliveries.isEmpty { call.services.nudge() }
        return .json(study.json)
    }

    /// Body: nothing, `{"failedOnly": true}` or `{"integrations": [id]}`.
    @Sendable private static func forward(_ call: Call) async throws(Problem) -> Response {
        let id = try call.id()
        let scope = try call.scope
        let selection = try selection(call.body)
        let made = try await call.stored { () async throws(StoreError) in try await scope.forward(id, selection) }
        if !made.isEmpty { call.services.nudge() }
        return .json(
            ["deliveries": JSON(made.map { ["id": JSON($0.id), "integrationId": JSON($0.integrationId)] })], .accepted)
    }

    private static func selection(_ body: JSON?) throws(Problem) -> ForwardSelection {
        guard let body else { return .all }
        var fields = Fields(body)
        let failedOnly = fields.bool("failedOnly") ?? false
        let ids = fields.strings("integrations", .optional, 1...100, "must be a UUID") { UUID($0) }
        fields.rejectUnknown()
        if failedOnly, ids != nil { fields.error("failedOnly", "cannot stand beside integrations") }
        if !fields.errors.isEmpty { throw Problem(invalid: fields.errors) }
        return ids.map { .integrations($0) } ?? (failedOnly ? .failedOnly : .all)
    }
}

/// Values of a query with all that is wrong with them.
struct QueryValues {
    private let values: [String: String]
    private var errors: [FieldError] = []

    init(_ values: [String: String]) {
        self.values = values
    }

    func check() throws(Problem) {
        if !errors.isEmpty { throw Problem(invalid: errors) }
    }

    private mutating func parse<T>(_ name: String, _ message: String, _ parse: (String) -> T?) -> T? {
        guard let text = values[name] else { return nil }
        if let value = parse(text) { return value }
        errors.append(FieldError(path: "?\(name)", message: message))
        return nil
    }

    mutating func id(_ name: String) -> UUID? { parse(name, "must be a UUID") { UUID($0) } }

    mutating func time(_ name: String) -> Timestamp? {
        parse(name, "must be an RFC 3339 time such as 2026-01-31T12:00:00Z") { Timestamp(rfc3339: $0) }
    }

    mutating func choice<T: RawRepresentable & CaseIterable>(_ name: String) -> T? where T.RawValue == String {
        parse(name, "must be one of " + T.allCases.map(\.rawValue).joined(separator: ", ")) { T(rawValue: $0) }
    }

    /// `2026-01-31` or `20260131`, as DICOM DA.
    mutating func dicomDate(_ name: String) -> String? {
        parse(name, "must be a date such as 2026-01-31") { text in
            let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
            guard [[8], [4, 2, 2]].contains(parts.map(\.count)) else { return nil }
            let digits = Array(parts.joined())
            guard digits.allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
            return String(decoding: digits, as: UTF8.self)
        }
    }
}
