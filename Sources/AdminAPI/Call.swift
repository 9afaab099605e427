internal import Domain
internal import HTTP1
internal import JSON
internal import Security
internal import Store

/// One authenticated request on its way to a resource's code. It belongs to the connection's task.
struct Call {
    let request: Request
    let caller: Caller
    let services: AdminServices
    /// Only names that the endpoint knows.
    let query: [String: String]
    /// The body, read before the handler runs; nil when there was none.
    let body: JSON?

    var store: Store { services.store }

    /// The data of the caller's organization.
    var scope: TenantScope {
        get throws(Problem) {
            guard let id = caller.organizationId else { throw .notFound }
            return services.store.scope(id)
        }
    }

    /// The id in the path; one that is no UUID names nothing.
    func id(_ name: String = "id") throws(Problem) -> UUID {
        guard let id = request.captures[name].flatMap({ UUID($0) }) else { throw .notFound }
        return id
    }

    func requiredBody() throws(Problem) -> JSON {
        guard let body else {
            throw Problem("body-required", .badRequest, detail: "A JSON object is expected as the body.")
        }
        return body
    }

    /// The page of a list that is asked for.
    func page() throws(Problem) -> PageRequest {
        guard let text = query["limit"] else { return PageRequest(cursor: query["cursor"]) }
        guard let number = Int(text), 1...PageRequest.limitMax ~= number else {
            throw Problem(invalid: [
                FieldError(path: "?limit", message: "must be a number from 1 to \(PageRequest.limitMax)")
            ])
        }
        return PageRequest(limit: number, cursor: query["cursor"])
    }

    static func list<Item>(_ page: Page<Item>, _ json: (Item) -> JSON) -> Response {
        .json(["items": JSON(page.items.map(json)), "nextCursor": JSON(page.nextCursor)])
    }

    // MARK: Versions (RFC 9110 section 13)

    static func tag(_ version: Int) -> String { "\"v\(version)\"" }

    /// The tags of a list; a weak one is as good where only reading is saved (RFC 9110 section 13.1.2).
    private static func tags(_ list: String) -> [String] {
        list.split(separator: ",").map { item in
            let tag = item.drop { $0 == " " }.prefix { $0 != " " }
            return String(tag.hasPrefix("W/") ? tag.dropFirst(2) : tag)
        }
    }

    /// The answer with a resource: with its ETag, or 304 when the client has that version.
    func resource(_ json: JSON, version: Int, _ status: HTTPStatus = .ok, location: String? = nil) -> Response {
        let tag = Self.tag(version)
        if request.method == .get || request.method == .head, let known = request.head.fields["if-none-match"],
            known == "*" || Self.tags(known).contains(tag)
        {
            var response = Response(.notModified)
            response.fields.append("etag", tag)
            return response
        }
        var response = Response.json(json, status)
        response.fields.append("etag", tag)
        if let location { response.fields.append("location", location) }
        return response
    }

    /// The version that `If-Match` asks for; nil: any. Without the field a change is unconditional.
    func expectedVersion() throws(Problem) -> Int? {
        guard let text = request.head.fields["if-match"], text != "*" else { return nil }
        guard text.hasPrefix("\"v"), text.hasSuffix("\""), let version = Int32(text.dropFirst(2).dropLast()) else {
            throw Problem(
                "version-mismatch", .preconditionFailed,
                detail: "If-Match must be an ETag as it was given, such as \"v3\".")
        }
        return Int(version)
    }
}
