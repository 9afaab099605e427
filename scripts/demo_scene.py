"""The scene of `make demo`; see scripts/demo. Every request goes through curl and is shown."""
import io
import json
import pathlib
import re
import sys
import time
import zipfile

import demo_study
from harness import Failure, Processes, Server, free_port, multipart, run, scratch, until

BEGAN = time.monotonic()
BOLD, DIM, END = ("\033[1m", "\033[2m", "\033[0m") if sys.stdout.isatty() else ("", "", "")


def say(text):
    print(f"{BOLD}[{time.monotonic() - BEGAN:5.1f} s] {text}{END}", flush=True)


def show(text):
    print("\n".join(f"          {line}" for line in text.rstrip().splitlines()), flush=True)


def show_call(method, path, body, kind):
    data = f" -d '{json.dumps(body)}'" if body is not None else " --data-binary @study.multipart" if kind else ""
    print(f"{DIM}          $ curl -X {method} $URL{path}{data}{END}", flush=True)


def connection(server, name):
    made = server.call("POST", "/v1/connections", {
        "name": name, "host": "127.0.0.1",
        "tls": {"mode": "active", "policy": "bcp195", "verification": "pin", "clientCertificate": "none"},
    })
    certificate = made["certificates"][0]
    show(f"connection {made['id']}, certificate SHA-256 {certificate.get('fingerprint', certificate['id'])}")
    return made["id"], certificate["id"]


def unpack(archive, folder):
    folder.mkdir(parents=True)
    with zipfile.ZipFile(io.BytesIO(archive)) as packed:
        packed.extractall(folder)
        names = sorted(packed.namelist())
    for name in names:
        if name.endswith((".pem", ".key")):
            (folder / name).chmod(0o600)
    return names


def edit_stunnel(folder, accept, target):
    """What the site's administrator does with the kit: addresses and paths of this machine, nothing else."""
    file = next((path for path in sorted(folder.rglob("*.conf"))), None)
    if file is None:
        raise Failure("the stunnel kit holds no .conf file")
    lines = []
    for line in file.read_text().splitlines():
        name = line.split("=")[0].strip().lower() if "=" in line and not line.lstrip().startswith((";", "#")) else ""
        if name == "accept":
            line = f"accept = 127.0.0.1:{accept}"
        elif name == "connect":
            line = f"connect = 127.0.0.1:{target}"
        elif name in ("cert", "key"):
            found = next(folder.rglob(re.split(r"[/\\]", line.split("=", 1)[1].strip())[-1]))
            line = f"{name} = {found}"
        elif name in ("setuid", "setgid", "chroot", "pid", "output", "syslog", "foreground", "service"):
            continue
        lines.append(line)
    own = folder / "edited.conf"
    own.write_text("foreground = yes\npid =\nsyslog = no\n" + "\n".join(lines) + "\n")
    return own


def integrate(server, name, connection_id, port):
    return server.call("POST", "/v1/integrations", {
        "name": name, "type": "pacs", "connectionId": connection_id, "callingAET": "CAUSEWAY", "calledAET": "PACS",
        "port": port,
    })["id"]


