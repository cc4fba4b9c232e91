"""`shirube vision bench`: how long a frame takes, beside peers, and how long until a warning sounds."""

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from statistics import median

import cv2
import numpy as np

from device.footage.latency import measure
from device.footage.latency_figures import Latency, TooFewError
from vision.bench import REST, Peer, Timing, bench
from vision.bench_peers import BARE, PARTS, PREDICT, SAME, Predict, SameFile, bare_session, why_no_predict
from vision.errors import ModelError
from vision.network_detector import NetworkDetector
from vision.onnx_detector import open_detector
from vision.sources import frames_of, open_source
from vision.types import Image

WIDTH, HEIGHT = 640, 480  # of the pictures, as the target says
TARGET_MS, TARGET_SAMPLE_MS = 15.0, 60.0  # p99 of all but the network; p95 to the first sample beyond it
WARNINGS = 30  # fewer leave a p95 to one or two of them

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Options:
    """What to measure. `latency_s`: at least, of the way to the first sample; 0: not that.

    `ultralytics`: a file it loads.
    """

    source: Path
    count: int = 200
    threads: int = 1
    latency_s: float = 20.0
    ultralytics: Path = Path("../shared/data/weights/yolov8n_int8.onnx")


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was measured."""

    options: Options
    model: str
    images: int
    timings: dict[str, Timing]
    parts: dict[str, float]  # p50 in ms of Ultralytics' own parts; empty where it did not run
    latency: Latency | None
    load: tuple[float, float]  # of the machine: before, after


def report(options: Options, detector: NetworkDetector, say: Say) -> Report:
    """Measure; raises `VisionError`."""
    before = os.getloadavg()[0]
    images = _images(options)
    peers, predict = _peers(options, detector, say)
    say(f"{len(images)} 枚を測ります / measuring {len(images)} pictures …")
    timings = {each.what: each for each in bench(detector, images, peers=peers)}
    latency = None
    if options.latency_s > 0:
        say(f"音が出るまで / to the first sample: {options.latency_s:g} s …")
        try:
            network_s = timings["network"].p50_ms / 1000
            latency = measure(detector, images, options.latency_s, network_s, wanted=WARNINGS)
        except TooFewError as error:  # a machine that has no time now; the rest was measured
            say(str(error))
    parts = {}
    if predict is not None:
        parts = {name: median(each[n] for each in predict.parts) for n, name in enumerate(PARTS)}
    return Report(
        options, detector.spec.id, len(images), timings, parts, latency, (before, os.getloadavg()[0])
    )


def _images(options: Options) -> list[Image]:
    source = open_source(options.source)
    read = frames_of(source, rate_hz=min(10.0, source.fps))
    return [_fitted(frame.image) for frame in islice(read, options.count)]


def _fitted(image: Image) -> Image:
    """640 x 480, as large as fits, the rest cut off."""
    height, width = image.shape[:2]
    scale = max(WIDTH / width, HEIGHT / height)
    size = (max(WIDTH, round(width * scale)), max(HEIGHT, round(height * scale)))
    large = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    left, top = (size[0] - WIDTH) // 2, (size[1] - HEIGHT) // 2
    return np.ascontiguousarray(large[top : top + HEIGHT, left : left + WIDTH])


def _peers(options: Options, detector: NetworkDetector, say: Say) -> tuple[list[Peer], Predict | None]:
    """Those that can run here; what cannot is told in one line and left out."""
    peers: list[Peer] = []
    try:
        peers.append(bare_session(detector, options.threads))
    except ModelError as error:
        say(str(error))
    why = why_no_predict(options.ultralytics)
    if why is not None:
        say(why)
        return peers, None
    predict = Predict(options.ultralytics, options.threads)
    same = open_detector(options.ultralytics, threads=options.threads, runtime="ultralytics")
    return [*peers, predict, SameFile(same)], predict


# --- told

_LABELS = {
    "faults": "映像の異常 / camera faults",
    "input": "入力の用意 / input",
    "network": "ネットワーク / network",
    "decode": "出力の解釈 / decode",
    "scene": "追跡・距離・線 / tracks, distances, line",
    REST: "ネットワーク以外 / all but the network",
    "drawing": "描画（装置では無し）/ drawing (not on the device)",
    "detect": "検出器 / our detector: input, network, decode",
    BARE: "裸の ONNX セッション / bare ONNX session",
    PREDICT: "ultralytics predict",
    SAME: "同じ重みを本器で / ours, the same weights",
}


def table(found: Report) -> list[str]:
    """Lines for people, Japanese first."""
    options = found.options
    lines = [
        f"{options.source}: {found.images} x {WIDTH}x{HEIGHT}, {found.model}, {options.threads} thread(s)",
        f"{'p50':>8} {'p95':>8} {'p99':>8} {'calm p50':>8} {'calm p99':>8}  ms",
    ]
    for what, label in _LABELS.items():
        each = found.timings.get(what)
        if each is not None:
            figures = (each.p50_ms, each.p95_ms, each.p99_ms, each.calm_p50_ms, each.calm_p99_ms)
            cells = (f"{'-':>8}" if value is None else f"{value:8.2f}" for value in figures)
            lines.append(f"{' '.join(cells)}  {label}")
    lines += [f"{value:8.2f}{'':37}{label}" for label, value in _ratios(found).items()]
    if found.parts:
        told = ", ".join(f"{name} {value:.1f}" for name, value in found.parts.items())
        lines.append(f"ultralytics ({options.ultralytics.name}): {told} ms")
    calm = found.timings[REST].calm_p99_ms
    if calm is not None:
        lines.append(_verdict("ネットワーク以外 calm p99 / all but the network, calm p99", calm, TARGET_MS))
    return [*lines, *_first_sample(found.latency), _busy(found)]


def _ratios(found: Report) -> dict[str, float]:
    """Medians over medians of the same run."""
    times = found.timings
    ratios = {}
    if BARE in times:
        label = "検出器／裸のセッション / our detector over the bare session"
        ratios[label] = times["detect"].p50_ms / times[BARE].p50_ms
    if PREDICT in times and SAME in times:
        label = "ultralytics predict／本器 / over ours, the same weights"
        ratios[label] = times[PREDICT].p50_ms / times[SAME].p50_ms
    return ratios


def _verdict(what: str, value: float, target: float) -> str:
    word = "内 / within" if value <= target else "超過 / beyond"
    return f"{what}: {value:.1f} ms, 目標 / target {target:g} ms: {word}"


def _busy(found: Report) -> str:
    before, after = found.load
    told = f"測る前 / before {before:.1f}, 後 / after {after:.1f}"
    return f"機械の混みぐあい / load of the machine, {os.cpu_count()} コア / cores: {told}"


def _first_sample(latency: Latency | None) -> list[str]:
    if latency is None:
        return []
    voice = "本物の声 / real voice" if latency.voice else "声なし / no voice here"
    return [
        f"最初の音まで、ネットワークの時間を除く / to the first sample, beyond the network ({voice}, "
        f"{latency.rate_hz:.1f} Hz, {latency.seconds:.0f} s):",
        f"  警告 / warnings {latency.warnings}, 映像そのものの / of the clip itself {latency.own}; "
        f"ほかの言葉を待った / that waited for other words {latency.later}",
        f"  p50 {latency.ours_p50_ms:.1f}  p95 {latency.ours_p95_ms:.1f}  max {latency.ours_worst_ms:.1f} ms",
        f"  前の一枚のも入れて / with the network at the frame before: p95 {latency.p95_ms:.1f} ms",
        f"  p50: 待ち / wait {latency.waited_p50_ms:.1f}, 前後 / pipeline {latency.pipeline_p50_ms:.1f}, "
        f"判断 / decide {latency.said_p50_ms:.1f}, ネットワーク / network {latency.network_p50_ms:.1f}",
        _verdict("最初の音まで p95 / to the first sample, p95", latency.ours_p95_ms, TARGET_SAMPLE_MS),
    ]


def as_json_text(found: Report) -> str:
    """One object; milliseconds."""
    rest = found.timings[REST]
    return json.dumps(
        {
            "source": str(found.options.source),
            "images": found.images,
            "size": [WIDTH, HEIGHT],
            "model": found.model,
            "threads": found.options.threads,
            "cores": os.cpu_count(),
            "load": found.load,
            "timings": {what: asdict(each) for what, each in found.timings.items()},
            "detector_over_bare_session": _of(found, "detect", BARE),
            "predict_over_ours_same_weights": _of(found, PREDICT, SAME),
            "ultralytics": {"weights": found.options.ultralytics.name, **found.parts}
            if found.parts
            else None,
            "beyond_network_p99_ms": rest.p99_ms,
            "beyond_network_calm_p99_ms": rest.calm_p99_ms,
            "first_sample": None if found.latency is None else asdict(found.latency),
        },
        ensure_ascii=False,
    )


def _of(found: Report, one: str, other: str) -> float | None:
    times = found.timings
    return times[one].p50_ms / times[other].p50_ms if one in times and other in times else None
