"""Decodes objects with the decoders of others: foreign.py FOLDER

FOLDER/list.json is [{"name", "made": bool, "tolerance": number}]: FOLDER/NAME.dcm is an object, FOLDER/NAME.out, where it was made, what we made of it. Prints
one line of JSON for each: {"name", "verdict", "by", "why"}. Verdicts of what was made:
  same       a foreign decoder sees in the object what it sees in ours
  differs    foreign decoders see something in the object, and none of them sees that
  unseen     no foreign decoder makes anything of the object
  broken     no foreign decoder makes anything of ours
and of what was refused: readable when a foreign decoder makes something of it, else unreadable. Decoders crash and hang on such objects, so they work in a
child that is replaced.
"""
import copy
import io
import itertools
import json
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import warnings

import numpy
import pydicom
from pydicom.encaps import encapsulate, generate_fragments, parse_basic_offsets
from pydicom.pixels import get_decoder
from pydicom.uid import JPEGBaseline8Bit

PROGRAMS = {
    "dcmdjpeg": ["dcmdjpeg"], "dcmdjpls": ["dcmdjpls"], "dcmdrle": ["dcmdrle"], "gdcmconv": ["gdcmconv", "--raw"],
}


def ways(syntax, is_made):
    """Decoders in the order in which they are asked: those in this process first."""
    plugins = [] if not syntax.is_encapsulated else sorted(get_decoder(syntax).available_plugins)
    programs = [(name, True) for name in PROGRAMS if plugins and is_made and shutil.which(name)]
    return [(plugin, raw) for plugin in plugins or [""] for raw in (False, True) if is_made or raw] + programs


def outside(path, name):
    with tempfile.TemporaryDirectory() as folder:
        target = pathlib.Path(folder) / "native"
        done = subprocess.run([*PROGRAMS[name], path, target], capture_output=True, timeout=10, stdin=subprocess.DEVNULL)
        # What Adobe's segment says of colors is no matter of samples.
        words = "".join(line for line in (done.stdout + done.stderr).decode(errors="replace").splitlines() if "Adobe" not in line)
        if done.returncode or not target.exists() or any(word in words for word in ("W: ", "arning", "rror")):
            raise ValueError(words[-200:])
        return decoded(pydicom.dcmread(target), "", True, target)


def decoded(data, name, raw, path):
    if name in PROGRAMS:
        return outside(path, name)
    options = {"decoding_plugin": name} if name else {}
    return get_decoder(data.file_meta.TransferSyntaxUID).as_array(data, raw=raw, **options)[0]


def attempts(path, skip, say, is_made=True):
    """Name of a decoder and samples, for each that makes something of the object."""
    data = pydicom.dcmread(path, force=True)
    if "NumberOfFrames" in data and not str(data.NumberOfFrames or "").strip():
        # As good as none.
        del data.NumberOfFrames
    if path.suffix == ".dcm":
        # What says nothing of compressed samples, and what is believed only where it fits the fragments: pydicom stumbles over both.
        data.PlanarConfiguration = 0
        data.pop("ExtendedOffsetTable", None)
        if data.file_meta.TransferSyntaxUID == JPEGBaseline8Bit and data.PhotometricInterpretation in ("YBR_RCT", "YBR_ICT"):
            # No JPEG has these; ours asks the codestream what it is.
            data.PhotometricInterpretation = "YBR_FULL"
    for name, raw in ways(data.file_meta.TransferSyntaxUID, is_made):
        if (path.name, name, raw) in skip:
            continue
        say(path.name, name, raw)
        try:
            yield f"{name or 'pydicom'}{' raw' if raw else ''}", numpy.array(decoded(data, name, raw, path)), data
        except Exception:
            if name in PROGRAMS or path.suffix != ".dcm":
                continue
        else:
            continue
        try:
            yield f"{name} by starts{' raw' if raw else ''}", numpy.array(decoded(by_starts(data), name, raw, path)), data
        except Exception:
            continue


def by_starts(data):
    """The same fragments, of which each that begins a codestream begins a frame: for objects whose offsets are wrong."""
    frames, items = [], io.BytesIO(data.PixelData)
    parse_basic_offsets(items)
    for fragment in generate_fragments(items):
        if not frames or fragment[:2] in (b"\xFF\xD8", b"\xFF\x4F"):
            frames.append(b"")
        frames[-1] += fragment
    other = copy.copy(data)
    other.PixelData = encapsulate(frames, has_bot=False)
    return other


def difference(a, b, bits):
    if a.size != b.size:
        return float("inf")
    mask = (1 << bits) - 1
    a, b = a.astype(numpy.int64).ravel() & mask, b.astype(numpy.int64).ravel() & mask
    return int(numpy.abs(a - b).max()) if a.size else 0


def safely(path, skip, say, is_made=True):
    try:
        yield from attempts(path, skip, say, is_made)
    except Exception:
        return


def judge(entry, folder, skip, say):
    source = folder / f"{entry['name']}.dcm"
    if not entry["made"]:
        found = next(safely(source, skip, say, False), None)
        return {"verdict": "readable" if found else "unreadable", "by": found[0] if found else None}
    # As it is and with colors turned into RGB: the source is seen in one way or the other.
    made = list(itertools.islice(safely(folder / f"{entry['name']}.out", skip, say), 2))
    if not made:
        return {"verdict": "broken"}
    seen = []
    for name, samples, _ in safely(source, skip, say):
        off = min(difference(samples, ours, int(data.BitsStored)) for _, ours, data in made)
        if off <= entry["tolerance"]:
            return {"verdict": "same", "by": name}
        seen.append(f"{name} is off by {off}")
    return {"verdict": "differs" if seen else "unseen", "why": ", ".join(seen)}


def child(entries, folder, skip, pipe):
    def say(*words):
        os.write(pipe, (json.dumps(words) + "\n").encode())
        signal.setitimer(signal.ITIMER_REAL, 20)

    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    for entry in entries:
        verdict = judge(entry, folder, skip, say)
        os.write(pipe, (json.dumps({"name": entry["name"], **verdict}) + "\n").encode())
    os._exit(0)


def main():
    folder = pathlib.Path(sys.argv[1])
    warnings.simplefilter("ignore")
    pydicom.config.logger.setLevel(100)
    entries, skip = json.loads((folder / "list.json").read_text()), set()
    while entries:
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            child(entries, folder, skip, writing)
        os.close(writing)
        last, done = None, 0
        with os.fdopen(reading) as lines:
            for line in lines:
                answer = json.loads(line)
                if isinstance(answer, dict):
                    print(line, end="")
                    done += 1
                else:
                    last = tuple(answer)
        os.waitpid(pid, 0)
        entries = entries[done:]
        if entries and last is None:
            sys.exit("the child ended without a word")
        if last:
            skip.add(last)


main()
