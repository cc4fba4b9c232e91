"""Which events to send next: the logic of the uplink, without a socket.

The server's word is the only truth about what is stored. After hours without a network two lanes go side by
side: what happens now goes ahead, and what waited follows in order, in pieces that are small enough for the
newest not to wait behind them. Before both go the beginnings of trips: the server takes no event of a trip
that it does not know, and the consent for "the next outing" belongs to the first of them.
"""

from dataclasses import dataclass, replace
from typing import Final, Self

from wire.held import MAX_RANGES, Held
from wire.uplink import MAX_BATCH

WINDOW: Final = 5 * MAX_BATCH  # events on their way at most
# Of the log's end these go ahead too: with one position a second the newest is among them.
AHEAD: Final = 20
# Pieces of the backlog on their way: one that is stored while the next one travels.
_PIECES: Final = 2
_SMALLEST: Final = 10
_FIRST_SIZE: Final = 50
# A piece that takes longer would hold up what happens now (which may be 2 s late); quicker ones may grow.
_LONG_S: Final = 0.8
_SHORT_S: Final = 0.3


class OutOfStepError(Exception):
    """The server speaks of events that this log never had: the log went back in time."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Events `first` to `last` that go in one message. `ahead`: not in the order of the backlog."""

    first: int
    last: int
    ahead: bool
    sent_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Lanes:
    """Progress on one connection. `held`: what the server has; `covered`: that and what is on its way.

    Events above `live_from` go ahead of those below; `heads` go ahead of all.
    """

    held: Held
    covered: Held
    live_from: int
    heads: tuple[int, ...] = ()
    flying: tuple[Piece, ...] = ()
    size: int = _FIRST_SIZE

    @classmethod
    def opened(cls, held: Held, last_seq: int, heads: tuple[int, ...] = (), *, ahead: bool = True) -> Self:
        """The state after the greeting. `OutOfStepError` where the server is ahead of the log.

        `ahead` False: strictly in the order of the log.
        """
        _in_step(held, last_seq)
        much = last_seq - held.acked > MAX_BATCH
        # Each connection that is lost leaves a range: with many of them it is time to go in order.
        two = ahead and much and len(held.beyond) < MAX_RANGES // 2
        return cls(held, held, last_seq - AHEAD if two else held.acked, heads if two else ())

    def next(self, last_seq: int) -> Piece | None:
        """What to send now; None: nothing, or enough is on its way."""
        on_way = sum(piece.last - piece.first + 1 for piece in self.flying)
        room = min(WINDOW - on_way, MAX_BATCH)
        if room <= 0:
            return None
        for seq in self.heads:
            if not self.covered.has(seq):
                return Piece(seq, seq, True)
        return self._run(self.live_from, last_seq, room, ahead=True) or self._backlog(room)

    def _backlog(self, room: int) -> Piece | None:
        if sum(not piece.ahead for piece in self.flying) >= _PIECES:
            return None
        return self._run(0, self.live_from, min(room, self.size), ahead=False)

    def _run(self, after: int, last_seq: int, most: int, *, ahead: bool) -> Piece | None:
        first, last = self.covered.gap(after)
        if first > last_seq:
            return None
        end = last_seq if last is None else min(last, last_seq)
        return Piece(first, min(end, first + most - 1), ahead)

    def after_sending(self, piece: Piece, now_s: float) -> Self:
        """It is on its way."""
        return replace(
            self,
            covered=self.covered.adding(piece.first, piece.last),
            flying=(*self.flying, replace(piece, sent_s=now_s)),
        )

    def after_answer(self, held: Held, last_seq: int, now_s: float) -> Self:
        """The server has all that. Late and repeated answers change nothing.

        It may be more than was sent here: what an earlier connection had sent can arrive late.
        """
        _in_step(held, last_seq)
        held = self.held.joined(held)
        flying = tuple(piece for piece in self.flying if held.gap(piece.first - 1)[0] <= piece.last)
        arrived = [piece for piece in self.flying if piece not in flying and not piece.ahead]
        took_s = max((now_s - piece.sent_s for piece in arrived), default=None)
        return replace(
            self, held=held, covered=self.covered.joined(held), flying=flying, size=_sized(self.size, took_s)
        )

    def pending(self, last_seq: int) -> int:
        """How many events the server does not have."""
        return max(last_seq - self.held.count, 0)


def _sized(size: int, took_s: float | None) -> int:
    if took_s is None:
        return size
    if took_s > _LONG_S:
        return max(size // 2, _SMALLEST)
    return min(size * 2, MAX_BATCH) if took_s < _SHORT_S else size


def _in_step(held: Held, last_seq: int) -> None:
    if held.last > last_seq:
        raise OutOfStepError(f"the server has event {held.last}, this log ends at {last_seq}")
