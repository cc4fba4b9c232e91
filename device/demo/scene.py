"""The demonstration's eyes: which pictures, which model, which camera geometry."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from device.demo.walker import SAMPLES_PER_S, Walk
from device.demo.world import AheadCamera, NoCamera, video_frames, walk_frames
from device.errors import CameraError
from device.paced import PacedCamera
from device.ports import CameraSource, Clock
from vision.attitude import Attitude
from vision.camera import Camera, unknown_camera
from vision.onnx_detector import open_detector
from vision.pipeline import Pipeline, Seen
from vision.scenes.key import visible_sha256
from vision.types import Frame, Scene
from vision.video import open_clip
from wire.route import Route

CLIP_FOLDER = Path(__file__).parent / "clip"
# The renderer tells the mean pitch; the head nods about it by a degree or two.
RENDERED_PITCH_SIGMA_DEG = 2.0
USER_FPS = 8.0  # what a Raspberry Pi keeps up with; the newest frame wins


class Eyes:
    """A camera with the pipeline that looks at its frames; remembers the last look for the film."""

    def __init__(self, camera: CameraSource, pipeline: Pipeline | None, fps: float) -> None:
        self.camera = camera
        self.fps = fps
        self.frames = 0
        self.shown: tuple[Frame, Seen] | None = None  # in one: it may be set by another thread
        self._pipeline = pipeline

    def see(self, frame: Frame, attitude: Attitude | None, own_speed_mps: float | None) -> Scene:
        """What the frame tells."""
        if self._pipeline is None:
            raise CameraError("there is no camera in this walk")
        seen = self._pipeline.see(frame, own_speed_mps, attitude=attitude)
        self.shown = (frame, seen)
        self.frames += 1
        return seen.scene

    def close(self) -> None:
        """End the camera; safe to call twice."""
        self.camera.close()


def open_eyes(
    camera: bool,
    video: Path | None,
    route: Route,
    walk: Walk,
    clock: Clock,
    wake: Callable[[], object] | None = None,
) -> Eyes:
    """The user's clip, or the rendered one of this route. Clear errors for each that cannot be used.

    `wake`: what a frame shall wake in real time; None: time is virtual, and frames are inferred ahead of it.
    """
    if not camera:
        return Eyes(NoCamera(), None, SAMPLES_PER_S)
    if video is not None:
        geometry = unknown_camera(*open_clip(video).size)
        return _eyes(video_frames(video, 0.0, USER_FPS), geometry, clock, USER_FPS, wake)
    sidecar = _sidecar(route, walk)
    geometry = Camera(
        int(sidecar["width"]),
        int(sidecar["height"]),
        hfov_deg=float(sidecar["hfov_deg"]),
        lens_height_m=float(sidecar["camera_height_m"]),
        pitch_deg=float(sidecar["pitch_deg"]),
        pitch_sigma_deg=RENDERED_PITCH_SIGMA_DEG,
    )
    return _eyes(walk_frames(walk, CLIP_FOLDER / "walk.mp4"), geometry, clock, SAMPLES_PER_S, wake)


def _eyes(
    frames: Iterator[Frame], geometry: Camera, clock: Clock, fps: float, wake: Callable[[], object] | None
) -> Eyes:
    if wake is not None:
        detector = open_detector()
        return Eyes(PacedCamera(frames, clock, wake), Pipeline(detector, geometry), fps)
    camera = AheadCamera(frames, open_detector(), clock)
    return Eyes(camera, Pipeline(camera, geometry), fps)


def _sidecar(route: Route, walk: Walk) -> dict[str, Any]:
    path = CLIP_FOLDER / "walk.json"
    try:
        sidecar: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise CameraError(
            f"{path}: the demonstration's clip cannot be used ({error}); install shirube again"
        ) from None
    if sidecar["visible_sha256"] != visible_sha256(route) or sidecar["frames"] != len(walk.samples):
        raise CameraError(
            "映像と経路が合いません / the rendered clip shows another route than the one planned: "
            "make it anew with `python -m vision.scenes.walk` (see docs/demo-clip.md)"
        )
    return sidecar
