"""How a detector fails, measured on pictures whose truth is known: `python -m vision.encounters.measure`.

It prints the tables of `figures.toml` that belong to the model; the rest of that file is not the model's.
"""

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from vision.encounters.failing import DECILES, EDGE_PLACES
from vision.encounters.figures import EDGES
from vision.encounters.sheet import write_sheet
from vision.encounters.tally import FALSE_KEPT, MATCH_IOU, Said, Tally, add
from vision.errors import VisionError
from vision.evaluation.cases import Box, Case
from vision.evaluation.folders import folder_source
from vision.evaluation.real import real_source, record_files
from vision.labelling.records import REAL, read_records
from vision.labelling.unlabelled import read_unlabelled
from vision.network_detector import NetworkDetector
from vision.onnx_detector import open_detector
from vision.types import Frame, ObjectClass


def scene_share(pairs: Mapping[str, Sequence[int]]) -> float:
    """How much of the variance of found or not lies between scenes: the one-way intraclass correlation."""
    counts = np.array([(p[0], p[-1]) for p in pairs.values() if p[-1]], np.float64)
    total, groups = counts[:, 1].sum(), len(counts)
    if groups < 2 or total <= groups:
        return 0.0
    overall = counts[:, 0].sum() / total
    rate = counts[:, 0] / counts[:, 1]
    between = (counts[:, 1] * (rate - overall) ** 2).sum() / (groups - 1)
    within = (counts[:, 1] * rate * (1 - rate)).sum() / (total - groups)
    size = (total - (counts[:, 1] ** 2).sum() / total) / (groups - 1)
    spread = between + (size - 1) * within
    return float(max((between - within) / spread, 0.0)) if spread > 0 else 0.0


def look(
    detector: NetworkDetector,
    cases: Iterable[Case],
    tally: Tally,
    least: float,
    unlabelled: Mapping[str, Sequence[Box]],
) -> None:
    """Every case through the detector. `unlabelled`: as in `add`, by the case's name."""
    for number, case in enumerate(cases, 1):
        truth = case.load()
        seen = detector.detect(Frame(number, 0.0, truth.image))
        add(tally, case.scene, truth, seen, least, unlabelled.get(case.name, ()))
        print(f"\r{number}", end="", file=sys.stderr)  # noqa: T201 (a progress line of a tool)


def left_out(files: Sequence[Path]) -> dict[str, tuple[Box, ...]]:
    """Real things that the labels of these files leave out, by the name of the case."""
    boxes = read_unlabelled()
    records = [record for file in files for record in read_records(file)]
    return {
        f"{r.source}/{r.file}" + ("" if r.frame is None else f"#{r.frame}"): boxes[r.sha256, r.frame]
        for r in records
        if (r.sha256, r.frame) in boxes
    }


def as_toml(tally: Tally, model: str, source: str, least: float) -> str:
    """The model's tables of `figures.toml`."""
    lines = [f'[model]\nid = "{model}"\nsource = "{source}"\npictures = {tally.pictures}\n']
    lines.append(f"[recall]  # [found under any name at IoU {least:g}, found faintly or better, of]")
    lines += [f"{cls.value} = {tally.by_class[cls]}" for cls in ObjectClass if cls in tally.by_class]
    lines += ["", "[recall_by_size]  # side of the box's square in a 640 px picture"]
    lines.append(f"counts = {tally.by_size}")
    tiers = (("", tally.sure), ("_faint", tally.faint))
    for ending, said in tiers:
        lines += ["", f"[names{ending}]  # of things found{' faintly' if ending else ''} that have a name"]
        lines += [f"{name} = {count}" for name, count in said.names.items()]
    lines += ["", "[scores]  # deciles, on the common scale"]
    for ending, said in tiers:
        lines += [f"true{ending} = {_deciles(said.scores)}", f"false{ending} = {_deciles(said.false)}"]
    for ending, said in tiers:
        lines += ["", *_edges(f"box{ending}", said)]
    lines += ["", "[scenes]", f"share = {scene_share(tally.pairs):.3f}"]
    lines += ["", "[paving]", f"covered = {_deciles(tally.covered)}", f"spilt = {_deciles(tally.spilt)}"]
    lines.append(f"bare = {tally.bare}")
    lines += ["", "[false_boxes]", f"pictures = {tally.complete}"]
    for name, said in (("count", tally.sure), ("faint", tally.faint)):
        of = len(said.false) + said.excused
        lines.append(f"{name} = {len(said.false)}  # of {of}; the others are of real things without a label")
    lines.append(f"# second boxes of things found: {tally.sure.again}, faint ones: {tally.faint.again}")
    lines.append("boxes = [  # class, middle x, foot y, width, height as shares of the picture")
    for detection, shape in tally.false[:FALSE_KEPT]:
        numbers = ", ".join(f"{v:.3f}" for v in shape)
        lines.append(f'  ["{detection.cls.value}", {numbers}],')
    return "\n".join([*lines, "]", ""])


