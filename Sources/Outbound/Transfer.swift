internal import CCurl
internal import Glibc
internal import Reactor

/// One request on its way: its curl handle, what has come so far, and who waits for it.
@safe
final class Transfer {
    private static let headerCountMax = 256

    let easy: UnsafeMutableRawPointer
    private let policy: AddressPolicy
    private let responseByteCountMax: Int
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private let errorText: UnsafeMutablePointer<CChar>
    private var continuation: UnsafeContinuation<CURLcode, Never>?
    private var early: CURLcode?

    private var headers: [(name: String, value: String)] = []
    private var body: [UInt8] = []
    private var isTooLarge = false
    private var denial: String?

    init(_ request: OutboundRequest, caFile: String?) throws(OutboundError) {
        try Self.check(request)
        guard let handle = unsafe curl_easy_init() else { throw .failed("out of memory") }
        unsafe easy = handle
        policy = request.addressPolicy
        responseByteCountMax = request.responseByteCountMax
        unsafe errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        setTarget(request, caFile)
        setBody(request)
        setCallbacks()
    }

    deinit {
        unsafe curl_easy_cleanup(easy)
        unsafe curl_slist_free_all(headerList)
        unsafe errorText.deallocate()
    }

    /// What would change the meaning of the request on its way through C strings and header lines.
    private static func check(_ request: OutboundRequest) throws(OutboundError) {
        guard request.url.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else {
            throw .invalidRequest("the URL is not plain ASCII")
        }
        for (name, value) in request.headers {
            let isToken = name.utf8.allSatisfy {
                0x21...0x7E ~= $0 && $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: ";")
            }
            guard !name.isEmpty, isToken, value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
                throw .invalidRequest("the header \"\(name)\"")
            }
        }
    }

    // MARK: Settings

    private func set(_ option: CURLoption, _ value: Int) { _ = unsafe ccurl_set_long(easy, option, value) }
    private func set(_ option: CURLoption, _ text: String) { _ = unsafe ccurl_set_string(easy, option, text) }

    private func setTarget(_ request: OutboundRequest, _ caFile: String?) {
        set(CURLOPT_URL, request.url)
        set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        set(CURLOPT_PROTOCOLS_STR, request.allowsPlainHTTP ? "https,http" : "https")
        set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
        set(CURLOPT_FOLLOWLOCATION, 0)
        // Explicitly none: otherwise the environment could name one, and it would do the connecting.
        set(CURLOPT_PROXY, "")
        set(CURLOPT_NOPROXY, "*")
        set(CURLOPT_NOSIGNAL, 1)
        // A resolver thread that is still busy at the timeout is let go, not waited for.
        set(CURLOPT_QUICK_EXIT, 1)
        let (seconds, attoseconds) = request.timeout.components
        set(CURLOPT_TIMEOUT_MS, max(1, Int(clamping: seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)))
        set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        set(CURLOPT_USERAGENT, "causeway")
        if let caFile { set(CURLOPT_CAINFO, caFile) }
        // Tenants share this client: no connection and no answer of the resolver passes from one to another.
        set(CURLOPT_FRESH_CONNECT, 1)
        set(CURLOPT_FORBID_REUSE, 1)
        set(CURLOPT_DNS_CACHE_TIMEOUT, 0)
    }

    private func setBody(_ request: OutboundRequest) {
        if request.method == .post || request.method == .put || !request.body.isEmpty {
            _ = unsafe ccurl_set_size(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.count))
            unsafe request.body.withUnsafeBytes { bytes in
                _ = unsafe ccurl_set_copied_body(easy, bytes.baseAddress)
            }
        }
        // No waiting for "100 Continue", and no form type for a body that names none.
        var lines = ["Expect:"]
        if !request.headers.contains(where: { $0.name.lowercased() == "content-type" }) {
            lines.append("Content-Type:")
        }
        lines += request.headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
        for line in lines { unsafe headerList = curl_slist_append(headerList, line) }
        _ = unsafe ccurl_set_pointer(easy, CURLOPT_HTTPHEADER, headerList)
    }

    private func setCallbacks() {
        let me = unsafe Unmanaged.passUnretained(self).toOpaque()
        _ = unsafe ccurl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText)
        _ = unsafe ccurl_set_data_callback(
            easy, CURLOPT_WRITEFUNCTION,
            { data, size, count, me in
                unsafe Transfer.of(me)?.takeBody(UnsafeRawBufferPointer(start: data, count: size * count)) ?? 0
            }, me, CURLOPT_WRITEDATA)
        _ = unsafe ccurl_set_data_callback(
            easy, CURLOPT_HEADERFUNCTION,
            { data, size, count, me in
                unsafe Transfer.of(me)?.takeHeader(UnsafeRawBufferPointer(start: data, count: size * count)) ?? 0
            }, me, CURLOPT_HEADERDATA)
        _ = unsafe ccurl_set_open_socket(
            easy,
            { me, _, address in
                guard let transfer = unsafe Transfer.of(me), let address = unsafe address else { return -1 }
                return unsafe transfer.openSocket(address)
            }, me)
        _ = unsafe ccurl_set_before_request(
            easy,
            { me, peer, _, port, _ in
                guard let transfer = unsafe Transfer.of(me), let peer = unsafe peer else {
                    return CURL_PREREQFUNC_ABORT
                }
                return transfer.isPeerAllowed(unsafe String(cString: peer), UInt16(truncatingIfNeeded: port))
                    ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
            }, me)
    }

    private static func of(_ raw: UnsafeMutableRawPointer?) -> Transfer? {
        guard let raw = unsafe raw else { return nil }
        return unsafe Unmanaged<Transfer>.fromOpaque(raw).takeUnretainedValue()
    }

    // MARK: Called by curl

    private func takeBody(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard bytes.count <= responseByteCountMax - body.count else {
            isTooLarge = true
            return 0
        }
        unsafe body.append(contentsOf: bytes)
        return bytes.count
    }

    /// One line of a head, with its line break. An interim response (1xx) is forgotten when the next head begins.
    private func takeHeader(_ bytes: UnsafeRawBufferPointer) -> Int {
        let line = unsafe String(decoding: bytes, as: UTF8.self)
        if line.hasPrefix("HTTP/") {
            headers.removeAll()
        } else if let colon = line.firstIndex(of: ":") {
            guard headers.count < Self.headerCountMax else { return 0 }
            let value = line[line.index(after: colon)...]
            headers.append((line[..<colon].lowercased(), Self.trimmed(value)))
        }
        return bytes.count
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }

    private func openSocket(_ target: UnsafeMutablePointer<curl_sockaddr>) -> curl_socket_t {
        guard let address = unsafe Self.address(target) else {
            denial = "the name leads to an address of an unknown family"
            return -1
        }
        if case .denied(let reason) = policy.verdict(address) {
            denial = reason
            return -1
        }
        let type = unsafe target.pointee.socktype | CInt(SOCK_CLOEXEC.rawValue)
        return unsafe socket(target.pointee.family, type, target.pointee.protocol)
    }

    private static func address(_ target: UnsafeMutablePointer<curl_sockaddr>) -> SocketAddress? {
        switch unsafe target.pointee.family {
        case AF_INET:
            let form = unsafe ccurl_address4(target).pointee
            let bytes = unsafe withUnsafeBytes(of: form.sin_addr) { unsafe Array($0) }
            return SocketAddress(host: .v4(bytes), port: form.sin_port.bigEndian)
        case AF_INET6:
            let form = unsafe ccurl_address6(target).pointee
            let bytes = unsafe withUnsafeBytes(of: form.sin6_addr) { unsafe Array($0) }
            return SocketAddress(host: .v6(bytes), port: form.sin6_port.bigEndian)
        default:
            return nil
        }
    }

    /// Asks again with the address that the socket is really connected to.
    private func isPeerAllowed(_ peer: String, _ port: UInt16) -> Bool {
        guard let address = SocketAddress(literal: peer, port: port) else {
            denial = "the peer's address is not known"
            return false
        }
        guard case .denied(let reason) = policy.verdict(address) else { return true }
        denial = reason
        return false
    }

    // MARK: The end

    func result() async -> CURLcode {
        await unsafe withUnsafeContinuation { waiting in
            if let early { unsafe waiting.resume(returning: early) } else { unsafe continuation = waiting }
        }
    }

    func finish(_ code: CURLcode) {
        early = code
        unsafe continuation?.resume(returning: code)
        unsafe continuation = nil
    }

    func outcome(_ code: CURLcode) throws(OutboundError) -> OutboundResponse {
        if code == CURLE_OK {
            return OutboundResponse(status: unsafe ccurl_status(easy), headers: headers, body: body)
        }
        if isTooLarge { throw .responseTooLarge(byteCountMax: responseByteCountMax) }
        if code == CURLE_OPERATION_TIMEDOUT { throw .timedOut }
        if let denial { throw .addressDenied(denial) }
        throw Self.error(code, words(code))
    }

    private func words(_ code: CURLcode) -> String {
        let detail = unsafe String(cString: errorText)
        if !detail.isEmpty { return detail }
        return unsafe String(cString: curl_easy_strerror(code))
    }

    private static func error(_ code: CURLcode, _ words: String) -> OutboundError {
        switch code {
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT, CURLE_LOGIN_DENIED: .invalidRequest(words)
        case CURLE_COULDNT_RESOLVE_HOST: .nameNotResolved(words)
        case CURLE_COULDNT_CONNECT: .connectFailed(words)
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM,
            CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR:
            .tls(words)
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE: .brokenOff(words)
        default: .failed(words)
        }
    }
}
