"""C-STORE senders into one and the same receiver (`floor sink`), and into DCMTK's receiver as Debian packages it."""
from bench import HERE, free_port


def run(bench):
    # DCMTK as Debian builds it leaves Nagle's algorithm on unless told so.
    fair = {"TCP_NODELAY": "1"}
    for mode in ("plain", "tls"):
        sink, port = bench.sink(mode)
        tls = [] if mode == "plain" else ["+tla", "-ic"]
        for name in ("small", "large", "tiny"):
            files, byte_count = bench.objects(name)
            for associations in (1, 4):
                def one(contender, *command, environment=fair):
                    bench.measure(contender, f"cstore {name} {mode} {associations}", command, sink, len(files), byte_count, environment)

                floor = [bench.floor, "send", "127.0.0.1", port, mode, associations]
                for _ in range(bench.rounds):
                    one("floor", *bench.in_parallel(1, files, *floor), environment={**fair, "FLOOR_BATCH": "1"})
                    one("storescu", *bench.in_parallel(associations, files, "storescu", *tls, "-R", "-pdu", "131072",
                                                       "--max-send-pdu", "131072", "127.0.0.1", port))
                    if mode == "plain":
                        one("dcmsend", *bench.in_parallel(associations, files, "dcmsend", "--max-send-pdu", "131072",
                                                          "127.0.0.1", port))
                    one("ours", *bench.in_parallel(1, files, HERE / "ours/send", "127.0.0.1", port, mode, associations))
        bench.processes.stop(sink)


def run_nagle(bench):
    """A receiver that leaves Nagle on costs 40 ms an object, unless the sender acknowledges at once."""
    files, _ = bench.objects("small")
    files = files[:100]
    byte_count = sum(file.stat().st_size for file in files)
    for mode in ("plain", "tls"):
        port = free_port()
        secure = [] if mode == "plain" else ["+tls", bench.key, bench.certificate, "-ic"]
        tls = [] if mode == "plain" else ["+tla", "-ic"]
        receiver = bench.server(f"storescp-{mode}", "storescp", *secure, "--ignore", "--max-pdu", "131072", port, port=port)
        for _ in range(bench.rounds):
            def one(contender, *command, environment=None):
                bench.measure(contender, f"nagle {mode}", command, receiver, len(files), byte_count, environment)

            one("floor", *bench.in_parallel(1, files, bench.floor, "send", "127.0.0.1", port, mode, 1),
                environment={"FLOOR_QUICKACK": "1"})
            one("storescu", *bench.in_parallel(1, files, "storescu", *tls, "-R", "--max-send-pdu", "131072", "127.0.0.1", port))
            one("ours", *bench.in_parallel(1, files, HERE / "ours/send", "127.0.0.1", port, mode, 1))
        bench.processes.stop(receiver)
