"""What a plan could not avoid, for the sentence that says so. Pure."""

from typing import Final, Literal

from routing.desk import Task
from routing.runs import STEEP_PCT
from routing.stretches import Told
from wire.route import Caveat, Stretch, StretchKind

_CaveatKind = Literal[
    "no_sidewalk", "unmarked_crossing", "level_crossing", "steps", "no_signal", "tactile_unknown",
    "blocked", "steep", "unlit", "map_gap", "escalator",
]  # fmt: skip


def caveats(told: Told, doing: Task) -> tuple[Caveat, ...]:
    """What the plan could not avoid, gravest first."""
    count = dict.fromkeys(_GRAVEST_FIRST, 0)
    metres = dict.fromkeys(_GRAVEST_FIRST, 0.0)
    unlit = doing.hour.dark and doing.who.unlit_factor > 1.0
    blocks = doing.who.paving_factor < 1.0
    for part, length in zip(told.stretches, told.metres, strict=True):
        crossing = part.crossing
        if crossing is not None:
            if crossing.marked == "no":
                count["unmarked_crossing"] += 1
                metres["unmarked_crossing"] += length
            elif crossing.signals == "no":
                count["no_signal"] += 1
                metres["no_signal"] += length
            continue
        if blocks and part.tactile == "unknown":
            count["tactile_unknown"] += 1
            metres["tactile_unknown"] += length
        for kind in _warned_of(part) if part.kind in _WARNED_KINDS or _felt(part) else ():
            count[kind] += 1
            metres[kind] += length
        if unlit and part.lit == "no":
            count["unlit"] += 1
            metres["unlit"] += length
    count["blocked"] = told.sums.closed
    return tuple([
        Caveat(kind=kind, count=count[kind], length_m=round(metres[kind], 1))
        for kind in _GRAVEST_FIRST
        if count[kind]
    ])  # fmt: skip


def _felt(part: Stretch) -> bool:
    return part.gap or (part.incline_pct is not None and abs(part.incline_pct) > STEEP_PCT)


def _warned_of(part: Stretch) -> list[_CaveatKind]:
    """What a stretch is, or what it has, that one would rather avoid."""
    found: list[_CaveatKind] = []
    if part.kind in _WARNED_KINDS:
        found.append("escalator" if part.moving else _WARNED_KINDS[part.kind])
    if part.incline_pct is not None and abs(part.incline_pct) > STEEP_PCT:
        found.append("steep")
    if part.gap:
        found.append("map_gap")
    return found


_WARNED_KINDS: Final[dict[StretchKind, _CaveatKind]] = {
    StretchKind.LEVEL_CROSSING: "level_crossing",
    StretchKind.ROAD: "no_sidewalk",
    StretchKind.STEPS: "steps",
}
_GRAVEST_FIRST: Final[tuple[_CaveatKind, ...]] = (
    "blocked", "level_crossing", "no_sidewalk", "unmarked_crossing", "no_signal", "steps", "escalator",
    "steep", "map_gap", "unlit", "tactile_unknown",
)  # fmt: skip
