internal import Domain
internal import HTTP1
internal import JSON
internal import Logging
internal import Security
internal import Store

/// What a route asks of the key that calls it.
enum Permission: Sendable {
    /// A platform key.
    case platform
    /// Any key of the organization.
    case read
    /// Storing and saving studies.
    case upload
    /// Moving things that are configured: forward, retry, cancel, echo, pause.
    case operate
    /// Changing what is configured.
    case configure

    func admits(_ role: APIKeyRole) -> Bool {
        switch self {
        case .platform: false
        case .read: true
        case .upload: role == .admin || role == .operator || role == .uploader
        case .operate: role == .admin || role == .operator
        case .configure: role == .admin
        }
    }

    var inWords: String {
        switch self {
        case .platform: "a platform key"
        case .read: "any key of the organization"
        case .upload: "the role uploader, operator or admin"
        case .operate: "the role operator or admin"
        case .configure: "the role admin"
        }
    }
}

/// Who calls: the key and the organization it works in.
struct Caller: Sendable {
    let key: APIKey
    /// Nil for a platform key that names none.
    let organizationId: UUID?

    func check(_ permission: Permission) throws(Problem) {
        if case .platform = permission {
            guard key.isPlatform else { throw Self.forbidden(permission) }
            return
        }
        guard organizationId != nil else {
            throw Problem(
                "organization-required", .badRequest,
                detail: "A platform key must name the organization in the field Causeway-Organization.")
        }
        guard key.isPlatform || permission.admits(key.role) else { throw Self.forbidden(permission) }
    }

    private static func forbidden(_ permission: Permission) -> Problem {
        Problem("forbidden", .forbidden, detail: "This needs \(permission.inWords).")
    }
}

/// Finds out who calls (RFC 6750 section 2.1): `Authorization: Bearer cw_...`. A platform key names the organization by
/// `Causeway-Organization: <id or name>`.
struct Authenticator: Sendable {
    static let organizationField = "causeway-organization"

    let services: AdminServices

    func caller(_ request: Request) async throws(Problem) -> Caller {
        let token = try token(request)
        let found = try await services.stored(request.id) { () async throws(StoreError) in
            try await services.store.findAPIKey(keyId: token.keyID)
        }
        // The hash is compared even when there is nothing to compare with: unknown and wrong look and last the same.
        let isRight = token.matches(secretHash: found?.secretHash ?? Self.nobodysHash)
        guard isRight, let key = found?.key, key.isUsable(at: services.now) else {
            throw Self.unauthorized("The key is unknown, expired or revoked.")
        }
        await noteUse(key)
        return Caller(key: key, organizationId: try await organization(key, request))
    }

    private static let nobodysHash = [UInt8](repeating: 0, count: 32)

    private func noteUse(_ key: APIKey) async {
        if let last = key.lastUsedAt, services.now.microseconds - last.microseconds < 60_000_000 { return }
        do throws(StoreError) {
            try await services.store.noteAPIKeyUse(keyId: key.keyId)
        } catch {
            services.logger.warning(
                "the use of a key was not noted", metadata: ["keyId": "\(key.keyId)", "error": "\(error)"])
        }
    }

    private func token(_ request: Request) throws(Problem) -> APIKeyToken {
        guard let text = request.head.fields["authorization"] else {
            throw Self.unauthorized("Send the key as `Authorization: Bearer cw_...`.")
        }
        let words = text.split(separator: " ")
        guard words.count == 2, words[0].lowercased() == "bearer" else {
            throw Self.unauthorized("Authorization must be `Bearer cw_...`.")
        }
        do throws(SecurityError) {
            return try APIKeyToken(String(words[1]))
        } catch {
            throw Self.unauthorized("The key is not one of ours: check that it was copied whole.")
        }
    }

    private func organization(_ key: APIKey, _ request: Request) async throws(Problem) -> UUID? {
        if let own = key.organizationId { return own }
        guard let named = request.head.fields[Self.organizationField] else { return nil }
        let found: Organization? = try await services.stored(request.id) { () async throws(StoreError) in
            guard let id = UUID(named) else { return try await services.store.organization(named: named) }
            do throws(StoreError) {
                return try await services.store.organization(id)
            } catch {
                guard error == .notFound else { throw error }
                return nil
            }
        }
        guard let found else {
            throw Problem("not-found", .notFound, detail: "Causeway-Organization names no organization.")
        }
        return found.id
    }

    private static func unauthorized(_ detail: String) -> Problem {
        Problem("unauthorized", .unauthorized, detail: detail).with(
            field: "www-authenticate", "Bearer realm=\"causeway\"")
    }
}
