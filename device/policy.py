"""The one table that says how each kind of announcement is told, and what follows from a row.

Order of importance: danger > act now > prepare > reassurance > information. Only danger and the
action that is due now may end what is being said; a lower urgency never ends a higher one.
"""

from dataclasses import replace
from typing import get_args

from device.announcements import AlertKind as A
from device.announcements import Announcement, Kind, Verbosity
from device.policy_row import Earcon, Escalation, Evidence, Policy, Preempts, Urgency
from routing.cues import CueKind as C
from vision.types import Hazard

__all__ = [
    "LONGEST_GAP_S",
    "POLICY",
    "Earcon",
    "Escalation",
    "Evidence",
    "Policy",
    "Preempts",
    "Urgency",
    "earcon_of",
    "preempts",
    "severity",
    "told_to",
    "told_when_paused",
    "urgency_of",
    "worth_telling",
]


def _info(
    gap_s: float,
    lifetime_s: float = 10.0,
    kind_gap_s: float = 0.0,
    *supersedes: Kind,
    least: Verbosity = "quiet",
    always: bool = False,
) -> Policy:
    return Policy(
        Urgency.INFO, Earcon.INFO, gap_s, lifetime_s,
        kind_gap_s=kind_gap_s, supersedes=frozenset(supersedes), least=least, always=always,
    )  # fmt: skip


# A loss and its end come in turn, and one that comes and goes is told of once (`device.faultbook`): the gap
# only keeps two who tell of the same apart. A long one would swallow a loss after an end that was cut short.
_ONCE_S = 3.0


def _back(*lost: Kind) -> Policy:
    return replace(_info(_ONCE_S, 15.0, 0.0, *lost, always=True), resumes=True)


def _answer(lifetime_s: float = 10.0, rank: int = 9, earcon: Earcon = Earcon.PRESSED) -> Policy:
    # The wearer's own request: over everything but danger and what has just failed, with no gap before it.
    return Policy(
        Urgency.GUIDANCE, earcon, 0.0, lifetime_s, Preempts.NOW, rank=rank, goes_on=True, asked=True
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
        Urgency.CAUTION, Earcon.CAUTION, gap_s, 30.0, preempts,
        resumes=True, supersedes=frozenset(supersedes), always=True,
    )  # fmt: skip


def _link(earcon: Earcon, gap_s: float, opposite: Kind) -> Policy:
    # Guidance goes on without the server: told within two seconds, yet never over what is to be done now.
    return Policy(
        Urgency.GUIDANCE, earcon, gap_s, 30.0, Preempts.AT_WORD,
        rank=1, resumes=True, supersedes=frozenset({opposite}), always=True,
    )  # fmt: skip


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


def _notice(lifetime_s: float) -> Policy:
    # Who looks on is told to everybody who is looked at, at a pause, and to its end.
    return replace(_info(0.0, lifetime_s, always=True), resumes=True, rank=3)


def _word_of_server(earcon: Earcon, lifetime_s: float) -> Policy:
    # Before what is to come and what is information. It lasts ten seconds: what is to be done now cannot wait
    # behind it (the kerb's words are of no use after 8 s), cuts it, and it is said again.
    return Policy(
        Urgency.GUIDANCE, earcon, 0.0, lifetime_s, Preempts.AT_WORD, rank=1, resumes=True, always=True
    )


