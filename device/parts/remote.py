"""The session's ports, answered by the other parts: nothing here waits, whatever became of them."""

import logging
import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final, Literal

from device.errors import OutboxError, RecordError
from device.eyes import Balance, Glance
from device.looking import Answer, Look
from device.mouth import Hearing, Utterance
from device.parts.channel import Line
from device.parts.messages import (
    FROM_LOG,
    HEARD,
    LOCATED,
    NOTHING,
    SEEN,
    TO_LOG,
    TO_SPEECH,
    Farewell,
    FromLog,
    Heard,
    Located,
    LogState,
    Nothing,
    NoticeCame,
    RecordBegin,
    RecordEnd,
    RecordLines,
    Seen,
    Silence,
    Speak,
    Store,
    Stored,
    ToLog,
    ToSpeech,
    Tune,
)
from device.parts.part import Part
from device.ports import Playback
from vision.attitude import Attitude
from wire.position import Fix
from wire.trip import Happening, HealthChanged, Sos

_log = logging.getLogger(__name__)

# What may wait for a log part that does not come back: five hours of a walk. More would fill the memory that
# warnings need.
MOST_UNSTORED: Final = 20_000
# Packets handed over at one look: hours of a walk at once would hold up the warnings.
_HANDED_AT_ONCE: Final = 200


class _Newest:
    """An `AttitudeSource` of one value: the newest that the eyes told of."""

    def __init__(self) -> None:
        self.told: Attitude | None = None

    def at(self, t_s: float) -> Attitude | None:
        return self.told


class RemoteEyes:
    """`Eyes` in a part of their own. `imu`: whether a motion sensor is worn."""

    def __init__(self, part: Part, *, imu: bool) -> None:
        self._line: Line[Seen, Nothing] = Line(part.socket("eyes"), SEEN, NOTHING)
        self._attitude = _Newest()
        self._balance = Balance(self._attitude if imu else None)
        self._last: Seen | None = None
        self._been = False  # they were there once

    @property
    def filenos(self) -> tuple[int, ...]:
        """To wait for with `select`."""
        return self._line.filenos()

    def glance(self, now_s: float) -> Glance:
        """What the eyes told since the last one; the newest answer of several."""
        told = self._line.poll()
        if not self._line.connected:
            # What it was at has ended with it: told by the supervisor, and by the frames that do not come.
            self._last = None
            # At the start they come later than guidance; that no picture comes is noticed all the same.
            fault, reason = ("the eyes are not there", "ended") if self._been else ("", "")
            return Glance(camera_fault=fault, camera_reason=reason, imu_fault=self._balance.judge(now_s))
        self._been = True
        for seen in told:
            self._attitude.told = seen.attitude or self._attitude.told
        self._last = last = told[-1] if told else self._last
        answers = [seen for seen in told if seen.offered_s is not None]
        look = Look(_answer(answers[-1]) if answers else None, last.busy_since_s if last else None)
        arrived = any(seen.frame for seen in told)
        fault = last.camera_fault if last else ""
        return Glance(arrived, None, look, fault, imu_fault=self._balance.judge(now_s))

    def attitude(self) -> Attitude | None:
        """How the head is held; None where no sensor is worn, or none is to be believed."""
        return self._balance.newest()

    def close(self) -> None:
        """End the connection."""
        self._line.close()


def _answer(seen: Seen) -> Answer:
    return Answer(seen.offered_s or 0.0, seen.began_s, seen.ended_s, seen.scene, seen.fault)


