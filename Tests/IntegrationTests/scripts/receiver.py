"""A receiver for tests: receiver.py FOLDER [--port N] [--tls CERT KEY] [--delay MS] [--syntax UID...] [--refuse-class UID...]
[--status HEX] [--signal N PID SIGNAL: at the N-th arrival, at a random moment of a few milliseconds]

Prints a JSON line when it listens ({"port"}) and one for each arrival ({"uid", "sha256"} of the data set); writes Part 10
files into FOLDER.
"""
import argparse
import hashlib
import itertools
import json
import os
import pathlib
import random
import ssl
import threading
import time

from pydicom.uid import UID
from pynetdicom import AE, ALL_TRANSFER_SYNTAXES, AllStoragePresentationContexts, evt
from pynetdicom.dsutils import create_file_meta, encode_file_meta
from pynetdicom.service_class import StorageServiceClass
from pynetdicom.sop_class import register_uid

parser = argparse.ArgumentParser()
parser.add_argument("folder", type=pathlib.Path)
parser.add_argument("--port", type=int, default=0)
parser.add_argument("--tls", nargs=2)
parser.add_argument("--delay", type=float, default=0)
parser.add_argument("--syntax", nargs="*", default=[])
parser.add_argument("--refuse-class", nargs="*", default=[])
parser.add_argument("--signal", nargs=3, type=int)
parser.add_argument("--status", type=lambda text: int(text, 16), default=0)
options = parser.parse_args()
counter = itertools.count(1)
options.folder.mkdir(parents=True, exist_ok=True)


def say(**line):
    # In one piece: several associations report at a time.
    os.write(1, (json.dumps(line) + "\n").encode())


def store(event):
    time.sleep(options.delay / 1000)
    request, data = event.request, event.request.DataSet.getvalue()
    uid = str(request.AffectedSOPInstanceUID)
    meta = create_file_meta(sop_class_uid=request.AffectedSOPClassUID, sop_instance_uid=UID(uid),
                            transfer_syntax=event.context.transfer_syntax)
    path = options.folder / f"{uid}.dcm"
    # Two associations may bring the same UID at a time.
    part = path.with_suffix(f".{threading.get_ident()}.part")
    part.write_bytes(bytes(128) + b"DICM" + encode_file_meta(meta) + data)
    part.rename(path)
    if options.signal and next(counter) == options.signal[0]:
        threading.Timer(random.random() * options.delay / 500, os.kill, options.signal[1:]).start()
    say(uid=uid, sha256=hashlib.sha256(data).hexdigest(), syntax=str(event.context.transfer_syntax))
    return options.status


entity = AE("PACS")
entity.maximum_pdu_size = 0
for context in AllStoragePresentationContexts:
    if context.abstract_syntax not in options.refuse_class:
        entity.add_supported_context(context.abstract_syntax, options.syntax or ALL_TRANSFER_SYNTAXES)
# As old samples have it.
register_uid("1.2.840.10008.5.1.4.1.1.6", "UltrasoundImageStorageRetired", StorageServiceClass)
entity.add_supported_context("1.2.840.10008.5.1.4.1.1.6", options.syntax or ALL_TRANSFER_SYNTAXES)
entity.add_supported_context("1.2.840.10008.1.1")
secure = None
if options.tls:
    secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secure.load_cert_chain(*options.tls)
server = entity.start_server(("127.0.0.1", options.port), block=False, ssl_context=secure,
                             evt_handlers=[(evt.EVT_C_STORE, store)])
say(port=server.socket.getsockname()[1])
while True:
    time.sleep(3600)
