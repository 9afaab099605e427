"""Sources of the oracle tests, one or more of every transfer syntax that is decoded: oracle_sources.py FOLDER

Real files of the packages pydicom and pydicom-data where there are some; else made from the real ones by other people's encoders (DCMTK,
GDCM, OpenJPH, pydicom). Prints a JSON list of {"path", "name", "syntax", "made", "targets"}: made says with what; targets are names of oracle.py,
null is all but video.
"""
import json
import pathlib
import subprocess
import sys
import warnings

import numpy
import pydicom
from pydicom.encaps import encapsulate, generate_frames
from pydicom.pixels import pixel_array
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian, HTJ2K, HTJ2KLossless, HTJ2KLosslessRPCL, UID

warnings.simplefilter("ignore")

RPCL = ("-reversible", "true", "-prog_order", "RPCL", "-num_decomps", "5")
REAL = [
    "MR_small_implicit", "SC_rgb_jpeg_dcmd",  # implicit
    "US1_UNCR", "OBXXXX1A_2frame", "693_UNCI", "CT_small", "SC_rgb_small_odd", "SC_rgb_16bit_2frame", "SC_ybr_full_uncompressed",
    "SC_ybr_full_422_uncompressed", "vlut_04",  # explicit
    "ExplVR_BigEnd", "MR_small_bigendian", "OBXXXX1A_expb_2frame", "gdcm-US-ALOKA-16_big", "SC_rgb_expb_16bit_2frame",
    "emri_small_big_endian",  # big endian
    "image_dfl",
    "SC_rgb_rle_2frame", "SC_rgb_rle_16bit_2frame", "OBXXXX1A_rle_2frame", "emri_small_RLE", "MR_small_RLE",
    "SC_rgb_dcmtk_+eb+cr", "SC_rgb_dcmtk_+eb+cy+n1", "SC_rgb_dcmtk_+eb+cy+np", "SC_rgb_dcmtk_+eb+cy+s2", "SC_rgb_dcmtk_+eb+cy+s4",
    "SC_rgb_small_odd_jpeg",  # JPEG Baseline
    "JPGLosslessP14SV1_1s_1f_8b", "SC_rgb_jpeg_gdcm", "JPEG-LL",
    "emri_small_jpeg_ls_lossless", "MR_small_jpeg_ls_lossless",
    "JPEGLSNearLossless_08", "JPEGLSNearLossless_16", "SC_rgb_jls_lossy_line", "SC_rgb_jls_lossy_sample",
    "US1_J2KR", "693_J2KR", "MR_small_jp2klossless", "emri_small_jpeg_2k_lossless", "GDCMJ2K_TextGBR",
    "US1_J2KI", "693_J2KI", "JPEG2000", "SC_rgb_gdcm_KY",
]


def sample(name):
    for folder in (pathlib.Path(pydicom.__file__).parent / "data" / "test_files", pathlib.Path(__import__("data_store").__file__).parent / "data"):
        if (folder / f"{name}.dcm").exists():
            return folder / f"{name}.dcm"
    raise SystemExit(f"no sample {name}")


class Maker:
    def __init__(self, folder):
        self.folder, self.list, self.targets = pathlib.Path(folder), [], None

    def add(self, path, name, made=None):
        meta = pydicom.dcmread(path, stop_before_pixels=True).file_meta
        self.list.append({"path": str(path), "name": name, "syntax": str(meta.TransferSyntaxUID), "made": made, "targets": self.targets})

    def save(self, data, name, made):
        path = self.folder / f"{name}.dcm"
        data.save_as(path, enforce_file_format=True)
        self.add(path, name, made)

    def tool(self, source, name, *command):
        """An encoder of DCMTK or GDCM."""
        path = self.folder / f"{name}.dcm"
        subprocess.run([*command, str(source), str(path)], check=True, capture_output=True)
        self.add(path, name, command[0])

    def encapsulated(self, source, name, syntax, frames, photometric, made):
        data = pydicom.dcmread(source)
        data.file_meta.TransferSyntaxUID = syntax
        data.PixelData = encapsulate(frames)
        data["PixelData"].VR, data["PixelData"].is_undefined_length = "OB", True
        data.PhotometricInterpretation = photometric
        if data.SamplesPerPixel == 3:
            data.PlanarConfiguration = 0
        self.save(data, name, made)

    def encapsulated_native(self, source, name):
        data = pydicom.dcmread(source)
        count = int(data.get("NumberOfFrames", 1))
        size = len(data.PixelData) // count
        frames = [data.PixelData[index * size:(index + 1) * size] for index in range(count)]
        self.encapsulated(source, name, UID("1.2.840.10008.1.2.1.98"), frames, data.PhotometricInterpretation, "pydicom")

    def htj2k(self, source, name, syntax, *options):
        """By ojph_compress, whose input is PGM or PPM."""
        data = pydicom.dcmread(source)
        color = data.SamplesPerPixel == 3
        frames = []
        for frame in pixel_array(data).reshape(-1, data.Rows, data.Columns, data.SamplesPerPixel):
            image, stream = self.folder / f"{name}.{'ppm' if color else 'pgm'}", self.folder / f"{name}.j2c"
            head = f"{'P6' if color else 'P5'}\n{data.Columns} {data.Rows}\n{(1 << data.BitsStored) - 1}\n".encode()
            image.write_bytes(head + frame.astype(">u2" if data.BitsAllocated == 16 else "u1").tobytes())
            subprocess.run(["ojph_compress", "-i", image, "-o", stream, *options], check=True, capture_output=True)
            frames.append(stream.read_bytes())
        lossless = "true" in options
        photometric = ("YBR_RCT" if lossless else "YBR_ICT") if color else data.PhotometricInterpretation
        self.encapsulated(source, name, syntax, frames, photometric, "ojph_compress")