def forward(server, label, integration, study, inbox, folder):
    """Echo, archive, upload, save, watch, verify. Returns the rows of the summary."""
    study_uid, files = study
    say(f"{label}: echo")
    show(server.call("POST", f"/v1/integrations/{integration}/echo", accept="text/plain"))
    say(f"{label}: archive folder, destination, upload of {len(files)} instances (STOW-RS)")
    archive = server.call("POST", "/v1/archives", {"name": f"Cardiology {label}", "saveAfterQuietSeconds": 3600})["id"]
    server.call("PUT", f"/v1/archives/{archive}/destinations", {"destinations": [integration]})
    body = folder / "study.multipart"
    kind = multipart(files, body)
    server.call("POST", f"/v1/archives/{archive}/dicomweb/studies/{study_uid}", file=body, kind=kind,
                accept="application/dicom+json")
    stored = server.call("GET", f"/v1/studies?archive={archive}")["items"][0]
    say(f"{label}: save, and watch it go")
    server.call("POST", f"/v1/studies/{stored['id']}/save")
    server.echoed, before = None, ""

    def settled():
        nonlocal before
        deliveries = server.call("GET", f"/v1/deliveries?study={stored['id']}")["items"]
        if not deliveries:
            return None
        count = deliveries[0]["instances"]
        now = f"{deliveries[0]['state']} {count['delivered']}/{count['total']}"
        if now != before:
            show(now)
        before = now
        ended = deliveries[0]["state"] in ("delivered", "deliveredWithWarnings", "failed", "cancelled")
        return deliveries[0] if ended else None

    delivery = until(settled, 60, "the delivery to end", 0.2)
    server.echoed = show_call
    if delivery["state"] != "delivered":
        raise Failure(f"the delivery ended as {delivery['state']}: {json.dumps(delivery['lastError'])}")
    say(f"{label}: verify what arrived with DCMTK, and element by element")
    return [[label, *row] for row in demo_study.compare(files, inbox)]


def through_stunnel(processes, server, folder):
    say("PACS one: a plain storescp; in front of it stunnel with the generated kit")
    connection_id, _ = connection(server, "Clinic one")
    inbox, plain, secure, kit = folder / "one", free_port(), free_port(), folder / "kit"
    # The kit lists a service for each integration, so that comes first.
    integration = integrate(server, "PACS one", connection_id, secure)
    packed = server.call("GET", f"/v1/connections/{connection_id}/kits/stunnel", accept="application/zip")
    show(", ".join(unpack(packed, kit)))
    inbox.mkdir()
    processes.start("storescp", "storescp", "-aet", "PACS", "+xa", "+B", "-od", inbox, plain, port=plain)
    processes.start("stunnel", "stunnel4", edit_stunnel(kit, secure, plain), port=secure)
    return integration, inbox


def directly(processes, server, folder):
    say("PACS two: storescp with TLS of its own and the downloaded PEM pair")
    connection_id, certificate = connection(server, "Clinic two")
    path = f"/v1/connections/{connection_id}/certificates/{certificate}/download?format=pem"
    pair = folder / "pair"
    names = unpack(server.call("GET", path, accept="application/zip"), pair)
    show(", ".join(names))
    if names != ["Clinic_two_SCP_Cert.pem", "Clinic_two_SCP_Key.pem"]:
        raise Failure(f"the PEM download holds {names}")
    inbox, secure = folder / "two", free_port()
    inbox.mkdir()
    processes.start("storescp-tls", "storescp", "-aet", "PACS", "+xa", "+B", "-od", inbox, "+tls", pair / names[1],
                    pair / names[0], "-ic", secure, port=secure)
    return integrate(server, "PACS two", connection_id, secure), inbox


def table(rows):
    head = ["destination", "instance", "class", "frames", "transfer syntax", "pixel bytes", "dcmftest", "data set"]
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    for row in [head, ["-" * width for width in widths], *rows]:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def main():
    program, rows = pathlib.Path(sys.argv[1]), []
    with scratch("causeway-demo-") as folder, Processes(folder) as processes:
        say("starting the server: all roles, embedded database, data in a temporary folder")
        server = Server(processes, program, folder / "data")
        server.echoed = show_call
        show(f"ready after {server.seconds_to_ready:.1f} s at {server.base}; the key is in <data>/admin-key")
        for label, site in (("stunnel", through_stunnel), ("storescp+tls", directly)):
            integration, inbox = site(processes, server, folder)
            # Each scene has a study of its own, as a second save of the same one would add nothing.
            study = demo_study.make(folder / f"study-{label}")
            rows += forward(server, label, integration, study, inbox, folder)
        say("done; stopping everything")
    print()
    table(rows)
    print(f"\n{len(rows)} instances delivered and verified in {time.monotonic() - BEGAN:.0f} s.")
    return 0


run(main)
