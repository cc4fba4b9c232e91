"""`shirube device doctor --bench`: from a frame to its sound on this board, stage by stage, and the battery.

Every figure is of a real run here: the stages of a frame by `vision.bench`, the way of a warning through the
live loop by `device.footage.latency`, messages between processes, and the sound at the sink's monitor.
"""

import os
import select
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np

from device.clocks import SystemClock
from device.config import DeviceConfig
from device.doctor.look_senses import opened
from device.doctor.power import Battery, batteries
from device.doctor.sink_delay import sink_delays_ms
from device.footage.latency import BUSY, EVERY, RATE_HZ, measure
from device.footage.latency_figures import LEAST, Latency, TooFewError
from device.install.boards import Board, this_board
from device.latency import CLIP, SETTLED_S
from device.parts.channel import Door, Line
from device.parts.messages import NOTHING, SEEN, Nothing, Seen
from device.ports import Clock
from vision.bench import Timing, bench
from vision.network_detector import NetworkDetector
from vision.sources import frames_of, open_source
from vision.types import Image, PavingSight, Scene

_IMAGES: Final = 60
_MESSAGES: Final = 200
# A slow board looks at few pictures a second: long enough for as many warnings as tell a p95.
_LONGEST_S = 180.0
_OF_A_FRAME: Final = (
    ("faults", "faults"),
    ("preprocess", "input"),
    ("network", "network"),
    ("postprocess", "decode"),
    ("hazards", "scene"),
)
_STAT: Final = Path("/proc/stat")

Say = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Stage:
    """Milliseconds; None: could not be measured here."""

    name: str
    p50_ms: float | None
    p95_ms: float | None


@dataclass(frozen=True, slots=True)
class Budget:
    """`total_*`: from the frame's arrival to the sound; None: too few warnings. `load`: 0..1 of all cores."""

    board: Board
    model: str
    stages: tuple[Stage, ...]
    total_p50_ms: float | None
    total_p95_ms: float | None
    load: float | None
    batteries: tuple[Battery, ...]
    bank_wh: float


def budget(config: DeviceConfig, seconds: float, bank_wh: float, say: Say) -> Budget:
    """Takes `seconds` and about as long again. Raises `VisionError` where the model does not run."""
    if os.getloadavg()[0] > (os.cpu_count() or 1):
        say(
            "ほかの仕事が動いています。装置も止めて測ってください"
            " / busy: end other work, the device too, and measure again"
        )
    detector = opened(config.camera)
    images = _pictures()
    say(f"{detector.spec.id}: {len(images)} 枚 / pictures …")
    timings = {each.what: each for each in bench(detector, images)}
    network_s = timings["network"].p50_ms / 1000
    seconds = max(
        seconds, min(_LONGEST_S, SETTLED_S + 1.5 * LEAST * EVERY * max(1 / RATE_HZ, network_s / BUSY))
    )
    before = _jiffies()
    way = _way(detector, images, seconds, network_s, say)
    load = _load(before, _jiffies())
    say("プロセスの間と音の出口 / between processes, and at the sink …")
    between, sink = message_delays_ms(), sink_delays_ms(config.speech.speaker)
    board = this_board()
    found = tuple(_stages(timings, way, between, sink))
    total_p50, total_p95 = _total(way, between, sink)
    power = batteries(board, 1.0 if load is None else load, bank_wh)
    return Budget(board, detector.spec.id, found, total_p50, total_p95, load, power, bank_wh)


def _way(
    detector: NetworkDetector, images: Sequence[Image], seconds: float, network_s: float, say: Say
) -> Latency | None:
    """The live loop; once more and longer where a busy machine gave too few warnings."""
    for length_s in (seconds, 3.0 * seconds):
        say(f"音が出るまで / to the first sample: {length_s:.0f} s …")
        try:
            return measure(detector, images, length_s, network_s)
        except TooFewError as error:
            say(str(error))
    return None


