internal import Domain
internal import JSON
internal import Reactor
internal import Security
internal import Store

/// What the first start of `up` makes: organization `default` with an admin key, kept in `<data>/admin-key` (0600).
enum Bootstrap {
    static let organizationName = "default"

    /// The new key's text, or nil when there was an organization before.
    static func run(_ store: Store, dataDirectory: String) async throws(StartupError) -> String? {
        let path = "\(dataDirectory)/admin-key"
        let made = try await StartupError.explaining({ "the first organization cannot be made: \($0)" }) {
            () async throws(StoreError) -> APIKeyToken? in
            guard try await store.organizations(PageRequest(limit: 1)).items.isEmpty else { return nil }
            let organization = try await store.createOrganization(OrganizationSpec(name: organizationName))
            let token = APIKeyToken.generate()
            _ = try await store.scope(organization.id).createAPIKey(
                APIKeySpec(name: "first admin", role: .admin), keyId: token.keyID, secretHash: token.secretHash)
            return token
        }
        guard let made else { return nil }
        try StartupError.explaining({ "\(path) cannot be written: \($0.message)" }) { () throws(SystemError) in
            try FileSystem.replace(path, with: Array((made.text + "\n").utf8))
        }
        return made.text
    }
}
