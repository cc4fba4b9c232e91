"""A row of the table of announcements: how one kind is told."""

from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum
from typing import get_args

from device.announcements import Kind, Verbosity
from vision.types import Hazard
from wire import trip


class Urgency(IntEnum):
    """How much a thing may disturb; `wire` is its name on the wire."""

    INFO = 0
    GUIDANCE = 1
    CAUTION = 2
    HAZARD = 3
    STOP = 4

    @property
    def wire(self) -> trip.Urgency:
        """The name used in trip events."""
        return _WIRE_NAMES[self]


_WIRE_NAMES: tuple[trip.Urgency, ...] = get_args(trip.Urgency)


class Earcon(StrEnum):
    """The short sound before the words."""

    INFO = "info"
    GUIDANCE = "guidance"
    CAUTION = "caution"
    HAZARD = "hazard"
    STOP = "stop"
    LINK_LOST = "link_lost"
    LINK_BACK = "link_back"
    # Of the controls
    PRESSED = "pressed"  # a press of a button was heard
    SOS = "sos"  # each second of the countdown to a call for help
    ASKS = "asks"  # a question that waits for a button


class Preempts(StrEnum):
    """When it may end something less urgent that is being said."""

    NOW = "now"
    AT_WORD = "at_word"  # at the next pause between phrases
    NEVER = "never"


# Times and chances waver by about as much from frame to frame (simulated times to contact: quartiles at .75
# and 1.2 of the truth).
WAVERS = 1.25


@dataclass(frozen=True, slots=True)
class Evidence:
    """What must be seen before a scene's fact is told. Nearness OR time, score and chance always."""

    score: float = 0.0  # at least
    within_m: float | None = None
    ttc_s: float | None = None  # below
    held_s: float = 0.0  # the state has lasted this long
    chance: float = 0.0  # of a touch, at least

    def met(self, hazard: Hazard) -> bool:
        """Whether this hazard shows enough."""
        near = self.within_m is not None and hazard.distance_m <= self.within_m
        soon = self.ttc_s is not None and hazard.ttc_s is not None and hazard.ttc_s < self.ttc_s
        return hazard.score >= self.score and hazard.chance >= self.chance and (near or soon)

    def nearly(self, hazard: Hazard) -> bool:
        """Whether it would still be met but for what wavers; the score is not asked again."""
        wider = replace(
            self,
            score=0.0,
            within_m=None if self.within_m is None else self.within_m * WAVERS,
            ttc_s=None if self.ttc_s is None else self.ttc_s * WAVERS,
            chance=self.chance / WAVERS,
        )
        return wider.met(hazard)


@dataclass(frozen=True, slots=True)
class Escalation:
    """It got worse: told again inside its gap, with this urgency."""

    evidence: Evidence
    urgency: Urgency


@dataclass(frozen=True, slots=True)
class Policy:
    """A row of the table.

    `gap_s`: the same kind and key is silent that long after it was delivered; `kind_gap_s`: any of
    the kind. `resumes`: said again if it was cut and is still valid.
    `supersedes`: kinds with the same key that it makes pointless while they wait.
    `rank` orders rows of one urgency, and may end a lower rank as a higher urgency would.
    `last_call`: enough instead of `evidence` where later is too late: soon, though less sure.
    `goes_on`: the rest of what was just said: no gap before it, and it gives way at once.
    `least`: who wants fewer words than this is not told. `always`: told though the wearer paused the words:
    what failed, and how a trip begins and ends.
    `asked`: the wearer's own request, which is answered always.
    """

    urgency: Urgency
    earcon: Earcon
    gap_s: float
    lifetime_s: float
    preempts: Preempts = Preempts.NEVER
    kind_gap_s: float = 0.0
    rank: int = 0
    resumes: bool = False
    evidence: Evidence | None = None
    last_call: Evidence | None = None
    goes_on: bool = False
    escalation: Escalation | None = None
    supersedes: frozenset[Kind] = frozenset()
    least: Verbosity = "quiet"
    always: bool = False
    asked: bool = False
