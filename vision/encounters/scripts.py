"""Drawing encounters: the same seed and number give the same script. Pure."""

from dataclasses import replace
from math import cos, radians, sin

import numpy as np

from vision.camera import Camera
from vision.corridor import HALF_WIDTH_M
from vision.encounters.figures import WorldFigures
from vision.encounters.world import BODY_DEPTH_M, Encounter, Kind, Thing
from vision.types import ObjectClass as C

Size = tuple[float, float, float]  # width, depth, height, metres
# As `vision.sightings.HEIGHTS` and the sheets named there; depth and width as seen from the walk.
SIZES: dict[C, Size] = {
    C.PERSON: (0.48, 0.30, 1.63),
    C.BICYCLE: (0.60, 1.75, 1.05),
    C.MOTORCYCLE: (0.75, 1.90, 1.12),
    C.CAR: (1.60, 3.60, 1.62),
    C.KICK_SCOOTER: (0.50, 1.10, 1.16),
    C.POLE: (0.30, 0.30, 5.00),
    C.BOLLARD: (0.15, 0.15, 0.80),
    C.TREE: (0.35, 0.35, 4.50),
    C.SIGN: (0.55, 0.50, 1.00),
    C.CONE: (0.38, 0.38, 0.69),
    C.PLANTER: (0.70, 0.45, 0.70),
    C.BENCH: (1.50, 0.55, 0.70),
    C.BOX: (0.55, 0.45, 0.50),
    C.OBSTACLE: (0.70, 0.60, 0.90),
}
# What stands about on a footway: vehicles and boards on the blocks are what wearers name first
# (docs/safety.md); one in ten cannot be named.
STANDING = (
    C.BICYCLE, C.BICYCLE, C.PERSON, C.SIGN, C.KICK_SCOOTER, C.MOTORCYCLE, C.BOLLARD, C.POLE, C.CONE,
    C.PLANTER, C.BOX, C.BENCH, C.TREE, C.CAR, C.OBSTACLE,
)  # fmt: skip
BACKGROUND = (C.PERSON, C.BICYCLE, C.POLE, C.PLANTER, C.SIGN, C.TREE, C.CAR)
KINDS = tuple(Kind)
SPARE_M = (0.20, 1.30)  # how far beside the corridor a thing passes that is in nobody's way
SPARE_S = (2.0, 4.0)  # how long before or after the walker it crosses
FIRST_SEEN_M, SOONEST_S, SLACK_S, LONGEST_S = 7.5, 6.0, 2.0, 15.0
AFTER_S = 1.0  # a script of which nothing comes goes on this long after the two are level


def draw(seed: int, number: int, figures: WorldFigures) -> Encounter:
    """Encounter `number` of a seed."""
    rng = np.random.default_rng([seed, number])
    kind = KINDS[int(rng.choice(len(KINDS), p=_shares(figures)))]
    speed = float(rng.uniform(*figures.speed_mps))
    crowded = bool(rng.random() < 0.5)
    paved = bool(rng.random() < figures.paved_share)
    lens = Camera(1, 1)
    blank = Encounter(
        number,
        seed,
        kind,
        crowded,
        speed,
        float(rng.uniform(-0.15, 0.15)) if paved else None,
        float(rng.uniform(-figures.grade, figures.grade)),
        float(rng.normal(lens.lens_height_m, lens.lens_height_sigma_m)),
        float(rng.normal(lens.pitch_deg, figures.mount_sigma_deg)),
        0.0,
        (),
    )
    hits = bool(rng.random() < figures.hit_share)
    thing, meets_s = _scripted(blank, hits, rng)
    things = () if thing is None else (thing,)
    script = replace(blank, seconds=meets_s + AFTER_S, things=things)
    contact = script.contacts.get(0)
    # What comes after contact is another walk: he has stopped.
    script = replace(script, seconds=meets_s + AFTER_S if contact is None else contact)
    return replace(script, things=(*things, *_background(script, len(things), rng)))


def _shares(figures: WorldFigures) -> list[float]:
    whole = sum(figures.kinds.values())
    return [figures.kinds[kind] / whole for kind in KINDS]


def _scripted(script: Encounter, hits: bool, rng: np.random.Generator) -> tuple[Thing | None, float]:
    """The thing that the script is about, and the second at which the two are level."""
    speed = script.speed_mps
    match script.kind:
        case Kind.STATIC:
            return _ahead(script, C(str(rng.choice(STANDING))), 0.0, hits, rng)
        case Kind.HANGING:
            return _hanging(script, hits, rng)
        case Kind.ONCOMING:
            cls, own = _mover(rng)
            return _ahead(script, cls, -own, hits, rng)
        case Kind.CAUGHT_UP:
            return _ahead(script, C.PERSON, speed * float(rng.uniform(0.2, 0.6)), hits, rng)
        case Kind.CROSSING:
            return _crossing(script, hits, rng)
        case Kind.OVERTAKEN:
            return _overtaking(script, rng)
    return None, float(rng.uniform(8.0, 12.0))


def _mover(rng: np.random.Generator) -> tuple[C, float]:
    """Somebody on foot, as fast as walkers are, or (one in four) on a bicycle on the footway."""
    if rng.random() < 0.25:
        return C.BICYCLE, float(rng.uniform(2.0, 4.0))
    return C.PERSON, float(rng.uniform(0.5, 1.4))