def _stages(
    timings: dict[str, Timing], way: Latency | None, between: Sequence[float], sink: Sequence[float]
) -> Iterator[Stage]:
    yield Stage("wait", *((way.waited_p50_ms, way.waited_p95_ms) if way else (None, None)))
    for name, what in _OF_A_FRAME:
        yield Stage(name, timings[what].p50_ms, timings[what].p95_ms)
    yield Stage("decision", *((way.said_p50_ms, way.said_p95_ms) if way else (None, None)))
    yield Stage("between", *_figures(between, 2.0))
    yield Stage("sink", *_figures(sink))


def _total(
    way: Latency | None, between: Sequence[float], sink: Sequence[float]
) -> tuple[float | None, float | None]:
    """The live loop as a whole, and what lies outside it; sums of p95 are more than the p95 of the sum."""
    if way is None:
        return None, None
    extra = [_figures(between, 2.0), _figures(sink)]
    p50 = way.p50_ms + way.network_p50_ms + sum(each[0] or 0.0 for each in extra)
    p95 = way.p95_ms + way.network_p95_ms + sum(each[1] or 0.0 for each in extra)
    return p50, p95


def _figures(some: Sequence[float], times: float = 1.0) -> tuple[float | None, float | None]:
    if not some:
        return None, None
    p50, p95 = (float(value) * times for value in np.quantile(np.array(some), (0.5, 0.95)))
    return p50, p95


def message_delays_ms(count: int = _MESSAGES, clock: Clock | None = None) -> tuple[float, ...]:
    """One message from a part to another, as the eyes send a scene: written, woken up, read, understood."""
    clock = clock or SystemClock()
    took: list[float] = []
    with tempfile.TemporaryDirectory(prefix="shirube-") as folder:
        door: Door[Nothing, Seen] = Door(Path(folder) / "eyes.sock", NOTHING, SEEN)
        line: Line[Seen, Nothing] = Line(Path(folder) / "eyes.sock", SEEN, NOTHING)
        ending, came = threading.Event(), threading.Event()
        reader = threading.Thread(target=_listen, args=(line, clock, took, ending, came), daemon=True)
        reader.start()
        try:
            _send(door, clock, count, came)
        finally:
            ending.set()
            reader.join()
            line.close()
            door.close()
    return tuple(1000.0 * each for each in took)


def _send(door: Door[Nothing, Seen], clock: Clock, count: int, came: threading.Event) -> None:
    until_s = clock.now_s() + 2.0
    while not door.clients and clock.now_s() < until_s:
        door.poll()
        came.wait(0.01)
    scene = Scene(0, 0.0, (), PavingSight(seen=False))
    for _ in range(count):
        came.clear()
        door.send(Seen(clock.now_s(), True, 0.0, 0.0, 0.0, scene))
        came.wait(0.5)


def _listen(
    line: Line[Seen, Nothing], clock: Clock, took: list[float], ending: threading.Event, came: threading.Event
) -> None:
    while not ending.is_set():
        for message in line.poll():
            took.append(clock.now_s() - message.t_s)
            came.set()
        select.select(line.filenos(), [], [], 0.01)


def _pictures() -> list[Image]:
    source = open_source(CLIP)
    return [frame.image for frame in islice(frames_of(source, rate_hz=min(10.0, source.fps)), _IMAGES)]


def _jiffies() -> tuple[int, int] | None:
    """(busy, all) of all cores since the start, as the kernel counts."""
    try:
        values = [int(each) for each in _STAT.read_text(encoding="ascii").split("\n", 1)[0].split()[1:9]]
    except (OSError, ValueError):
        return None
    return (sum(values) - values[3] - values[4], sum(values)) if len(values) == 8 else None


def _load(before: tuple[int, int] | None, after: tuple[int, int] | None) -> float | None:
    if before is None or after is None or after[1] <= before[1]:
        return None
    return (after[0] - before[0]) / (after[1] - before[1])
