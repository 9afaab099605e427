"""What became of a study on its way through compression: compressed.py SENT RECEIVED

Each object that arrived is matched with the one that was sent: by its UID, or by the predecessor that it names. Prints JSON:
{"missing": [uid], "extra": [uid], "unresolved": [uid that a report names and that is not there], "instances": [{"name", "sameUID", "syntax", "frames",
"equal", "psnr", "lossy", "ratios", "methods", "derived", "metaAgrees", "newErrors"}]}. Pixels are decoded by pydicom's handlers, not by ours; newErrors
are what dciodvfy says of the object that arrived and did not say of the one sent.
"""
import json
import pathlib
import shutil
import subprocess
import sys

import numpy
import pydicom
from pydicom.pixels import pixel_array


def files(place):
    return {str(data.SOPInstanceUID): (path, data)
            for path, data in ((path, pydicom.dcmread(path)) for path in sorted(pathlib.Path(place).iterdir()) if path.suffix != ".part")}


def referenced(data, found):
    for element in data:
        if element.VR == "SQ":
            for item in element.value:
                referenced(item, found)
        elif element.tag == 0x00081155:
            found.add(str(element.value))
    return found


def predecessor(data):
    return next((str(item.ReferencedSOPInstanceUID) for item in data.get("SourceImageSequence", [])), None)


def complaints(path):
    if not shutil.which("dciodvfy"):
        return set()
    text = subprocess.run(["dciodvfy", str(path)], capture_output=True).stderr.decode(errors="replace")
    return {line.strip() for line in text.split("\n") if line.startswith("Error")}


def pixels(path, data):
    # Palette indices are compared as they are; everything else as RGB.
    return pixel_array(path, raw=data.PhotometricInterpretation == "PALETTE COLOR").astype(numpy.int32)


def row(path, data, other, arrived):
    line = {
        "name": path.name, "sameUID": data.SOPInstanceUID == arrived.SOPInstanceUID, "syntax": str(arrived.file_meta.TransferSyntaxUID),
        "frames": int(arrived.get("NumberOfFrames") or 1), "lossy": arrived.get("LossyImageCompression"),
        "ratios": len(numpy.atleast_1d(arrived.get("LossyImageCompressionRatio") or [])),
        "methods": [str(value) for value in numpy.atleast_1d(arrived.get("LossyImageCompressionMethod") or [])],
        "derived": (arrived.get("ImageType") or [""])[0] == "DERIVED",
        "metaAgrees": arrived.file_meta.MediaStorageSOPInstanceUID == arrived.SOPInstanceUID,
        "newErrors": sorted(complaints(other) - complaints(path)),
    }
    if "PixelData" in data:
        before, after = pixels(path, data), pixels(other, arrived)
        line["equal"] = before.shape == after.shape and bool((before == after).all())
        error = float(((before - after) ** 2).mean()) if before.shape == after.shape else float("inf")
        line["psnr"] = 999.0 if error == 0 else 10 * float(numpy.log10(255 ** 2 / error))
    else:
        line["equal"] = data == arrived
    return line


def main():
    sent, received = files(sys.argv[1]), files(sys.argv[2])
    origin = {uid: uid if uid in sent else predecessor(data) for uid, (_, data) in received.items()}
    by_origin = {source: uid for uid, source in origin.items()}
    named = set()
    for path, data in received.values():
        if data.Modality in ("KO", "PR"):
            referenced(data, named)
    print(json.dumps({
        "missing": sorted(sent.keys() - set(origin.values())), "extra": sorted(uid for uid, source in origin.items() if source not in sent),
        "unresolved": sorted(named - received.keys()),
        "instances": [row(*sent[uid], *received[by_origin[uid]]) for uid in sorted(sent, key=lambda uid: sent[uid][0].name) if uid in by_origin]}))


main()
