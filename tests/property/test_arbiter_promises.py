"""What the arbiter promises for any stream of announcements and any speaker."""

from dataclasses import dataclass, field, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from device.announcements import KINDS, AlertKind, Announcement, Fresh, Kind
from device.arbiter import ArbiterState, Play, Settled, SpeechArbiter, Stop
from device.examples import example
from device.policy import POLICY, Urgency, severity, urgency_of
from device.ports import Playback
from routing.cues import CueKind
from vision.types import Hazard

ARBITER = SpeechArbiter(queue_limit=6)
STEP_S = 0.1


@dataclass(frozen=True)
class Arrival:
    """`kind` about subject `subject` arrives before step `at`; a hazard may be a near one."""

    at: int
    kind: Kind
    subject: int
    near: bool

    def announcement(self, now_s: float) -> Announcement:
        model = example(self.kind)
        params = model.params
        if isinstance(params, Hazard):
            params = replace(params, track_id=self.subject, distance_m=1.4 if self.near else 5.0, ttc_s=3.0)
        return Announcement(self.kind, f"subject/{self.subject}", params, now_s, now_s + model.expires_s)


ARRIVALS = st.lists(
    st.builds(
        Arrival,
        at=st.integers(0, 150),
        kind=st.sampled_from(KINDS),
        subject=st.integers(1, 3),
        near=st.booleans(),
    ),
    max_size=40,
)
# The same few subjects again and again: what any-of-43-kinds would hardly ever bring about.
REPEATING = st.lists(
    st.builds(
        Arrival,
        at=st.integers(0, 300),
        kind=st.sampled_from(
            [
                AlertKind.STOP_NOW,
                AlertKind.OBSTACLE_ON_PAVING,
                CueKind.TURN_NOW,
                CueKind.OFF_ROUTE,
                CueKind.BACK_ON_ROUTE,
            ]
        ),
        subject=st.just(1),
        near=st.booleans(),
    ),
    min_size=10,
    max_size=40,
)
# More at once than the queue holds.
CROWDED = st.lists(
    st.builds(
        Arrival,
        at=st.integers(0, 5),
        kind=st.sampled_from(KINDS),
        subject=st.integers(1, 3),
        near=st.booleans(),
    ),
    min_size=15,
    max_size=40,
)
SHORT = st.lists(st.integers(1, 10), min_size=1, max_size=10)
# What each utterance does: tenths of a second that it lasts; 0 fails, -1 never begins.
LENGTHS = st.lists(st.integers(-1, 40), min_size=1, max_size=20)


@dataclass
class FakeSpeaker:
    """Plays as long as the script says, and refuses to speak with two voices."""

    lengths: list[int]
    now: int = 0
    voice: int | None = None
    started: int = 0
    ends: int = 0
    failed: list[int] = field(default_factory=list)
    finished: list[int] = field(default_factory=list)

    def play(self, utterance: int) -> None:
        assert self.voice is None, "two voices"
        length = self.lengths[utterance % len(self.lengths)]
        if length == 0:
            self.failed.append(utterance)
        elif length > 0:
            self.voice, self.started, self.ends = utterance, self.now, self.now + length

    def stop(self, utterance: int) -> None:
        if self.voice == utterance:
            self.voice = None

    def look(self, now: int) -> Playback:
        self.now = now
        if self.voice is not None and now >= self.ends:
            self.finished.append(self.voice)
            self.voice = None
        failed, self.failed = tuple(self.failed), []
        finished, self.finished = tuple(self.finished), []
        if self.voice is None:
            return Playback(failed=failed, finished=finished)
        return Playback(
            self.voice, self.started * STEP_S, self.ends * STEP_S, failed, finished, pausing=now % 7 == 0
        )


@dataclass
class Line:
    """One line of the log of a simulated walk."""

    now_s: float
    state: ArbiterState
    commands: tuple[Play | Stop, ...]
    settled: tuple[Settled, ...]


def walk(
    arrivals: list[Arrival], lengths: list[int], gone: set[int]
) -> tuple[list[Line], list[Announcement]]:
    speaker, state, log, made = FakeSpeaker(lengths), ArbiterState(), [], []
    hazards = {
        number: params
        for number in (1, 2, 3)
        if number not in gone and isinstance(params := example(KINDS[0]).params, Hazard)
    }
    for now in range(1200):
        now_s = now * STEP_S
        new = tuple(arrival.announcement(now_s) for arrival in arrivals if arrival.at == now)
        made += new
        state, commands, settled = ARBITER.step(state, now_s, new, speaker.look(now), Fresh(hazards=hazards))
        for command in commands:
            if isinstance(command, Play):
                speaker.play(command.utterance)
            else:
                speaker.stop(command.utterance)
        log.append(Line(now_s, state, commands, settled))
    return log, made


