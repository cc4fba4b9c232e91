"""The cost of every link of a map, for one person at one hour: `routing.cost` put to columns."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from routing import cost
from routing.columns import (
    APART,
    BACKWARD,
    BARRIERS,
    CONVEYING,
    ELEVATOR,
    F64,
    FORWARD,
    HIGHWAYS,
    I32,
    INCLINE_UNKNOWN,
    KINDS,
    KNOWN,
    SEGREGATED,
    SMOOTHNESS,
    SURFACES,
    TIE,
    U8,
    Columns,
)
from routing.walkers import Walker
from wire.route import Choice, StretchKind

_YES, _NO = KNOWN.index("yes"), KNOWN.index("no")
_ROAD = KINDS.index(StretchKind.ROAD)
_SHARED_PATH = KINDS.index(StretchKind.SHARED_PATH)
_PLATFORM = HIGHWAYS.index("platform")

_KIND_FACTOR: Final = np.array([cost.KIND_FACTORS[kind] for kind in KINDS])
_ROAD_FACTOR: Final = np.array([cost.ROAD_FACTORS.get(road, cost.OTHER_ROAD_FACTOR) for road in HIGHWAYS])
_SMOOTHNESS: Final = np.array([cost.SMOOTHNESS_FACTORS[name] for name in SMOOTHNESS])
_UNMARKED_S: Final = np.array([cost.UNMARKED_S.get(road, cost.UNMARKED_UNKNOWN_ROAD_S) for road in HIGHWAYS])
_MARKED_S: Final = np.array([cost.MARKED_S.get(road, cost.MARKED_OTHER_ROAD_S) for road in HIGHWAYS])
_BARRIER_S: Final = np.array([cost.BARRIER_S[name] for name in BARRIERS])
_STEPS_S: Final = np.array([cost.STEPS_S[rail] for rail in KNOWN])


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """Seconds along each link [L], and what stands at each node [N].

    `forward_s`: from a to b, `backward_s`: from b to a, inf where it may not be walked. What stands
    at the node arrived at comes on top: arc a to b weighs `forward_s[link] + node_s[b]`.
    """

    forward_s: F64
    backward_s: F64
    node_s: F64


@dataclass(frozen=True, slots=True)
class Wish:
    """What one search minimises: the person as this choice sees them."""

    who: Walker
    metres_only: bool = False


def wish(who: Walker, choice: Choice) -> Wish:
    """The person's wish under a choice; `recommended` is the profile as it is."""
    if choice == "shortest":
        # Only what cannot be walked still counts: one profile of metres for everybody.
        return Wish(Walker("metres", paving_factor=1.0), metres_only=True)
    if choice == "safest":
        danger = who.danger_factor * cost.SAFEST_DANGER
        return Wish(replace(who, danger_factor=danger, road_factor=who.road_factor * cost.SAFEST_DANGER))
    if choice == "blocks":
        return Wish(replace(who, paving_factor=min(cost.BLOCKS_FACTOR, who.paving_factor)))
    return Wish(who)


def weights(columns: Columns, wanted: Wish, sounding: U8, *, dark: bool, blocked: I32) -> Weights:
    """The weights of a map at an hour. `sounding` [C] as KNOWN; `blocked`: links that are closed."""
    who = wanted.who
    length = columns.link_length_m.astype(np.float64)
    if wanted.metres_only:
        forward = backward = length / who.speed_mps
        node = np.zeros(len(columns.node_lat_e7))
    else:
        seconds = length * _factor(columns, who, dark=dark) / who.speed_mps
        forward = backward = seconds + who.danger_factor * _fixed_s(columns, who, sounding)
        node = _node_s(columns)
    if len(blocked):
        forward = forward.copy()
        forward[blocked] += cost.BLOCKED_S
        backward = forward
    flags = columns.link_flags
    return Weights(
        np.where(flags & FORWARD, forward, np.inf), np.where(flags & BACKWARD, backward, np.inf), node
    )


