"""The study of the demonstration, made of real ultrasound images of the pydicom package, and the comparison of what arrived."""
import copy
import datetime
import pathlib
import subprocess

import pydicom
from pydicom.data import get_testdata_file
from pydicom.uid import generate_uid

from harness import Failure

# Three stills (RGB, palette, JPEG 2000 lossless) and a 30-frame cine in JPEG baseline.
SAMPLES = ["examples_rgb_color.dcm", "examples_palette.dcm", "examples_jpeg2k.dcm", "examples_ybr_color.dcm"]


def make(folder):
    """One study of one patient. Only identifiers are changed; pixel data stays byte for byte. Returns (study UID, files)."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True)
    study, series, now = generate_uid(), generate_uid(), datetime.datetime.now()
    files = []
    for number, name in enumerate(SAMPLES, 1):
        source = get_testdata_file(name, download=False)
        if not source:
            raise Failure(f"the pydicom package here lacks its sample {name}: remove .venv and run again")
        data = pydicom.dcmread(source)
        # Padding belongs to the file it was made for; a sender may leave it out.
        data.pop(0xFFFCFFFC, None)
        data.PatientName, data.PatientID = "Demo^Ultrasound", "DEMO-1"
        data.StudyInstanceUID, data.SeriesInstanceUID = study, series
        data.StudyDate, data.StudyTime = now.strftime("%Y%m%d"), now.strftime("%H%M%S")
        data.StudyDescription, data.InstanceNumber = "Cardiac ultrasound", str(number)
        data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        path = folder / f"{number}-{name}"
        data.save_as(path, enforce_file_format=True)
        files.append(path)
    return str(study), files


def differences(sent, received):
    """Names of the elements in which two data sets differ."""
    found = []
    for tag in sorted({element.tag for element in sent} | {element.tag for element in received}):
        if tag not in sent or tag not in received or sent[tag] != received[tag]:
            found.append(f"{tag} {(sent if tag in sent else received)[tag].name}")
    return found


def compare(files, folder):
    """Checks each received file with DCMTK and against what was stored. Returns one table row per instance."""
    arrived = {}
    for path in pathlib.Path(folder).iterdir():
        arrived[str(pydicom.dcmread(path, stop_before_pixels=True).SOPInstanceUID)] = path
    rows = []
    for file in files:
        sent = pydicom.dcmread(file)
        path = arrived.get(str(sent.SOPInstanceUID))
        if path is None:
            raise Failure(f"{file.name} did not arrive; {len(arrived)} of {len(files)} instances did")
        for tool in (["dcmftest", path], ["dcmdump", "-q", "+E", path]):
            done = subprocess.run(tool, capture_output=True, text=True, check=False)
            if done.returncode or done.stdout.startswith("no:"):
                raise Failure(f"{tool[0]} does not accept {path}: {done.stdout}{done.stderr}"[:500])
        received = pydicom.dcmread(path)
        different = differences(copy.deepcopy(sent), received)
        if different:
            raise Failure(f"{file.name} changed on the way: {', '.join(different)}")
        if sent.file_meta.TransferSyntaxUID != received.file_meta.TransferSyntaxUID:
            raise Failure(f"{file.name} arrived as {received.file_meta.TransferSyntaxUID.name}")
        rows.append([file.name, sent.SOPClassUID.name.replace(" Image Storage", ""), str(sent.get("NumberOfFrames", 1)),
                     sent.file_meta.TransferSyntaxUID.name.split(" (")[0], str(len(sent.PixelData)), "yes", "identical"])
    if len(arrived) != len(files):
        raise Failure(f"{len(arrived)} files arrived where {len(files)} were sent")
    return rows
