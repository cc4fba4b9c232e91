"""How the parts are, as guidance tells of them: from the supervisor, from the sources, from the log part."""

from typing import Final

from device.battery import Charge
from device.controls.gestures import Press
from device.parts.channel import Line
from device.parts.messages import (
    FROM_PHONE,
    NOTHING,
    PART_STATE,
    TO_PHONE,
    FromPhone,
    MakeCode,
    Nothing,
    PartName,
    PartState,
    PhoneCharge,
    PhoneState,
    ToPhone,
    Watch,
)
from device.parts.messages import Press as PhonePress
from device.parts.part import Part
from device.parts.remote import RemoteLog, RemotePosition
from device.senses import Health, Noticed, PhoneEvent, SosState

# A part that is back in a blink was away all the same: its fall is told before its return.
FALL_SHOWN_S: Final = 1.5


class Falls:
    """Which parts are away, by the supervisor's word; a fall counts for FALL_SHOWN_S at least."""

    def __init__(self) -> None:
        self._why: dict[PartName, str] = {}
        self._until_s: dict[PartName, float] = {}
        self._up: set[PartName] = set()

    def take(self, state: PartState, now_s: float) -> None:
        """The supervisor says how a part is."""
        if state.up:
            self._up.add(state.part)
            return
        self._up.discard(state.part)
        self._why[state.part] = state.why
        self._until_s[state.part] = now_s + FALL_SHOWN_S

    def away(self, part: PartName, now_s: float) -> bool:
        """Whether it is away, or was just now."""
        return part in self._why and (part not in self._up or now_s < self._until_s[part])

    def down(self, part: PartName) -> bool:
        """Whether it fell and is not up again."""
        return part in self._why and part not in self._up

    def why(self, part: PartName) -> str:
        """How it fell, the last time; "": it never did."""
        return self._why.get(part, "")


class PartsTold:
    """`device.worn.Surroundings.parts`: what is seen of the parts from outside them.

    That the eyes or the log part work is told by themselves; that one fell, and why, by the supervisor.
    """

    def __init__(self, part: Part, position: RemotePosition) -> None:
        self._line: Line[PartState, Nothing] = Line(part.socket("supervisor"), PART_STATE, NOTHING)
        self._clock = part.clock
        self._position = position
        self._falls = Falls()
        self.restarts = 0  # of guidance

    @property
    def filenos(self) -> tuple[int, ...]:
        """To wait for with `select`."""
        return self._line.filenos()

    def __call__(self) -> tuple[Health, ...]:
        """How they are now."""
        now_s = self._clock.now_s()
        speech_fell = False
        for state in self._line.poll():
            if state.part == "guidance":
                self.restarts = state.restarts
            speech_fell = speech_fell or (state.part == "speech" and not state.up)
            self._falls.take(state, now_s)
        # Nobody could have said that speech was away: its return is told at the next look, and says so.
        away = speech_fell or self._falls.down("speech")
        told = [Health("speech", not away, self._falls.why("speech"))]
        if self._falls.away("log", now_s):
            told.append(Health("recorder", False, self._falls.why("log")))
        if self._falls.away("eyes", now_s):
            told.append(Health("camera", False, self._falls.why("eyes")))
        return (*told, self._of_position(now_s))

    def _of_position(self, now_s: float) -> Health:
        if self._falls.away("position", now_s):
            return Health("position", False, self._falls.why("position"))
        if self._position.state == "error":
            return Health("position", False, "", self._position.detail)
        return Health("position", True)

    def close(self) -> None:
        """End the connection."""
        self._line.close()


class LogTold:
    """`device.worn.TripLogState` of the log part."""

    def __init__(self, log: RemoteLog) -> None:
        self._log = log
        self._recorder = True

    def health(self) -> tuple[Health, ...]:
        """Of "recorder" and "uplink", as far as it is known."""
        state = self._log.poll()
        if state is None:
            return (Health("recorder", self._recorder),)  # as it was: the supervisor tells that it fell
        self._recorder = state.storing and state.recording
        told = [Health("recorder", self._recorder, "" if self._recorder else "full", state.detail)]
        if state.refused:
            told.append(Health("uplink", False, "refused", state.link_detail))
        elif state.link_up is not None:
            told.append(Health("uplink", state.link_up, "", state.link_detail))
        return tuple(told)

    def mark(self) -> int:
        """The number of the packet that is sent next."""
        return self._log.number + 1

    def arrived(self, number: int) -> SosState:
        """How far it has come."""
        if number > self._log.number or not self._log.is_stored(number):
            return ""
        return "sent" if self._log.delivered(number) else "stored"

    def notices(self) -> tuple[Noticed, ...]:
        """What the server tells, as it came since the last call."""
        came = self._log.notices()
        return tuple(Noticed(one.id, one.kind, one.until_s, one.name, one.count, one.trip_id) for one in came)


class PhoneTold:
    """`device.worn.Phone` and its three buttons, of the phone part."""

    def __init__(self, part: Part) -> None:
        self._line: Line[FromPhone, ToPhone] = Line(
            part.socket("phone"), FROM_PHONE, TO_PHONE, lambda: self._greet()
        )
        self._presses: list[Press] = []
        self._events: list[PhoneEvent] = []
        self._code = self._told_code = ""
        self._charge: Charge | None = None

    @property
    def filenos(self) -> tuple[int, ...]:
        """To wait for with `select`."""
        return self._line.filenos()

    def poll(self) -> tuple[PhoneEvent, str]:
        """One piece of news, and a code that was not told yet."""
        self._hear()
        event = self._events.pop(0) if self._events else ""
        code = "" if self._code == self._told_code else self._code
        self._told_code = self._code
        return event, code

    def presses(self) -> tuple[Press, ...]:
        """The presses since the last call."""
        self._hear()
        made, self._presses = tuple(self._presses), []
        return made

    def charge(self) -> Charge | None:
        """The phone's battery, while its page is there and tells."""
        return self._charge if self._line.connected else None

    def make_code(self) -> None:
        """Ask for a new code."""
        self._told_code = ""
        self._line.send(MakeCode())

    def close(self) -> None:
        """End the connection."""
        self._line.close()

    def _greet(self) -> None:
        self._line.send(Watch("presses"))

    def _hear(self) -> None:
        for message in self._line.poll():
            if isinstance(message, PhonePress):
                self._presses.append(Press(message.t_s, message.button, message.down))
            elif isinstance(message, PhoneState):
                self._code = message.code or ""
                self._charge = self._charge if message.connected else None
                if message.event:
                    self._events.append(message.event)
            elif isinstance(message, PhoneCharge):
                self._charge = Charge(message.percent, message.charging)


class PhoneButtons:
    """`device.worn.Buttons` of the phone's page."""

    def __init__(self, phone: PhoneTold) -> None:
        self._phone = phone

    def poll(self) -> tuple[Press, ...]:
        """The presses since the last call."""
        return self._phone.presses()

    def health(self) -> Health:
        """A phone that is put away is no fault: its page tells of itself."""
        return Health("buttons", True)

    def close(self) -> None:
        """Nothing is held."""
