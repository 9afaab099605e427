"""Compares what was stored with what arrived: compare.py SENT RECEIVED, each a file or a folder of Part 10 files.

Prints JSON: {"missing": [uid], "extra": [uid], "instances": [{"uid", "name", "bytes", "syntax", "pixels", "differences"}]}:
whether the data sets are identical byte for byte, in the same syntax, with the same pixel data, and which elements differ.
"""
import json
import pathlib
import sys

import pydicom
from pydicom.filebase import DicomBytesIO
from pydicom.filereader import _read_file_meta_info, read_preamble


PIXELS = 0x7FE00010


def data_set_bytes(path):
    raw = pathlib.Path(path).read_bytes()
    stream = DicomBytesIO(raw)
    read_preamble(stream, False)
    _read_file_meta_info(stream)
    return raw[stream.tell():]


def files(place):
    place = pathlib.Path(place)
    found = {}
    for path in [place] if place.is_file() else sorted(place.iterdir()):
        if path.suffix == ".part":
            continue
        data = pydicom.dcmread(path)
        found[str(data.SOPInstanceUID)] = (path, data)
    return found


def differences(a, b):
    names = []
    for tag in sorted(set(a.keys()) | set(b.keys())):
        # Pixel data has no VR in Implicit VR Little Endian; which one it is given says nothing.
        same = tag in a and tag in b and (a[tag].value == b[tag].value if tag == PIXELS else a[tag] == b[tag])
        if not same:
            names.append(str(tag))
    return names


def main():
    sent, received = files(sys.argv[1]), files(sys.argv[2])
    rows = []
    for uid in sorted(sent.keys() & received.keys()):
        (path, a), (other, b) = sent[uid], received[uid]
        rows.append({
            "uid": uid, "name": path.name, "bytes": data_set_bytes(path) == data_set_bytes(other),
            "syntax": a.file_meta.TransferSyntaxUID == b.file_meta.TransferSyntaxUID,
            "pixels": a.get("PixelData") == b.get("PixelData"), "differences": differences(a, b),
        })
    print(json.dumps({"missing": sorted(sent.keys() - received.keys()), "extra": sorted(received.keys() - sent.keys()),
                      "instances": rows}))


main()
