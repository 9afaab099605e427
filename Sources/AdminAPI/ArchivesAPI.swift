internal import Domain
internal import HTTP1
internal import JSON
internal import Store

/// `/v1/archives`: folders of studies, their destinations, and the upload of studies by STOW-RS.
enum ArchivesAPI {
    static let endpoints: [Endpoint] = [
        Endpoint(.get, "/v1/archives", .read, list).listing(),
        Endpoint(.post, "/v1/archives", .configure, create).audited("archive.create"),
        Endpoint(.get, "/v1/archives/{id}", .read, read),
        Endpoint(.patch, "/v1/archives/{id}", .configure, update).audited("archive.update"),
        Endpoint(.delete, "/v1/archives/{id}", .configure, delete).audited("archive.delete"),
        Endpoint(.get, "/v1/archives/{id}/destinations", .read, destinations),
        Endpoint(.put, "/v1/archives/{id}/destinations", .configure, setDestinations).audited(
            "archive.setDestinations"),
        Endpoint(.post, "/v1/archives/{id}/dicomweb/studies", .upload, upload).streamingBody().audited("archive.store"),
        Endpoint(.post, "/v1/archives/{id}/dicomweb/studies/{studyUID}", .upload, upload).streamingBody()
            .audited("archive.store"),
    ]

    @Sendable private static func list(_ call: Call) async throws(Problem) -> Response {
        let page = try call.page()
        let scope = try call.scope
        return Call.list(
            try await call.stored { () async throws(StoreError) in try await scope.archives(page) }, \.json)
    }

    @Sendable private static func create(_ call: Call) async throws(Problem) -> Response {
        let body = try call.requiredBody()
        let scope = try call.scope
        let spec = try validated { () throws(InvalidFields) in try ArchiveSpec(validating: body) }
        let made = try await call.stored { () async throws(StoreError) in try await scope.createArchive(spec) }
        return call.resource(made.json, version: made.version, .created, location: "/v1/archives/\(made.id)")
    }

    @Sendable private static func read(_ call: Call) async throws(Problem) -> Response {
        let id = try call.id()
        let scope = try call.scope
        let found = try await call.stored { () async throws(StoreError) in try await scope.archive(id) }
        return call.resource(found.json, version: found.version)
    }

    @Sendable private static func update(_ call: Call) async throws(Problem) -> Response {
        let id = try call.id()
        let scope = try call.scope
        let patch = try call.requiredBody()
        let expected = try call.expectedVersion()
        let current = try await call.stored { () async throws(StoreError) in try await scope.archive(id) }
        let spec = try validated { () throws(InvalidFields) in try current.spec.patched(by: patch) }
        let changed = try await call.stored { () async throws(StoreError) in
            try await scope.updateArchive(id, to: spec, expectedVersion: expected ?? current.version)
        }
        return call.resource(changed.json, version: changed.version)
    }

    @Sendable private static func delete(_ call: Call) async throws(Problem) -> Response {
        let id = try call.id()
        let scope = try call.scope
        let expected = try call.expectedVersion()
        try await call.stored { () async throws(StoreError) in
            try await scope.deleteArchive(id, expectedVersion: expected)
        }
        return Response(.noContent)
    }

    @Sendable private static func destinations(_ call: Call) async throws(Problem) -> Response {
        let id = try call.id()
        let scope = try call.scope
        let found = try await call.stored { () async throws(StoreError) in try await scope.archive(id) }
        return call.resource(["destinations": JSON(found.spec.destinations)], version: found.version)
    }

    @Sendable private static func setDestinations(_ call: Call) async throws(Problem) -> Response {
        let id = try call.id()
        let scope = try call.scope
        let body = try call.requiredBody()
        let ids = try validated { () throws(InvalidFields) in try ArchiveSpec.destinations(validating: body) }
        let expected = try call.expectedVersion()
        let changed = try await call.stored { () async throws(StoreError) in
            try await scope.setDestinations(id, ids, expectedVersion: expected)
        }
        return call.resource(["destinations": JSON(changed.spec.destinations)], version: changed.version)
    }

    @Sendable private static func upload(_ call: Call) async throws(Problem) -> Response {
        let id = try call.id()
        let scope = try call.scope
        let archive = try await call.stored { () async throws(StoreError) in try await scope.archive(id) }
        return await call.services.uploader.store(
            call.request, in: archive, studyInstanceUID: call.request.captures["studyUID"])
    }
}
