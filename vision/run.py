"""`shirube vision run`: a clip through the same pipeline as on the device, to look at and to count."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from math import ceil
from pathlib import Path
from typing import IO

from vision.annotate import annotate
from vision.camera import Camera, unknown_camera
from vision.errors import VideoError
from vision.pipeline import Pipeline, Seen, Settings
from vision.ports import Detector
from vision.types import Frame, Scene
from vision.video import Clip, VideoWriter, frames, open_clip

RATE_HZ = 10.0  # what the device reaches on a small computer


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a run over a clip found."""

    frames: int
    faults: int
    frames_with_paving: int
    frames_with_hazard: int
    hazards: int  # different things
    on_paving: int  # of them, at some time on the paving
    seconds: float  # of the clip that were looked at


def run_video(
    source: Path,
    detector: Detector,
    *,
    out: Path | None = None,
    events: Path | None = None,
    camera: Camera | None = None,
    settings: Settings | None = None,
    start_s: float = 0.0,
    end_s: float | None = None,
    rate_hz: float = RATE_HZ,
    progress: Callable[[int, int], None] | None = None,
    on_seen: Callable[[Frame, Seen], None] | None = None,
) -> RunSummary:
    """See `source` frame by frame; write the annotated clip and one JSON line a frame where asked.

    `camera`: lens and pose (its size is taken from the clip); `progress(done, expected)`. Raises
    `VideoError`, `FrameError`, `ModelError`. Outputs appear when they are whole: earlier ones stay till then.
    """
    clip = open_clip(source)
    lens = (camera or unknown_camera(*clip.size)).resized(*clip.size)
    pipeline = Pipeline(detector, lens, settings)
    rate = min(rate_hz, clip.fps)
    expected = _expected(clip, start_s, end_s, rate)
    tally = _Tally()
    with _Outputs(out, events, clip.size, rate) as outputs:
        for frame in frames(clip, start_s, end_s, rate):
            seen = pipeline.see(frame)
            tally.add(seen.scene)
            outputs.add(frame, seen)
            if on_seen:
                on_seen(frame, seen)
            if progress:
                progress(tally.frames, max(expected, tally.frames))
    return tally.summary(rate)


def _expected(clip: Clip, start_s: float, end_s: float | None, rate: float) -> int:
    until = clip.seconds if end_s is None else min(end_s, clip.seconds)
    return max(ceil((until - start_s) * rate), 0)


def scene_line(scene: Scene) -> str:
    """One scene as one line of JSON, numbers rounded to what they are worth (millimetres, milliseconds)."""
    return json.dumps(_rounded(asdict(scene)), ensure_ascii=False, separators=(",", ":"))


def _rounded(value: object) -> object:
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    return value


class _Tally:
    """Counts over the scenes of a run."""

    def __init__(self) -> None:
        self.frames = self._faults = self._paving = self._with_hazard = 0
        self._things: set[int] = set()
        self._on_paving: set[int] = set()

    def add(self, scene: Scene) -> None:
        self.frames += 1
        self._faults += scene.fault is not None
        self._paving += scene.paving.seen
        self._with_hazard += bool(scene.hazards)
        self._things |= {hazard.track_id for hazard in scene.hazards}
        self._on_paving |= {hazard.track_id for hazard in scene.hazards if hazard.on_paving}

    def summary(self, rate_hz: float) -> RunSummary:
        return RunSummary(
            self.frames,
            self._faults,
            self._paving,
            self._with_hazard,
            len(self._things),
            len(self._on_paving),
            self.frames / rate_hz,
        )


class _Outputs:
    """The annotated clip and the events file, either or none."""

    def __init__(self, out: Path | None, events: Path | None, size: tuple[int, int], fps: float) -> None:
        self._events = events
        self._part = events.with_name(events.name + ".part") if events else None
        self._lines = self._open()
        try:
            self._video = VideoWriter(out, size, fps) if out else None
        except VideoError:
            self._drop_lines()
            raise

    def _open(self) -> IO[str] | None:
        if self._part is None:
            return None
        try:
            self._part.parent.mkdir(parents=True, exist_ok=True)
            return self._part.open("w", encoding="utf-8")
        except OSError as error:
            raise VideoError(f"{self._events}: cannot be written ({error.strerror})") from None

    def add(self, frame: Frame, seen: Seen) -> None:
        if self._lines:
            try:
                self._lines.write(scene_line(seen.scene) + "\n")
            except OSError as error:
                raise VideoError(f"{self._events}: cannot be written ({error.strerror})") from None
        if self._video:
            self._video.write(annotate(frame.image, seen, state=f"{frame.t_s:6.1f} s"))

    def __enter__(self) -> "_Outputs":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        if kind is not None:
            if self._video:
                self._video.discard()
            self._drop_lines()
            return
        if self._video:
            self._video.close()
        if self._lines and self._part and self._events:
            self._lines.close()
            self._part.replace(self._events)

    def _drop_lines(self) -> None:
        if self._lines and self._part:
            self._lines.close()
            self._part.unlink(missing_ok=True)
