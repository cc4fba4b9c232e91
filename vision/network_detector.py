"""A detector around any runtime: what happens before and after the network is the same for all."""

from abc import ABC, abstractmethod
from dataclasses import replace

import numpy as np

from vision.decode import Decoded, Floats, Letterbox, check_frame, letterbox, sureness, to_input
from vision.errors import ModelError
from vision.layouts import layout_of
from vision.model_files import ModelFile
from vision.model_spec import ModelSpec
from vision.types import Detection, Detections, Frame

Outputs = tuple[Floats, ...]


class NetworkDetector(ABC):
    """A `vision.ports.Detector`: one network, checked against its entry when it is opened."""

    def __init__(self, model: ModelFile) -> None:
        self._model = model
        self._layout = layout_of(model.spec)

    @property
    def spec(self) -> ModelSpec:
        """What the manifest says of the network in use."""
        return self._model.spec

    @property
    def model(self) -> ModelFile:
        """The network's file, and what is known of it."""
        return self._model

    @property
    def notice(self) -> str | None:
        """One line for whoever chose this network, where there is something to know."""
        return self._model.notice

    @abstractmethod
    def infer(self, blob: Floats) -> Outputs:
        """The network alone: [1, 3, H, W] in, its layout's outputs without the leading 1 out."""

    def fit(self, width: int, height: int) -> Letterbox:
        """How a frame of this size lies in the network's input."""
        return letterbox((width, height), (self.spec.input.width, self.spec.input.height))

    def decode(self, outputs: Outputs, fit: Letterbox, least: float | None = None) -> Decoded:
        """Raw outputs as things and surfaces; raises `ModelError` if they are no numbers."""
        if not all(np.isfinite(output).all() for output in outputs):
            # Compared with a threshold, "not a number" is "nothing there": that must not pass as sight.
            raise ModelError(f"{self.spec.id}: the network's answer is not numbers")
        return self._layout.decode(outputs, self.spec, fit, least)

    def detect(self, frame: Frame, least: float | None = None) -> Detections:
        """Find paving and things; raises `FrameError`, or `ModelError` if the answer is no numbers.

        Scores are on the common scale of `vision.decode.sureness`. `least`: every box of at least this raw
        score, whatever the thresholds, with raw scores and none apart as faint, for figures.
        """
        check_frame(frame.image)
        fit = self.fit(frame.image.shape[1], frame.image.shape[0])
        return self.answer(frame, self.infer(to_input(frame.image, fit, self.spec)), fit, least)

    def answer(
        self, frame: Frame, outputs: Outputs, fit: Letterbox, least: float | None = None
    ) -> Detections:
        """What the network's `outputs` tell of `frame`, as `detect` gives it."""
        found = self.decode(outputs, fit, least)
        return Detections(
            frame.index,
            frame.t_s,
            (frame.image.shape[1], frame.image.shape[0]),
            found.objects if least is not None else self._on_one_scale(found.objects),
            found.paving,
            found.paving_score,
            found.warning,
            self._on_one_scale(found.faint),
        )

    def _on_one_scale(self, things: tuple[Detection, ...]) -> tuple[Detection, ...]:
        limits = self.spec.thresholds
        scaled = (replace(thing, score=sureness(thing.score, limits[thing.cls])) for thing in things)
        return tuple(sorted(scaled, key=lambda thing: -thing.score))

    def _warm_up(self) -> None:
        """The first run allocates; a wearer's first frame should not wait for that."""
        self.infer(np.zeros((1, 3, self.spec.input.height, self.spec.input.width), np.float32))
