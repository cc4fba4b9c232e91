"""`shirube vision run`, from what was asked to what is printed."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from device.footage.compare import disagreements, table
from device.footage.history import History
from device.footage.progress import Progress
from device.footage.run import Model, Options, Result, run
from vision.calibration.files import read_lens
from vision.camera import Camera, unknown_camera
from vision.errors import ModelError, VideoError
from vision.network_detector import NetworkDetector
from vision.onnx_detector import Runtime, open_detector
from vision.video import Clip, not_written

BROKEN_OFF_S = 0.5  # the last frame may lie this long before the end that the header tells

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Choice:
    """A model as it was asked for; None: the default."""

    model: str | None = None
    runtime: Runtime | None = None


def open_camera(path: Path) -> Camera:
    """The lens of a camera.toml on a head that nobody has measured; raises `CalibrationError`."""
    lens = read_lens(path)
    return replace(unknown_camera(lens.width, lens.height), lens=lens)


def open_models(choices: list[Choice], threads: int, say: Say) -> list[Model]:
    """The detectors, each under a name of its own; raises `ModelError`."""
    opened = [(each, open_detector(each.model, threads=threads, runtime=each.runtime)) for each in choices]
    for _, detector in opened:
        if detector.notice:
            say(detector.notice)
    ids = [detector.spec.id for _, detector in opened]
    models = [_model(choice, detector, ids) for choice, detector in opened]
    if len(models) == 2 and models[0].about == models[1].about:
        raise ModelError(f"--compare {ids[0]}: 同じモデルです / the same model twice: nothing would differ")
    return models


def _model(choice: Choice, detector: NetworkDetector, ids: list[str]) -> Model:
    spec = detector.spec
    runtime = choice.runtime or _runtime(detector)
    name = spec.id if ids.count(spec.id) == 1 else f"{spec.id} ({runtime})"
    return Model(name, detector, {"id": spec.id, "sha256": spec.sha256, "runtime": runtime})


def _runtime(detector: NetworkDetector) -> str:
    return type(detector).__name__.removesuffix("Detector").lower()


def execute(
    options: Options, models: list[Model], plots: Path | None, *, as_json: bool, say: Say, print_: Say
) -> None:
    """Run, draw the plots, print. `say`: for notices (standard error); `print_`: for the answer."""
    if plots:
        _make(plots)
    progress = Progress(1 / options.span.rate_hz)
    try:
        result = run(options, models, progress)
    finally:
        progress.end()
    for text in notices(result):
        say(text)
    drawn = draw_plots(result, plots) if plots else []
    if as_json:
        print_(json.dumps(as_plain(result, drawn), ensure_ascii=False))
    else:
        for text in told(result, drawn):
            print_(text)


def _make(folder: Path) -> None:
    """Before a long run, not after it; raises `VideoError`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise VideoError(not_written(folder, error)) from None


def draw_plots(result: Result, folder: Path) -> list[Path]:
    """The plots of every model; raises `VisionError` where they cannot be written."""
    from device.footage.plots import draw  # with Matplotlib, which takes half a second to load

    many = len(result.histories) > 1
    return [path for history in result.histories for path in draw(history, folder, many=many)]


def notices(result: Result) -> list[str]:
    """What whoever asked has to know of the source."""
    source = result.source
    if isinstance(source, Clip) and 0 < result.until_s < source.seconds - BROKEN_OFF_S and result.to_the_end:
        text = f"{result.until_s:.1f} 秒で途切れています / breaks off there, of {source.seconds:.1f} s"
        return [f"{source.path}: {text}"]
    return []


def as_plain(result: Result, plots: list[Path]) -> dict[str, object]:
    """For `--json`."""
    return {
        "source": str(result.source.path),
        "seconds": round(result.seconds, 3),
        "took_s": round(result.took_s, 3),
        "x_real_time": round(result.x_real_time, 2),
        "frames_per_s": round(result.histories[0].counts.frames / max(result.took_s, 1e-9), 2),
        "models": {history.model: _counts(history) for history in result.histories},
        "difference": None if result.difference is None else result.difference.as_plain(),
        "plots": [str(path) for path in plots],
    }


def _counts(history: History) -> dict[str, object]:
    said = [
        {"t_s": round(each.started_s or 0.0, 2), "kind": each.kind, "ja": each.text_ja, "en": each.text_en}
        for each in history.spoken
    ]
    return {**asdict(history.counts), "announcements": said}


_ROWS = {
    "frames": "コマ / frames",
    "faults": "カメラの異常 / with a camera fault",
    "frames_with_paving": "点字ブロックが見えた / with paving",
    "frames_with_hazard": "障害がある / with a hazard",
    "detections": "検出 / detections",
    "hazards": "障害になった物 / things in the way",
    "on_paving": "うち点字ブロックの上 / of them on the paving",
}


def told(result: Result, plots: list[Path]) -> list[str]:
    """Lines for people."""
    lines: list[str] = []
    for history in result.histories:
        if len(result.histories) > 1:
            lines.append(f"[{history.model}]")
        lines += [f"{value:7d}  {_ROWS[name]}" for name, value in asdict(history.counts).items()]
        lines += [f"{each.started_s:6.1f} s  {each.text_ja} / {each.text_en}" for each in history.spoken]
    if result.difference is not None:
        first, second = result.histories
        lines += ["", *table(result.difference, first.model, second.model)]
        alone = disagreements(first, second)
        lines += ["一方だけの案内 / said by one only:", *alone] if alone else []
    lines += [f"図 / plot: {path}" for path in plots]
    speed = f"実時間の {result.x_real_time:.1f} 倍 / {result.x_real_time:.1f} x real time"
    return [*lines, f"{result.seconds:.1f} s / {result.took_s:.1f} s: {speed}"]
