"""GET of a small resource: the server on core 0, wrk on core 1; 50 connections kept alive, then a new one for each request."""
import os
import re
import shutil
import subprocess

from bench import HERE, free_port, peak_mib

NGINX = """daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log; {user}
events {{ worker_connections 2048; }}
http {{ access_log off; types {{ application/json json; }} keepalive_requests 1000000; open_file_cache max=10;
  server {{ listen 127.0.0.1:{port}; root {folder}/www; }} }}
"""


def nginx(bench):
    folder, port = bench.folder / "nginx", free_port()
    (folder / "www").mkdir(parents=True, exist_ok=True)
    (folder / "www/hello.json").write_text('{"status":"ok","jobs":42}')
    user = "user root;" if os.getuid() == 0 else ""
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port, user=user))
    return bench.server("nginx", "taskset", "-c", "0", "nginx", "-c", folder / "nginx.conf", port=port), port, "/hello.json"


def swift(bench, name):
    program, port = bench.folder / name / "release/App", free_port()
    if os.environ.get("SKIP_SWIFT") or not program.exists():
        return None
    return bench.server(name, "taskset", "-c", "0", program, port, port=port), port, "/hello.json"


def ours(bench):
    port, data = free_port(), bench.folder / "http-data"
    shutil.rmtree(data, ignore_errors=True)
    environment = {"OURS_DATA": str(data), "HTTP_PORT": str(port)}
    server = bench.server("ours-http", "taskset", "-c", "0", HERE / "ours/http", environment=environment, port=port)
    return server, port, os.environ.get("OURS_PATH", "/healthz")


def run(bench):
    makers = {"nginx": nginx, "hummingbird": lambda b: swift(b, "hummingbird"), "flyingfox": lambda b: swift(b, "flyingfox"), "ours": ours}
    running = {name: made for name, make in makers.items() if bench.wants(name) and (made := make(bench))}
    seconds = 1 if bench.quick else 3
    for _ in range(bench.rounds):
        for name, (server, port, path) in running.items():
            for cell, extra in (("keep-alive", []), ("new connections", ["-H", "Connection: close"])):
                done = subprocess.run(["taskset", "-c", "1", "wrk", "-t1", "-c50", f"-d{seconds}s", *extra, f"http://127.0.0.1:{port}{path}"],
                                      capture_output=True, text=True, check=False, timeout=seconds + 30)
                rate = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
                bad = "Non-2xx" in done.stdout or not rate
                requests = float(rate.group(1)) * seconds if rate else 0
                bench.add({"contender": name, "cell": f"http {cell}", "wall": float(seconds), "objects": requests, "bytes": 0,
                           "status": int(bad), "server_mib": peak_mib(server.pid)})
    for server, _, _ in running.values():
        bench.processes.stop(server)
