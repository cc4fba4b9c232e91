"""`shirube vision run`: a source through the device's own path, drawn, told, counted and compared."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import perf_counter

import cv2
import numpy as np

from device.encounters.channel import Channel
from device.footage.compare import Difference, difference
from device.footage.history import History
from device.footage.outputs import Outputs
from device.footage.telling import Mouth, Said, Teller
from vision.annotate import Caption, annotate, framed
from vision.attitude import AttitudeSource
from vision.camera import Camera
from vision.encounters.figures import read_figures
from vision.errors import VideoError
from vision.events import Plain, line, scene_event
from vision.pictures import SUFFIXES
from vision.pipeline import Seen, Settings
from vision.ports import Detector
from vision.run import Moment, Span, moments
from vision.sources import Source, open_source
from vision.types import Image

FORMAT = 1  # of the events
WIDEST = 1920  # of a picture with two models side by side
_URGENT = frozenset({"hazard", "stop"})


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for. `latency_s`: of the model as told (None: as measured for the simulator)."""

    source: Path
    out: Path | None = None
    events: Path | None = None
    span: Span = field(default_factory=Span)
    every: int | None = None  # each so many-th frame, in place of the span's rate
    camera: Camera | None = None
    imu: AttitudeSource | None = None
    settings: Settings | None = None
    latency_s: float | None = None
    folder_fps: float = 10.0
    jobs: int = 1


@dataclass(frozen=True, slots=True)
class Model:
    """A detector, and what it is called in events, headings and tables."""

    name: str
    detector: Detector
    about: Plain = field(default_factory=dict)  # id, sha256, runtime: for the events


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a run. `x_real_time`: seconds of the source in one second."""

    source: Source
    histories: tuple[History, ...]
    seconds: float  # of the source that were looked at, without the warm-up
    took_s: float
    until_s: float  # of the last frame
    to_the_end: bool = True  # it was asked for: a last frame short of it means that the file breaks off
    difference: Difference | None = None

    @property
    def x_real_time(self) -> float:
        """How much faster than the source runs."""
        return self.seconds / self.took_s if self.took_s else 0.0


Progress = Callable[[int, int], None]


@dataclass(slots=True)
class _Told:
    """A model's teller and memory."""

    model: Model
    teller: Teller
    history: History

    def look(self, moment: Moment, seen: Seen) -> Said | None:
        """Take in a frame; what is heard at its time was said of earlier ones."""
        self.teller.until(moment.frame.t_s)
        self.teller.hear(seen.scene)
        if moment.wanted:
            self.history.add(seen)
        return self.teller.sounding(moment.frame.t_s)


def run(
    options: Options, models: Sequence[Model], progress: Progress | None = None, mouth: Mouth | None = None
) -> Result:
    """Look at the source with every model; write what was asked for.

    `progress(done, expected)`; `mouth`: the voice of the first model (None: as long as a voice takes).
    Raises `VisionError` and its children. Files appear when they are whole: earlier ones stay till then.
    """
    _keep_apart(options)
    source = open_source(options.source, options.folder_fps)
    span = _span(options, source)
    told = _tellers(options, models, span, mouth)
    rate = min(span.rate_hz, source.fps)
    began, done, last = perf_counter(), 0, span.start_s
    looks = moments(
        source,
        [each.detector for each in models],
        span,
        options.camera,
        options.settings,
        options.jobs,
        options.imu,
    )
    with (
        Outputs(options.out, options.events, rate) as outputs,
        closing(looks),
    ):
        outputs.event(lambda: line(_head(options, source, span, models)))
        for moment in looks:
            _one(moment, told, outputs)
            done, last = done + 1, moment.frame.t_s
            if progress:
                progress(done, max(span.expected(source), done))
        seconds = told[0].history.counts.frames / rate
        for each in told:
            _end(each, last + 1 / rate, span.start_s, outputs)
    histories = tuple(each.history for each in told)
    differs = difference(*histories) if len(histories) == 2 else None
    to_the_end = span.end_s is None or span.end_s >= source.seconds
    return Result(source, histories, seconds, perf_counter() - began, last, to_the_end, differs)


def _keep_apart(options: Options) -> None:
    """Nothing is written over what is looked at, nor events over pictures; raises `VideoError`."""
    targets = [each for each in (options.out, options.events) if each is not None]
    for target in targets:
        # In a folder of pictures any new one would be taken for the camera's at the next run.
        places = [target, target.parent] if target.suffix.lower() in SUFFIXES else [target]
        if any(place.exists() and place.samefile(options.source) for place in places):
            what = "見る映像の上には書きません / would be written over what is looked at: give another name"
            raise VideoError(f"{target}: {what}")
    if len({target.resolve() for target in targets}) < len(targets):
        raise VideoError(
            f"{options.out}: --out と --events が同じです / --out and --events are the same file"
        )


