"""Recompression of a cine, file to file, on one core (and ours on two): frames a second, beside the tools that people use and the codec
library's own benchmark. None of these verifies what it made, so ours does not either, except where it says so. The inputs are a real ultrasound cine as RGB: 480x640x30, and tiled with light speckle 800x1024x120."""
import re
import shutil
import subprocess

from bench import HERE

JPEG = ["--quality", "90", "--chroma", "4:2:2"]
# Measure, our kind and flags, the peers' commands on the same file.
KINDS = [
    ("jpeg", ["jpeg", *JPEG, "--no-verify"], {
        "gdcm": ["gdcmconv", "--jpeg", "--lossy", "-q", "90"], "dcmtk": ["dcmcjpeg", "+eb", "+q", "90"]}),
    ("jpeg verified", ["jpeg", *JPEG], {}),
    ("sv1", ["jpegLossless", "--no-verify"], {"dcmtk": ["dcmcjpeg", "+e1"]}),
    ("rle", ["rle", "--no-verify"], {"dcmtk": ["dcmcrle"]}),
    ("jpegls", ["jpegLS", "--no-verify"], {"dcmtk": ["dcmcjpls", "+el"]}),
    ("j2k", ["jpeg2000", "--no-verify"], {"gdcm": ["gdcmconv", "--j2k"]}),
    ("h264", ["h264", "--no-verify"], {}),
]
FFMPEG = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-filter_threads", "1", "-f", "rawvideo", "-pix_fmt", "rgb24"]
# Those of VideoEncoder.swift.
SETTINGS = [
    "-an", "-sn", "-dn", "-fflags", "+bitexact", "-vf",
    "scale=out_color_matrix=bt601:out_range=tv:flags=bicubic+accurate_rnd+full_chroma_inp+full_chroma_int+bitexact,setsar=1,format=yuv420p",
    "-c:v", "libx264", "-flags:v", "+bitexact", "-preset", "medium", "-crf", "18", "-profile:v", "high", "-level", "4.1", "-bf", "2",
    "-threads", "4", "-movflags", "+faststart"]


def pinned(cores, command):
    return ["taskset", "-c", cores, *command]


def run(bench):
    folder = bench.folder / "transcode"
    folder.mkdir(exist_ok=True)
    for name, frames, size in (("480x640x30", 30, "640x480"), ("800x1024x120", 120, "1024x800")):
        if bench.quick and frames > 30:
            continue
        source = bench.folder / f"data/cine/{name}.dcm"
        for _ in range(bench.rounds):
            for kind, flags, peers in KINDS:
                # Slow peers on the long cine would take the most of an hour.
                if frames > 30 and kind in ("jpegls", "j2k"):
                    continue
                one_kind(bench, folder, f"transcode {name} {kind}", source, frames, (flags, peers))
            video(bench, folder, f"transcode {name} h264", source, frames, size)
            library(bench, f"transcode {name} jpeg", source, frames, size)


def one_kind(bench, folder, cell, source, frames, contenders):
    flags, peers = contenders
    out = folder / "out.dcm"
    ours = [HERE / "ours/transcode", flags[0], source, out, *flags[1:]]
    bench.measure("ours", cell, pinned("1", ours), objects=frames)
    bench.measure("ours", f"{cell}, two cores", pinned("0,1", ours), objects=frames)
    for peer, command in peers.items():
        bench.measure(peer, cell, pinned("1", [*command, source, folder / "peer.dcm"]), objects=frames)


def video(bench, folder, cell, source, frames, size):
    if shutil.which("ffmpeg"):
        bench.measure("ffmpeg", cell, pinned("1", [
            *FFMPEG, "-s", size, "-r", "30", "-i", source.with_suffix(".rgb"), *SETTINGS, folder / "peer.mp4"]), objects=frames)


def library(bench, cell, source, frames, size):
    """libjpeg-turbo's own benchmark at 4:2:2: compression alone, from memory."""
    if not bench.wants("tjbench"):
        return
    text = subprocess.run(pinned("1", ["tjbench", str(source.with_suffix(".ppm")), "90", "-rgb", "-subsamp", "422", "-nowrite", "-quiet",
                                       "-benchtime", "1", "-warmup", "0.3"]), capture_output=True, text=True, check=True).stdout
    figures = re.findall(r"^RGB.*$", text, re.M)[-1].split()
    width, height = map(int, size.split("x"))
    # Columns: format, subsampling, quality, width, height, compression Mpixel/s, ratio, decompression Mpixel/s.
    rate = float(figures[figures.index("90") + 3]) * 1e6 / (width * height)
    bench.add({"contender": "tjbench", "cell": cell, "objects": frames, "wall": frames / rate, "status": 0})
