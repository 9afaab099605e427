"""Runs the parts in order and prints the table; see Benchmarks/run."""
import os
import pathlib
import sys

import make_data
from bench import Bench, Failure

import assoc
import cstore
import report
import router
import startup
import transcode
import web
from harness import Processes, run

PARTS = {
    "cstore": cstore.run, "nagle": cstore.run_nagle, "assoc": assoc.run, "router": router.run, "http": web.run,
    "transcode": transcode.run, "jpeg": router.run_jpeg,
    "memory": router.run_memory, "startup": startup.run,
}


def main():
    folder = pathlib.Path(os.environ["BENCH_SCRATCH"])
    wanted = os.environ.get("PARTS", " ".join(PARTS)).split()
    unknown = [part for part in wanted if part not in PARTS]
    if unknown:
        raise Failure(f"no part {' '.join(unknown)}: there are {' '.join(PARTS)}")
    print("objects to send", flush=True)
    make_data.make(folder / "data")
    with Processes(folder) as processes:
        bench = Bench(processes, folder)
        for part in wanted:
            print(f"{part}, {bench.rounds} rounds", flush=True)
            try:
                PARTS[part](bench)
            except Failure as failure:
                # One part that cannot run does not hold the others back; its rows stay empty.
                print(f"  {part} stopped: {failure}", file=sys.stderr)
    print()
    print(report.table(bench.lines))
    (folder / "results/table.md").write_text(report.table(bench.lines) + "\n")
    if os.environ.get("RECORD"):
        report.record(bench.lines, wanted, bench.rounds)
    return 0


run(main)