class RemoteMouth:
    """`Mouth` in a part of its own. While it is away nothing is begun, and that is told."""

    def __init__(self, part: Part, tune: Tune | None = None) -> None:
        self._tune = tune or Tune()
        self._line: Line[Heard, ToSpeech] = Line(part.socket("speech"), HEARD, TO_SPEECH, self._greet)
        self._sent: set[int] = set()  # not yet settled
        self._lost: set[int] = set()  # went to nobody, or to a part that is gone
        self._now = Playback(away=True)

    @property
    def filenos(self) -> tuple[int, ...]:
        """To wait for with `select`."""
        return self._line.filenos()

    def tune(self, tune: Tune) -> None:
        """Another volume or rate from now on."""
        self._tune = tune
        self._line.send(tune)

    def say(self, utterance: Utterance, now_s: float) -> None:
        """Begin at once; where nobody is there the utterance has failed at the next look."""
        speak = Speak(utterance.number, utterance.earcon, utterance.texts, utterance.bearing_deg)
        (self._sent if self._line.send(speak) else self._lost).add(utterance.number)

    def hush(self, now_s: float) -> None:
        """Silence at once."""
        self._line.send(Silence())

    def listen(self, now_s: float) -> Hearing:
        """What the part told since the last look, put together."""
        told = self._line.poll()
        lost, self._lost = self._lost, set()
        if not self._line.connected:
            failed, self._sent = tuple(sorted(lost | self._sent)), set()
            self._now = Playback(away=True)
            return Hearing(replace(self._now, failed=failed))
        finished = tuple(number for heard in told for number in heard.playback.finished)
        failed = (*sorted(lost), *(number for heard in told for number in heard.playback.failed))
        self._sent -= {*finished, *failed}
        self._now = told[-1].playback if told else replace(self._now, away=False)
        return Hearing(
            replace(self._now, finished=finished, failed=failed),
            tuple(change for heard in told for change in heard.health),
            tuple(line for heard in told for line in heard.failed),
        )

    def farewell(self) -> None:
        """Guidance ends on purpose."""
        self._line.send(Farewell())

    def close(self) -> None:
        """End the connection."""
        self._line.close()

    def _greet(self) -> None:
        # Another part than before: what the one before was given is not said, also where it came back so soon
        # that nobody saw it away.
        self._lost |= self._sent
        self._sent = set()
        self._line.send(self._tune)


class RemotePosition:
    """`PositionSource` in a part of its own; `state` is how the source is."""

    def __init__(self, part: Part) -> None:
        self._line: Line[Located, Nothing] = Line(part.socket("position"), LOCATED, NOTHING)
        self.state: Literal["ok", "warn", "stale", "error", "away"] = "away"
        self.detail = ""
        self.been = False  # it was there once
        self.heading_deg: float | None = None
        self.true_time: tuple[float, float] | None = None  # (monotonic second, UTC), the newest

    @property
    def filenos(self) -> tuple[int, ...]:
        """To wait for with `select`."""
        return self._line.filenos()

    def poll(self) -> tuple[Fix, ...]:
        """The fixes since the last call."""
        told = self._line.poll()
        if not self._line.connected:
            self.state, self.heading_deg = "away", None
            return ()
        self.been = True
        for located in told:
            self.state, self.detail = located.state, located.detail
            self.heading_deg = located.heading_deg
            if located.utc_s is not None:
                self.true_time = (located.t_s, located.utc_s)
        return tuple(fix for located in told for fix in located.fixes)

    def close(self) -> None:
        """End the connection."""
        self._line.close()


@dataclass(frozen=True, slots=True)
class _Unstored:
    number: int
    store: Store


