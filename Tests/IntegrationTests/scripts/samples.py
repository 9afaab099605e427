"""Lists the readable samples under folders: samples.py FOLDER...; prints a JSON list of {"path", "name", "uid", "class",
"syntax", "sha256" of the data set's bytes as they stand in the file}."""
import hashlib
import json
import pathlib
import sys

import pydicom
from pydicom.filebase import DicomBytesIO
from pydicom.filereader import _read_file_meta_info, read_preamble

found = []
for folder in sys.argv[1:]:
    for path in sorted(pathlib.Path(folder).rglob("*.dcm")):
        try:
            data = pydicom.dcmread(path, stop_before_pixels=True)
            raw = path.read_bytes()
            stream = DicomBytesIO(raw)
            read_preamble(stream, False)
            _read_file_meta_info(stream)
            found.append({
                "path": str(path), "name": path.name, "uid": str(data.SOPInstanceUID), "class": str(data.SOPClassUID),
                "syntax": str(data.file_meta.TransferSyntaxUID), "sha256": hashlib.sha256(raw[stream.tell():]).hexdigest(),
            })
        except Exception:
            # Not a Part 10 file, or no storable object: nothing that could be sent.
            continue
print(json.dumps(found))