# A warning helps if it is over 1.5 s before contact: a second of reaction and a step. What and where take 1.0
# to 1.7 s with their earcon, and another voice may have to be waited for: 5.5 s before contact is the time to
# begin, for what is in the way as good as surely. At 4.6 s more cannot be waited for. Where the chances lie
# is a trade of missed against needless warnings: `vision encounters`, decisions 0023, 0038, 0043.
_FIRST = Evidence(ttc_s=5.5, chance=0.75, within_m=1.2)
_LAST = Evidence(ttc_s=4.6, chance=0.5)
# Of what moves and is given a chance of .5 to .65 two in five come; of what stands, three in five are met
# (`python -m device.encounters.calibration`; decision 0043).
_LAST_MOVING = Evidence(ttc_s=4.6, chance=0.65)
# How far away what hangs is, only its size tells, give or take half of that; it is seen in one frame of four,
# its sentence is the longest, and no cane meets it: begun 1.5 s sooner by what the clock seems to be.
_FIRST_OVERHEAD = Evidence(ttc_s=7.0, chance=0.6, within_m=1.2)
_LAST_OVERHEAD = Evidence(ttc_s=5.0, chance=0.4)
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
        Urgency.HAZARD, Earcon.HAZARD, 8.0, 1.5, Preempts.NOW, rank=1,
        evidence=_FIRST, last_call=_LAST_MOVING,
        escalation=Escalation(_WORSE, Urgency.HAZARD),
    ),
    # A fall from a platform cannot be taken back: told early, over everything but a stop.
    A.EDGE_AHEAD: Policy(
        Urgency.HAZARD, Earcon.HAZARD, 15.0, 2.5, Preempts.NOW, rank=2,
        evidence=Evidence(0.25, 6.0, 6.0, chance=0.5), escalation=Escalation(_WORSE, Urgency.HAZARD),
    ),
    A.STAIRS_AHEAD: _hazard(15.0, Evidence(0.25, 4.0, 5.5, chance=0.85), _WORSE),
    A.OVERHEAD_AHEAD: _hazard(20.0, _FIRST_OVERHEAD, _WORSE, _LAST_OVERHEAD),
    A.OBSTACLE_ON_PAVING: _hazard(20.0, _FIRST, _WORSE, _LAST),
    A.OBSTACLE_AHEAD: _hazard(20.0, _FIRST, _WORSE, _LAST),
    A.PERSON_APPROACHING: _hazard(20.0, _FIRST, _WORSE, _LAST_MOVING),
    # How far, and the side that looks free: for who has the time to listen.
    A.OBSTACLE_DETAIL: Policy(
        Urgency.GUIDANCE, Earcon.INFO, 20.0, 1.0, rank=5, goes_on=True,
        evidence=Evidence(within_m=9.0, chance=0.5),
    ),
    # --- faults: what is not said any more must not look like safety
    # Now, not at a word: guidance that goes on for a second sounds as if somebody still looked ahead.
    A.CAMERA_LOST: _fault(_ONCE_S, A.CAMERA_BACK, A.CAMERA_POOR, preempts=Preempts.NOW),
    A.MODEL_LOST: _fault(_ONCE_S, A.MODEL_BACK, preempts=Preempts.NOW),
    A.CAMERA_POOR: _fault(60.0, A.CAMERA_BACK, A.CAMERA_LOST, preempts=Preempts.NOW),
    A.BOARD_POOR: _fault(_ONCE_S, A.BOARD_BACK, preempts=Preempts.NOW),
    A.IMU_LOST: _fault(_ONCE_S, A.IMU_BACK, preempts=Preempts.NOW),
    A.BOARD_BACK: _back(A.BOARD_POOR),
    A.IMU_BACK: _back(A.IMU_LOST),
    A.SPEECH_FALLBACK: _fault(_ONCE_S, A.SPEECH_BACK),
    C.POSITION_LOST: _fault(_ONCE_S, C.POSITION_BACK),
    A.RECEIVER_LOST: _fault(
        _ONCE_S, A.RECEIVER_BACK, C.POSITION_LOST, C.POSITION_BACK, C.POSITION_POOR, preempts=Preempts.NOW
    ),
    A.RECEIVER_BACK: _back(A.RECEIVER_LOST),
    A.BUTTONS_LOST: _fault(_ONCE_S, A.BUTTONS_BACK, A.BUTTON_STUCK),
    A.BUTTONS_BACK: _back(A.BUTTONS_LOST, A.BUTTON_STUCK),
    A.BUTTON_STUCK: _fault(60.0, A.BUTTONS_BACK),
    # A battery takes minutes for a percent: never over what is to be done now.
    A.BATTERY_LOW: _link(Earcon.CAUTION, _ONCE_S, A.BATTERY_BACK),
    A.BATTERY_EMPTY: replace(
        _link(Earcon.CAUTION, _ONCE_S, A.BATTERY_BACK), supersedes=frozenset({A.BATTERY_BACK, A.BATTERY_LOW})
    ),
    A.BATTERY_BACK: _back(A.BATTERY_LOW, A.BATTERY_EMPTY),
    A.PART_UNSTEADY: _fault(
        60.0, A.CAMERA_LOST, A.CAMERA_BACK, A.CAMERA_POOR, A.MODEL_LOST, A.MODEL_BACK, A.LINK_LOST,
        A.LINK_BACK, A.STORAGE_LOST, A.STORAGE_BACK, A.SPEECH_FALLBACK, A.SPEECH_BACK, A.BOARD_POOR,
        A.BOARD_BACK, A.IMU_LOST, A.IMU_BACK, A.RECEIVER_LOST, A.RECEIVER_BACK, A.BUTTONS_LOST,
        A.BUTTONS_BACK, C.POSITION_LOST, C.POSITION_BACK, A.PHONE_LEFT, A.PHONE_BACK,
        A.BATTERY_LOW, A.BATTERY_EMPTY, A.BATTERY_BACK,
    ),
    A.SEVERAL_LOST: replace(_fault(0.0, preempts=Preempts.NOW), rank=1),
    A.LINK_LOST: _link(Earcon.LINK_LOST, _ONCE_S, A.LINK_BACK),
    A.LINK_REFUSED: _link(Earcon.LINK_LOST, _ONCE_S, A.LINK_BACK),
    A.LINK_BACK: replace(
        _back(A.LINK_LOST, A.LINK_REFUSED), earcon=Earcon.LINK_BACK, lifetime_s=30.0, rank=3
    ),
    A.STORAGE_LOST: _link(Earcon.CAUTION, _ONCE_S, A.STORAGE_BACK),
    # That somebody looks ahead again comes before that somebody can see where one is.
    A.CAMERA_BACK: replace(_back(A.CAMERA_LOST, A.CAMERA_POOR), rank=4),
    A.MODEL_BACK: replace(_back(A.MODEL_LOST), rank=4),
    # Nothing was heard meanwhile: worth more than what else waits.
    A.SPEECH_BACK: replace(
        _back(A.SPEECH_FALLBACK), urgency=Urgency.GUIDANCE, preempts=Preempts.AT_WORD, rank=3
    ),
    A.STORAGE_BACK: _back(A.STORAGE_LOST),
    C.POSITION_BACK: _back(C.POSITION_LOST, C.POSITION_POOR),
    C.POSITION_POOR: _info(60.0, 15.0, 60.0, C.POSITION_BACK, always=True),
    # --- the wrong place, and what is underfoot next
    C.WRONG_WAY: _warn(10.0, 10.0),
    C.OFF_ROUTE: _warn(10.0, 10.0, C.BACK_ON_ROUTE),
    C.REROUTE_FAILED: _warn(30.0, 20.0),
    C.MAP_GAP: _warn(30.0, 12.0),
    C.NO_SIDEWALK: _warn(30.0, 15.0),
    C.STEPS_AHEAD: _warn(12.0, 12.0),
    C.LEVEL_CROSSING_AHEAD: _warn(12.0, 12.0),
    # --- act now, then prepare
    C.CROSSING_NOW: _act(12.0, 8.0, C.CROSSING_AHEAD, rank=3),
    C.TURN_NOW: _act(12.0, 10.0, C.PREPARE_TURN),
    C.FACE: _act(8.0, 30.0, rank=1),
    C.ARRIVED: replace(_act(60.0, 30.0, C.NEAR_DESTINATION), always=True),
    C.BACK_ON_ROUTE: _act(8.0, 10.0, C.OFF_ROUTE, C.WRONG_WAY, rank=1),
    # From here on the old route's words mean nothing.
    C.REROUTED: _act(20.0, 30.0, C.OFF_ROUTE, C.WRONG_WAY, C.BACK_ON_ROUTE, C.REROUTE_FAILED, rank=3),
    C.PREPARE_TURN: _prepare(lifetime_s=30.0),
    C.CROSSING_AHEAD: _prepare(),
    C.UNDERPASS_AHEAD: _prepare(),
    C.PAVING_BRANCH: _prepare(),
    C.NEAR_DESTINATION: _prepare(30.0),
    # In this order, and not cut by the direction to face, which comes a moment later.
    A.TRIP_STARTED: replace(_prepare(60.0, 30.0, rank=5), always=True),
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
                          evidence=Evidence(within_m=4.0), least="normal"),
    # As a fault is told: from here on silence means nothing.
    A.SILENT: replace(_fault(_ONCE_S), supersedes=frozenset({A.SILENT_OVER})),
    A.SILENT_OVER: _back(A.SILENT),
    A.TRIP_ENDED: Policy(Urgency.INFO, Earcon.INFO, 60.0, 60.0, rank=4, always=True),
    C.CROSSING_DONE: _info(20.0, 6.0, 0.0, C.CROSSING_NOW, C.CROSSING_AHEAD, least="normal"),
    # Long enough to wait behind the opening sentences; passed blocks expire by their place.
    C.PAVING_BEGINS: _info(20.0, 40.0),
    C.PAVING_ENDS: _info(20.0),
    C.SLOPE_AHEAD: _info(30.0, 12.0),
    C.PAVING_UNKNOWN: _info(60.0, 10.0, 30.0, least="normal"),
    C.LANDMARK: _info(60.0, 8.0, least="normal"),
    C.REASSURE: _info(15.0, 6.0, 15.0),
    # The cane feels the blocks before the camera tells of them: only what lasts is worth a word. An
    # obstacle or a zebra hides them for less than 8 s.
    A.PAVING_SIGHTED: Policy(Urgency.INFO, Earcon.INFO, 60.0, 4.0, evidence=Evidence(held_s=4.0),
                             supersedes=frozenset({A.PAVING_OUT_OF_SIGHT}), least="normal"),
    A.PAVING_OUT_OF_SIGHT: Policy(Urgency.INFO, Earcon.INFO, 60.0, 4.0, evidence=Evidence(held_s=8.0),
                                  supersedes=frozenset({A.PAVING_SIGHTED}), least="normal"),
    A.STREET_CHANGED: _info(60.0, 8.0, 20.0, least="detailed"),
    # --- the device
    A.DEVICE_STARTING: _prepare(60.0, 30.0, rank=5),
    A.DEVICE_READY: replace(
        _prepare(0.0, 60.0, rank=5), supersedes=frozenset({A.DEVICE_STARTING}), always=True
    ),
    A.DEVICE_ENDING: replace(_fault(0.0, preempts=Preempts.NOW), rank=1),
    A.TRIP_RESUMED: replace(_prepare(60.0, 30.0, rank=5), always=True),
    A.PHONE_PAIRED: _prepare(5.0, 20.0, rank=1),
    A.PHONE_REFUSED: _prepare(10.0, 15.0, rank=1),
    A.PHONE_SECOND: _prepare(60.0, 15.0),
    A.PHONE_LEFT: _link(Earcon.CAUTION, 20.0, A.PHONE_BACK),  # what it means for the camera is told as that
    A.PHONE_BACK: _back(A.PHONE_LEFT),
    # --- answers to the wearer
    # Cuts what a moment later the answer would cut: a hand that feels nothing presses again.
    A.PRESSED: _answer(0.5, rank=10),
    A.NOT_UNDERSTOOD: _answer(),
    A.REPEATED: _answer(),
    A.WHERE_AM_I: _answer(),
    A.WHAT_IS_AHEAD: _answer(),
    A.SPEECH_PAUSED: _answer(),
    A.SPEECH_RESUMED: _answer(),
    A.STILL_PAUSED: replace(_info(0.0), asked=True),
    A.MENU_ITEM: _answer(20.0),
    A.MENU_CLOSED: replace(_answer(), supersedes=frozenset({A.MENU_ITEM})),
    A.CHOSEN: replace(_answer(), supersedes=frozenset({A.MENU_ITEM})),
    A.PLANNING: replace(_answer(20.0), supersedes=frozenset({A.PLAN_FAILED})),
    A.PLAN_FAILED: replace(_answer(30.0), resumes=True, supersedes=frozenset({A.PLANNING})),
    A.PAIRING_CODE: replace(_answer(30.0), resumes=True),
    A.CODE_FAILED: _answer(),
    # A call for help: the count cuts an answer, its end is heard whatever comes between.
    A.SOS_BEGUN: _answer(5.0, 12, Earcon.SOS),
    A.SOS_COUNT: _answer(0.9, 11, Earcon.SOS),
    A.SOS_CANCELLED: replace(
        _answer(30.0, 13, Earcon.INFO), resumes=True, supersedes=frozenset({A.SOS_BEGUN})
    ),
    A.SOS_STORED: replace(_answer(60.0, 12, Earcon.INFO), resumes=True, supersedes=frozenset({A.SOS_FAILED})),
    A.SOS_SENT: replace(
        _answer(60.0, 12, Earcon.INFO), resumes=True, supersedes=frozenset({A.SOS_STORED, A.SOS_FAILED})
    ),
    A.SOS_FAILED: replace(_answer(60.0, 12, Earcon.CAUTION), resumes=True),
    A.SOS_TAKEN_BACK: replace(
        _answer(30.0, 12, Earcon.INFO), resumes=True, supersedes=frozenset({A.SOS_STORED, A.SOS_SENT})
    ),
    # --- what the server tells
    A.ARE_YOU_OK: _word_of_server(Earcon.ASKS, 20.0),
    A.OK_TOLD: _answer(),
    A.UNANSWERED: _word_of_server(Earcon.INFO, 30.0),
    A.SOS_TOLD: _word_of_server(Earcon.INFO, 600.0),
    A.SOS_SEEN: _word_of_server(Earcon.INFO, 3600.0),
    A.LINK_OPENED: _notice(3600.0),
    A.WATCHING: _notice(600.0),
}  # fmt: skip
_TALK: tuple[Verbosity, ...] = get_args(Verbosity)
LONGEST_GAP_S = max(max(row.gap_s, row.kind_gap_s) for row in POLICY.values())


def severity(announcement: Announcement) -> int:
    """0 as first told; 1 once it got worse by its row's escalation."""
    escalation = POLICY[announcement.kind].escalation
    hazard = announcement.params
    return int(escalation is not None and isinstance(hazard, Hazard) and escalation.evidence.met(hazard))


def worth_telling(kind: Kind, now: Hazard) -> bool:
    """Whether what waits to be told of a thing is about worth it by what is seen now.

    It was when it was made; meanwhile another voice spoke, and the thing may have turned out to be passed. A
    stop waits for nothing.
    """
    row = POLICY[kind]
    enough = [evidence for evidence in (row.evidence, row.last_call) if evidence is not None]
    return row.urgency is Urgency.STOP or not enough or any(evidence.nearly(now) for evidence in enough)


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


def told_to(kind: Kind, verbosity: Verbosity) -> bool:
    """Whether a wearer who wants so many words is told of this kind."""
    return _TALK.index(POLICY[kind].least) <= _TALK.index(verbosity)


def told_when_paused(announcement: Announcement) -> bool:
    """Whether it is told to who paused the words: danger, what failed, and what was asked for."""
    row = POLICY[announcement.kind]
    return row.asked or row.always or urgency_of(announcement) >= Urgency.CAUTION
