"""What is compared: our detector and naive systems, behind one question: what is in it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from vision.evaluation.coco_network import CocoNetwork, yolov8, yolox
from vision.model_files import MANIFEST, is_path, load_manifest, models_folder
from vision.network_detector import NetworkDetector
from vision.onnx_detector import open_detector
from vision.ports import Detector
from vision.types import SURFACES, Detection, Detections, Frame, Image, Mask, ObjectClass

LEAST = 0.01  # scores below it change no average precision that is worth telling
# An HSV threshold and nothing else. Its four limits are the best of 320 combinations on nine of the
# Korean masks, so that the model is compared with a threshold as good as a threshold gets.
YELLOW = ((15, 40, 150), (28, 255, 255))
MARK_SHARE = 0.002  # of the picture: less yellow than this is no paving to a pipeline


@dataclass(frozen=True, slots=True)
class Answer:
    """What a system says of one picture. `scored`: all of score `LEAST` or more, None if not asked for.

    `paving` None: it has no idea of paving; `took_ms` of the system alone.
    """

    reported: tuple[Detection, ...]
    took_ms: float
    scored: tuple[Detection, ...] | None = None
    paving: Mask | None = field(default=None, repr=False, compare=False)


class System(Protocol):
    """One column of the table."""

    name: str
    names: frozenset[ObjectClass]  # the things that it can name; empty: it finds no things
    finds_paving: bool  # whether its own idea of paving is measured

    def look(self, image: Image, scored: bool) -> Answer:
        """The answer for a BGR picture; `scored`: with everything of low score too."""


class Ours:
    """The detector that ships."""

    def __init__(self, detector: NetworkDetector, path: Path) -> None:
        self.name = detector.spec.id
        self.names = frozenset(detector.spec.classes) - SURFACES
        self.finds_paving = True
        self.detector = detector
        self.path = path

    def look(self, image: Image, scored: bool) -> Answer:
        """As on the walk; with `scored`, once more without thresholds."""
        start = time.perf_counter()
        found = self.detector.detect(Frame(0, 0.0, image))
        took_ms = (time.perf_counter() - start) * 1e3
        every = self.detector.detect(Frame(0, 0.0, image), least=LEAST).objects if scored else None
        return Answer(found.objects, took_ms, every, found.paving)


class Yellow:
    """Only colour: paving, no things."""

    name = "hsv"
    names: frozenset[ObjectClass] = frozenset()
    finds_paving = True

    def look(self, image: Image, scored: bool) -> Answer:
        """The yellow pixels."""
        start = time.perf_counter()
        paving = hsv_yellow(image)
        return Answer((), (time.perf_counter() - start) * 1e3, () if scored else None, paving)


class Naive:
    """A COCO network, and colour to tell what stands on paving: what one puts together in a day."""

    finds_paving = False

    def __init__(self, network: CocoNetwork) -> None:
        self.name = network.name
        self.names = network.names
        self._network = network

    def look(self, image: Image, scored: bool) -> Answer:
        """Every COCO thing at the network's usual threshold, and the yellow pixels."""
        start = time.perf_counter()
        found = self._network.find(image)
        took_ms = (time.perf_counter() - start) * 1e3
        named = tuple(d for d in found.named if d.score >= LEAST) if scored else None
        return Answer(found.reported, took_ms, named, hsv_yellow(image))

    def detect(self, frame: Frame) -> Detections:
        """A `vision.ports.Detector`, for the pipeline."""
        answer = self.look(frame.image, scored=False)
        height, width = frame.image.shape[:2]
        paving = answer.paving if answer.paving is not None else np.zeros((height, width), np.bool_)
        sure = 1.0 if float(paving.mean()) >= MARK_SHARE else 0.0
        return Detections(frame.index, frame.t_s, (width, height), answer.reported, paving, sure)


def hsv_yellow(image: Image) -> Mask:
    """The pixels that are yellow enough."""
    hsv = cv2.cvtColor(image, cv2.COLOR_BGR2HSV)
    return np.asarray(cv2.inRange(hsv, np.array(YELLOW[0]), np.array(YELLOW[1])) > 0, np.bool_)


def open_ours(model: str | None) -> Ours:
    """The detector that `model` names: an id of the manifest, a file, a folder with a manifest; None: ours.

    One thread. Raises `ModelError`, also where classes or layout differ from the manifest.
    """
    if model is None or (not is_path(model) and not Path(model).is_dir()):
        return _of_folder(model, models_folder())
    path = Path(model)
    if path.is_dir():
        return _of_folder(None, path)
    if path.parent.resolve() != models_folder().resolve() and (path.parent / MANIFEST).is_file():
        entry = next((spec for spec in load_manifest(path.parent) if spec.file == path.name), None)
        if entry:
            return _of_folder(entry.id, path.parent)
    return Ours(open_detector(path, threads=1), path)


def _of_folder(model_id: str | None, folder: Path) -> Ours:
    detector = open_detector(model_id, folder, threads=1)
    return Ours(detector, folder / detector.spec.file)


@dataclass(frozen=True, slots=True)
class Baselines:
    """The naive systems, and why one is missing."""

    systems: tuple[System, ...]
    missing: dict[str, str]


BASELINES = ("hsv", "yolox_nano", "yolov8n_int8")


def open_baselines(weights: Path) -> Baselines:
    """Those whose weights are in the folder; raises `ModelError` for a damaged file."""
    systems: list[System] = [Yellow()]
    missing: dict[str, str] = {}
    for name, opener in (("yolox_nano", yolox), ("yolov8n_int8", yolov8)):
        path = weights / f"{name}.onnx"
        if path.is_file():
            systems.append(Naive(opener(name, path)))
        else:
            missing[name] = f"{path}: no such file"
    return Baselines(tuple(systems), missing)


def detectors(systems: Sequence[System]) -> dict[str, Detector]:
    """Those that can drive the pipeline, by name."""
    found: dict[str, Detector] = {}
    for system in systems:
        if isinstance(system, Ours):
            found[system.name] = system.detector
        elif isinstance(system, Naive):
            found[system.name] = system
    return found
