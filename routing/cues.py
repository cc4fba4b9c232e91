"""What guidance wants to have said: values, no words (`routing.phrases` makes the words).

Turn angles: degrees, positive clockwise (to the right), 0 straight on, in (-180, 180].
"""

from dataclasses import dataclass
from enum import StrEnum

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
    REASSURE = "reassure"  # still right; distance to the next action
    LANDMARK = "landmark"
    OFF_ROUTE = "off_route"
    BACK_ON_ROUTE = "back_on_route"
    WRONG_WAY = "wrong_way"
    NEAR_DESTINATION = "near_destination"
    ARRIVED = "arrived"
    POSITION_LOST = "position_lost"
    POSITION_BACK = "position_back"
    POSITION_POOR = "position_poor"


@dataclass(frozen=True, slots=True)
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
