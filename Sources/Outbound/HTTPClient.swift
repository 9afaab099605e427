internal import CCurl
package import Reactor

/// HTTP requests to servers that tenants name, with libcurl on an event loop. One client per loop, used only there.
///
/// Each request has a connection of its own, so that tenants share none. No proxy, no redirects, no cookies; TLS 1.2 or
/// later with the certificate verified; https only unless the request allows otherwise.
@safe
package final class HTTPClient: @unchecked Sendable {
    package struct Limits: Sendable {
        package var connections = 256
        /// To one host; further requests wait, within their timeout.
        package var connectionsPerHost = 16

        package init() {}
    }

    private static let isInitialized = ccurl_global_init() != 0

    private let loop: EventLoop
    private let multi: UnsafeMutableRawPointer
    private let caFile: String?
    private var transfers: [UnsafeMutableRawPointer: Transfer] = unsafe [:]
    private var sockets: [curl_socket_t: SocketWatch] = [:]
    private var isClosed = false
    /// When curl wants to be called although nothing happened on its sockets.
    private var timerDue: Deadline?
    /// When tasks wake up that look at `timerDue`.
    private var sleepers: [Deadline] = []

    /// A socket of curl's, and what curl waits for.
    private final class SocketWatch: @unchecked Sendable {
        let registration: Registration
        var input = false
        var output = false

        init(_ registration: Registration) { self.registration = registration }
    }

    /// `caFile`: PEM of the authorities to trust instead of the system's.
    package init(on loop: EventLoop, limits: Limits = Limits(), caFile: String? = nil) throws(OutboundError) {
        guard Self.isInitialized, let handle = unsafe curl_multi_init() else { throw .failed("libcurl did not start") }
        self.loop = loop
        self.caFile = caFile
        unsafe multi = handle
        _ = unsafe ccurl_multi_set_long(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, limits.connections)
        _ = unsafe ccurl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, limits.connectionsPerHost)
        let me = unsafe Unmanaged.passUnretained(self).toOpaque()
        _ = unsafe ccurl_multi_set_callbacks(
            multi,
            { _, descriptor, what, me, _ in
                guard let me = unsafe me else { return -1 }
                unsafe Unmanaged<HTTPClient>.fromOpaque(me).takeUnretainedValue().watch(descriptor, what)
                return 0
            },
            { _, milliseconds, me in
                guard let me = unsafe me else { return -1 }
                unsafe Unmanaged<HTTPClient>.fromOpaque(me).takeUnretainedValue().setTimer(milliseconds)
                return 0
            }, me)
    }

    deinit {
        // A request in flight keeps its client, so that nothing is left to call back for.
        _ = unsafe ccurl_multi_set_callbacks(multi, nil, nil, nil)
        unsafe curl_multi_cleanup(multi)
    }

    /// Sends the request and waits for the whole response. On the loop.
    package func send(_ request: OutboundRequest) async throws(OutboundError) -> OutboundResponse {
        guard !isClosed else { throw .closed }
        let transfer = try Transfer(request, caFile: caFile)
        guard unsafe curl_multi_add_handle(multi, transfer.easy) == CURLM_OK else {
            throw .failed("libcurl is out of memory")
        }
        unsafe transfers[transfer.easy] = transfer
        let code = await transfer.result()
        if isClosed { throw .closed }
        return try transfer.outcome(code)
    }

    /// Ends all requests with `.closed`. On the loop.
    package func close() {
        isClosed = true
        timerDue = nil
        for unsafe(easy, transfer) in unsafe transfers {
            unsafe curl_multi_remove_handle(multi, easy)
            transfer.finish(CURLE_ABORTED_BY_CALLBACK)
        }
        unsafe transfers.removeAll()
    }

    // MARK: Sockets

    private func watch(_ descriptor: curl_socket_t, _ what: CInt) {
        if what == CURL_POLL_REMOVE {
            if let watch = sockets.removeValue(forKey: descriptor) { loop.deregister(watch.registration) }
            return
        }
        guard let watch = sockets[descriptor] ?? startWatching(descriptor) else { return }
        watch.input = what == CURL_POLL_IN || what == CURL_POLL_INOUT
        watch.output = what == CURL_POLL_OUT || what == CURL_POLL_INOUT
        loop.rearm(watch.registration, input: watch.input, output: watch.output)
    }

    /// Without a registration the transfer ends at its timeout.
    private func startWatching(_ descriptor: curl_socket_t) -> SocketWatch? {
        guard let registration = try? loop.register(descriptor, .oneShot) else { return nil }
        let watch = SocketWatch(registration)
        sockets[descriptor] = watch
        loop.spawn { [self] in
            while await watch.registration.readable(.never) == .ready { act(watch, CURL_CSELECT_IN) }
        }
        loop.spawn { [self] in
            while await watch.registration.writable(.never) == .ready { act(watch, CURL_CSELECT_OUT) }
        }
        return watch
    }

    private func act(_ watch: SocketWatch, _ events: CInt) {
        let descriptor = watch.registration.descriptor
        // curl may have closed the socket meanwhile, and the number may stand for another one.
        guard sockets[descriptor] === watch else { return }
        var running: CInt = 0
        unsafe curl_multi_socket_action(multi, descriptor, events, &running)
        finishTransfers()
        if sockets[descriptor] === watch {
            loop.rearm(watch.registration, input: watch.input, output: watch.output)
        }
    }

    private func finishTransfers() {
        var code = CURLE_OK
        while let easy = unsafe ccurl_next_done(multi, &code) {
            let transfer = unsafe transfers.removeValue(forKey: easy)
            unsafe curl_multi_remove_handle(multi, easy)
            transfer?.finish(code)
        }
    }

    // MARK: The timer

    /// curl wants one call after so many milliseconds, or none (-1). It must not be called back from here.
    private func setTimer(_ milliseconds: Int) {
        timerDue = milliseconds < 0 ? nil : .after(.milliseconds(milliseconds))
        ensureSleeper()
    }

    /// One task asleep until `timerDue` or before is enough: it looks again when it wakes.
    private func ensureSleeper() {
        guard let due = timerDue, !sleepers.contains(where: { $0 <= due }) else { return }
        sleepers.append(due)
        loop.spawn { [self] in
            await loop.sleep(until: due)
            wake(due)
        }
    }

    private func wake(_ due: Deadline) {
        if let index = sleepers.firstIndex(of: due) { sleepers.remove(at: index) }
        if let timer = timerDue, timer.isPast {
            timerDue = nil
            var running: CInt = 0
            unsafe curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running)
            finishTransfers()
        }
        ensureSleeper()
    }
}
