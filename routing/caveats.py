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
    count: dict[_CaveatKind, int] = {}
    metres: dict[_CaveatKind, float] = {}
    unlit = doing.hour.dark and doing.who.unlit_factor > 1.0
    blocks = doing.who.paving_factor < 1.0
    for part, length in zip(told.stretches, told.metres, strict=True):
        for kind in _warned_of(part, unlit=unlit, blocks=blocks):
            count[kind] = count.get(kind, 0) + 1
            metres[kind] = metres.get(kind, 0.0) + length
    if told.sums.closed:
        count["blocked"], metres["blocked"] = told.sums.closed, 0.0
    return tuple(
        Caveat(kind=kind, count=count[kind], length_m=round(metres[kind], 1))
        for kind in _GRAVEST_FIRST
        if kind in count
    )


def _warned_of(part: Stretch, *, unlit: bool, blocks: bool) -> list[_CaveatKind]:
    """What of a stretch belongs into the caveats. `unlit`, `blocks`: whether this walker needs them now."""
    crossing = part.crossing
    if crossing is not None:
        if crossing.marked == "no":
            return ["unmarked_crossing"]
        return ["no_signal"] if crossing.signals == "no" else []
    found: list[_CaveatKind] = []
    if part.kind in _WARNED_KINDS:
        found.append("escalator" if part.moving else _WARNED_KINDS[part.kind])
    if part.incline_pct is not None and abs(part.incline_pct) > STEEP_PCT:
        found.append("steep")
    if part.gap:
        found.append("map_gap")
    if unlit and part.lit == "no":
        found.append("unlit")
    if blocks and part.tactile == "unknown":
        found.append("tactile_unknown")
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
