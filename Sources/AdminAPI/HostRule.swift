internal import HTTP1
internal import Reactor

/// A host that a tenant names must be a DNS name or an address, and public after resolution (design 3.3).
struct HostRule: Sendable {
    let policy: AddressPolicy
    let resolver: Resolver

    init(_ services: AdminServices) {
        policy = services.addressPolicy
        resolver = services.resolver
    }

    func check(_ host: String, field: String = "host") async throws(Problem) {
        if let reason = await objection(host) { throw Problem(field: field, reason) }
    }

    /// Why the host may not be used; nil when it may. A name that does not resolve yet is allowed: connecting checks
    /// again.
    func objection(_ host: String) async -> String? {
        let name: HostName
        do throws(HostNameError) {
            name = try HostName(validating: host)
        } catch {
            return error.description
        }
        let addresses: [SocketAddress]
        do throws(ResolveError) { addresses = try await resolver.resolve(name.text, port: 0) } catch { return nil }
        for address in addresses {
            if case .denied(let reason) = policy.verdict(address) {
                return "\(reason), which is not public; the operator can allow it with CAUSEWAY_ALLOW_NETWORKS"
            }
        }
        return nil
    }
}