def plays(log: list[Line]) -> list[tuple[float, Play]]:
    return [(line.now_s, each) for line in log for each in line.commands if isinstance(each, Play)]


WALKS = given(ARRIVALS, LENGTHS, st.sets(st.integers(1, 3)))
FEW = settings(max_examples=60, deadline=None)


@WALKS
@FEW
def test_everything_ends_once(arrivals: list[Arrival], lengths: list[int], gone: set[int]) -> None:
    log, made = walk(arrivals, lengths, gone)
    assert log[-1].state.queue == ()
    ended = [each for line in log for each in line.settled if each.outcome != "preempted"]
    resumed = sum(each.outcome == "preempted" for line in log for each in line.settled)
    # Each is settled once for good; one that was cut may be settled as cut and not come back.
    assert len(made) - resumed <= len(ended) <= len(made)


@given(CROWDED, LENGTHS)
@FEW
def test_a_crowd_does_not_make_the_queue_grow(arrivals: list[Arrival], lengths: list[int]) -> None:
    log, _ = walk(arrivals, lengths, gone=set())
    assert max(len(line.state.queue) for line in log) <= ARBITER.queue_limit


@WALKS
@FEW
def test_nothing_false_or_expired_starts(arrivals: list[Arrival], lengths: list[int], gone: set[int]) -> None:
    for now_s, play in plays(walk(arrivals, lengths, gone)[0]):
        assert play.announcement.created_s <= now_s < play.announcement.expires_s
        params = play.announcement.params
        assert not (isinstance(params, Hazard) and params.track_id in gone)


@WALKS
@FEW
def test_a_lower_urgency_never_cuts_a_higher_one(
    arrivals: list[Arrival], lengths: list[int], gone: set[int]
) -> None:
    for line in walk(arrivals, lengths, gone)[0]:
        for settled in line.settled:
            if settled.outcome == "preempted":
                (cutter,) = [each for each in line.commands if isinstance(each, Play)]
                assert urgency_of(cutter.announcement) >= urgency_of(settled.announcement)
                assert line.commands[0] == Stop(settled.utterance or 0)


@given(REPEATING, SHORT)
@FEW
def test_nothing_repeats_inside_its_gap_unless_it_got_worse(
    arrivals: list[Arrival], lengths: list[int]
) -> None:
    log, _ = walk(arrivals, lengths, gone=set())
    said: list[tuple[float, Announcement]] = []
    for line in log:
        said += [
            (each.ended_s or 0.0, each.announcement) for each in line.settled if each.outcome == "spoken"
        ]
        for now_s, play in plays([line]):
            new = play.announcement
            earlier = [(end_s, old) for end_s, old in said if old.key == new.key]
            same = [(end_s, old) for end_s, old in earlier if old.kind == new.kind]
            if not same or any(
                end_s >= same[-1][0] and old.kind in POLICY[new.kind].supersedes for end_s, old in earlier
            ):
                continue  # never said, or its opposite was said since
            end_s, old = same[-1]
            assert now_s - end_s >= POLICY[new.kind].gap_s or severity(new) > severity(old)


@WALKS
@FEW
def test_a_breath_between_two_but_none_before_danger(
    arrivals: list[Arrival], lengths: list[int], gone: set[int]
) -> None:
    ended_s: float | None = None
    for line in walk(arrivals, lengths, gone)[0]:
        for settled in line.settled:
            ended_s = settled.ended_s if settled.outcome == "spoken" else ended_s
        cut = any(each.outcome == "preempted" for each in line.settled)
        for now_s, play in plays([line]):
            urgency = urgency_of(play.announcement)
            if POLICY[play.announcement.kind].goes_on:
                continue  # belongs to what was just said, or to the press that asked for it
            if ended_s is not None and not cut and urgency < Urgency.HAZARD:
                gap_s = ARBITER.caution_gap_s if urgency is Urgency.CAUTION else ARBITER.gap_s
                assert now_s - ended_s >= gap_s - 1e-9


@WALKS
@FEW
def test_danger_is_said_at_once(arrivals: list[Arrival], lengths: list[int], gone: set[int]) -> None:
    for line in walk(arrivals, lengths, gone)[0]:
        speaking = line.state.speaking
        spoken = Urgency.INFO if speaking is None else urgency_of(speaking.waiting.announcement)
        for waiting in line.state.queue:
            # A hazard waits only for something as urgent, or for the end of a phrase about itself.
            itself = speaking and speaking.waiting.announcement.identity == waiting.announcement.identity
            urgency = urgency_of(waiting.announcement)
            assert urgency < Urgency.HAZARD or spoken >= urgency or itself


@WALKS
@settings(max_examples=15, deadline=None)
def test_the_same_input_gives_the_same_output(
    arrivals: list[Arrival], lengths: list[int], gone: set[int]
) -> None:
    assert walk(arrivals, lengths, gone) == walk(arrivals, lengths, gone)
