"""What a piece of way costs a blind walker, in seconds. Pure; each number with its reason.

A cost is a walking time plus what danger and effort are worth in time. Nothing is forbidden: soft
penalties beat "no route" (OpenTripPlanner #4088), and the plan says what it could not avoid. Roads
have penalties to match those of crossings, or routes would leave the crossing for the carriageway
(GraphHopper #2707).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from routing.errors import UnknownWalker
from routing.hours import sound_at
from routing.links import Link
from routing.tags import CrossingFacts
from wire.route import StretchKind

# Guide blocks make a metre worth 0.4: HULOP/NavCog, in use in Japan, divides by 3; a little less,
# because here a tag may be wrong. The lower bound of every cost, and so of the search's estimate.
PAVING_FACTOR = 0.4

_FACTORS = {
    StretchKind.SIDEWALK: 1.0,
    StretchKind.PEDESTRIAN: 1.0,
    StretchKind.CROSSING: 1.0,
    StretchKind.BRIDGE: 1.0,
    StretchKind.STEPS: 1.0,
    StretchKind.LEVEL_CROSSING: 1.0,
    StretchKind.INDOOR: 1.1,  # no position fix under a roof
    StretchKind.UNDERPASS: 1.1,  # the same, and echo
    StretchKind.SHARED_PATH: 1.2,  # bicycles are silent
    StretchKind.PATH: 1.2,  # edges and surface often unclear to a cane
}
# Mixed streets without a sidewalk (路側帯), by how much and how fast traffic passes.
_ROAD_FACTORS = {
    "trunk": 8.0, "primary": 6.0, "secondary": 4.0, "tertiary": 2.5, "unclassified": 2.0,
    "residential": 1.8, "service": 1.6, "living_street": 1.3,
}  # fmt: skip
_OTHER_ROAD = 2.0
# Where a sidewalk is mapped beside it, the carriageway is a mapping gap's last resort, not a choice.
_APART_FACTOR = 3.0
_PLATFORM_FACTOR = 4.0  # platforms' edges kill; a way over one is for reaching a train only

# An unsignalled, unpainted crossing by the class of the road: 120 s or more on larger roads.
_UNMARKED_S = {
    "trunk": 300.0, "primary": 240.0, "secondary": 120.0, "tertiary": 60.0, "unclassified": 30.0,
    "residential": 15.0, "living_street": 10.0, "service": 5.0,
}  # fmt: skip
_UNMARKED_UNKNOWN_ROAD_S = 60.0
_SIGNAL_S = 10.0  # the phase must be found by ear from the traffic
_MARKED_S = 30.0  # drivers stop at one of two painted crossings (JAF, 2023: 45 %)
_NO_BLOCKS_AT_KERB_S = 5.0  # the kerb and the direction have to be found by cane

_STEPS_S = {"yes": 60.0, "unknown": 90.0, "no": 120.0}  # a flight, by handrail
_LEVEL_CROSSING_S = 180.0  # level crossings kill (大和郡山, 2022)
_ELEVATOR_S = 60.0  # half the wait, and finding door and buttons
_BARRIER_S = {"bollard": 3.0, "block": 3.0, "cycle_barrier": 15.0, "gate": 15.0, "turnstile": 60.0}
_OTHER_BARRIER_S = 10.0


@dataclass(frozen=True, slots=True)
class Walker:
    """Who walks. `paving_cap`: blocks never make the way longer than this times the plain one."""

    key: str
    speed_mps: float = 1.0  # with a cane along unknown streets; sighted people walk 1.3
    paving_factor: float = PAVING_FACTOR
    paving_cap: float = 1.5
    escalator_s: float = 60.0
    unlit_factor: float = 1.0
    stairs_without_rail_factor: float = 1.0


WALKERS = {
    walker.key: walker
    for walker in (
        Walker("cane"),
        # A dog follows the kerb line and goes round obstacles, not along blocks; its paws are
        # caught by escalators.
        Walker("dog", speed_mps=1.2, paving_factor=1.0, escalator_s=900.0),
        # Sees contrast and light: blocks help as a yellow line, steps are seen late.
        Walker("low-vision", speed_mps=1.1, paving_factor=0.7, unlit_factor=1.4,
               stairs_without_rail_factor=1.5),
    )
}  # fmt: skip


def walker(key: str) -> Walker:
    """The profile of that name, or `UnknownWalker`."""
    if key not in WALKERS:
        names = ", ".join(WALKERS)
        raise UnknownWalker(
            f"「{key}」という歩き方の設定はありません。{names} から選んでください",
            f'no walker profile "{key}": choose one of {names}',
        )
    return WALKERS[key]


def without_paving(who: Walker) -> Walker:
    """The same person for whom blocks are worth nothing: the plain walk to compare with."""
    return replace(who, paving_factor=1.0)


def coster(who: Walker, at: datetime) -> Callable[[Link], float]:
    """The cost of a link in seconds for `who` setting out at `at` (aware).

    It is never less than `paving_factor * length / speed`.
    """

    def seconds(link: Link) -> float:
        metres = link.length_m * _factor(link, who)
        return metres / who.speed_mps + _fixed_s(link, who, at)

    return seconds


def crossing_s(facts: CrossingFacts, at: datetime) -> float:
    """What one crossing costs in seconds, besides its length."""
    kerb = 0.0 if facts.tactile == "yes" else _NO_BLOCKS_AT_KERB_S
    if facts.signals == "yes":
        return kerb + (0.0 if sound_at(facts, at) == "yes" else _SIGNAL_S)
    unmarked = _UNMARKED_S.get((facts.road or "").removesuffix("_link"), _UNMARKED_UNKNOWN_ROAD_S)
    # On a lane the paint saves nothing: cost never rises by being marked.
    return kerb + (min(_MARKED_S, unmarked) if facts.marked == "yes" else unmarked)


def _factor(link: Link, who: Walker) -> float:
    if link.highway == "platform":
        return _PLATFORM_FACTOR
    if link.kind is StretchKind.ROAD:
        road = _ROAD_FACTORS.get(link.highway.removesuffix("_link"), _OTHER_ROAD)
        factor = road * (_APART_FACTOR if link.apart else 1.0)
    else:
        factor = _FACTORS[link.kind]
    if link.lit == "no":
        factor *= who.unlit_factor
    return factor * (who.paving_factor if link.tactile == "yes" else 1.0)


def _fixed_s(link: Link, who: Walker, at: datetime) -> float:
    seconds = sum(_BARRIER_S.get(barrier, _OTHER_BARRIER_S) for barrier in link.barriers)
    seconds += _ELEVATOR_S if link.elevator else 0.0
    seconds += link.level_crossing_share * _LEVEL_CROSSING_S
    if link.crossing is not None:
        seconds += link.crossing_share * crossing_s(link.crossing, at)
    if link.steps_share > 0.0:
        seconds += link.steps_share * _flight_s(link, who)
    return seconds


def _flight_s(link: Link, who: Walker) -> float:
    if link.conveying:
        return who.escalator_s
    rail = 1.0 if link.handrail == "yes" else who.stairs_without_rail_factor
    return _STEPS_S[link.handrail] * rail