def sized(cls: C, rng: np.random.Generator) -> Size:
    """Extent of one of its kind: sizes differ by a tenth, one sigma, people less."""
    spread = 0.06 if cls is C.PERSON else 0.10
    wide, deep, tall = (side * float(np.clip(rng.normal(1, spread), 0.7, 1.3)) for side in SIZES[cls])
    # Parked things stand along the way or across it.
    return (deep, wide, tall) if cls is not C.PERSON and rng.random() < 0.5 else (wide, deep, tall)


def _aside(wide_m: float, hits: bool, rng: np.random.Generator) -> float:
    """Where across the walk its middle is: in the way of the walker's middle, or beside the corridor."""
    if hits:
        reach = 0.15 + wide_m / 2
        return float(rng.uniform(-reach, reach))
    side = 1.0 if rng.random() < 0.5 else -1.0
    return side * (HALF_WIDTH_M + wide_m / 2 + float(rng.uniform(*SPARE_M)))


def _lead_s(closing_mps: float, rng: np.random.Generator) -> float:
    """How long before they are level a script begins: far enough to be seen coming."""
    return min(max(SOONEST_S, FIRST_SEEN_M / closing_mps), LONGEST_S) + float(rng.uniform(0.0, SLACK_S))


def _ahead(
    script: Encounter, cls: C, vz_mps: float, hits: bool, rng: np.random.Generator
) -> tuple[Thing, float]:
    wide, deep, tall = sized(cls, rng)
    if vz_mps and wide > deep and cls is not C.PERSON:
        wide, deep = deep, wide  # what rides points where it goes
    closing = script.speed_mps - vz_mps
    level_s = _lead_s(closing, rng)
    z = closing * level_s + (BODY_DEPTH_M + deep) / 2
    return Thing(0, cls, _aside(wide, hits, rng), z, wide, deep, tall, 0.0, 0.0, vz_mps), level_s


def _hanging(script: Encounter, hits: bool, rng: np.random.Generator) -> tuple[Thing, float]:
    """A branch, an awning, a sign. Harmless ones hang above the head or beside the way."""
    wide, deep, thick = (float(rng.uniform(*span)) for span in ((0.5, 2.0), (0.3, 1.0), (0.3, 0.8)))
    high = not hits and rng.random() < 0.5
    bottom = float(rng.uniform(1.90, 2.30) if high else rng.uniform(1.20, 1.60))
    level_s = _lead_s(script.speed_mps, rng)
    z = script.speed_mps * level_s + (BODY_DEPTH_M + deep) / 2
    x = _aside(wide, hits or high, rng)
    return Thing(0, C.OVERHEAD, x, z, wide, deep, bottom + thick, bottom), level_s


def _crossing(script: Encounter, hits: bool, rng: np.random.Generator) -> tuple[Thing, float]:
    """From one side at 45 to 135 degrees to the walk. Harmless ones cross well before or after him."""
    cls, own = _mover(rng)
    wide, deep, tall = sized(cls, rng)
    wide, deep = (max(wide, deep), min(wide, deep)) if cls is not C.PERSON else (wide, deep)
    side = 1.0 if rng.random() < 0.5 else -1.0
    turn = radians(float(rng.uniform(45.0, 135.0)))
    vx, vz = -side * own * sin(turn), own * cos(turn)
    level_s = _lead_s(max(script.speed_mps, 1.0), rng)
    off_s = 0.0 if hits else float(rng.uniform(*SPARE_S)) * (1 if rng.random() < 0.5 else -1)
    # At `level_s` (or `off_s` before or after it) its middle is on the walked line, just ahead of the body.
    z_level = script.speed_mps * level_s + (BODY_DEPTH_M + deep) / 2
    at_s = level_s + off_s
    return Thing(0, cls, -vx * at_s, z_level - vz * at_s, wide, deep, tall, 0.0, vx, vz), level_s


def _overtaking(script: Encounter, rng: np.random.Generator) -> tuple[Thing, float]:
    cls, faster = (C.BICYCLE, float(rng.uniform(1.5, 3.0)))
    if rng.random() < 0.7:
        cls, faster = C.PERSON, float(rng.uniform(0.3, 0.9))
    wide, deep, tall = sized(cls, rng)
    wide, deep = min(wide, deep), max(wide, deep)
    behind = float(rng.uniform(1.0, 4.0))
    x = _aside(wide, False, rng)
    thing = Thing(0, cls, x, -behind, wide, deep, tall, 0.0, 0.0, script.speed_mps + faster)
    return thing, behind / faster + 5.0


def _background(script: Encounter, first: int, rng: np.random.Generator) -> tuple[Thing, ...]:
    """What is about and in nobody's way; what would be in the way is drawn again, a few times at most."""
    count = int(rng.integers(6, 13) if script.crowded else rng.integers(0, 3))
    length = script.speed_mps * script.seconds + 8.0
    found: list[Thing] = []
    for _ in range(4 * count):
        if len(found) == count:
            break
        cls = C.PERSON if script.crowded and rng.random() < 0.5 else C(str(rng.choice(BACKGROUND)))
        wide, deep, tall = sized(cls, rng)
        x = _aside(wide, False, rng) * float(rng.uniform(1.0, 2.0))
        walks = cls is C.PERSON and rng.random() < 0.6
        vz = float(rng.uniform(0.5, 1.4)) * (1 if rng.random() < 0.5 else -1) if walks else 0.0
        z = float(rng.uniform(1.0, length))
        thing = Thing(first + len(found), cls, x, z, wide, deep, tall, vz_mps=vz)
        if thing.id not in replace(script, things=(thing,)).contacts:
            found.append(thing)
    return tuple(found)
