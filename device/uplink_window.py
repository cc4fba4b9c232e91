"""Which events to send next: the resume logic of the uplink, without a socket.

The server's word is the only truth about what is stored. On each connection it says how far it is;
sending starts there, runs ahead by at most `WINDOW` events, and moves with the acknowledgements.
"""

from dataclasses import dataclass, replace
from typing import Final, Self

from wire.uplink import MAX_BATCH

WINDOW: Final = 5 * MAX_BATCH


class OutOfStepError(Exception):
    """The server speaks of events that this log never had: the log went back in time."""


@dataclass(frozen=True, slots=True)
class Window:
    """Progress on one connection. `acked` <= `sent`; what lies between is on its way."""

    acked: int
    sent: int

    @classmethod
    def opened(cls, welcome_acked: int, last_seq: int) -> Self:
        """The state after the greeting. `OutOfStepError` where the server is ahead of the log."""
        if welcome_acked > last_seq:
            raise OutOfStepError(f"the server has event {welcome_acked}, this log ends at {last_seq}")
        return cls(acked=welcome_acked, sent=welcome_acked)

    def room(self) -> int:
        """How many more events may be sent now, in one message."""
        return min(MAX_BATCH, WINDOW - (self.sent - self.acked))

    def after_sending(self, last: int) -> Self:
        """Events up to `last` are on their way."""
        return replace(self, sent=max(self.sent, last))

    def after_ack(self, acked: int, last_seq: int) -> Self:
        """The server stored everything up to `acked`. Late and repeated answers change nothing.

        It may be more than was sent here: what an earlier connection had sent can arrive late.
        """
        if acked > last_seq:
            raise OutOfStepError(f"the server acknowledges event {acked}, this log ends at {last_seq}")
        return replace(self, acked=max(self.acked, acked), sent=max(self.sent, acked))
