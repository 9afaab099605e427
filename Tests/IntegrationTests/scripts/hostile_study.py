"""A study in which good instances and hostile ones are mixed: hostile_study.py FOLDER

Prints JSON as study.py does, with what each file is: {"study": UID, "files": [{"path", "uid", "what", "fate"}]}. Fate is good, parked (it can be stored, and
its pixels cannot be decoded) or refused (it cannot be stored).
"""
import json
import pathlib
import struct
import sys

import pydicom
from pydicom.data import get_testdata_file
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import JPEG2000Lossless, JPEGBaseline8Bit, JPEGLSLossless, RLELossless, generate_uid

STUDY, SERIES = generate_uid(), generate_uid()


def still(rows=8, columns=8):
    data = pydicom.dcmread(get_testdata_file("MR_small.dcm", download=False))
    data.pop(0xFFFCFFFC, None)
    data.SOPClassUID, data.Modality = "1.2.840.10008.5.1.4.1.1.6.1", "US"
    data.Rows, data.Columns, data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = rows, columns, 8, 8, 7, 0
    data.PixelData = bytes(range(rows * columns))
    data["PixelData"].VR = "OB"
    for name in ("SmallestImagePixelValue", "LargestImagePixelValue", "PixelPaddingValue"):
        data.pop(name, None)
    return data


def compressed(syntax, fragments, **elements):
    data = still()
    for name, value in elements.items():
        setattr(data, name, value)
    data.file_meta.TransferSyntaxUID = syntax
    data.PixelData = encapsulate(fragments, has_bot=False)
    data["PixelData"].is_undefined_length = True
    return data


def sample(name, change=lambda codestream: codestream, **elements):
    data = pydicom.dcmread(get_testdata_file(name, download=False))
    data.pop(0xFFFCFFFC, None)
    data.SOPClassUID, data.Modality = "1.2.840.10008.5.1.4.1.1.6.1", "US"
    data.PixelData = encapsulate([change(bytes(f)) for f in generate_frames(data.PixelData, number_of_frames=1)], has_bot=False)
    for element, value in elements.items():
        setattr(data, element, value)
    return data


def rle(offsets, body):
    return struct.pack("<16I", len(offsets), *offsets, *[0] * (15 - len(offsets))) + body


def replaced(whole, place, offset, part):
    at = whole.index(place) + offset
    return whole[:at] + part + whole[at + len(part):]


def flood(codestream):
    """SIZ promises 32767 x 32767 pixels."""
    return codestream[:8] + struct.pack(">IIIIII", 32767, 32767, 0, 0, 32767, 32767) + codestream[32:]


def hostile():
    yield "cutJPEG", sample("SC_rgb_dcmtk_+eb+cy+np.dcm", lambda c: c[:len(c) // 2])
    yield "cutJPEG2000", sample("MR_small_jp2klossless.dcm", lambda c: c[:len(c) // 2])
    yield "cutJPEGLS", sample("MR_small_jpeg_ls_lossless.dcm", lambda c: c[:len(c) // 2])
    yield "otherSize", sample("SC_rgb_dcmtk_+eb+cy+np.dcm", Rows=50)
    yield "memoryJPEG2000", sample("MR_small_jp2klossless.dcm", flood, Rows=32767, Columns=32767)
    yield "memoryRLE", compressed(RLELossless, [rle([64], b"\x81\0" * 8)], Rows=65535, Columns=65535)
    yield "offsetsRLE", compressed(RLELossless, [rle([0x7FFFFFF0], b"\x81\0" * 8)])
    yield "framesWithoutEnd", compressed(RLELossless, [rle([64], b"\xC1\0")], NumberOfFrames="99999")
    yield "noSegments", compressed(JPEGBaseline8Bit, [b"\xFF\xD8\xFF\xD9"])
    yield "noStart", compressed(JPEGLSLossless, [b"\0" * 64])
    yield "noCodestream", compressed(JPEG2000Lossless, [b"\xFF\x4F\xFF\x51"])


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    files = []

    def add(what, fate, data, damage=None):
        number = len(files) + 1
        data.PatientName, data.PatientID, data.StudyInstanceUID, data.SeriesInstanceUID = "Test^Hostile", "TEST-1", STUDY, SERIES
        data.InstanceNumber, data.SOPInstanceUID = str(number), generate_uid()
        data.file_meta.MediaStorageSOPInstanceUID, data.file_meta.MediaStorageSOPClassUID = data.SOPInstanceUID, data.SOPClassUID
        place = folder if fate != "refused" else folder.with_name(folder.name + "-refused")
        place.mkdir(exist_ok=True)
        path = place / f"{number:05}-{what}.dcm"
        data.save_as(path, enforce_file_format=True)
        if damage:
            path.write_bytes(damage(path.read_bytes()))
        files.append({"path": str(path), "uid": data.SOPInstanceUID, "what": what, "fate": fate})

    # The group length is not believed.
    add("groupLength", "good", still(), lambda b: replaced(b, b"\2\0\0\0UL\4\0", 8, b"\xF0\xFF\xFF\xFF"))
    for what, data in hostile():
        add(what, "parked", data)
        add("beside" + what[0].upper() + what[1:], "good", still())
    # What is no object at all is told at the door: lengths behind the end, and sequences in sequences in sequences.
    add("metaLength", "refused", still(), lambda b: replaced(b, b"\2\0\1\0OB\0\0", 8, b"\xF0\xFF\xFF\xFF"))
    add("elementLength", "refused", still(), lambda b: b[:-72] + struct.pack("<HH2sHI", 0x7FE0, 0x10, b"OB", 0, 0xFFFFFFF0))
    deep = struct.pack("<HH2sHI", 8, 0x1140, b"SQ", 0, 0xFFFFFFFF) + struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)
    add("nesting", "refused", still(), lambda b: b[:b.index(b"\x20\x00\x0d\x00UI")] + deep * 10_000)
    traversal = still()
    add("traversal", "refused", traversal, lambda b: b.replace(SERIES.encode(), b"../../../etc/x".ljust(len(SERIES), b"\0")))
    print(json.dumps({"study": STUDY, "files": files}))


main()
