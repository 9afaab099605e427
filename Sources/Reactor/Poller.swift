internal import CLinux
internal import Glibc

/// epoll, with a 64-bit tag of ours beside each descriptor and an eventfd that wakes the waiting thread.
@safe
final class Poller {
    struct Interest: OptionSet {
        let rawValue: UInt32

        static let input = Interest(rawValue: EPOLLIN.rawValue | EPOLLRDHUP.rawValue)
        static let output = Interest(rawValue: EPOLLOUT.rawValue)
        static let edge = Interest(rawValue: EPOLLET.rawValue)
        static let oneShot = Interest(rawValue: EPOLLONESHOT.rawValue)
        static let peerEnd = Interest(rawValue: EPOLLRDHUP.rawValue)
        /// Reported always: the descriptor is broken or hung up.
        static let broken = Interest(rawValue: EPOLLERR.rawValue | EPOLLHUP.rawValue)
    }

    private static let eventsMax = 256
    private static let wakeTag = UInt64.max

    private let epoll: CInt
    private let wakeDescriptor: CInt
    private let events: UnsafeMutablePointer<epoll_event>

    init() throws(SystemError) {
        epoll = try Syscalls.check("epoll_create1", epoll_create1(CInt(EPOLL_CLOEXEC)))
        wakeDescriptor = try Syscalls.check("eventfd", eventfd(0, CInt(EFD_NONBLOCK | EFD_CLOEXEC)))
        unsafe events = .allocate(capacity: Self.eventsMax)
        try add(wakeDescriptor, .input, tag: Self.wakeTag)
    }

    deinit {
        unsafe events.deallocate()
        Glibc.close(wakeDescriptor)
        Glibc.close(epoll)
    }

    func add(_ descriptor: CInt, _ interest: Interest, tag: UInt64) throws(SystemError) {
        if control(EPOLL_CTL_ADD, descriptor, interest, tag) < 0 { throw SystemError("epoll_ctl", errno) }
    }

    func modify(_ descriptor: CInt, _ interest: Interest, tag: UInt64) {
        _ = control(EPOLL_CTL_MOD, descriptor, interest, tag)
    }

    func remove(_ descriptor: CInt) {
        _ = control(EPOLL_CTL_DEL, descriptor, [], 0)
    }

    private func control(_ operation: CInt, _ descriptor: CInt, _ interest: Interest, _ tag: UInt64) -> CInt {
        var event = unsafe epoll_event(events: interest.rawValue, data: epoll_data_t(u64: tag))
        return unsafe epoll_ctl(epoll, operation, descriptor, &event)
    }

    /// Waits for events, `wake`, or the timeout (-1: none), and hands on each event but the wake-up.
    func wait(milliseconds: CInt, _ handle: (_ tag: UInt64, _ events: Interest) -> Void) {
        let count = unsafe epoll_wait(epoll, events, CInt(Self.eventsMax), milliseconds)
        for i in 0..<max(0, Int(count)) {
            let tag = unsafe events[i].data.u64
            if tag == Self.wakeTag {
                var value: UInt64 = 0
                _ = unsafe Glibc.read(wakeDescriptor, &value, 8)
            } else {
                handle(tag, Interest(rawValue: unsafe events[i].events))
            }
        }
    }

    /// Ends a `wait` of the loop's thread; from any thread.
    func wake() {
        var one: UInt64 = 1
        _ = unsafe Glibc.write(wakeDescriptor, &one, 8)
    }
}
