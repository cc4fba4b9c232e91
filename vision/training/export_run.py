"""One export: the files, compared with the trained network on pictures, before any of them ships."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import numpy as np
import torch

from vision.decode import Floats
from vision.model_files import ModelFile
from vision.model_spec import ModelInput, ModelSpec
from vision.network_detector import NetworkDetector, Outputs
from vision.onnx_detector import OnnxDetector
from vision.training import export_onnx, gate, parity
from vision.training.dataset import PAD
from vision.training.errors import ExportError
from vision.training.export_ncnn import write_ncnn
from vision.training.held import Entry, Infer, Seen, inputs, mixed, read_index, seen
from vision.training.manifest import sha256_of
from vision.training.recipe import Recipe
from vision.training.thresholds import FIRST, Chosen, choose
from vision.types import ObjectClass

LICENCE = "AGPL-3.0-or-later"
CALIBRATED, COMPARED = 150, 50  # pictures
TIMED = 30  # runs

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Judged:
    """One file beside the trained network. `refused`: why it does not ship; None: it ships."""

    spec: ModelSpec
    paths: tuple[Path, ...]
    parity: parity.Parity
    quality: gate.Quality
    ms: float  # median of the network alone, one thread
    bytes: int  # of all its files
    refused: str | None


@dataclass(frozen=True, slots=True)
class Report:
    """All files of one export. `quality`: of the trained network itself, at the thresholds chosen."""

    files: tuple[Judged, ...]
    chosen: Chosen
    quality: gate.Quality

    @property
    def shipped(self) -> list[Judged]:
        """Those that were not refused."""
        return [each for each in self.files if each.refused is None]


@dataclass(frozen=True, slots=True, eq=False)
class Bench:
    """What every file is held against: the trained network's answers to the pictures."""

    spec: ModelSpec  # with the thresholds chosen
    pictures: Path
    val: Sequence[Entry]
    compared: Sequence[Entry]
    calibrated: Sequence[Entry]
    answers: Sequence[Seen]  # to `compared`
    chosen: Chosen
    quality: gate.Quality  # on `val`


def make(
    how: Recipe, weights: Path, pictures: Path, work: Path, formats: Iterable[str], beta: float, say: Say
) -> Report:
    """Write the formats into `work` and judge them. Raises ExportError where float32 is not the network."""
    torch.set_num_threads(1)
    network = export_onnx.trained_network(weights)
    say("choosing thresholds on val")
    bench = prepared(how, network, pictures, beta)
    plain = work / "plain.onnx"
    export_onnx.write_plain(network, how.width, how.height, plain)
    files = []
    for name in formats:
        say(f"{name}: writing and comparing")
        files.append(judged(bench, *written(name, plain, bench)))
    return Report(tuple(files), bench.chosen, bench.quality)


def prepared(how: Recipe, network: torch.nn.Module, pictures: Path, beta: float) -> Bench:
    """The trained network's answers, and the thresholds that follow from them. Raises DataError."""
    train, val = (read_index(pictures, how, split) for split in ("train", "val"))
    compared = [*mixed(val, COMPARED // 2, how.seed), *mixed(train, COMPARED // 2, how.seed)]
    first = base_spec(how)

    def infer(blob: Floats) -> Outputs:
        return export_onnx.answer(network, blob)

    on_val = seen(pictures, val, first, infer)
    chosen = choose(on_val, first, beta)
    spec = replace(first, thresholds=chosen.thresholds)
    return Bench(
        spec,
        pictures,
        val,
        compared,
        mixed(train, CALIBRATED, how.seed),
        seen(pictures, compared, spec, infer),
        chosen,
        gate.quality(on_val, spec),
    )


def base_spec(how: Recipe) -> ModelSpec:
    """The entry of a recipe's model, without a file, every threshold at FIRST."""
    classes = tuple(ObjectClass)
    return ModelSpec(
        id=how.model_id,
        file=f"{how.model_id}.onnx",
        sha256="",
        bytes=0,
        task="detect+paving",
        output="yolov8-paving",
        licence=LICENCE,
        card=f"{how.model_id}.md",
        classes=classes,
        input=ModelInput(how.width, how.height, "RGB", PAD),
        thresholds=dict.fromkeys(classes, FIRST),
    )


def written(name: str, plain: Path, bench: Bench) -> tuple[ModelSpec, tuple[Path, ...]]:
    """One format beside `plain`, with its entry."""
    spec = bench.spec
    if name == "onnx":
        path = plain.with_name(spec.file)
        export_onnx.write_halved(plain, path, spec)
        return _with_file(spec, path), (path,)
    if name == "int8":
        from vision.training.quantise import quantise

        own = replace(spec, id=f"{spec.id}-int8", precision="int8")
        path = plain.with_name(f"{own.id}.onnx")
        blobs = (blob for _, _, blob in inputs(bench.pictures, bench.calibrated, spec))
        quantise(plain, path, own, blobs)
        return _with_file(own, path), (path,)
    own = replace(spec, id=f"{spec.id}-ncnn", runtime="ncnn")
    path, weights = (plain.with_name(f"{spec.id}.ncnn.{end}") for end in ("param", "bin"))
    write_ncnn(plain, spec.input.width, spec.input.height, path, weights)
    own = replace(own, weights=weights.name, weights_sha256=sha256_of(weights))
    return _with_file(own, path), (path, weights)


def _with_file(spec: ModelSpec, path: Path) -> ModelSpec:
    return replace(spec, file=path.name, sha256=sha256_of(path), bytes=path.stat().st_size)


def judged(bench: Bench, spec: ModelSpec, paths: tuple[Path, ...]) -> Judged:
    """A file, run on the pictures that the trained network answered to. Raises ExportError."""
    network = opened(spec, paths)
    on_val = seen(bench.pictures, bench.val, spec, network.infer)
    if spec.precision == "int8":
        spec = gate.made_up(bench.quality, on_val, spec)
        export_onnx.describe_again(paths[0], spec)
        spec = _with_file(spec, paths[0])
    found = gate.quality(on_val, spec)
    answers = seen(bench.pictures, bench.compared, spec, network.infer)
    alike = parity.compare(
        [each.decoded(bench.spec) for each in bench.answers], [each.decoded(spec) for each in answers]
    )
    fault = alike.fault
    if fault and spec.runtime == "onnx" and spec.precision == "fp32":
        raise ExportError(f"{spec.file} is not the trained network: {fault}: nothing is written")
    lost = gate.losses(bench.quality, found) if spec.precision == "int8" else []
    size = sum(path.stat().st_size for path in paths)
    refused = "; ".join([*([fault] if fault else []), *lost]) or None
    return Judged(spec, paths, alike, found, timed(network.infer, spec), size, refused)


def opened(spec: ModelSpec, paths: Sequence[Path]) -> NetworkDetector:
    """The file under the runtime that will run it."""
    if spec.runtime == "ncnn":
        from vision.ncnn_detector import NcnnDetector

        return NcnnDetector(ModelFile(spec, paths[0], paths[1]))
    return OnnxDetector(ModelFile(spec, paths[0]))


def timed(infer: Infer, spec: ModelSpec) -> float:
    """Median milliseconds of the network alone, one thread."""
    blob = np.random.default_rng(0).random((1, 3, spec.input.height, spec.input.width), np.float32)
    took = []
    for _ in range(TIMED):
        start = time.perf_counter()
        infer(blob)
        took.append((time.perf_counter() - start) * 1e3)
    return median(took)
