"""Objects to send, made from a real ultrasound image of the pydicom package. What is in them does not matter to the wire.

  small  1,000 x 0.52 MB   one RGB frame 432x400          large  12 x 64.5 MB   70 RGB frames 640x480
  tiny   2,000 x 10 KB     one RGB frame 64x52            huge    4 x 1.07 GB   1,165 RGB frames 640x480, sparse on disk
  cine   the real 30-frame ultrasound cine of the package as RGB: 640x480x30, and tiled with light speckle 1024x800x120
"""
import numpy
import pydicom
from pydicom.data import get_testdata_file
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

ULTRASOUND, ULTRASOUND_CINE = "1.2.840.10008.5.1.4.1.1.6.1", "1.2.840.10008.5.1.4.1.1.3.1"


def header(rows, columns, frames, sop_class):
    data = pydicom.Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID, data.file_meta.MediaStorageSOPClassUID = ExplicitVRLittleEndian, sop_class
    data.SOPClassUID, data.Modality, data.PatientID, data.PatientName = sop_class, "US", "BENCH", "Bench^Mark"
    data.PatientBirthDate, data.PatientSex, data.StudyDate, data.StudyTime = "", "O", "20250101", "120000"
    data.AccessionNumber, data.ReferringPhysicianName, data.StudyID, data.SeriesNumber = "A1", "", "1", "1"
    data.SamplesPerPixel, data.PhotometricInterpretation, data.PlanarConfiguration = 3, "RGB", 0
    data.Rows, data.Columns, data.BitsAllocated, data.BitsStored, data.HighBit = rows, columns, 8, 8, 7
    data.PixelRepresentation = 0
    if frames > 1:
        data.NumberOfFrames, data.FrameTime, data.FrameIncrementPointer = frames, "33.33", 0x00181063
    return data


def series(folder, count, per_study, rows, columns, frames, image):
    if folder.is_dir() and len(list(folder.glob("*.dcm"))) == count:
        return
    folder.mkdir(parents=True, exist_ok=True)
    data = header(rows, columns, frames, ULTRASOUND_CINE if frames > 1 else ULTRASOUND)
    tiled = numpy.tile(image, (-(-rows // image.shape[0]), -(-columns // image.shape[1]), 1))[:rows, :columns]
    data.PixelData = b"".join(numpy.roll(tiled, 3 * frame, axis=1).tobytes() for frame in range(frames))
    data["PixelData"].VR = "OB"
    for number in range(count):
        if number % per_study == 0:
            data.StudyInstanceUID, data.SeriesInstanceUID = generate_uid(), generate_uid()
        data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        data.InstanceNumber = str(number + 1)
        data.save_as(folder / f"{number:05d}.dcm", enforce_file_format=True)


def huge(folder, count=4, frames=1165):
    """Each its own study; pixel data is a hole in the file."""
    if folder.is_dir() and len(list(folder.glob("*.dcm"))) == count:
        return
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        data = header(480, 640, frames, ULTRASOUND_CINE)
        data.StudyInstanceUID, data.SeriesInstanceUID = generate_uid(), generate_uid()
        data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        data.InstanceNumber = "1"
        path, length = folder / f"{number}.dcm", 480 * 640 * 3 * frames
        data.save_as(path, enforce_file_format=True)
        with path.open("ab") as file:
            file.write(bytes.fromhex("e07f10004f420000") + length.to_bytes(4, "little"))
            file.truncate(file.tell() + length)


def cine(folder, name, pixels):
    frames, rows, columns, _ = pixels.shape
    data = header(rows, columns, frames, ULTRASOUND_CINE)
    data.StudyInstanceUID, data.SeriesInstanceUID, data.SOPInstanceUID = generate_uid(), generate_uid(), generate_uid()
    data.file_meta.MediaStorageSOPInstanceUID, data.InstanceNumber, data.PixelData = data.SOPInstanceUID, "1", pixels.tobytes()
    data["PixelData"].VR = "OB"
    data.save_as(folder / f"{name}.dcm", enforce_file_format=True)
    (folder / f"{name}.rgb").write_bytes(pixels.tobytes())
    (folder / f"{name}.ppm").write_bytes(b"P6\n%d %d\n255\n" % (columns, rows) + pixels[7].tobytes())


def cines(folder):
    """Scaled to twice its size without blocks; the large one holds it four times in different phases."""
    from PIL import Image
    if (folder / "800x1024x120.ppm").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    source = pydicom.dcmread(get_testdata_file("examples_ybr_color.dcm", download=False))
    source.decompress(as_rgb=True)
    double = numpy.stack([
        numpy.asarray(Image.fromarray(frame).resize((frame.shape[1] * 2, frame.shape[0] * 2), Image.BICUBIC))
        for frame in source.pixel_array])
    cine(folder, "480x640x30", double)
    phases = [numpy.roll(double, shift, axis=0) for shift in (0, 7, 14, 21)]
    rows = [numpy.concatenate(phases[:2], axis=2), numpy.concatenate(phases[2:], axis=2)]
    loop = numpy.concatenate([numpy.concatenate(rows, axis=1)[:, :800, :1024]] * 4)[:120]
    speckle = numpy.random.default_rng(1).integers(-2, 3, size=loop.shape, dtype=numpy.int8)
    cine(folder, "800x1024x120", numpy.clip(loop.astype(numpy.int16) + speckle, 0, 255).astype(numpy.uint8))


def make(folder):
    image = pydicom.dcmread(get_testdata_file("examples_rgb_color.dcm", download=False)).pixel_array
    series(folder / "small", 1000, 50, 400, 432, 1, image)
    series(folder / "tiny", 2000, 100, 52, 64, 1, image[80:132, 100:164])
    series(folder / "large", 12, 4, 480, 640, 70, image)
    huge(folder / "huge")
    cines(folder / "cine")
