internal import Domain
internal import HTTP1
internal import JSON
internal import Store

/// `/v1/integrations`: DICOM services over connections.
enum IntegrationsAPI {
    static let endpoints: [Endpoint] = [
        Endpoint(.get, "/v1/integrations", .read, list).listing(),
        Endpoint(.post, "/v1/integrations", .configure, create).audited("integration.create"),
        Endpoint(.get, "/v1/integrations/{id}", .read, read),
        Endpoint(.patch, "/v1/integrations/{id}", .configure, update).audited("integration.update"),
        Endpoint(.delete, "/v1/integrations/{id}", .configure, delete).audited("integration.delete"),
        Endpoint(.post, "/v1/integrations/{id}/echo", .operate, echo).audited("integration.echo"),
        Endpoint(.get, "/v1/integrations/{id}/plan", .read, plan).query("study"),
        Endpoint(.post, "/v1/integrations/{id}/pause", .operate) { call async throws(Problem) in
            try await setState(call, .paused)
        }.audited("integration.pause"),
        Endpoint(.post, "/v1/integrations/{id}/resume", .operate) { call async throws(Problem) in
            let response = try await setState(call, .active)
            call.services.nudge()
            return response
        }.audited("integration.resume"),
    ]

    @Sendable private static func list(_ call: Call) async throws(Problem) -> Response {
        let page = try call.page()
        let scope = try call.scope
        return Call.list(
            try await call.stored { () async throws(StoreError) in try await scope.integrations(page) }, \.json)
    }

    @Sendable private static func create(_ call: Call) async throws(Problem) -> Response {
        let body = try call.requiredBody()
        let scope = try call.scope
        let spec = try validated { () throws(InvalidFields) in try IntegrationSpec(validating: body) }
        let made = try await call.stored { () async throws(StoreError) in try await scope.createIntegration(spec) }
        return call.resource(made.json, version: made.version, .created, location: "/v1/integrations/\(made.id)")
    }

    @Sendable private static func read(_ call: Call) async throws(Problem) -> Response {
        let id = try call.id()
        let scope = try call.scope
        let found = try await call.stored { () async throws(StoreError) in try await scope.integration(id) }
        return call.resource(found.json, version: found.version)
    }

    @Sendable private static func update(_ call: Call) async throws(Problem) -> Response {
        let id = try call.id()
        let scope = try call.scope
        let patch = try call.requiredBody()
        let expected = try call.expectedVersion()
        let current = try await call.stored { () async throws(StoreError) in try await scope.integration(id) }
        let spec = try validated { () throws(InvalidFields) in try current.spec.patched(by: patch) }
        let changed = try await call.stored { () async throws(StoreError) in
            try await scope.updateIntegration(id, to: spec, expectedVersion: expected ?? current.version)
        }
        call.services.nudge()
        return call.resource(changed.json, version: changed.version)
    }

    @Sendable private static func delete(_ call: Call) async throws(Problem) -> Response {
        let id = try call.id()
        let scope = try call.scope
        let expected = try call.expectedVersion()
        try await call.stored { () async throws(StoreError) in
            try await scope.deleteIntegration(id, expectedVersion: expected)
        }
        return Response(.noContent)
    }

    private static func setState(_ call: Call, _ state: Integration.State) async throws(Problem) -> Response {
        let id = try call.id()
        let scope = try call.scope
        let changed = try await call.stored { () async throws(StoreError) in
            try await scope.setIntegrationState(id, state)
        }
        return call.resource(changed.json, version: changed.version)
    }

    /// Whether text is named before JSON, or JSON not at all; without the field it is JSON.
    private static func prefersText(_ request: Request) -> Bool {
        let types = (request.head.fields["accept"] ?? "").split(separator: ",").map { type in
            type.prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
        }
        let first = types.first { $0.hasPrefix("application/") || ["text/plain", "text/*", "*/*"].contains($0) }
        return first?.hasPrefix("text/") == true
    }

    /// What would be sent of a stored study and how; `Accept: text/plain` gives it for a terminal.
    @Sendable private static func plan(_ call: Call) async throws(Problem) -> Response {
        let id = try call.id()
        let scope = try call.scope
        let (integration, connection) = try await call.stored { () async throws(StoreError) in
            let integration = try await scope.integration(id)
            return (integration, try await scope.connection(integration.spec.connectionId))
        }
        guard let study = call.query["study"].flatMap({ UUID($0) }) else {
            throw Problem(invalid: [FieldError(path: "?study", message: "must be the id of a study")])
        }
        let runner = call.services.plan
        let answer = try await call.stored { () async throws(StoreError) in
            try await runner.plan(studyId: study, for: integration, over: connection)
        }
        return prefersText(call.request) ? .text(answer.transcript, .ok) : .json(JSON(answer.report))
    }

    /// 200 when the echo succeeded, 502 with the same steps when the destination failed, so that scripts see it
    /// (`curl --fail-with-body`); `Accept: text/plain` gives the transcript with the same status.
    @Sendable private static func echo(_ call: Call) async throws(Problem) -> Response {
        let id = try call.id()
        let scope = try call.scope
        let (integration, connection) = try await call.stored { () async throws(StoreError) in
            let integration = try await scope.integration(id)
            return (integration, try await scope.connection(integration.spec.connectionId))
        }
        let answer = await call.services.echo.echo(integration, connection)
        if prefersText(call.request) { return .text(answer.transcript, answer.ok ? .ok : .badGateway) }
        if answer.ok { return .json(JSON(answer.report)) }
        var problem = Problem(
            "echo-failed", .badGateway, title: "The destination did not answer the echo",
            detail: answer.report["advice"]?.string ?? "See steps.")
        problem.members = answer.report
        throw problem
    }
}
