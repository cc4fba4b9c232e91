"""The one table that says how each kind of announcement is told, and what follows from a row.

Order of importance: danger > act now > prepare > reassurance > information. Only danger and the
action that is due now may end what is being said; a lower urgency never ends a higher one.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import get_args

from device.announcements import AlertKind as A
from device.announcements import Announcement, Kind
from routing.cues import CueKind as C
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


class Preempts(StrEnum):
    """When it may end something less urgent that is being said."""

    NOW = "now"
    AT_WORD = "at_word"  # at the next pause between phrases
    NEVER = "never"


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


def _info(gap_s: float, lifetime_s: float = 10.0, kind_gap_s: float = 0.0, *supersedes: Kind) -> Policy:
    return Policy(
        Urgency.INFO, Earcon.INFO, gap_s, lifetime_s, kind_gap_s=kind_gap_s, supersedes=frozenset(supersedes)
    )


def _prepare(gap_s: float = 12.0, lifetime_s: float = 12.0, rank: int = 0) -> Policy:
    return Policy(Urgency.GUIDANCE, Earcon.GUIDANCE, gap_s, lifetime_s, rank=rank, resumes=True)


def _act(gap_s: float, lifetime_s: float, *supersedes: Kind, rank: int = 2) -> Policy:
    return Policy(
        Urgency.GUIDANCE, Earcon.GUIDANCE, gap_s, lifetime_s, Preempts.AT_WORD,
        rank=rank, resumes=True, supersedes=frozenset(supersedes),
    )  # fmt: skip


def _fault(gap_s: float, *supersedes: Kind, preempts: Preempts = Preempts.AT_WORD) -> Policy:
    return Policy(
        Urgency.CAUTION, Earcon.CAUTION, gap_s, 30.0, preempts, resumes=True, supersedes=frozenset(supersedes)
    )


def _link(earcon: Earcon, gap_s: float, opposite: Kind) -> Policy:
    # Guidance goes on without the server: worth knowing, never worth cutting for.
    return Policy(Urgency.INFO, earcon, gap_s, 30.0, rank=3, supersedes=frozenset({opposite}))


def _warn(gap_s: float, lifetime_s: float, *supersedes: Kind) -> Policy:
    return Policy(
        Urgency.CAUTION, Earcon.CAUTION, gap_s, lifetime_s, Preempts.AT_WORD,
        resumes=True, supersedes=frozenset(supersedes),
    )  # fmt: skip


def _hazard(
    gap_s: float, first: Evidence, worse: Evidence, last: Evidence | None = None, kind_gap_s: float = 0.0
) -> Policy:
    return Policy(
        Urgency.CAUTION, Earcon.CAUTION, gap_s, 1.5, Preempts.AT_WORD, kind_gap_s,
        evidence=first, last_call=last, escalation=Escalation(worse, Urgency.HAZARD),
    )  # fmt: skip


def _blocks(within_m: float | None, kind_gap_s: float, rank: int = 0) -> Policy:
    # The cane will meet it as well: worth a word before, never worth cutting one.
    return Policy(
        Urgency.GUIDANCE, Earcon.GUIDANCE, 30.0, 3.0, kind_gap_s=kind_gap_s, rank=rank,
        evidence=Evidence(within_m=within_m),
    )  # fmt: skip


# A warning helps if it is over 1.5 s before contact: a second of reaction and a step. What and where take 1.0
# to 1.7 s with their earcon, and another voice may have to be waited for: 5 s before contact is the time to
# begin, for what is in the way as good as surely. At 3.6 s more cannot be waited for. Where the chances lie
# is a trade of missed against needless warnings: `vision encounters`, decision 0023.
_FIRST = Evidence(ttc_s=5.0, chance=0.75, within_m=1.2)
_LAST = Evidence(ttc_s=3.6, chance=0.45)
_WORSE = Evidence(ttc_s=1.7, chance=0.6)

POLICY: dict[Kind, Policy] = {
    # --- danger
    A.STOP_NOW: Policy(
        Urgency.STOP, Earcon.STOP, 4.0, 1.0, Preempts.NOW, evidence=Evidence(ttc_s=1.2, chance=0.6),
        supersedes=frozenset(
            {
                A.OBSTACLE_ON_PAVING, A.OBSTACLE_AHEAD, A.EDGE_AHEAD, A.STAIRS_AHEAD, A.OVERHEAD_AHEAD,
                A.PERSON_APPROACHING, A.VEHICLE_APPROACHING, A.OBSTACLE_DETAIL,
            }
        ),
    ),
    A.VEHICLE_APPROACHING: Policy(
        Urgency.HAZARD, Earcon.HAZARD, 8.0, 1.5, Preempts.NOW, rank=1, evidence=_FIRST, last_call=_LAST,
        escalation=Escalation(_WORSE, Urgency.HAZARD),
    ),
    # A fall from a platform cannot be taken back: told early, over everything but a stop.
    A.EDGE_AHEAD: Policy(
        Urgency.HAZARD, Earcon.HAZARD, 15.0, 2.5, Preempts.NOW, rank=2,
        evidence=Evidence(0.25, 6.0, 6.0, chance=0.5), escalation=Escalation(_WORSE, Urgency.HAZARD),
    ),
    A.STAIRS_AHEAD: _hazard(15.0, Evidence(0.25, 4.0, 5.5, chance=0.7), _WORSE),
    A.OVERHEAD_AHEAD: _hazard(20.0, _FIRST, _WORSE, _LAST),
    A.OBSTACLE_ON_PAVING: _hazard(20.0, _FIRST, _WORSE, _LAST),
    A.OBSTACLE_AHEAD: _hazard(20.0, _FIRST, _WORSE, _LAST),
    A.PERSON_APPROACHING: _hazard(20.0, _FIRST, _WORSE, _LAST),
    # How far, and the side that looks free: for who has the time to listen.
    A.OBSTACLE_DETAIL: Policy(
        Urgency.GUIDANCE, Earcon.INFO, 20.0, 1.0, rank=5, goes_on=True,
        evidence=Evidence(within_m=9.0, chance=0.5),
    ),
    # --- faults: what is not said any more must not look like safety
    # Now, not at a word: guidance that goes on for a second sounds as if somebody still looked ahead.
    A.CAMERA_LOST: _fault(30.0, A.CAMERA_BACK, A.CAMERA_POOR, preempts=Preempts.NOW),
    A.MODEL_LOST: _fault(30.0, A.MODEL_BACK, preempts=Preempts.NOW),
    A.CAMERA_POOR: _fault(60.0, A.CAMERA_BACK, A.CAMERA_LOST, preempts=Preempts.NOW),
    A.BOARD_POOR: _fault(120.0, A.BOARD_BACK, preempts=Preempts.NOW),
    A.IMU_LOST: _fault(60.0, A.IMU_BACK, preempts=Preempts.NOW),
    A.BOARD_BACK: _info(120.0, 15.0, 0.0, A.BOARD_POOR),
    A.IMU_BACK: _info(60.0, 15.0, 0.0, A.IMU_LOST),
    A.SPEECH_FALLBACK: _fault(60.0, A.SPEECH_BACK),
    C.POSITION_LOST: _fault(20.0, C.POSITION_BACK),
    A.LINK_LOST: _link(Earcon.LINK_LOST, 60.0, A.LINK_BACK),
    A.LINK_BACK: _link(Earcon.LINK_BACK, 60.0, A.LINK_LOST),
    A.STORAGE_LOST: _link(Earcon.CAUTION, 120.0, A.STORAGE_BACK),
    A.CAMERA_BACK: _info(20.0, 15.0, 0.0, A.CAMERA_LOST, A.CAMERA_POOR),
    A.MODEL_BACK: _info(20.0, 15.0, 0.0, A.MODEL_LOST),
    A.SPEECH_BACK: _info(60.0, 15.0, 0.0, A.SPEECH_FALLBACK),
    A.STORAGE_BACK: _info(120.0, 15.0, 0.0, A.STORAGE_LOST),
    C.POSITION_BACK: _info(10.0, 15.0, 0.0, C.POSITION_LOST, C.POSITION_POOR),
    C.POSITION_POOR: _info(60.0, 15.0, 60.0, C.POSITION_BACK),
    # --- the wrong place, and what is underfoot next
    C.WRONG_WAY: _warn(10.0, 10.0),
    C.OFF_ROUTE: _warn(10.0, 10.0, C.BACK_ON_ROUTE),
    C.REROUTE_FAILED: _warn(30.0, 20.0),
    C.PATH_CLOSED: _warn(30.0, 20.0),
    C.MAP_GAP: _warn(30.0, 12.0),
    C.NO_SIDEWALK: _warn(30.0, 15.0),
    C.STEPS_AHEAD: _warn(12.0, 12.0),
    C.LEVEL_CROSSING_AHEAD: _warn(12.0, 12.0),
    # --- act now, then prepare
    C.CROSSING_NOW: _act(12.0, 8.0, C.CROSSING_AHEAD, rank=3),
    C.TURN_NOW: _act(12.0, 10.0, C.PREPARE_TURN),
    C.FACE: _act(8.0, 30.0, rank=1),
    C.ARRIVED: _act(60.0, 30.0, C.NEAR_DESTINATION),
    C.BACK_ON_ROUTE: _act(8.0, 10.0, C.OFF_ROUTE, C.WRONG_WAY, rank=1),
    # From here on the old route's words mean nothing.
    C.REROUTED: _act(20.0, 30.0, C.OFF_ROUTE, C.WRONG_WAY, C.BACK_ON_ROUTE, C.REROUTE_FAILED, rank=3),
    C.PREPARE_TURN: _prepare(lifetime_s=30.0),
    C.CROSSING_AHEAD: _prepare(),
    C.UNDERPASS_AHEAD: _prepare(),
    C.PAVING_BRANCH: _prepare(),
    C.NEAR_DESTINATION: _prepare(30.0),
    # In this order, and not cut by the direction to face, which comes a moment later.
    A.TRIP_STARTED: _prepare(60.0, 30.0, rank=5),
    C.START: _prepare(60.0, 30.0, rank=4),
    # Dots ask for attention where the way changes: told at a pause, to end before the feet are there.
    A.DOTS_AHEAD: Policy(Urgency.GUIDANCE, Earcon.GUIDANCE, 30.0, 3.0, Preempts.AT_WORD, 5.0, rank=2,
                         resumes=True, evidence=Evidence(within_m=4.5)),
    A.BLOCKS_TURN: _blocks(5.0, 5.0, rank=2),
    A.BLOCKS_BRANCH: _blocks(5.0, 8.0),
    A.BLOCKS_END: _blocks(4.5, 15.0),
    # Who leaves the blocks is told once, and again only after he was back on them.
    A.BLOCKS_DRIFT: _blocks(None, 12.0, rank=1),
    # --- information
    A.BLOCKS_BEND: Policy(Urgency.INFO, Earcon.INFO, 30.0, 3.0, Preempts.AT_WORD, kind_gap_s=20.0, rank=1,
                          evidence=Evidence(within_m=4.0)),
    A.TRIP_ENDED: Policy(Urgency.INFO, Earcon.INFO, 60.0, 60.0, rank=4),
    C.CROSSING_DONE: _info(20.0, 6.0, 0.0, C.CROSSING_NOW, C.CROSSING_AHEAD),
    # Long enough to wait behind the opening sentences; passed blocks expire by their place.
    C.PAVING_BEGINS: _info(20.0, 40.0),
    C.PAVING_ENDS: _info(20.0),
    C.SLOPE_AHEAD: _info(30.0, 12.0),
    C.PAVING_UNKNOWN: _info(60.0, 10.0, 30.0),
    C.LANDMARK: _info(60.0, 8.0),
    C.REASSURE: _info(15.0, 6.0, 15.0),
    # The cane feels the blocks before the camera tells of them: only what lasts is worth a word. An
    # obstacle or a zebra hides them for less than 8 s.
    A.PAVING_SIGHTED: Policy(Urgency.INFO, Earcon.INFO, 60.0, 4.0, evidence=Evidence(held_s=4.0),
                             supersedes=frozenset({A.PAVING_OUT_OF_SIGHT})),
    A.PAVING_OUT_OF_SIGHT: Policy(Urgency.INFO, Earcon.INFO, 60.0, 4.0, evidence=Evidence(held_s=8.0),
                                  supersedes=frozenset({A.PAVING_SIGHTED})),
}  # fmt: skip
LONGEST_GAP_S = max(max(row.gap_s, row.kind_gap_s) for row in POLICY.values())


def severity(announcement: Announcement) -> int:
    """0 as first told; 1 once it got worse by its row's escalation."""
    escalation = POLICY[announcement.kind].escalation
    hazard = announcement.params
    return int(escalation is not None and isinstance(hazard, Hazard) and escalation.evidence.met(hazard))


def urgency_of(announcement: Announcement) -> Urgency:
    """The urgency of its row, raised where it got worse."""
    row = POLICY[announcement.kind]
    return row.escalation.urgency if row.escalation and severity(announcement) else row.urgency


def earcon_of(announcement: Announcement) -> Earcon:
    """The sound before its words: the raised urgency's where it got worse."""
    row = POLICY[announcement.kind]
    raised = urgency_of(announcement)
    return row.earcon if raised is row.urgency else Earcon[raised.name]


def preempts(announcement: Announcement) -> Preempts:
    """When it may end something less urgent: danger at once, whatever it began as."""
    return Preempts.NOW if urgency_of(announcement) >= Urgency.HAZARD else POLICY[announcement.kind].preempts
