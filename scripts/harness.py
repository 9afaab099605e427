"""What the demonstration, the soak, the fuzz and the benchmarks share: a server of our own on free loopback ports, its API
through curl, and child processes that are stopped by their own process id."""
import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent


class Failure(Exception):
    """Something that ends the run; its text is the whole message."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(condition, seconds, what, every=0.1):
    """Polls `condition` until it returns something true; fails after `seconds`."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise Failure(f"gave up after {seconds} s waiting for {what}")
        time.sleep(every)


def listens(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Processes:
    """Child processes with their logs; leaving the block stops each of them by process id, last one first."""

    def __init__(self, folder):
        self.folder, self.running = pathlib.Path(folder), []

    def __enter__(self):
        for name in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, lambda *_: sys.exit(130))
        return self

    def __exit__(self, kind, *_):
        for child in reversed(self.running):
            self.stop(child)
        if kind is Failure:
            for child in self.running:
                lines = child.log.read_text(errors="replace").splitlines()[-15:]
                print(f"-- end of {child.log.name}", *lines, sep="\n", file=sys.stderr)

    def start(self, name, *command, environment=None, port=None, seconds=30):
        log = self.folder / f"{name}.log"
        # Settings of the caller's own server (its database!) must not reach this one.
        inherited = {name: value for name, value in os.environ.items()
                     if not name.startswith("CAUSEWAY_") or name.startswith("CAUSEWAY_TEST_")}
        with log.open("ab") as sink:
            child = subprocess.Popen([str(word) for word in command], stdout=sink, stderr=subprocess.STDOUT,
                                     stdin=subprocess.DEVNULL, env={**inherited, **(environment or {})})
        child.log = log
        self.running.append(child)
        if port:
            until(lambda: self.check(name, child) and listens(port), seconds, f"{name} to listen on port {port}", 0.05)
        return child

    def check(self, name, child):
        if child.poll() is not None:
            tail = child.log.read_text(errors="replace")[-2000:]
            raise Failure(f"{name} ended with status {child.returncode}:\n{tail}")
        return True

    def stop(self, child, seconds=30):
        if child.poll() is None:
            child.terminate()
            try:
                child.wait(seconds)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


class Server:
    """`causeway up` with its data in `folder`; ready when the constructor returns."""

    def __init__(self, processes, program, folder, environment=None, seconds=60):
        self.folder, self.port, self.echoed = pathlib.Path(folder), free_port(), None
        settings = {
            "CAUSEWAY_DATA": str(folder), "CAUSEWAY_HTTP_LISTEN": f"127.0.0.1:{self.port}",
            "CAUSEWAY_ALLOW_NETWORKS": "127.0.0.0/8", "CAUSEWAY_LOG": "info", **(environment or {}),
        }
        self.processes, self.base = processes, f"http://127.0.0.1:{self.port}"
        began = time.monotonic()
        self.process = processes.start("causeway", program, "up", environment=settings)
        until(self.ready, seconds, f"the server to be ready (its log is {self.process.log})", 0.05)
        self.seconds_to_ready = time.monotonic() - began
        self.key = (self.folder / "admin-key").read_text().strip()

    def ready(self):
        self.processes.check("causeway", self.process)
        if not listens(self.port):
            return False
        probe = ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "5", f"{self.base}/readyz"]
        return subprocess.run(probe, capture_output=True, text=True, check=False).stdout == "200"

    def call(self, method, path, body=None, accept="application/json", file=None, kind="application/json", fails=False):
        """One request through curl; the answer as text, bytes (file downloads) or a JSON value."""
        command = ["curl", "-sS", "--fail-with-body", "--max-time", "120", "-X", method, self.base + path,
                   "-H", f"Authorization: Bearer {self.key}", "-H", f"Accept: {accept}"]
        if body is not None:
            command += ["-H", "Content-Type: application/json", "-d", json.dumps(body)]
        if file is not None:
            command += ["-H", f"Content-Type: {kind}", "--data-binary", f"@{file}", "-H", "Expect:"]
        if self.echoed:
            self.echoed(method, path, body, kind if file else None)
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode and not fails:
            raise Failure(f"{method} {path}: {done.stderr.decode().strip()}\n{done.stdout.decode(errors='replace')}")
        if accept in ("application/json", "application/dicom+json"):
            return json.loads(done.stdout) if done.stdout.strip() else None
        return done.stdout.decode() if accept.startswith("text/") else done.stdout


def multipart(parts, path):
    """Writes a multipart/related body of DICOM objects for STOW-RS; returns its media type."""
    boundary = "causeway-demo-7MA4YWxkTrZu0gW"
    with open(path, "wb") as out:
        for part in parts:
            out.write(f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode())
            out.write(pathlib.Path(part).read_bytes())
            out.write(b"\r\n")
        out.write(f"--{boundary}--\r\n".encode())
    return f'multipart/related; type="application/dicom"; boundary={boundary}'


def resident_mib(pid):
    """Resident memory and its peak, MiB."""
    fields = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines())
    return tuple(int(fields[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


@contextlib.contextmanager
def scratch(prefix):
    """A folder that is removed at the end, unless CAUSEWAY_TEST_KEEP is set. Under /tmp the paths of sockets stay short."""
    if os.environ.get("CAUSEWAY_TEST_KEEP"):
        folder = tempfile.mkdtemp(prefix=prefix)
        print(f"kept: {folder}")
        yield pathlib.Path(folder)
        return
    # The database server's own user must be able to pass through the folder.
    with tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)
        yield pathlib.Path(folder)


def run(main):
    """Runs a script's `main`; a failure is one message on standard error and status 1."""
    try:
        sys.exit(main())
    except Failure as failure:
        print(f"{pathlib.Path(sys.argv[0]).name}: {failure}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
