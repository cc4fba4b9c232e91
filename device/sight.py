"""The device's own look at a frame: a model opened beside everything else, and a pipeline around it."""

import logging
import threading
from collections.abc import Callable
from typing import Final

from device.cameras.geometry import geometry, lens_of
from device.collect_privacy import SURE_ENOUGH, Box, regions
from device.config import CameraConfig
from device.ports import Clock
from vision.attitude import Attitude
from vision.decode import Floats
from vision.errors import ModelError, VisionError
from vision.network_detector import NetworkDetector, Outputs
from vision.pipeline import Pipeline
from vision.types import Frame, Scene

_log = logging.getLogger(__name__)

RETRY_S: Final = 10.0  # a model that cannot be opened: an update may be writing it just now
# Called with each frame that was looked at, and what must not be recognised in it, in pixels.
Keep = Callable[[Frame, tuple[Box, ...]], None]


class ModelSight:
    """A `device.looking.Sight`. `open_model` is called in a thread of its own, again while it fails.

    `keep`: for whoever records pictures; None: nobody does.
    """

    def __init__(
        self,
        config: CameraConfig,
        open_model: Callable[[], NetworkDetector],
        clock: Clock,
        keep: Keep | None = None,
        retry_s: float = RETRY_S,
    ) -> None:
        self._config, self._open_model, self._clock, self._keep = config, open_model, clock, keep
        self._retry_s = retry_s
        self._changed = threading.Condition()
        self._detector: Remembering | None = None
        self._pipeline: Pipeline | None = None
        self._size: tuple[int, int] | None = None
        self._closed = False
        self.fault = ""  # why there is no model; empty while there is one, or it is being opened
        self.loading_since_s: float | None = clock.now_s()  # None: it is open, or could not be opened
        # A daemon: reading a model from a dying card must not keep the process from ending.
        threading.Thread(target=self._load, name="model", daemon=True).start()

    def see(self, frame: Frame, attitude: Attitude | None, own_speed_mps: float | None) -> Scene:
        """As `Sight.see`; waits while the model is being opened."""
        detector = self._ready()
        pipeline = self._fitting(detector, frame)
        seen = pipeline.see(frame, own_speed_mps, attitude=attitude)
        if self._keep is not None and seen.detections is not None:
            self._keep(frame, detector.hidden(frame))
        return seen.scene

    def close(self) -> None:
        """Give up waiting; safe to call twice."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _ready(self) -> "Remembering":
        with self._changed:
            self._changed.wait_for(lambda: self._detector or self.fault or self._closed)
            if self._detector is None:
                raise ModelError(self.fault or "closed")
            return self._detector

    def _fitting(self, detector: "Remembering", frame: Frame) -> Pipeline:
        """The pipeline for pictures of this size: what was learned of others is of another camera."""
        height, width = frame.image.shape[:2]
        if self._pipeline is None or self._size != (width, height):
            camera = geometry(self._config, lens_of(self._config), width, height)
            self._pipeline, self._size = Pipeline(detector, camera), (width, height)
        return self._pipeline

    def _load(self) -> None:
        while not self._closed:
            try:
                detector = Remembering(self._open_model())
            except (VisionError, OSError, ImportError) as error:
                self._set(None, str(error) or type(error).__name__)
            except Exception as error:  # noqa: BLE001 - a runtime's own error; unheard, it would look like waiting
                _log.exception("the model cannot be opened")
                self._set(None, f"{type(error).__name__}: {error}")
            else:
                self._set(detector, "")
                return
            with self._changed:
                self._changed.wait_for(lambda: self._closed, self._retry_s)

    def _set(self, detector: "Remembering | None", fault: str) -> None:
        with self._changed:
            if fault and fault != self.fault:
                _log.warning("no model: %s", fault)
            self._detector, self.fault, self.loading_since_s = (
                detector,
                fault.splitlines()[0] if fault else "",
                None,
            )
            self._changed.notify_all()


class Remembering(NetworkDetector):
    """`inner`, with its last answer kept, so that what else it shows is told without a second look."""

    def __init__(self, inner: NetworkDetector) -> None:
        super().__init__(inner.model)
        self._inner = inner
        self._last: Outputs | None = None

    def infer(self, blob: Floats) -> Outputs:
        """As `inner` does."""
        self._last = self._inner.infer(blob)
        return self._last

    def hidden(self, frame: Frame) -> tuple[Box, ...]:
        """Heads and number plates in the frame that was just looked at, doubtful ones too."""
        if self._last is None:
            return ()
        height, width = frame.image.shape[:2]
        return regions(self.decode(self._last, self.fit(width, height), SURE_ENOUGH).objects)
