"""The table: measure, bar, figure of this run. Ratios are medians over the rounds of (ours / other) within one round."""
import pathlib
import platform
import re
import statistics
import time

README = pathlib.Path(__file__).resolve().parents[1] / "README.md"


class Lines:
    def __init__(self, lines):
        self.cells = {}
        for line in lines:
            self.cells.setdefault((line["cell"], line["contender"]), []).append(line)

    def all(self, cell, contender):
        found = self.cells.get((cell, contender), [])
        return [line for line in found if line.get("status", 0) == 0]

    def ratio(self, cell, other, ours_cell=None):
        """Median of our rate over the other's; None when one of them did not run."""
        ours, theirs = self.all(ours_cell or cell, "ours"), self.all(cell, other)
        pairs = [(rate(a), rate(b)) for a, b in zip(ours, theirs)]
        return statistics.median(a / b for a, b in pairs) if pairs else None

    def median(self, cell, value, contender="ours"):
        found = [value(line) for line in self.all(cell, contender)]
        return statistics.median(found) if found else None


def rate(line):
    return line["objects"] / line["wall"]


def cpu_per_gb(side):
    return lambda line: line[side] / (line["bytes"] / 1e9)


def bars(lines):
    """Each: measure, what is demanded, figure, whether a higher figure is better, the bar, unit."""
    def over(measure, cell, other, bar, ours_cell=None):
        return measure, f"x {other}", lines.ratio(cell, other, ours_cell), True, bar, ""

    def under(measure, cell, what, value, bar, unit):
        return measure, what, lines.median(cell, value), False, bar, unit

    def best(measure, cell, bar):
        found = [value for value in (lines.ratio(cell, "storescu"), lines.ratio(cell, "dcmsend")) if value is not None]
        return measure, "x best peer", min(found) if found else None, True, bar, ""

    yield from cstore_bars(over, under, best)
    for mode, storescu in (("plain", 80), ("tls", 20)):
        yield over(f"into storescp as packaged, {mode}", f"nagle {mode}", "storescu", storescu)
    yield over("association + echo + release, plain", "assoc plain", "floor", 0.8)
    yield over("association + echo + release, TLS", "assoc tls", "floor", 0.95)
    resumed, full = lines.median("assoc resumed", rate), lines.median("assoc tls", rate)
    yield "association + echo + release, TLS resumed", "x our TLS full", resumed / full if resumed and full else None, True, 3, ""
    yield over("router, forwarding on arrival", "router on arrival", "orthanc", 5)
    yield over("router, both waiting 1 s", "router quiet 1 s", "orthanc", 2.3)
    yield under("router", "router on arrival", "CPU-s/GB of our own", cpu_per_gb("server_cpu"), 2.5, "")
    yield under("router", "router on arrival", "resident of our own", lambda line: line["server_mib"], 64, " MiB")
    yield under("4 objects of 1 GB at once", "memory 4 x 1 GB", "resident growth", lambda line: line.get("growth_mib", 0), 32, " MiB")
    for cell, hummingbird, nginx in (("keep-alive", 5, 0.55), ("new connections", 3.5, 0.6)):
        yield over(f"GET, {cell}", f"http {cell}", "hummingbird", hummingbird)
        yield over(f"GET, {cell}", f"http {cell}", "nginx", nginx)
    yield under("GET", "http keep-alive", "resident", lambda line: line["server_mib"], 16, " MiB")
    yield from transcode_bars(lines, over, under)
    yield under("up from nothing to ready", "startup first", "wall", lambda line: line["wall"], 15, " s")
    yield under("second start", "startup second", "wall", lambda line: line["wall"], 3, " s")


