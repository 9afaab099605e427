"""New association + C-ECHO + release: clients into the floor's receiver."""
from bench import HERE


def run(bench):
    count = 50 if bench.quick else 500
    for mode in ("plain", "tls"):
        sink, port = bench.sink(mode)
        tls = [] if mode == "plain" else ["+tla", "-ic"]
        for _ in range(bench.rounds):
            def one(contender, cell, objects, *command):
                bench.measure(contender, f"assoc {cell}", command, sink, objects)

            one("floor", mode, count, bench.floor, "echo", "127.0.0.1", port, mode, count)
            words = " ".join(["echoscu", *tls, "127.0.0.1", str(port)])
            one("echoscu (a process each)", mode, 20, "bash", "-c", f"for i in $(seq 20); do {words} || exit 1; done")
            one("ours", mode, count, HERE / "ours/echo", "127.0.0.1", port, mode, count)
            if mode == "tls":
                one("ours", "resumed", count, HERE / "ours/echo", "127.0.0.1", port, "resumed", count)
        bench.processes.stop(sink)
