"""Writes the table of size and quality by sample and level into docs/compression.md: quality.py PROGRAM

Every real ultrasound sample of the pydicom packages that is not compressed with loss already goes through every level that changes samples, with
`causeway transcode --level`.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import pydicom
from pydicom.data import get_testdata_file

ROOT = pathlib.Path(__file__).resolve().parent.parent
LEVELS = ["lossless", "nearLossless", "high", "standard", "review"]
NAMES = ["examples_rgb_color.dcm", "examples_jpeg2k.dcm", "examples_ybr_color.dcm", "examples_palette.dcm", "color3d_jpeg_baseline.dcm",
         "US1_UNCR.dcm", "US1_J2KR.dcm", "US1_UNCI.dcm", "SC_rgb.dcm", "color-pl.dcm"]


def sources(folder):
    """The samples; those stored with loss also as native samples whose history is forgotten, for they are real cines."""
    for name in NAMES:
        path = get_testdata_file(name, download=False)
        if not path:
            continue
        data = pydicom.dcmread(path)
        if data.get("LossyImageCompression") == "01" or data.file_meta.TransferSyntaxUID in ("1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.91"):
            if data.file_meta.TransferSyntaxUID.is_compressed:
                data.decompress(as_rgb=True)
            for keyword in ("LossyImageCompression", "LossyImageCompressionRatio", "LossyImageCompressionMethod"):
                data.pop(keyword, None)
            path = folder / name
            data.save_as(path, enforce_file_format=True)
        yield name, path, data


def row(program, folder, name, path, data, level):
    out = folder / "out.dcm"
    out.unlink(missing_ok=True)
    run = subprocess.run([program, "transcode", "--level", level, "--json", str(path), str(out)], capture_output=True, text=True)
    if run.returncode:
        return f"| {name} | {level} | failed: {run.stderr.strip()} | | | | |"
    report = json.loads(run.stdout)
    if "reason" in report:
        return None
    psnr = "equal" if report["psnr"] is None else f"{report['psnr']:.1f} dB"
    syntax = pydicom.uid.UID(report["to"]).name.split(",")[0].split("(")[0].strip()
    return (f"| {name} | {level} | {syntax}, {report['parameters']} | {report['encodedBytes'] / 1000:.0f} kB | "
            f"{report['nativeBytes'] / report['encodedBytes']:.1f} : 1 | {report['ratio']:.1f} : 1 | {psnr} | {report['ssim']:.4f} |")


def main(program):
    lines = ["| Sample | Level | Sent as | Size | Plain ratio | Ratio of information | Worst PSNR | Worst SSIM |", "|---|---|---|---|---|---|---|---|"]
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        for name, path, data in sources(folder):
            label = f"{name}, {data.Columns}x{data.Rows}" + (f"x{data.NumberOfFrames}" if int(data.get("NumberOfFrames") or 1) > 1 else "")
            lines += filter(None, (row(program, folder, label, path, data, level) for level in LEVELS))
    table = "\n".join(lines)
    page = ROOT / "docs/compression.md"
    text = "`make quality`, samples of the pydicom package; those stored with loss were decoded first.\n\n" + table + "\n"
    page.write_text(re.sub(r"(<!-- quality: begin -->\n).*?(<!-- quality: end -->)", lambda m: m[1] + text + m[2], page.read_text(), flags=re.S))
    print(table)


main(*sys.argv[1:])
