"""What a run writes of each frame: plain values, rounded to what they are worth."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from vision.hazards import Judged
from vision.pipeline import Seen
from vision.types import Scene

Plain = dict[str, object]


def line(event: Mapping[str, object]) -> str:
    """One line of JSON, numbers to millimetres and milliseconds."""
    return json.dumps(_rounded(event), ensure_ascii=False, separators=(",", ":"))


def _rounded(value: object) -> object:
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, Mapping):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    return value


def scene_event(seen: Seen, model: str) -> Plain:
    """The scene as the device gets it, and beside it what it was made of."""
    return {
        "event": "scene",
        "model": model,
        **asdict(seen.scene),
        "detections": None if seen.detections is None else len(seen.detections.objects),
        "pitch_deg": seen.camera.pitch_deg,
        "pitch_sigma_deg": seen.camera.pitch_sigma_deg,
        "roll_deg": seen.camera.roll_deg,
        "tracks": [_track(judged) for judged in seen.judged],
    }


def _track(judged: Judged) -> Plain:
    track = judged.track
    return {
        "id": track.id,
        "cls": track.cls,
        "score": track.score,
        "box": track.box,
        "distance_m": track.distance_m,
        "distance_sigma_m": track.sigma_m,
        "measured_m": None if track.misses else track.latest.distance.distance_m,
        "closing_mps": -track.closing.rate_mps,
        "hits": track.hits,
        "misses": track.misses,
        "confirmed": judged.confirmed,
        "offsets_m": judged.span_m,
        "hazard": judged.hazard is not None,
    }


@dataclass(frozen=True, slots=True)
class Counts:
    """What a run found."""

    frames: int = 0
    faults: int = 0
    frames_with_paving: int = 0
    frames_with_hazard: int = 0
    detections: int = 0
    hazards: int = 0  # different things
    on_paving: int = 0  # of them, at some time on the paving


class Tally:
    """Counts over the scenes of a run."""

    def __init__(self) -> None:
        self._counts = Counts()
        self._things: set[int] = set()
        self._on_paving: set[int] = set()

    def add(self, seen: Seen) -> None:
        """One frame more."""
        scene, old = seen.scene, self._counts
        self._things |= _ids(scene, on_paving=False)
        self._on_paving |= _ids(scene, on_paving=True)
        self._counts = Counts(
            old.frames + 1,
            old.faults + (scene.fault is not None),
            old.frames_with_paving + scene.paving.seen,
            old.frames_with_hazard + bool(scene.hazards),
            old.detections + (0 if seen.detections is None else len(seen.detections.objects)),
            len(self._things),
            len(self._on_paving),
        )

    @property
    def counts(self) -> Counts:
        """Until now."""
        return self._counts


def _ids(scene: Scene, *, on_paving: bool) -> set[int]:
    return {hazard.track_id for hazard in scene.hazards if hazard.on_paving or not on_paving}