def transcode_bars(lines, over, under):
    for size in ("480x640x30", "800x1024x120"):
        cell, name = f"transcode {size} jpeg", f"{size} to JPEG Baseline Q90"
        yield over(name, cell, "gdcm", 3.5)
        yield over(name, cell, "dcmtk", 7)
        yield over(name, cell, "tjbench", 0.75)
        yield over(f"{name}, verified", cell, "tjbench", 0.45, f"{cell} verified")
        yield two_cores(lines, f"{name}, two cores", cell, 1.9)
        yield under(f"{name}, verified", f"{cell} verified, two cores", "resident", lambda line: line["client_mib"], 64, " MiB")
        yield over(f"{size} to JPEG Lossless SV1", f"transcode {size} sv1", "dcmtk", 3)
        yield over(f"{size} to RLE", f"transcode {size} rle", "dcmtk", 2)
    cell = "transcode 480x640x30"
    yield over("480x640x30 to JPEG-LS lossless, one core", f"{cell} jpegls", "dcmtk", 1.5)
    yield over("480x640x30 to JPEG-LS lossless, two cores", f"{cell} jpegls", "dcmtk", 1.5, f"{cell} jpegls, two cores")
    yield over("480x640x30 to JPEG 2000 lossless", f"{cell} j2k", "gdcm", 1)
    yield two_cores(lines, "480x640x30 to JPEG 2000 lossless, two cores", f"{cell} j2k", 1.9)
    for name in ("480x640x30", "800x1024x120"):
        yield over(f"{name} to H.264, one core", f"transcode {name} h264", "ffmpeg", 0.95)
    yield over("router with JPEG at level standard", "router jpeg", "orthanc", 4)
    yield under("router with JPEG at level standard, verified", "router jpeg", "CPU-s/GB of our own", cpu_per_gb("server_cpu"), 6, "")


def two_cores(lines, measure, cell, bar):
    two, one = lines.all(f"{cell}, two cores", "ours"), lines.all(cell, "ours")
    ratios = [rate(a) / rate(b) for a, b in zip(two, one)]
    return measure, "x one core", statistics.median(ratios) if ratios else None, True, bar, ""


def cstore_bars(over, under, best):
    for associations, storescu in ((1, 1.4), (4, 1.3)):
        cell, name = f"cstore small tls {associations}", f"send 0.5 MB, TLS, {associations} assoc."
        yield over(name, cell, "storescu", storescu)
        yield over(name, cell, "floor", 0.9)
        yield under(name, cell, "CPU-s/GB", cpu_per_gb("client_cpu"), 1.25, "")
    for associations, storescu in ((1, 1.5), (4, 1.15)):
        cell, name = f"cstore large tls {associations}", f"send 64 MB, TLS, {associations} assoc."
        yield over(name, cell, "storescu", storescu)
        yield over(name, cell, "floor", 0.95)
        yield under(name, cell, "resident", lambda line: line["client_mib"], 32, " MiB")
    for associations, peer in ((1, 2), (4, 2.2)):
        cell, name = f"cstore small plain {associations}", f"send 0.5 MB, plain, {associations} assoc."
        yield best(name, cell, peer)
        yield over(name, cell, "floor", 0.85)
    for mode, peer in (("plain", 5), ("tls", 3)):
        for associations in (1, 4):
            cell, name = f"cstore tiny {mode} {associations}", f"send 10 KB, {mode}, {associations} assoc."
            yield best(name, cell, peer)
            yield over(name, cell, "floor", 0.75)


def table(lines):
    rows = ["| Measure | Bar | This run | |", "|---|---|---|---|"]
    for measure, what, figure, higher, bar, unit in bars(Lines(lines)):
        demand = f"{'at least' if higher else 'at most'} {bar}{unit} {what}"
        if figure is None:
            rows.append(f"| {measure} | {demand} | not measured | |")
            continue
        met = figure >= bar if higher else figure <= bar
        rows.append(f"| {measure} | {demand} | {figure:.2f}{unit} | {'met' if met else '**missed**'} |")
    steal = [line["steal"] for line in lines if "steal" in line]
    worst = f" Steal time of the machine: median {statistics.median(steal):.0f} %, at most {max(steal):.0f} %." if steal else ""
    return "\n".join(rows) + f"\n\nRatios: median over the rounds of ours to the other in the same round.{worst}"


def record(lines, parts, rounds):
    """Puts the table of this run between the marks in README.md."""
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    command = f"ROUNDS={rounds} PARTS=\"{' '.join(parts)}\" make bench"
    where = f"{time.strftime('%F')}, {model.group(1) if model else platform.machine()}, Linux {platform.release().split('-')[0]}"
    text = f"`{command}`, {where}:\n\n{table(lines)}\n"
    old = README.read_text()
    README.write_text(re.sub(r"(<!-- bench: begin -->\n).*?(<!-- bench: end -->)", lambda m: m[1] + text + m[2], old, flags=re.S))
