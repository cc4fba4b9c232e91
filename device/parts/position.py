"""The position part: one source of fixes, opened again when it breaks; sifted, the true time beside them."""

import select
from collections.abc import Callable
from typing import Final

from device.kept_open import KeptOpen
from device.parts.channel import Door
from device.parts.messages import LOCATED, NOTHING, Located, Nothing
from device.parts.part import Part
from device.phone_fixes import PhoneFixes
from device.positions import is_live, position_source
from device.true_time import kernel_is_synchronised
from device.whereabouts import Whereabouts

POLL_S: Final = 0.05
_TELL_EVERY_S: Final = 1.0
# A head turns; ten messages a second about it are enough, and less than this is no turn.
_TURNED_DEG: Final = 5.0
_TURN_EVERY_S: Final = 0.1


class Telling:
    """When there is something to say: at each change, and every second. No I/O."""

    def __init__(self) -> None:
        self._said: Located | None = None

    def is_due(self, now: Located) -> bool:
        """Whether to say `now`; what is due counts as said."""
        due = self._said is None or self._differs(self._said, now)
        if due:
            self._said = now
        return due

    def _differs(self, said: Located, now: Located) -> bool:
        passed_s = now.t_s - said.t_s
        if now.fixes or now.state != said.state or passed_s >= _TELL_EVERY_S:
            return True
        if (now.utc_s is None) != (said.utc_s is None):
            return True
        return passed_s >= _TURN_EVERY_S and _turned(said.heading_deg, now.heading_deg)


def _turned(before_deg: float | None, after_deg: float | None) -> bool:
    if before_deg is None or after_deg is None:
        return before_deg is not after_deg
    return abs((after_deg - before_deg + 180.0) % 360.0 - 180.0) >= _TURNED_DEG


class PositionPart:
    """The part's loop, a step at a time: poll, sift, tell. `ntp`: whether NTP keeps the machine's clock."""

    def __init__(self, part: Part, ntp: Callable[[], bool] = kernel_is_synchronised) -> None:
        config = part.config
        uri, phone = config.position.source, part.socket("phone")
        worn = config.camera.source.startswith("glasses:")
        self._part, self._ntp = part, ntp
        self._phone = PhoneFixes(phone, part.clock) if worn and uri != "glasses:" else None
        self._source = KeptOpen(lambda: position_source(uri, part.clock, phone), part.clock)
        self._known = Whereabouts(live=is_live(uri), by_satellites=config.position.set_clock)
        self._telling = Telling()
        self._door: Door[Nothing, Located] = Door(part.socket("position"), NOTHING, LOCATED)
        self._clients: frozenset[int] = frozenset()

    def step(self) -> None:
        """Look once at everything, and tell what is due."""
        self._door.poll()
        now = self._look()
        if self._telling.is_due(now):
            self._door.send(now)
        else:
            for client in self._door.clients - self._clients:
                self._door.send(now, client)  # who just came is told how it is at once
        self._clients = self._door.clients

    def _look(self) -> Located:
        fixes = self._source.poll()
        now_s = self._part.clock.now_s()
        if self._phone is not None:
            self._phone.poll()
        # The time first, then whether it is right: a jump between the two takes NTP's word back.
        machine_utc_s = self._part.clock.utc_s()
        ntp_utc_s = machine_utc_s if self._ntp() else None
        known = self._known.sensed(self._compass(), ntp_utc_s, now_s)
        self._known, passed = known.located(now_s, fixes)
        health, utc_s = self._source.health(), self._known.utc_s(now_s)
        return Located(
            t_s=now_s,
            fixes=passed,
            state=health.state,
            detail=health.detail,
            heading_deg=self._known.facing.heading_deg(now_s),
            speed_mps=self._known.speed_mps(now_s),
            utc_s=utc_s,
            utc_offset_s=None if utc_s is None else round(utc_s - machine_utc_s, 3),
        )

    def _compass(self) -> tuple[float, float] | None:
        return self._phone.compass() if self._phone is not None else self._source.compass()

    def filenos(self) -> tuple[int, ...]:
        """To wait for with `select`."""
        return self._door.filenos()

    def close(self) -> None:
        """Close the source and the door; safe to call twice."""
        self._source.close()
        if self._phone is not None:
            self._phone.close()
        self._door.close()


def serve(part: Part) -> None:
    """Tell guidance and eyes where the wearer is, until `part.ending`. `ChannelError`: nobody can listen."""
    position = PositionPart(part)
    try:
        while not part.ending.is_set():
            part.beat()
            position.step()
            select.select(position.filenos(), [], [], POLL_S)
    finally:
        position.close()
