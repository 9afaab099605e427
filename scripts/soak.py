"""The run of `make soak`: upload, save, forward to `causeway pacs` over TLS, again and again."""
import os
import sys
import time

import demo_study
from harness import Failure, Processes, Server, descriptors, free_port, multipart, resident_mib, run, scratch, until

GROWTH_MIB, GROWTH_DESCRIPTORS = 32, 16


def deliver(server, folder, archive, number):
    study_uid, files = demo_study.make(folder / f"study-{number}")
    body = folder / "body"
    kind = multipart(files, body)
    server.call("POST", f"/v1/archives/{archive}/dicomweb/studies/{study_uid}", file=body, kind=kind,
                accept="application/dicom+json")
    study = server.call("GET", f"/v1/studies?archive={archive}&studyInstanceUID={study_uid}")["items"][0]["id"]
    server.call("POST", f"/v1/studies/{study}/save")

    def settled():
        items = server.call("GET", f"/v1/deliveries?study={study}")["items"]
        return items and items[0]["state"] in ("delivered", "deliveredWithWarnings", "failed", "cancelled") and items[0]

    ended = until(settled, 60, f"delivery {number}", 0.05)
    if ended["state"] != "delivered":
        raise Failure(f"delivery {number} ended as {ended['state']}: {ended['lastError']}")
    for file in files:
        file.unlink()


def main():
    program, seconds = sys.argv[1], float(os.environ.get("SOAK_SECONDS", "600"))
    with scratch("causeway-soak-") as folder, Processes(folder) as processes:
        server = Server(processes, program, folder / "data", {"CAUSEWAY_LOG": "warning"})
        connection = server.call("POST", "/v1/connections", {
            "name": "soak", "host": "127.0.0.1", "tls": {"mode": "inactive"}})["id"]
        port = free_port()
        integration = server.call("POST", "/v1/integrations", {
            "name": "soak", "connectionId": connection, "calledAET": "PACS", "port": port})["id"]
        processes.start("pacs", program, "pacs", "--listen", port, "--discard", "--called", "PACS", port=port)
        archive = server.call("POST", "/v1/archives", {
            "name": "soak", "destinations": [integration], "saveAfterQuietSeconds": 3600})["id"]
        end, number, first, printed = time.monotonic() + seconds, 0, None, 0.0
        while time.monotonic() < end:
            number += 1
            deliver(server, folder, archive, number)
            now = (resident_mib(server.process.pid)[0], descriptors(server.process.pid))
            # What it has after the first studies is its working set; from there on it may not grow.
            if number == 10:
                first = now
            if time.monotonic() - printed > 10:
                print(f"{number:6} studies, {now[0]:6.1f} MiB resident, {now[1]} descriptors", flush=True)
                printed = time.monotonic()
        if first is None:
            raise Failure(f"only {number} studies in {seconds:.0f} s: give it more SOAK_SECONDS")
        print(f"{number} studies delivered; resident {first[0]:.1f} -> {now[0]:.1f} MiB, descriptors {first[1]} -> {now[1]}")
        if now[0] - first[0] > GROWTH_MIB or now[1] - first[1] > GROWTH_DESCRIPTORS:
            raise Failure("memory or descriptors grew: see the figures above")
    return 0


run(main)
