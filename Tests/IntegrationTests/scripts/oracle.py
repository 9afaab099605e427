"""What other people's decoders see in what `causeway transcode` makes: oracle.py PROGRAM WORK

Every source of oracle_sources.py goes to its targets. Prints a JSON list of a row per pair:
{"source", "from", "target", "made": whether a file was made, "error": the words of the program if none was, "allowed": whether PS3.5, and for a lossy
target our own rules, allow these samples in it, "to": syntax of the file, "lossy": the sample values may differ, "report": what the program said,
"differences": {decoder: largest difference to the source, of every sample}, "apart": largest difference between two decoders of the
components as they are coded (of shared chroma how it is spread is free, and some spread it otherwise: luminance only), "ours": largest
difference of our own decoder to the first, "psnr": of luminance, worst frame, "dataSet": names of elements that changed and should not,
"newErrors": what dciodvfy says of the file and not of the source}.
"""
import json
import pathlib
import re
import subprocess
import sys
import warnings
from multiprocessing.pool import ThreadPool

import numpy
import pydicom
from pydicom.pixels import pixel_array

sys.dont_write_bytecode = True
import oracle_sources

warnings.simplefilter("ignore")
LITTLE = {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1"}
JPEG, P14, SV1, JLS, NEAR, J2K, J2KLOSSY, RLE = (
    f"1.2.840.10008.1.2.{tail}" for tail in ("4.50", "4.57", "4.70", "4.80", "4.81", "4.90", "4.91", "5"))
H264 = "1.2.840.10008.1.2.4.102"
DCMTK = {JPEG: "dcmdjpeg", P14: "dcmdjpeg", SV1: "dcmdjpeg", JLS: "dcmdjpls", NEAR: "dcmdjpls", RLE: "dcmdrle"}
TARGETS = {
    "native": ["--to", "native"], "rle": ["--to", "rle"], "jpegLossless": ["--to", "jpegLossless"], "jpegLS": ["--to", "jpegLS"],
    "jpegLSNear": ["--to", "jpegLS", "--near", "2"], "jpeg2000": ["--to", "jpeg2000"],
    "jpeg2000Lossy": ["--to", "jpeg2000", "--psnr", "50"], "jpeg444": ["--to", "jpeg", "--chroma", "4:4:4"],
    "jpeg422": ["--to", "jpeg", "--chroma", "4:2:2"], "jpeg420": ["--to", "jpeg", "--chroma", "4:2:0"], "h264": ["--to", "h264"],
}
STILLS = [name for name in TARGETS if name != "h264"]
LOSSY = {"jpegLSNear", "jpeg2000Lossy", "jpeg444", "jpeg422", "jpeg420", "h264"}
# What an encoding may change, and what a lossy step writes besides (PS3.3 C.7.6.1.1.5).
OF_PIXELS = {"PixelData", "PhotometricInterpretation", "PlanarConfiguration", "ExtendedOffsetTable", "ExtendedOffsetTableLengths",
             "DataSetTrailingPadding"}
OF_VIDEO = {"SamplesPerPixel", "PixelAspectRatio"}
OF_LOSS = {"SOPInstanceUID", "ImageType", "LossyImageCompression", "LossyImageCompressionRatio", "LossyImageCompressionMethod",
           "DerivationDescription", "DerivationCodeSequence", "SourceImageSequence", "ContributingEquipmentSequence", "SpatialLocationsPreserved",
           "SmallestImagePixelValue", "LargestImagePixelValue"}
LOSSY_SOURCES = {JPEG, NEAR, J2KLOSSY, "1.2.840.10008.1.2.4.203"}


def native(path, coded=False):
    """Samples of a file, frames x rows x columns x samples; color as RGB or as it is coded, indices of a palette as they are."""
    data = pydicom.dcmread(path)
    frames = pixel_array(data, raw=coded or data.PhotometricInterpretation == "PALETTE COLOR")
    return frames.reshape(-1, data.Rows, data.Columns, data.SamplesPerPixel).astype(numpy.int64)


def by_pydicom(path, work):
    return native(path)


def by_dcmtk(path, work):
    syntax = pydicom.dcmread(path, stop_before_pixels=True).file_meta.TransferSyntaxUID
    made = f"{work}.dcmtk"
    subprocess.run([DCMTK.get(syntax, "dcmconv"), *([] if syntax in DCMTK else ["+te"]), path, made], check=True, capture_output=True)
    return native(made)


def by_gdcm(path, work):
    made = f"{work}.gdcm"
    subprocess.run(["gdcmconv", "--raw", path, made], check=True, capture_output=True)
    return native(made)


def by_openjph(path, work):
    """HTJ2K, whose color transform is part of the codestream."""
    data = pydicom.dcmread(path)
    frames = []
    for frame in pydicom.encaps.generate_frames(data.PixelData, number_of_frames=int(data.get("NumberOfFrames", 1))):
        stream, image = f"{work}.j2c", f"{work}.{'ppm' if data.SamplesPerPixel == 3 else 'pgm'}"
        pathlib.Path(stream).write_bytes(frame)
        subprocess.run(["ojph_expand", "-i", stream, "-o", image], check=True, capture_output=True)
        head, body = re.match(rb"P\d\s+\d+\s+\d+\s+(\d+)\s", pathlib.Path(image).read_bytes()), None
        body = pathlib.Path(image).read_bytes()[head.end():]
        frames.append(numpy.frombuffer(body, ">u2" if int(head.group(1)) > 255 else "u1"))
    return numpy.concatenate(frames).reshape(-1, data.Rows, data.Columns, data.SamplesPerPixel).astype(numpy.int64)


def by_ffmpeg(path, work):
    """JPEG 2000 by a decoder that is not OpenJPEG; of RGB only, whose formats are as wide as the samples."""
    data = pydicom.dcmread(path)
    if data.SamplesPerPixel != 3 or data.PhotometricInterpretation == "YBR_FULL":
        raise ValueError("not tried")
    frames, wide = [], data.BitsAllocated == 16
    for frame in pydicom.encaps.generate_frames(data.PixelData, number_of_frames=int(data.get("NumberOfFrames", 1))):
        stream = f"{work}.j2k"
        pathlib.Path(stream).write_bytes(frame)
        shape = ["-f", "rawvideo", "-pix_fmt", "rgb48le" if wide else "rgb24", "-"]
        done = subprocess.run(["ffmpeg", "-v", "error", "-c:v", "jpeg2000", "-i", stream, *shape], check=True, capture_output=True)
        frames.append(numpy.frombuffer(done.stdout, "<u2" if wide else "u1"))
    return numpy.concatenate(frames).reshape(-1, data.Rows, data.Columns, 3).astype(numpy.int64)


def by_video_decoder(path, work):
    """The film in the only fragment; grey has become color. FFmpeg is also what made it: no second decoder of H.264 is packaged that reads all of the profile."""
    data = pydicom.dcmread(path)
    film = f"{work}.mp4"
    pathlib.Path(film).write_bytes(next(pydicom.encaps.generate_frames(data.PixelData, number_of_frames=1)))
    done = subprocess.run(["ffmpeg", "-v", "error", "-i", film, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], check=True, capture_output=True)
    return numpy.frombuffer(done.stdout, "u1").reshape(-1, data.Rows, data.Columns, 3).astype(numpy.int64)


def decoders(syntax):
    """Of a syntax: two programs that share no code with ours where there are two; the first is the measure."""
    if syntax == H264:
        return {"ffmpeg": by_video_decoder}
    if syntax.startswith("1.2.840.10008.1.2.4.20"):
        return {"openjph": by_openjph, "pydicom": by_pydicom}
    if syntax == "1.2.840.10008.1.2.1.98":
        return {"pydicom": by_plain_fragments}
    if syntax in (J2K, J2KLOSSY):
        return {"pydicom": by_pydicom, "gdcm": by_gdcm, "ffmpeg": by_ffmpeg}
    if syntax in DCMTK or syntax in LITTLE:
        return {"dcmtk": by_dcmtk, "pydicom": by_pydicom, "gdcm": by_gdcm}
    return {"dcmtk": by_dcmtk, "pydicom": by_pydicom}


def by_plain_fragments(path, work):
    data = pydicom.dcmread(path)
    frames = b"".join(pydicom.encaps.generate_frames(data.PixelData, number_of_frames=int(data.get("NumberOfFrames", 1))))
    kind = numpy.dtype(f"<{'i' if data.PixelRepresentation else 'u'}{data.BitsAllocated // 8}")
    return numpy.frombuffer(frames, kind).reshape(-1, data.Rows, data.Columns, data.SamplesPerPixel).astype(numpy.int64)


def seen(path, syntax, work):
    """The samples that each decoder sees; a decoder that fails is not among them."""
    found = {}
    for name, decode in decoders(syntax).items():
        try:
            found[name] = decode(str(path), work)
        except Exception as error:
            print(f"{path}: {name}: {error}"[:300], file=sys.stderr)
    if not found:
        raise ValueError(f"{path}: no decoder reads it")
    return found


def readable(path, syntax, work):
    """The same in a syntax that dciodvfy reads."""
    twin = f"{work}.twin"
    if syntax == "1.2.840.10008.1.2.1.98":
        data = pydicom.dcmread(path)
        frames = pydicom.encaps.generate_frames(data.PixelData, number_of_frames=int(data.get("NumberOfFrames", 1)))
        data.PixelData = b"".join(frames)
        data.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
        data["PixelData"].is_undefined_length = False
        data.save_as(twin, enforce_file_format=True)
    elif syntax == "1.2.840.10008.1.2.1.99":
        subprocess.run(["dcmconv", "+te", path, twin], check=True, capture_output=True)
    else:
        return path
    return twin


def complaints(path):
    text = subprocess.run(["dciodvfy", str(path)], capture_output=True).stderr.decode(errors="replace")
    return {line.strip() for line in text.split("\n") if line.startswith("Error")}


def comparable(data, tag):
    """Of words pydicom gives the bytes of the file; here always little endian."""
    value = data[tag].value if tag in data else None
    big = data.original_encoding[1] is False
    return numpy.frombuffer(value, ">u2").astype("<u2").tobytes() if big and data[tag].VR == "OW" else value


def changed(before, after, target):
    """Elements that are not the same and should be."""
    names = []
    allowed = OF_PIXELS | (OF_LOSS if target in LOSSY else set()) | (OF_VIDEO if target == "h264" else set())
    for tag in sorted(set(before.keys()) | set(after.keys())):
        name = pydicom.datadict.keyword_for_tag(tag) or str(tag)
        if tag.element == 0 or name in allowed:
            continue
        # Samples that a lossy codec made are lossy in every syntax, also when the source did not say so.
        if name == "LossyImageCompression" and before.file_meta.TransferSyntaxUID in LOSSY_SOURCES and after[tag].value == "01":
            continue
        if comparable(before, tag) != comparable(after, tag):
            names.append(name)
    return names


def allowed(target, data):
    """PS3.5 tables 8.2.1-1, 8.2.1-2, 8.2.2-1, 8.2.3-1, 8.2.4-1; signed samples and indices of a palette never lose anything."""
    bits, stored, signed = data.BitsAllocated, data.BitsStored, data.PixelRepresentation == 1
    palette, planes = data.PhotometricInterpretation == "PALETTE COLOR", data.SamplesPerPixel
    if target == "native":
        return True
    if target == "rle":
        return bits in (8, 16)
    if target == "h264":
        return bits == 8 and not signed and not palette and int(data.get("NumberOfFrames", 1)) > 1
    if target.startswith("jpeg4"):
        return bits == 8 and not signed and not palette
    if target in ("jpegLSNear", "jpeg2000Lossy"):
        return 2 <= stored <= 16 and not palette and not signed
    return 2 <= stored <= 16 and not (signed and planes == 3)


def luminance(samples):
    if samples.shape[3] == 1:
        return samples[..., 0].astype(float)
    return samples @ numpy.array([0.299, 0.587, 0.114])


def psnr(one, other, peak):
    errors = ((luminance(one) - luminance(other)) ** 2).mean(axis=(1, 2))
    return None if errors.max() == 0 else float(10 * numpy.log10(peak * peak / errors.max()))


def apart(made, syntax, target, found, work):
    if syntax == JPEG:
        subprocess.run(["dcmdjpeg", "+cn", made, f"{work}.coded"], check=True, capture_output=True)
        one, other = native(f"{work}.coded", coded=True), native(made, coded=True)
        return int(numpy.abs(one - other)[..., :1 if target != "jpeg444" else None].max())
    first, *others = found.values()
    return int(max(numpy.abs(first - other).max() for other in others))


def pair(program, source, target, work):
    path = source["path"]
    made = f"{work}.dcm"
    done = subprocess.run([program, "transcode", "--json", "--lanes", "1", *TARGETS[target], path, made], capture_output=True)
    row = {"source": source["name"], "from": source["syntax"], "target": target, "made": done.returncode == 0, "lossy": target in LOSSY,
           "allowed": allowed(target, source["data"])}
    if done.returncode != 0:
        row["error"] = done.stderr.decode(errors="replace").strip()[-300:]
        return row
    row["report"] = json.loads(done.stdout)
    data = pydicom.dcmread(made)
    row["to"] = str(data.file_meta.TransferSyntaxUID)
    found = seen(made, row["to"], work)
    truth = source["samples"]
    if target == "h264":
        truth = numpy.broadcast_to(truth, (*truth.shape[:3], 3))
    row["differences"] = {name: int(numpy.abs(samples - truth).max()) if samples.shape == truth.shape else -1 for name, samples in found.items()}
    first = next(iter(found.values()))
    row["psnr"] = psnr(first, truth, (1 << data.BitsStored) - 1)
    if target in LOSSY and target != "h264":
        row["apart"] = apart(made, row["to"], target, found, work)
        subprocess.run([program, "transcode", "--to", "native", made, f"{work}.native"], check=True, capture_output=True)
        row["ours"] = int(numpy.abs(native(f"{work}.native") - first).max())
    row["dataSet"] = changed(source["data"], data, target)
    # It takes video for native pixels.
    row["newErrors"] = [] if target == "h264" else sorted(complaints(made) - source["complaints"])
    return row


def main(program, work):
    work = pathlib.Path(work)
    (work / "sources").mkdir()
    sources = oracle_sources.make(work / "sources")
    with ThreadPool(2) as pool:
        def prepare(indexed):
            index, source = indexed
            source["data"] = pydicom.dcmread(source["path"])
            found = seen(source["path"], source["syntax"], str(work / f"source-{index}"))
            source["decoders"], source["samples"] = sorted(found), next(iter(found.values()))
            source["complaints"] = complaints(readable(source["path"], source["syntax"], str(work / f"source-{index}")))
            return source
        sources = pool.map(prepare, enumerate(sources))
        jobs = [(program, source, target, str(work / f"{index}-{target}")) for index, source in enumerate(sources) for target in source["targets"] or STILLS]

        def run(job):
            row = pair(*job)
            for left in pathlib.Path(job[3]).parent.glob(pathlib.Path(job[3]).name + ".*"):
                left.unlink()
            return row
        json.dump(pool.map(run, jobs, chunksize=1), sys.stdout)


main(*sys.argv[1:])
