internal import Domain
internal import JSON
internal import Reactor
internal import Security
internal import Store

/// `causeway key`: API keys without the API.
package struct KeyCommand: Sendable {
    private let invocation: ServiceInvocation
    private let json: Bool
    /// Name of the organization; nil: platform keys.
    package var organization: String? = Bootstrap.organizationName

    package init(_ invocation: ServiceInvocation, json: Bool) {
        self.invocation = invocation
        self.json = json
    }

    package func create(name: String, role: String) -> Int32 {
        guard let role = APIKeyRole(rawValue: role) else {
            Console.error(
                "causeway: --role must be one of \(APIKeyRole.allCases.map(\.rawValue).joined(separator: ", "))\n")
            return 1
        }
        return withStore { (store) throws(StoreError) in
            let token = APIKeyToken.generate()
            let spec = APIKeySpec(name: name, role: role)
            let key: APIKey
            if let scope = try await scope(store) {
                key = try await scope.createAPIKey(spec, keyId: token.keyID, secretHash: token.secretHash)
            } else {
                key = try await store.createPlatformKey(spec, keyId: token.keyID, secretHash: token.secretHash)
            }
            guard json else { return Console.output(token.text + "\n") }
            var object = key.json.object ?? JSONObject()
            object["key"] = .string(token.text)
            Console.output(JSON(object).text + "\n")
        }
    }

    package func list() -> Int32 {
        withStore { (store) throws(StoreError) in
            var page = PageRequest(limit: PageRequest.limitMax)
            repeat {
                let found: Page<APIKey>
                if let scope = try await scope(store) {
                    found = try await scope.apiKeys(page)
                } else {
                    found = try await store.platformKeys(page)
                }
                for key in found.items { Console.output(line(key)) }
                page.cursor = found.nextCursor
            } while page.cursor != nil
        }
    }

    package func revoke(_ id: String) -> Int32 {
        guard let id = UUID(id) else {
            Console.error("causeway: \(id) is not a key's id; `causeway key list` prints them\n")
            return 1
        }
        return withStore { (store) throws(StoreError) in
            if let scope = try await scope(store) {
                try await scope.revokeAPIKey(id)
            } else {
                try await store.revokePlatformKey(id)
            }
        }
    }

    private func line(_ key: APIKey) -> String {
        if json { return key.json.text + "\n" }
        let state = key.revokedAt == nil ? "" : "  revoked"
        return "\(key.id)  \(key.role.rawValue)  \(key.keyId)  \(key.name)\(state)\n"
    }

    /// Nil for platform keys.
    private func scope(_ store: Store) async throws(StoreError) -> TenantScope? {
        guard let name = organization else { return nil }
        guard let found = try await store.organization(named: name) else { throw .notFound }
        return store.scope(found.id)
    }

    private func withStore(_ body: @escaping @Sendable (Store) async throws(StoreError) -> Void) -> Int32 {
        invocation.withDatabase { (database) throws(StartupError) in
            do throws(StoreError) {
                try await body(database.store)
            } catch {
                throw StartupError(error == .notFound ? "there is no such organization or key" : "\(error)")
            }
        }
    }
}
