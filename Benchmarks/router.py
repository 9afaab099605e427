"""A router end to end: 0.5 MB objects in over plain C-STORE (4 associations), durable, out over DICOM-TLS. The clock stops when
the receiver has answered the last object. A fresh store each round."""
import contextlib
import json
import os
import pathlib
import shutil
import tempfile

from bench import HERE, free_port

ON_ARRIVAL = "function OnStoredInstance(id, tags, metadata, origin) SendToModality(id, 'sink') end\n"
ON_QUIET = """function OnStableStudy(id, tags, metadata)
  RestApiPost('/modalities/sink/store', '{"Resources":["' .. id .. '"],"Synchronous":false,"Timeout":0}')
end
"""


JPEG_BASELINE = "1.2.840.10008.1.2.4.50"


def fresh(bench, name):
    """A new folder. Those of earlier rounds stay until the part ends: for seconds after many files were deleted ext4 looks for a free
    inode among the deleted ones, and whoever comes next pays for it."""
    return pathlib.Path(tempfile.mkdtemp(prefix=f"{name}-", dir=bench.folder / "stores"))


@contextlib.contextmanager
def stores(bench):
    folder = bench.folder / "stores"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    yield
    shutil.rmtree(folder, ignore_errors=True)


def orthanc(bench, script, sink_port, transcoding=None):
    folder, port = fresh(bench, "orthanc"), free_port()
    (folder / "rule.lua").write_text(script)
    (folder / "orthanc.json").write_text(json.dumps({
        "Name": "bench", "StorageDirectory": str(folder), "IndexDirectory": str(folder), "HttpPort": free_port(),
        "DicomPort": port, "RemoteAccessAllowed": False, "AuthenticationEnabled": False, "DicomAet": "ORTHANC",
        "DicomCheckCalledAet": False, "DicomAlwaysAllowStore": True, "DicomThreadsCount": 4, "ConcurrentJobs": 4,
        "JobsHistorySize": 10, "SaveJobs": False, "StableAge": 1, "MaximumPduLength": 131072,
        "DicomTlsCertificate": str(bench.certificate), "DicomTlsPrivateKey": str(bench.key),
        "DicomTlsTrustedCertificates": str(bench.certificate), "DicomAssociationCloseDelay": 5, "OverwriteInstances": True,
        "LuaScripts": [str(folder / "rule.lua")], "Plugins": [],
        **(transcoding or {}),
        "DicomModalities": {"sink": {"AET": "SINK", "Host": "127.0.0.1", "Port": sink_port, "UseDicomTls": True}}}))
    return bench.server("orthanc", "Orthanc", folder / "orthanc.json", environment={"TCP_NODELAY": "1"}, port=port), port


def ours(bench, quiet, sink_port, level="asStored"):
    port = free_port()
    environment = {"OURS_DATA": str(fresh(bench, "ours-data")), "SINK_PORT": str(sink_port), "DICOM_PORT": str(port),
                   "QUIET_SECONDS": str(quiet), "COMPRESSION": level}
    return bench.server("ours-router", HERE / "ours/router", environment=environment, port=port), port


def run(bench):
    counter = bench.folder / "counter"
    sink, sink_port = bench.sink("tls", {"FLOOR_COUNT": str(counter)})
    in_turn(bench, counter, [
        ("orthanc", "on arrival", lambda: orthanc(bench, ON_ARRIVAL, sink_port)),
        ("ours", "on arrival", lambda: ours(bench, 0, sink_port)),
        ("orthanc", "quiet 1 s", lambda: orthanc(bench, ON_QUIET, sink_port)),
        ("ours", "quiet 1 s", lambda: ours(bench, 1, sink_port)),
    ])
    bench.processes.stop(sink)


def run_jpeg(bench):
    """The same with every image encoded as JPEG Baseline on the way: Orthanc with its own setting, ours at level standard,
    verification included. Orthanc forwards when a study is quiet for 1 s (one job for each object would take it a minute)."""
    counter = bench.folder / "counter"
    sink, sink_port = bench.sink("tls", {"FLOOR_COUNT": str(counter), "FLOOR_TS": JPEG_BASELINE})
    jpeg = {"DicomScuPreferredTransferSyntax": JPEG_BASELINE, "TranscodeDicomProtocol": True, "DicomLossyTranscodingQuality": 90}
    in_turn(bench, counter, [
        ("orthanc", "jpeg", lambda: orthanc(bench, ON_QUIET, sink_port, jpeg)),
        ("ours", "jpeg", lambda: ours(bench, 0, sink_port, "standard")),
    ])
    bench.processes.stop(sink)


def in_turn(bench, counter, contenders):
    files, _ = bench.objects("small")
    files = files[:500]
    byte_count = sum(file.stat().st_size for file in files)
    with stores(bench):
        for _ in range(bench.rounds):
            for contender, cell, start in contenders:
                if not bench.wants(contender):
                    continue
                router, port = start()
                send = bench.in_parallel(1, files, bench.floor, "send", "127.0.0.1", port, "plain", 4)
                # What the last contender left in memory is not to be written to the disk while this one runs.
                os.sync()
                wait = [HERE / "wait_count", counter, len(files), 60, *send]
                bench.measure(contender, f"router {cell}", wait, router, len(files), byte_count)
                bench.processes.stop(router)


def run_memory(bench):
    """Resident growth of the server while it receives and forwards four objects of 1 GB at once."""
    from bench import peak_mib
    from harness import resident_mib
    files = sorted((bench.folder / "data/huge").glob("*.dcm"))
    counter = bench.folder / "counter"
    sink, sink_port = bench.sink("tls", {"FLOOR_COUNT": str(counter)})
    with stores(bench):
        router, port = ours(bench, 1, sink_port)
        before = resident_mib(router.pid)[0]
        send = bench.in_parallel(1, files, bench.floor, "send", "127.0.0.1", port, "plain", 4)
        line = bench.measure("ours", "memory 4 x 1 GB", [HERE / "wait_count", counter, len(files), 240, *send], router, len(files),
                             sum(file.stat().st_size for file in files), seconds=300)
        if line:
            line["growth_mib"] = peak_mib(router.pid) - before
            print(f"  resident before {before:.1f} MiB, grew by at most {line['growth_mib']:.1f} MiB")
        bench.processes.stop(router)
        bench.processes.stop(sink)