def _edges(section: str, said: Said) -> list[str]:
    sigma, shapes = edge_errors(said.edges)
    lines = [f"[{section}]  # robust sigma of an edge, as a share of the box: left, top, right, foot"]
    lines.append(f"edge_sigma = {[round(s, 4) for s in sigma]}")
    lines.append("# how far it is off in sigmas, + right and down, at vision.encounters.failing.EDGE_PLACES")
    for name, row in zip(EDGES, shapes, strict=True):
        lines.append(f"{name}_shape = {[round(s, 2) for s in row]}")
    return lines


def edge_errors(edges: Sequence[tuple[float, ...]]) -> tuple[list[float], list[list[float]]]:
    """The robust sigma of each edge, and how far it is off in such sigmas at `EDGE_PLACES`."""
    if not edges:
        return [0.0] * 4, [[0.0] * len(EDGE_PLACES)] * 4
    off = np.array(edges)
    sigma = np.median(np.abs(off), axis=0) / 0.6745
    shape = np.quantile(off / np.maximum(sigma, 1e-6), EDGE_PLACES, axis=0)
    return sigma.tolist(), shape.T.tolist()


def _deciles(values: Sequence[float]) -> list[float]:
    return [round(float(v), 3) for v in np.quantile(values, DECILES)] if values else []


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 2 with one line where the data cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m vision.encounters.measure", description=__doc__)
    parser.add_argument("--pictures", type=Path, default=Path("../shared/data/vision"))
    parser.add_argument("--split", default="test")
    parser.add_argument("--folder", type=Path, help="rendered scenes (truth.jsonl) instead")
    parser.add_argument("--from", dest="first", type=int, default=0, help="leave out so many pictures first")
    parser.add_argument("--model", help="id or file")
    parser.add_argument(
        "--iou", type=float, default=MATCH_IOU, help=f"a box is of a thing from here on ({MATCH_IOU})"
    )
    parser.add_argument("--sheet", type=Path, metavar="PNG", help="the false boxes, to look at")
    asked = parser.parse_args(arguments)
    if not 0 < asked.iou <= 1:
        parser.error(f"--iou {asked.iou:g}: above 0, at most 1")
    tally = Tally()
    try:
        detector = open_detector(asked.model) if asked.model else open_detector()
        files = record_files(REAL)
        if asked.folder:
            source, unlabelled = folder_source(asked.folder), dict[str, tuple[Box, ...]]()
        else:
            source, unlabelled = real_source(files, asked.pictures, asked.split), left_out(files)
        look(detector, source.cases[asked.first :], tally, asked.iou, unlabelled)
        if asked.sheet:
            write_sheet(tally.doubts, asked.sheet)
    except VisionError as error:
        print(f"shirube: {error}", file=sys.stderr)  # noqa: T201
        return 2
    origin = str(asked.folder or f"labelled real pictures, split {asked.split}")
    sys.stdout.write(as_toml(tally, detector.spec.id, origin, asked.iou))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
