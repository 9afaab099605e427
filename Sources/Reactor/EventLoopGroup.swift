internal import CLinux
internal import Glibc
internal import Synchronization

/// Event loops on threads of their own.
package final class EventLoopGroup: Sendable {
    package let loops: [EventLoop]
    private let turn = Atomic<Int>(0)

    /// Starts `count` threads, each running one loop, named `name-0`, `name-1`...
    package init(count: Int, name: String) throws(SystemError) {
        var loops: [EventLoop] = []
        for i in 0..<count { loops.append(try EventLoop(name: "\(name)-\(i)")) }
        self.loops = loops
        for loop in loops { NativeThread.start(loop.name) { loop.run() } }
    }

    /// The loops in rotation.
    package func next() -> EventLoop {
        loops[turn.wrappingAdd(1, ordering: .relaxed).oldValue % loops.count]
    }

    /// Ends all loops; their threads leave at the end of their turn.
    package func stop() {
        for loop in loops { loop.stop() }
    }
}

/// A detached POSIX thread.
enum NativeThread {
    private final class Body {
        let run: @Sendable () -> Void
        let name: String
        init(_ name: String, _ run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }

    static func start(_ name: String, _ run: @escaping @Sendable () -> Void) {
        let body = unsafe Unmanaged.passRetained(Body(name, run))
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        unsafe pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
        unsafe pthread_attr_setstacksize(&attributes, 1 << 20)
        var thread = pthread_t()
        let result = unsafe pthread_create(
            &thread, &attributes,
            { raw in
                guard let raw = unsafe raw else { return nil }
                let body = unsafe Unmanaged<Body>.fromOpaque(raw).takeRetainedValue()
                unsafe clinux_name_thread(String(body.name.prefix(15)))
                body.run()
                return nil
            }, body.toOpaque())
        precondition(result == 0, "no thread could be started")
        unsafe pthread_attr_destroy(&attributes)
    }
}
