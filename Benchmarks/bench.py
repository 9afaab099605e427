"""What the parts of the benchmark share: objects to send, a certificate, the floor, and one measurement.

Contenders run in turn, round by round (A B C A B C ...): a virtual machine's speed drifts, so only ratios inside one run
count. Wall time and CPU seconds of both sides are taken, because on two cores a sender and its receiver compete.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "scripts"))
from harness import Failure, free_port, until  # noqa: E402,F401

HERE = pathlib.Path(__file__).resolve().parent
TICK = os.sysconf("SC_CLK_TCK")


def process_line(pid):
    text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    name, rest = text[text.index("(") + 1:text.rindex(")")], text[text.rindex(")") + 2:].split()
    return name, int(rest[1]), sum(int(rest[field]) for field in (11, 12, 13, 14)) / TICK


def tree(roots):
    """Process id to name and CPU seconds of the processes and their live descendants."""
    found = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                found[int(entry)] = process_line(entry)
            except (OSError, ValueError):
                pass
    wanted, todo = {}, list(roots)
    while todo:
        pid = todo.pop()
        if pid in found and pid not in wanted:
            wanted[pid] = found[pid]
            todo += [child for child, line in found.items() if line[1] == pid]
    return wanted


def cpu(roots):
    """CPU seconds of the processes: (all but PostgreSQL, PostgreSQL)."""
    lines = tree(roots).values()
    return (sum(line[2] for line in lines if line[0] != "postgres"), sum(line[2] for line in lines if line[0] == "postgres"))


def peak_mib(pid):
    try:
        text = pathlib.Path(f"/proc/{pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", text).group(1)) / 1024
    except (OSError, AttributeError):
        return 0.0


def steal():
    fields = [int(word) for word in pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return fields[7], sum(fields)


class Bench:
    def __init__(self, processes, folder):
        self.processes, self.folder = processes, pathlib.Path(folder)
        self.rounds = int(os.environ.get("ROUNDS", "5"))
        self.quick = bool(os.environ.get("QUICK"))
        self.floor, self.program = self.folder / "bin/floor", os.environ["CAUSEWAY_TEST_BINARY"]
        self.certificate, self.key = self.folder / "certificate.pem", self.folder / "key.pem"
        self.pair = self.folder / "pair.pem"
        self.results = self.folder / "results"
        self.results.mkdir(exist_ok=True)
        self.lines = []
        if not self.pair.exists():
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj", "/CN=localhost",
                            "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", self.key, "-out", self.certificate],
                           check=True, capture_output=True)
            self.pair.write_bytes(self.certificate.read_bytes() + self.key.read_bytes())

    def wants(self, contender):
        return re.search(os.environ.get("ONLY", ""), contender) is not None

    def objects(self, name):
        """The files of a set and their bytes together; read once, so that they are in the page cache."""
        counts = {"small": 1000, "large": 12, "tiny": 2000}
        files = sorted((self.folder / "data" / name).glob("*.dcm"))[:counts[name] // (20 if self.quick and name != "large" else 1)]
        if self.quick and name == "large":
            files = files[:4]
        return files, sum(len(file.read_bytes()) for file in files)

    def server(self, name, *command, environment=None, port, seconds=90):
        return self.processes.start(name, *command, environment=environment, port=port, seconds=seconds)

    def sink(self, mode, environment=None):
        """The floor's receiver, the fastest there is here: (process, port)."""
        port = free_port()
        pair = [self.pair] if mode != "plain" else []
        return self.server(f"sink-{mode}", self.floor, "sink", port, *pair, environment=environment, port=port), port

    def measure(self, contender, cell, command, server=None, objects=0, byte_count=0, environment=None, seconds=180):
        """Runs `command` once and appends a result line."""
        if not self.wants(contender):
            return None
        roots = [server.pid] if server else []
        before, stolen, began = cpu(roots), steal(), time.monotonic()
        child = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                 env={**os.environ, **(environment or {})})
        peak, over = [0.0], threading.Event()

        def watch():
            while not over.wait(0.02):
                peak[0] = max(peak[0], peak_mib(child.pid))
                if time.monotonic() - began > seconds:
                    child.kill()

        watcher = threading.Thread(target=watch)
        watcher.start()
        complaint = child.stderr.read()
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.monotonic() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        over.set()
        watcher.join()
        after, stolen_after = cpu(roots), steal()
        line = {
            "contender": contender, "cell": cell, "wall": wall, "objects": objects, "bytes": byte_count,
            "client_cpu": usage.ru_utime + usage.ru_stime, "server_cpu": after[0] - before[0],
            "database_cpu": after[1] - before[1], "client_mib": peak[0],
            "server_mib": peak_mib(server.pid) if server else 0.0, "status": child.returncode,
            "steal": 100 * (stolen_after[0] - stolen[0]) / max(1, stolen_after[1] - stolen[1]),
        }
        if child.returncode:
            print(f"  {contender}: status {child.returncode}: {complaint.decode(errors='replace').strip()[-300:]}")
        return self.add(line)

    def add(self, line):
        line["date"] = time.strftime("%F")
        self.lines.append(line)
        with (self.results / "lines.jsonl").open("a") as sink:
            sink.write(json.dumps(line) + "\n")
        rate = f"{line['objects'] / line['wall']:9.1f}/s" if line.get("objects") else ""
        speed = f"{line['bytes'] / line['wall'] / 1e6:8.1f} MB/s" if line.get("bytes") else ""
        if "wall" in line:
            print(f"  {line['cell']:28} {line['contender']:26} {line['wall']:7.3f} s {rate} {speed}"
                  f" steal {line.get('steal', 0):.0f}%", flush=True)
        return line

    def in_parallel(self, count, files, *command):
        """A command line that gives each of `count` processes its share of the files: peers have one association each."""
        listing = self.folder / "list"
        listing.write_text("\n".join(str(file) for file in files))
        return [HERE / "parallel", count, listing, *command]
