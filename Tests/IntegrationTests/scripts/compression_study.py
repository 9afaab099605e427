"""A study for compression tests: compression_study.py FOLDER

Two stills (native RGB), a palette still, a cine (native RGB, 30 frames), a cine that was stored in JPEG Baseline, a structured report, a PDF, a
key object selection that names the first still and a presentation state that names the second. Prints JSON as study.py does, with what each
file is: {"study": UID, "files": [{"path", "uid", "what"}]}.
"""
import json
import pathlib
import sys

import pydicom
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

STUDY, SERIES = generate_uid(), {}
STILL = "1.2.840.10008.5.1.4.1.1.6.1"


def sample(name):
    data = pydicom.dcmread(get_testdata_file(name, download=False))
    data.pop(0xFFFCFFFC, None)
    return data


def document(sop_class, modality):
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID, data.file_meta.MediaStorageSOPClassUID = ExplicitVRLittleEndian, sop_class
    data.SOPClassUID, data.Modality = sop_class, modality
    data.StudyDate, data.StudyTime, data.ContentDate, data.ContentTime = "20250101", "120000", "20250101", "120000"
    data.AccessionNumber, data.ReferringPhysicianName, data.StudyID, data.Manufacturer = "", "", "1", "Test"
    data.PatientBirthDate, data.PatientSex = "", "O"
    return data


def code(value, scheme, meaning):
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def reference(image, series=False):
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = image.SOPClassUID, image.SOPInstanceUID
    if not series:
        return item
    holder = Dataset()
    holder.SeriesInstanceUID, holder.ReferencedSOPSequence = image.SeriesInstanceUID, [item]
    return holder


def evidence(image):
    holder = Dataset()
    holder.StudyInstanceUID, holder.ReferencedSeriesSequence = STUDY, [reference(image, series=True)]
    return [holder]


def key_objects(image):
    data = document("1.2.840.10008.5.1.4.1.1.88.59", "KO")
    data.ValueType, data.ConceptNameCodeSequence, data.ContinuityOfContent = "CONTAINER", [code("113000", "DCM", "Of Interest")], "SEPARATE"
    data.CurrentRequestedProcedureEvidenceSequence, data.ReferencedPerformedProcedureStepSequence = evidence(image), []
    content = Dataset()
    content.RelationshipType, content.ValueType, content.ReferencedSOPSequence = "CONTAINS", "IMAGE", [reference(image)]
    data.ContentSequence = [content]
    return data


def presentation_state(image):
    data = document("1.2.840.10008.5.1.4.1.1.11.1", "PR")
    data.ContentLabel, data.ContentDescription, data.ContentCreatorName, data.InstanceNumber = "STATE", "", "", "1"
    data.PresentationCreationDate, data.PresentationCreationTime = "20250101", "120000"
    data.ReferencedSeriesSequence = [Dataset()]
    data.ReferencedSeriesSequence[0].SeriesInstanceUID = image.SeriesInstanceUID
    data.ReferencedSeriesSequence[0].ReferencedImageSequence = [reference(image)]
    area = Dataset()
    area.DisplayedAreaTopLeftHandCorner, area.DisplayedAreaBottomRightHandCorner = [1, 1], [image.Columns, image.Rows]
    area.PresentationSizeMode, area.PresentationPixelAspectRatio = "SCALE TO FIT", [1, 1]
    data.DisplayedAreaSelectionSequence, data.PresentationLUTShape = [area], "IDENTITY"
    return data


def pdf():
    data = document("1.2.840.10008.5.1.4.1.1.104.1", "DOC")
    data.ConversionType, data.InstanceNumber, data.BurnedInAnnotation, data.DocumentTitle = "WSD", "1", "YES", "Report"
    data.AcquisitionDateTime, data.ConceptNameCodeSequence, data.MIMETypeOfEncapsulatedDocument = "", [], "application/pdf"
    data.EncapsulatedDocument = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 0/Kids[]>>endobj\n%%EOF\n\0"
    return data


def native_cine():
    data = sample("examples_ybr_color.dcm")
    data.decompress(as_rgb=True)
    for name in ("LossyImageCompression", "LossyImageCompressionRatio", "LossyImageCompressionMethod"):
        if name in data:
            delattr(data, name)
    return data


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    files, number = [], 0

    def add(what, data):
        nonlocal number
        number += 1
        data.PatientName, data.PatientID, data.StudyInstanceUID = "Test^Ultrasound", "TEST-1", STUDY
        data.SeriesInstanceUID, data.SeriesNumber = SERIES.setdefault(data.Modality, generate_uid()), list(SERIES).index(data.Modality) + 1
        data.InstanceNumber, data.SOPInstanceUID = str(number), generate_uid()
        data.file_meta.MediaStorageSOPInstanceUID, data.file_meta.MediaStorageSOPClassUID = data.SOPInstanceUID, data.SOPClassUID
        path = folder / f"{number:05}-{what}.dcm"
        data.save_as(path, enforce_file_format=True)
        files.append({"path": str(path), "uid": data.SOPInstanceUID, "what": what})
        return data

    first, second = (add(what, sample("examples_rgb_color.dcm")) for what in ("keyStill", "shownStill"))
    add("still", sample("examples_rgb_color.dcm"))
    add("palette", sample("examples_palette.dcm"))
    add("cine", native_cine())
    add("lossyCine", sample("examples_ybr_color.dcm"))
    add("report", sample("test-SR.dcm"))
    add("pdf", pdf())
    add("keyObjects", key_objects(first))
    add("presentationState", presentation_state(second))
    print(json.dumps({"study": STUDY, "files": files}))


main()