class RemoteLog:
    """`TripLog` and the recorder's lines in a part of its own.

    What it has not said to be on the disk is kept here, and sent again to the next one: the death of either
    loses nothing, and doubles nothing. `sender` names this guidance; a new one has a new name.
    """

    def __init__(self, part: Part, sender: str, *, most: int = MOST_UNSTORED) -> None:
        self._line: Line[FromLog, ToLog] = Line(part.socket("log"), FROM_LOG, TO_LOG, self._again)
        self._sender = sender
        self._most = most
        self._number = 0
        self._unstored: deque[_Unstored] = deque()
        self._stored = self._stored_then = 0  # the newest on the disk: now, and when `state` was told
        self._handed = 0  # the newest packet that the part there now was given
        self._recording: RecordBegin | None = None
        self._gap = False
        self._recorded = False  # lines of it were sent: what a log part that died held of them is lost
        self.state: LogState | None = None
        self._notices: list[NoticeCame] = []

    @property
    def filenos(self) -> tuple[int, ...]:
        """To wait for with `select`."""
        return self._line.filenos()

    @property
    def connected(self) -> bool:
        """Whether the part was there at the last look."""
        return self._line.connected

    @property
    def unstored(self) -> int:
        """How many packets are not known to be on the disk."""
        return len(self._unstored)

    @property
    def number(self) -> int:
        """The number of the newest packet."""
        return self._number

    def is_stored(self, number: int) -> bool:
        """Whether the packet is on the disk."""
        return not self._unstored or self._unstored[0].number > number

    def delivered(self, number: int) -> bool:
        """Whether the server has the call for help of this packet."""
        state = self.state
        if state is None:
            return False
        if any(sender == self._sender and up_to >= number for sender, up_to in state.delivered):
            return True
        # Or nothing waits, said by a part that had it on the disk by then: a word from before knows nothing.
        return bool(state.link_up) and state.pending == 0 and self._stored_then >= number

    def poll(self) -> LogState | None:
        """Take in what the part told; how it is, None: nobody is there."""
        for told in self._line.poll():
            if isinstance(told, LogState):
                self.state, self._stored_then = told, self._stored
            elif isinstance(told, NoticeCame):
                self._notices.append(told)
            elif told.sender == self._sender:
                self._settle(told)
        if self._line.connected:
            self._hand_over()
        else:
            self.state = None
        return self.state

    def notices(self) -> tuple[NoticeCame, ...]:
        """What the server tells, as it came since the last call."""
        came, self._notices = tuple(self._notices), []
        return came

    def append_many(self, trip_id: str, happened: Iterable[tuple[float, Happening]]) -> int:
        """Hand them to the log part, now or when it is back; the packet's number."""
        happened = tuple(happened)
        # A call for help is taken in addition.
        if len(self._unstored) >= self._most and not any(isinstance(what, Sos) for _, what in happened):
            raise OutboxError(f"the log part has been away too long: {len(self._unstored)} packets wait")
        self._number += 1
        store = _readable(Store(self._sender, self._number, trip_id, happened))
        self._unstored.append(_Unstored(self._number, store))
        self._hand_over()
        if self.state is not None and not self.state.storing:
            raise OutboxError(self.state.detail or "the trip log cannot be written: events are held")
        return self._number

    def begin_recording(self, begin: RecordBegin) -> None:
        """A new run; begun when a log part is there."""
        self._recorded = self._gap = False
        self._recording = begin
        if self._line.connected and self._line.send(begin):
            self._recording = None

    def record(self, lines: tuple[tuple[str, str], ...]) -> None:
        """Lines of the run. `RecordError` where nobody is there to write them, now or any more."""
        if not lines:
            return
        if self._gap or not self._line.send(RecordLines(lines)):
            raise RecordError("the log part is away: the recording has a gap")
        self._recorded = True

    def end_recording(self) -> None:
        """The run is over."""
        self._recording = None
        if self._recorded and not self._gap:
            self._line.send(RecordEnd())

    def close(self) -> None:
        """End the connection; what is not stored is lost only if nobody waited for it."""
        self._line.close()

    def _settle(self, stored: Stored) -> None:
        self._stored = max(self._stored, stored.number)
        while self._unstored and self._unstored[0].number <= stored.number:
            self._unstored.popleft()

    def _again(self) -> None:
        if self._recording is not None:
            self._line.send(self._recording)
            self._recording = None
        elif self._recorded:
            self._gap = True  # a replay from here on would differ: the run stays as it is, unfinished
        # In order and all of them, some at each look: the part knows which ones it has.
        self._handed = 0

    def _hand_over(self) -> None:
        if not self._line.connected:
            self._handed = 0  # who is there next has been given nothing
        first = self._unstored[0].number if self._unstored else self._number + 1
        begin = max(self._handed + 1 - first, 0)  # their numbers have no gaps
        for waiting in tuple(islice(self._unstored, begin, begin + _HANDED_AT_ONCE)):
            if not self._line.send(waiting.store):
                return
            self._handed = waiting.number


def _readable(store: Store) -> Store:
    """What the other side can read of it: one number that is none must not hold up all that comes after."""
    try:
        TO_LOG.validate_json(TO_LOG.dump_json(store))
    except ValueError as error:
        # What it says is not told: it may be a place or a name.
        kinds = ", ".join(what.type for _, what in store.happened)
        _log.error("an event cannot be written down (%s): %s", type(error).__name__, kinds)
        what = HealthChanged(part="recorder", health="warn", detail="an event could not be written down")
        whens = [utc_s for utc_s, _ in store.happened if math.isfinite(utc_s)]
        return replace(store, happened=tuple((utc_s, what) for utc_s in whens[:1]))
    return store
