"""Clips with spans of frames that are clear or blocked, through the same pipeline as on the walk."""

import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from vision.camera import unknown_camera
from vision.evaluation.errors import EvaluationError
from vision.evaluation.figures import Figure, share
from vision.labelling.records import REAL
from vision.pipeline import Pipeline, Seen
from vision.ports import Detector
from vision.run import RATE_HZ
from vision.types import ObjectClass
from vision.video import Clip, frames, open_clip

SPANS = REAL / "clips_spans.toml"
Span = tuple[int, int]  # first and last frame


class _Blocked(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    span: Span
    cls: ObjectClass | None = None


class Spans(BaseModel):
    """What is known of a clip. In `unsure` spans, and where no span is, nothing is counted."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    clear: tuple[Span, ...] = ()
    blocked: tuple[_Blocked, ...] = ()
    unsure: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class ClipResult:
    """What a system told in a clip. `clear`: (minutes, false alarms) a span; `blocked`: told or not, a span.

    `told`: different things told on the paving in the whole clip, rightly or not; `frames` looked at;
    `broke_off`: the line that says where, None for a whole clip.
    """

    clip: str
    clear: tuple[tuple[float, int], ...]
    blocked: tuple[bool, ...]
    told: int
    minutes: float
    frames: int
    broke_off: str | None


def read_spans(path: Path) -> dict[str, Spans]:
    """The clips of a spans file by the stem of their name. Raises `EvaluationError`."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        return {name: _spans(table) for name, table in tables.items()}
    except OSError as error:
        raise EvaluationError(f"{path}: cannot be read ({error.strerror})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise EvaluationError(f"{path}: not TOML: {error}") from None
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        raise EvaluationError(f"{path}: {'.'.join(str(p) for p in fault['loc'])}: {fault['msg']}") from None


def _spans(table: object) -> Spans:
    if isinstance(table, dict):
        blocked = [
            {("cls" if key == "class" else key): value for key, value in entry.items()}
            if isinstance(entry, dict)
            else {"span": entry}
            for entry in table.get("blocked", ())
        ]
        table = table | {"blocked": blocked}
    return Spans.model_validate(table)


def watch(
    path: Path, spans: Spans, detector: Detector, progress: Callable[[int, int], None] | None = None
) -> ClipResult:
    """Run the pipeline over the clip as on a walk, `RATE_HZ` pictures a second, and count by span.

    A span counts so far as the clip goes. Raises `VideoError`, `EvaluationError` where all lie beyond it.
    """
    clip = open_clip(path)
    rate = min(RATE_HZ, clip.fps)
    told: list[tuple[int, frozenset[int]]] = []
    for index, seen in _seen(clip, rate, detector):
        told.append((index, frozenset(h.track_id for h in seen.scene.hazards if h.on_paving)))
        if progress:
            progress(len(told), max(round(clip.seconds * rate), len(told)))
    last = told[-1][0] + round(clip.fps / rate) - 1
    clear = [_counted(told, span, last, clip.fps) for span in spans.clear if span[0] <= last]
    blocked = [bool(_ids(told, entry.span)) for entry in spans.blocked if entry.span[0] <= last]
    if (spans.clear or spans.blocked) and not (clear or blocked):
        raise EvaluationError(f"{path}: no span of its labels lies within its {last + 1} frames")
    minutes = (last + 1) / clip.fps / 60
    every = len(_ids(told, (0, last)))
    return ClipResult(
        path.name, tuple(clear), tuple(blocked), every, minutes, len(told), _broke_off(clip, last)
    )


def _seen(clip: Clip, rate_hz: float, detector: Detector) -> Iterator[tuple[int, Seen]]:
    pipeline = Pipeline(detector, unknown_camera(*clip.size))
    for frame in frames(clip, rate_hz=rate_hz):
        yield frame.index, pipeline.see(frame)


def _ids(told: Sequence[tuple[int, frozenset[int]]], span: Span) -> frozenset[int]:
    return frozenset().union(*(ids for index, ids in told if span[0] <= index <= span[1]))


def _counted(
    told: Sequence[tuple[int, frozenset[int]]], span: Span, last: int, fps: float
) -> tuple[float, int]:
    minutes = (min(span[1], last) - span[0] + 1) / fps / 60
    return minutes, len(_ids(told, span))


def _broke_off(clip: Clip, last: int) -> str | None:
    """A header promises frames; two looks fewer is a clip that was cut."""
    if clip.frames and last + 1 + 2 * clip.fps / RATE_HZ < clip.frames:
        return f"{clip.path}: broke off at frame {last + 1} of {clip.frames}: evaluated up to there"
    return None


def alarms(results: Sequence[ClipResult]) -> tuple[Figure, float | None]:
    """(false alarms a minute, minutes that are clear)."""
    rows = [(f"{r.clip}-{k}", *span) for r in results for k, span in enumerate(r.clear)]
    minutes = sum(row[1] for row in rows)
    rate = share([row[2] for row in rows], [row[1] for row in rows], [row[0] for row in rows])
    return rate, minutes or None


def told_share(results: Sequence[ClipResult]) -> tuple[Figure, int | None]:
    """(share of blocked spans in which something is told on the paving, how many spans)."""
    rows = [(f"{r.clip}-{k}", told) for r in results for k, told in enumerate(r.blocked)]
    return share([float(t) for _, t in rows], [1.0] * len(rows), [name for name, _ in rows]), len(
        rows
    ) or None