def _span(options: Options, source: Source) -> Span:
    span = options.span
    rate = span.rate_hz if options.every is None else source.fps / options.every
    return Span(span.start_s, span.end_s, min(rate, source.fps), span.warm_up_s)


def _tellers(options: Options, models: Sequence[Model], span: Span, mouth: Mouth | None) -> list[_Told]:
    figures = read_figures()
    latency = figures.time.model_s if options.latency_s is None else options.latency_s
    told = []
    for number, model in enumerate(models):
        voice = Channel(figures.speech, figures.time.beyond_model_s)
        teller = Teller(mouth if mouth is not None and number == 0 else voice, latency)
        told.append(_Told(model, teller, History(model.name)))
    return told


def _one(moment: Moment, told: Sequence[_Told], outputs: Outputs) -> None:
    heard = [each.look(moment, seen) for each, seen in zip(told, moment.seen, strict=True)]
    if not moment.wanted:
        return
    for each, seen in zip(told, moment.seen, strict=True):
        outputs.event(lambda each=each, seen=seen: line(scene_event(seen, each.model.name)))  # type: ignore[misc]
    names = [f"{mark}  {each.model.name}" for mark, each in zip("AB", told, strict=False)]
    captions = [_caption(said) for said in heard]
    outputs.picture(lambda: _picture(moment, names, captions))


def _end(told: _Told, end_s: float, start_s: float, outputs: Outputs) -> None:
    """What was said, once it is known what became of it; of the warm-up only what still sounded after it."""
    told.teller.until(end_s)
    for said in told.teller.said:
        over = said.ended_s if said.ended_s is not None else said.created_s
        if over >= start_s:
            told.history.said.append(said)
    told.history.said.sort(key=lambda said: said.created_s)
    for said in told.history.said:
        plain = {**asdict(said), "outcome": said.outcome or "speaking"}
        outputs.event(lambda plain=plain: line({"event": "said", "model": told.model.name, **plain}))  # type: ignore[misc]


def _head(options: Options, source: Source, span: Span, models: Sequence[Model]) -> Plain:
    return {
        "event": "run",
        "format": FORMAT,
        "source": str(options.source),
        "fps": source.fps,
        "seconds": source.seconds,
        "size": source.size,
        "span": asdict(span),
        "camera": None if options.camera is None else asdict(options.camera),
        "models": [{"name": model.name, **model.about} for model in models],
    }


# --- pictures


def _caption(said: Said | None) -> Caption | None:
    return None if said is None else Caption(said.text_ja, said.text_en, said.urgency in _URGENT)


def _picture(moment: Moment, names: Sequence[str], captions: Sequence[Caption | None]) -> Image:
    panels = []
    for seen, name, caption in zip(moment.seen, names, captions, strict=True):
        drawn = annotate(moment.frame.image, seen, state_line(seen))
        panels.append(framed(drawn, name if len(names) > 1 else "", caption))
    return panels[0] if len(panels) == 1 else _side_by_side(panels)


def state_line(seen: Seen) -> str:
    """Time, how the camera is held, where the paving runs."""
    scene, camera = seen.scene, seen.camera
    parts = [f"{scene.t_s:.1f} s", f"俯角 pitch {camera.pitch_deg:.0f}±{camera.pitch_sigma_deg:.0f}°"]
    paving = scene.paving
    if paving.bearing_deg is not None and paving.offset_m is not None:
        parts.append(f"線 line {paving.bearing_deg:+.0f}° {paving.offset_m:+.1f} m")
    ahead = (
        ("点 dots", paving.dots),
        ("分岐 branch", paving.branch),
        ("終わり end", paving.end),
        ("曲がり bend", paving.bend),
    )
    parts += [f"{name} {place.distance_m:.1f}±{place.sigma_m:.1f} m" for name, place in ahead if place]
    if paving.drift is not None:
        parts.append(f"外れ drift {paving.drift.offset_m:+.1f} m")
    return "  ".join(parts)


def _side_by_side(panels: Sequence[Image]) -> Image:
    gap = np.full((panels[0].shape[0], 4, 3), 255, np.uint8)
    wide = np.hstack([panels[0], gap, panels[1]])
    if wide.shape[1] <= WIDEST:
        return wide
    scale = WIDEST / wide.shape[1]
    small = cv2.resize(wide, (WIDEST, round(wide.shape[0] * scale)), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)
