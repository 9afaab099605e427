"""Makes Part 10 files for tests from real samples: study.py FOLDER [--stills N] [--study UID] [--start N] [--mixed].

Prints JSON: {"study": UID, "files": [{"path", "uid"}]}. --mixed: three stills in different syntaxes, a 30-frame cine and a
structured report; otherwise N small stills. Only identifiers are changed; pixel data stays byte for byte.
"""
import argparse
import json
import pathlib

import pydicom
from pydicom.data import get_testdata_file
from pydicom.uid import generate_uid

MIXED = ["examples_rgb_color.dcm", "examples_palette.dcm", "examples_jpeg2k.dcm", "examples_ybr_color.dcm", "test-SR.dcm"]


def still():
    data = pydicom.dcmread(get_testdata_file("examples_rgb_color.dcm", download=False))
    # A quarter of the rows is quick to send many times.
    data.Rows //= 4
    data.PixelData = data.PixelData[:len(data.PixelData) // 4]
    return data


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--stills", type=int, default=0)
    parser.add_argument("--study")
    parser.add_argument("--start", type=int, default=1)
    parser.add_argument("--mixed", action="store_true")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    study, series = options.study or generate_uid(), [generate_uid(), generate_uid()]
    sources = [pydicom.dcmread(get_testdata_file(name, download=False)) for name in MIXED] if options.mixed else []
    sources += [still()] * options.stills
    files = []
    for number, data in enumerate(sources, options.start):
        # Padding belongs to the file it was made for.
        data.pop(0xFFFCFFFC, None)
        data.PatientName, data.PatientID = "Test^Ultrasound", "TEST-1"
        data.StudyInstanceUID, data.SeriesInstanceUID = study, series[data.Modality == "SR"]
        data.InstanceNumber = str(number)
        data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        path = options.folder / f"{number:05}.dcm"
        data.save_as(path, enforce_file_format=True)
        files.append({"path": str(path), "uid": data.SOPInstanceUID})
    print(json.dumps({"study": study, "files": files}))


main()