def film(maker, cine):
    """A few frames of the real ultrasound cine in every syntax, for video."""
    maker.targets = ["h264"]
    maker.add(cine, "cine-jpeg")
    maker.tool(cine, "cine-explicit", "dcmdjpeg")
    native = maker.list[-1]["path"]
    for name, command in {
        "implicit": ("dcmconv", "+ti"), "bigendian": ("dcmconv", "+tb"), "deflated": ("dcmconv", "+td"), "rle": ("dcmcrle",),
        "sv1": ("dcmcjpeg", "+e1"), "p14": ("dcmcjpeg", "+el"), "jpegls": ("dcmcjpls", "+el"), "near": ("dcmcjpls", "+en"),
        "jpeg2000": ("gdcmconv", "--j2k"), "jpeg2000lossy": ("gdcmconv", "--j2k", "--lossy", "-q", "45"),
    }.items():
        maker.tool(native, f"cine-{name}", *command)
    maker.encapsulated_native(native, "cine-encapsulated")
    data = pydicom.dcmread(native)
    data.PixelData = pixel_array(data)[..., 1].tobytes()
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    del data.PlanarConfiguration
    maker.save(data, "cine-grey", "pydicom")
    for name, syntax, options in (("lossless", HTJ2KLossless, ("-reversible", "true")), ("rpcl", HTJ2KLosslessRPCL, RPCL),
                                  ("lossy", HTJ2K, ("-reversible", "false", "-qstep", "0.002"))):
        maker.htj2k(native, f"cine-htj2k-{name}", syntax, *options)


def make(folder):
    maker = Maker(folder)
    for name in REAL:
        maker.add(sample(name), name)

    def native(name, syntax):
        path = pathlib.Path(folder) / f"native-{name}.dcm"
        data = pydicom.dcmread(sample(name))
        data.file_meta.TransferSyntaxUID = syntax
        data.save_as(path, enforce_file_format=True)
        return path

    for name in ("SC_rgb_small_odd", "OBXXXX1A_2frame"):
        data = pydicom.dcmread(sample(name))
        data.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
        maker.save(data, f"deflated-{name}", "pydicom")
    for name in ("SC_rgb_2frame", "CT_small", "OBXXXX1A_2frame"):
        maker.encapsulated_native(sample(name), f"encapsulated-{name}")
    for selection in range(1, 8):
        maker.tool(sample("SC_rgb_2frame"), f"p14-{selection}-rgb", "dcmcjpeg", "+el", "+sv", str(selection))
    maker.tool(sample("CT_small"), "p14-6-signed", "dcmcjpeg", "+el", "+sv", "6")
    maker.tool(sample("MR2_UNCR"), "p14-4-12bit", "dcmcjpeg", "+el", "+sv", "4")
    for option in ("+in", "+is", "+il"):
        maker.tool(sample("SC_rgb_2frame"), f"jpegls{option}", "dcmcjpls", "+el", option)
    maker.tool(sample("vlut_04"), "jpegls-near", "dcmcjpls", "+en", "+md", "3")
    # A few frames of the real ultrasound cine, as they are.
    cine = pydicom.dcmread(sample("color3d_jpeg_baseline"))
    streams = [frame for frame, _ in zip(generate_frames(cine.PixelData, number_of_frames=cine.NumberOfFrames), range(3))]
    cine.NumberOfFrames = len(streams)
    cine.PixelData = encapsulate(streams)
    maker.save(cine, "color3d-3frames", "pydicom")
    cine = maker.list[-1]["path"]
    color, grey = native("US1_UNCR", ExplicitVRLittleEndian), native("MR2_UNCR", ExplicitVRLittleEndian)
    for source, what in ((color, "rgb"), (grey, "12bit")):
        maker.htj2k(source, f"htj2k-lossless-{what}", HTJ2KLossless, "-reversible", "true")
        maker.htj2k(source, f"htj2k-rpcl-{what}", HTJ2KLosslessRPCL, *RPCL)
        maker.htj2k(source, f"htj2k-{what}", HTJ2K, "-reversible", "false", "-qstep", "0.002")
    film(maker, cine)
    return maker.list


if __name__ == "__main__":
    json.dump(make(sys.argv[1]), sys.stdout)
