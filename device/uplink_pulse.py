"""Whether somebody is at the other end: when to ask, and how long no answer may take. Pure.

A link that is half open (the tunnel, the router that was switched off) looks alive to TCP for minutes. So
where nothing was heard for a while a WebSocket ping is sent; any word from the server is an answer.

While a walk goes on there is an answer to the newest events about every second, and no ping is needed: the
guard costs nothing. Where nothing happens for a while, one ping and its answer every 0.7 s would be 0.9 MB
an hour (about 180 bytes with TLS, TCP and IP), so it is done for a minute after each event, and every 30 s
from then on.
"""

from dataclasses import dataclass, replace
from typing import Final, Self

QUIET_S: Final = 0.7  # with the wait below: noticed 1.5 s after the last word
WAIT_S: Final = 0.8
# A slow network is not a lost one: what it usually takes, four times. Longer, and nobody would hear of it in
# time.
_USUAL: Final = 4.0
_LONGEST_WAIT_S: Final = 6.0
_SMOOTH: Final = 0.25
BUSY_FOR_S: Final = 60.0  # after an event
IDLE_QUIET_S: Final = 30.0
IDLE_WAIT_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Pulse:
    """When the server was heard last, when it was asked and has not answered, how long it usually takes."""

    heard_s: float
    asked_s: float | None = None
    usual_s: float = 0.0
    event_s: float = float("-inf")  # when the last event was written

    def happened(self, now_s: float) -> Self:
        """An event was written: a walk goes on."""
        return replace(self, event_s=now_s)

    def asked(self, now_s: float) -> Self:
        """A ping is on its way."""
        return replace(self, asked_s=now_s)

    def heard(self, now_s: float) -> Self:
        """A word of the server, whatever it was."""
        return replace(self, heard_s=now_s)

    def answered(self, took_s: float, now_s: float) -> Self:
        """The ping came back."""
        usual_s = took_s if self.usual_s == 0.0 else self.usual_s + _SMOOTH * (took_s - self.usual_s)
        return replace(self, heard_s=now_s, asked_s=None, usual_s=usual_s)

    def must_ask(self, now_s: float) -> bool:
        """Whether it is time for a ping."""
        quiet_s = QUIET_S if self._busy(now_s) else IDLE_QUIET_S
        return self.asked_s is None and now_s - self.heard_s >= quiet_s

    def silent(self, now_s: float) -> bool:
        """Whether nobody seems to be there."""
        if self.asked_s is None:
            return False
        return now_s - max(self.asked_s, self.heard_s) > self._wait_s(now_s)

    def _busy(self, now_s: float) -> bool:
        return now_s - self.event_s < BUSY_FOR_S

    def _wait_s(self, now_s: float) -> float:
        if not self._busy(now_s):
            return IDLE_WAIT_S
        return min(max(WAIT_S, _USUAL * self.usual_s), _LONGEST_WAIT_S)
