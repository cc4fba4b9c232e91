"""A small run, recorded for tests: a few steps with everything that occurs in one."""

from collections.abc import Callable
from pathlib import Path

from device.facts import Nearby
from device.nmea import as_written
from device.ports import Playback
from device.recorder import RunWriter
from device.run_format import as_recorded
from device.senses import AroundAnswer, Health, Senses, Turn
from vision.types import Hazard, Motion, ObjectClass, PavingSight, Scene
from wire.position import Fix
from wire.route import MapSource, Name, Place, Route, Stretch, StretchKind
from wire.trip import Announced, Moved

START_UTC_S = 1_795_314_465.0
AROUND = AroundAnswer(3, Name(ja="昭和通り", en="Showa-dori"), Nearby(Name(ja="市役所"), 120.5, 90.0))
PLACE = Place(name=Name(ja="大分駅"), lat=33.233, lon=131.606)
ROUTE = Route(
    route_id="r1",
    source=MapSource(name="oita", practice=True, attribution="-"),
    walker="cane",
    origin=PLACE,
    destination=PLACE,
    points=((33.233, 131.606), (33.234, 131.606)),
    stretches=(Stretch(first=0, last=1, kind=StretchKind.SIDEWALK),),
    length_m=111.0,
    duration_s=111.0,
)
HAZARD = Hazard(
    track_id=42,
    cls=ObjectClass.BICYCLE,
    score=0.87654321,
    distance_m=3.14159265,
    distance_sigma_m=0.2,
    bearing_deg=-4.5678,
    on_paving=True,
    ttc_s=None,
    motion=Motion.STANDING,
    free_side="right",
)


def fix(n: float) -> Fix:
    return as_written(
        Fix(utc_s=START_UTC_S + n, lat=33.233 + n * 1e-5, lon=131.606, accuracy_m=8.0, speed_mps=1.0)
    )


def scene(n: int) -> Scene:
    return as_recorded(Scene(n, n / 3, (HAZARD,), PavingSight(True, 1.0 / 3, -0.1)))


def announced(text: str = "点字ブロックの上に自転車") -> Announced:
    return Announced(
        kind="obstacle",
        key="obstacle/42",
        urgency="hazard",
        outcome="spoken",
        text_ja=text,
        text_en="a bicycle on the guide blocks",
        created_s=START_UTC_S + 1.0,
        started_s=START_UTC_S + 1.1,
        ended_s=START_UTC_S + 3.2,
    )


def senses(n: int) -> Senses:
    return Senses(
        now_s=float(n),
        utc_s=START_UTC_S + n,
        fixes=(fix(n),),
        scene=scene(n),
        health=(Health("uplink", False, "lost", "no network"),) if n == 2 else (),
        playback=Playback(7, 1.1, 3.2000000000000001) if 1 < n < 4 else Playback(),
    )


def record(folder: Path, *, finish: bool = True, steps: int = 6) -> Path:
    with RunWriter.begin(folder, ROUTE, {"lang": "ja", "seed": 7, "tick_s": 0.05}) as writer:
        for n in range(steps):
            writer.senses(senses(n))
            what = (Moved(fix=fix(n)), announced()) if n == 3 else (Moved(fix=fix(n)),)
            writer.turn(float(n), Turn((), what))
        if finish:
            writer.finish()
    return folder


def damage(name: str, change: Callable[[str], str], folder: Path) -> Path:
    (folder / name).write_text(change((folder / name).read_text()))
    return folder
