internal import Reactor

/// Threads and loops of one process, by what runs on them, so that none of these waits for another:
/// the main loop serves the API, the data loops carry associations, the disk pool syncs files, the blocking pool
/// resolves names and makes keys.
struct Machinery {
    let mainLoop: EventLoop
    let dataLoops: EventLoopGroup
    let disk: BlockingPool
    let blocking: BlockingPool
    let resolver: Resolver

    init(mainLoop: EventLoop) throws(SystemError) {
        self.mainLoop = mainLoop
        dataLoops = try EventLoopGroup(count: max(2, ProcessInfo.coreCount), name: "data")
        disk = BlockingPool(threads: 8, name: "disk")
        blocking = BlockingPool(threads: 8, name: "blocking")
        resolver = Resolver(pool: blocking)
    }
}