def _factor(columns: Columns, who: Walker, *, dark: bool) -> F64:
    """What a metre of each link is worth [L]."""
    kind, flags = columns.link_kind, columns.link_flags
    road = np.maximum(_ROAD_FACTOR[columns.link_highway] * who.road_factor, 1.0)
    road = np.where(flags & APART, road * cost.APART_FACTOR, road)
    factor = np.where(kind == _ROAD, road, _KIND_FACTOR[kind])
    segregated = (kind == _SHARED_PATH) & (flags & SEGREGATED > 0)
    factor = np.where(segregated, cost.SEGREGATED_FACTOR, factor)
    factor = factor * _surface(columns) * _slope(columns, who)
    if dark:
        factor = np.where(columns.link_lit == _NO, factor * who.unlit_factor, factor)
    factor = np.where(columns.link_tactile == _YES, factor * who.paving_factor, factor)
    # Blocks on a platform lead to its edge.
    return np.where(columns.link_highway == _PLATFORM, cost.PLATFORM_FACTOR, factor)


def _surface(columns: Columns) -> F64:
    unpaved = columns.link_surface == SURFACES.index("unpaved")
    width = columns.link_width_dm
    narrow = (width > 0) & (width < cost.NARROW_M * 10.0) & (columns.link_kind != _ROAD)
    return np.asarray(
        np.where(unpaved, cost.UNPAVED_FACTOR, 1.0)
        * np.where(narrow, cost.NARROW_FACTOR, 1.0)
        * _SMOOTHNESS[columns.link_smoothness]
    )


def _slope(columns: Columns, who: Walker) -> F64:
    """Slopes are as hard down as up for one who feels the ground with a cane."""
    percent = np.abs(columns.link_incline_pct.astype(np.int16))
    limits = [limit for limit, _ in cost.SLOPE_FACTORS]
    steep = np.array([factor for _, factor in cost.SLOPE_FACTORS])[
        np.minimum(np.searchsorted(limits, percent), len(limits) - 1)
    ]
    steep = np.where(steep > 1.0, steep * who.slope_factor, 1.0)
    return np.where(columns.link_incline_pct == INCLINE_UNKNOWN, 1.0, steep)


def _fixed_s(columns: Columns, who: Walker, sounding: U8) -> F64:
    """What each link costs once [L]: its part of a crossing, of rails, of a flight of steps."""
    seconds = columns.link_rails_share * cost.LEVEL_CROSSING_S
    crossing = columns.link_crossing
    if len(columns.crossing_road):
        once = crossing_s(columns, sounding)
        seconds = seconds + np.where(crossing >= 0, columns.link_crossing_share * once[crossing], 0.0)
    rail = columns.link_handrail
    flight = _STEPS_S[rail] * who.steps_factor
    flight = np.where(rail == _YES, flight, flight * who.stairs_without_rail_factor)
    flight = np.where(columns.link_flags & CONVEYING, who.escalator_s, flight)
    seconds = seconds + columns.link_flight_share * flight
    return np.asarray(seconds + np.where(columns.link_flags & TIE, cost.GAP_S, 0.0), dtype=np.float64)


def crossing_s(columns: Columns, sounding: U8) -> F64:
    """What each crossing costs [C] besides its length."""
    unmarked = _UNMARKED_S[columns.crossing_road]
    # On a lane the paint saves nothing: cost never rises by being marked.
    marked = np.minimum(_MARKED_S[columns.crossing_road], unmarked)
    free = np.where(columns.crossing_marked == _YES, marked, unmarked)
    free = np.where(columns.crossing_island == _YES, free * cost.ISLAND_FACTOR, free)
    free = np.where(columns.crossing_lanes >= cost.MANY_LANES, free * cost.MANY_LANES_FACTOR, free)
    signalled = cost.WAIT_S + np.where(sounding == _YES, 0.0, cost.SIGNAL_S)
    signalled = signalled + np.where(columns.crossing_scramble == _YES, cost.SCRAMBLE_S, 0.0)
    seconds = np.where(columns.crossing_signals == _YES, signalled, free)
    felt = (columns.crossing_tactile == _YES) | (columns.crossing_escort == _YES)
    return np.asarray(seconds + np.where(felt, 0.0, cost.NO_BLOCKS_AT_KERB_S), dtype=np.float64)


def _node_s(columns: Columns) -> F64:
    lift = np.where(columns.node_flags & ELEVATOR, cost.ELEVATOR_S, 0.0)
    return np.asarray(_BARRIER_S[columns.node_barrier] + lift, dtype=np.float64)
