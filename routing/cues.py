"""What guidance wants to have said: values, no words (`routing.phrases` makes the words).

Turn angles: degrees, positive clockwise (to the right), 0 straight on, in (-180, 180].
"""

from enum import StrEnum

from wire.base import value
from wire.route import Caveat, Crossing, Known, Name, StretchKind


class CueKind(StrEnum):
    """One row each in the phrase table and in the device's policy table."""

    START = "start"  # destination, length, minutes, what could not be avoided
    FACE = "face"  # direction to face at the start, or when heading is wrong there
    PREPARE_TURN = "prepare_turn"
    TURN_NOW = "turn_now"
    CROSSING_AHEAD = "crossing_ahead"
    CROSSING_NOW = "crossing_now"  # at the kerb
    CROSSING_DONE = "crossing_done"
    STEPS_AHEAD = "steps_ahead"
    LEVEL_CROSSING_AHEAD = "level_crossing_ahead"
    UNDERPASS_AHEAD = "underpass_ahead"
    PAVING_BEGINS = "paving_begins"
    PAVING_ENDS = "paving_ends"
    PAVING_UNKNOWN = "paving_unknown"
    NO_SIDEWALK = "no_sidewalk"  # the route goes along a road without a sidewalk from here
    SLOPE_AHEAD = "slope_ahead"  # steep: `incline_pct` (positive up) for `length_m`
    PAVING_BRANCH = "paving_branch"  # the guide blocks branch: `side` is the branch to follow
    MAP_GAP = "map_gap"  # the map's ways do not meet: `length_m` that nobody has drawn
    REASSURE = "reassure"  # still right; distance to the next action
    LANDMARK = "landmark"
    OFF_ROUTE = "off_route"
    BACK_ON_ROUTE = "back_on_route"
    WRONG_WAY = "wrong_way"
    REROUTED = "rerouted"  # a new route from here: `length_m`, `minutes`, `caveats`
    REROUTE_FAILED = "reroute_failed"  # no new route: `reason` says why, the old one goes on
    NEAR_DESTINATION = "near_destination"
    ARRIVED = "arrived"
    POSITION_LOST = "position_lost"
    POSITION_BACK = "position_back"
    POSITION_POOR = "position_poor"


class Mark(StrEnum):
    """What a walker has felt or heard at a corner that has no name."""

    BLOCKS_TURN = "blocks_turn"  # guide blocks on both legs
    BLOCKS_LEFT = "blocks_left"  # the route leaves the guide blocks: none along the way turned into
    AFTER_STEPS = "after_steps"  # at the end of steps
    AFTER_ESCALATOR = "after_escalator"
    AFTER_RAILS = "after_rails"  # behind a level crossing
    AFTER_UNDERPASS = "after_underpass"
    AFTER_BRIDGE = "after_bridge"
    AFTER_SIGNAL = "after_signal"  # the first corner behind a crossing with a signal
    AFTER_CROSSING = "after_crossing"  # the same without a signal, or where none is known


@value
class Outline:
    """A route in figures, for the sentences before the start."""

    crossings: int = 0  # of carriageways; level crossings apart
    signals: int = 0
    no_signals: int = 0
    signals_unknown: int = 0
    blocks_share: float = 0.0  # of the length, where the map has guide blocks
    blocks_unknown_share: float = 0.0  # of the length, where it says neither yes nor no


@value
class Cue:
    """One thing to say. Fields that a kind does not use stay None.

    `key` is its identity along the route ("turn/3"): stable while the distance shrinks.
    `distance_m` is along the route to the thing; `accuracy_m` the position's, for the wording
    (plain, about, around). `expires_m`: when the wearer has walked past this route distance, or
    `lifetime_s` after it was made, the words are stale.
    """

    kind: CueKind
    key: str
    distance_m: float | None = None
    at_m: float | None = None  # where along the route the thing is: refreshes the distance
    accuracy_m: float | None = None
    turn_deg: float | None = None
    bearing_deg: float | None = None  # true bearing to walk or face
    relative_deg: float | None = None  # bearing relative to the wearer's heading, where known
    name: Name | None = None  # street, place or landmark
    side: str | None = None  # "left" | "right" | "ahead"
    length_m: float | None = None
    minutes: int | None = None
    crossing: Crossing | None = None
    stretch: StretchKind | None = None
    tactile: Known | None = None
    steps: int | None = None
    steps_direction: str | None = None
    handrail: Known | None = None
    caveats: tuple[Caveat, ...] = ()
    then: "Cue | None" = None  # the action that follows within a few metres, told in one sentence
    expires_m: float | None = None
    lifetime_s: float = 10.0
    incline_pct: int | None = None  # in walking direction, positive up
    moving: bool = False  # steps that move: an escalator
    reason: str | None = None  # of REROUTE_FAILED: "no_network" | "none_found"
    mark: Mark | None = None  # what is felt or heard at an unnamed corner
    unpaved: bool = False  # the way turned into
    outline: Outline | None = None  # of START
