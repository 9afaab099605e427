"""`up` from nothing to ready, and a second start on the same data."""
import shutil

from harness import Server


def run(bench):
    for _ in range(bench.rounds if not bench.quick else 1):
        data = bench.folder / "startup-data"
        shutil.rmtree(data, ignore_errors=True)
        for cell in ("first", "second"):
            server = Server(bench.processes, bench.program, data, {"CAUSEWAY_LOG": "warning"})
            bench.add({"contender": "ours", "cell": f"startup {cell}", "wall": server.seconds_to_ready, "status": 0})
            bench.processes.stop(server.process)
