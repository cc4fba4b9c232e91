"""What is told of failing parts, over time. Pure: the memory is passed in and out.

Each loss is told until it was heard, and so is the end of one that was heard; a part that comes and goes is
told of once; several losses that wait become one sentence. Told once, a loss is not told again while it
lasts: nobody bears a loop.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from device.announcements import AlertKind, Announcement, Fault, Kind, PartsLost
from device.arbiter import Settled
from device.facts import Ready
from device.policy import POLICY
from device.producers import announcement
from routing.cues import CueKind
from wire.trip import Part

LOST: Final[frozenset[Kind]] = frozenset(
    {
        AlertKind.CAMERA_LOST, AlertKind.MODEL_LOST, AlertKind.RECEIVER_LOST, CueKind.POSITION_LOST,
        AlertKind.BOARD_POOR, AlertKind.IMU_LOST, AlertKind.SPEECH_FALLBACK, AlertKind.BUTTONS_LOST,
        AlertKind.LINK_LOST, AlertKind.LINK_REFUSED, AlertKind.STORAGE_LOST, AlertKind.BATTERY_LOW,
        AlertKind.BATTERY_EMPTY,
    }
)  # fmt: skip
BACK: Final[frozenset[Kind]] = frozenset(
    {
        AlertKind.CAMERA_BACK, AlertKind.MODEL_BACK, AlertKind.RECEIVER_BACK, CueKind.POSITION_BACK,
        AlertKind.BOARD_BACK, AlertKind.IMU_BACK, AlertKind.SPEECH_BACK, AlertKind.BUTTONS_BACK,
        AlertKind.LINK_BACK, AlertKind.STORAGE_BACK, AlertKind.BATTERY_BACK,
    }
)  # fmt: skip
# What matters most first: eyes, then the way, then the rest.
ORDER: Final[tuple[Part, ...]] = (
    "camera", "model", "position", "guidance", "board", "imu", "speech", "buttons", "uplink", "recorder",
    "battery",
)  # fmt: skip
# Lost for the third time within a minute it comes and goes, until it stays as it is for 15 s.
UNSTEADY, WITHIN_S, STEADY_S = 3, 60.0, 15.0
MERGED = 3  # two sentences one after the other can be borne, and tell more
RETRY_S, RETRY_MAX_S = 2.0, 30.0


@dataclass(frozen=True, slots=True)
class _Loss:
    """A part that is lost now, or one whose return has not been heard."""

    told: Announcement  # as it was made
    heard: bool = False
    tries: int = 0
    again_s: float | None = None  # it was not heard: told anew then


@dataclass(frozen=True, slots=True)
class _Swing:
    """A part that comes and goes: the newest word on it, held back, and when it came."""

    last: Announcement
    changed_s: float


@dataclass(frozen=True, slots=True)
class FaultBook:
    """The memory between steps; begin with `FaultBook()`. By part (the announcements' key)."""

    losses: Mapping[str, _Loss] = field(default_factory=dict)
    returns: Mapping[str, _Loss] = field(default_factory=dict)  # of parts whose loss was heard
    lost_s: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    swings: Mapping[str, _Swing] = field(default_factory=dict)


def take(
    book: FaultBook, new: Iterable[Announcement], now_s: float
) -> tuple[FaultBook, tuple[Announcement, ...]]:
    """`new` without what a part that comes and goes would make of it, and with what is due again."""
    out: list[Announcement] = []
    for told in new:
        if told.kind in LOST or told.kind in BACK:
            book, told_now = _changed(book, told, now_s)
            out += told_now
        else:
            out.append(told)
    book, steady = _settled_down(book, now_s)
    book, again = _unheard(book, now_s)
    return book, (*out, *steady, *again)


def settle(book: FaultBook, settled: Iterable[Settled], now_s: float) -> FaultBook:
    """Who was heard, and who was not and has to be told again."""
    for item in settled:
        told = item.announcement
        if told.kind in BACK and told.key in book.returns:
            book = _settled_return(book, item, now_s)
        for key in told.params.lost if isinstance(told.params, Ready) else _keys(told):
            loss = book.losses.get(key)
            if loss is None or loss.heard:
                continue
            if item.outcome in ("spoken", "duplicate"):
                loss = replace(loss, heard=True, again_s=None)
            elif item.outcome in ("failed", "expired"):
                wait_s = min(RETRY_S * 2.0**loss.tries, RETRY_MAX_S)
                loss = replace(loss, tries=loss.tries + 1, again_s=now_s + wait_s)
            book = replace(book, losses={**book.losses, key: loss})
    return book


def _settled_return(book: FaultBook, item: Settled, now_s: float) -> FaultBook:
    key = item.announcement.key
    rest = {part: back for part, back in book.returns.items() if part != key}
    if item.outcome not in ("failed", "expired"):
        return replace(book, returns=rest) if item.outcome == "spoken" else book
    back = book.returns[key]
    again_s = now_s + min(RETRY_S * 2.0**back.tries, RETRY_MAX_S)
    return replace(book, returns={**rest, key: replace(back, tries=back.tries + 1, again_s=again_s)})


def at_once(book: FaultBook, now_s: float) -> FaultBook:
    """The voice is back: what was not heard is told now."""
    losses = {
        key: loss if loss.heard or loss.again_s is None else replace(loss, again_s=now_s)
        for key, loss in book.losses.items()
    }
    returns = {
        key: back if back.again_s is None else replace(back, again_s=now_s)
        for key, back in book.returns.items()
    }
    return replace(book, losses=losses, returns=returns)


def merged(
    book: FaultBook, waiting: Iterable[Announcement], new: tuple[Announcement, ...], now_s: float
) -> tuple[tuple[Announcement, ...], frozenset[tuple[Kind, str]]]:
    """`new` with the waiting losses in one sentence, and the identities in the queue that it replaces."""
    queued = tuple(told for told in waiting if _merges(told))
    fresh = tuple(told for told in new if _merges(told))
    stale = any(told.kind is AlertKind.SEVERAL_LOST and not _all_lost(book, told) for told in queued)
    if not fresh and not stale:
        return new, frozenset()
    keys = {key for told in (*queued, *fresh) for key in _keys(told) if key in book.losses}
    if len(keys) < MERGED and not stale:
        return new, frozenset()
    rest = tuple(told for told in new if told not in fresh)
    gone = frozenset(told.identity for told in queued)
    return (*rest, *_in_one(book, keys, now_s)), gone


def of_parts(told: Announcement) -> bool:
    """Whether it tells of a part that was lost or is back."""
    return told.kind in BACK or bool(_keys(told))


def _in_one(book: FaultBook, keys: Iterable[str], now_s: float) -> tuple[Announcement, ...]:
    losses = sorted((book.losses[key].told for key in keys), key=lambda told: ORDER.index(_part(told)))
    if len(losses) < MERGED:
        return tuple(_anew(told, now_s) for told in losses)
    faults = tuple(_fault(told) for told in losses)
    key = "+".join(fault.part for fault in faults)
    return (announcement(AlertKind.SEVERAL_LOST, key, PartsLost(faults), now_s),)


def _changed(book: FaultBook, told: Announcement, now_s: float) -> tuple[FaultBook, tuple[Announcement, ...]]:
    key = told.key
    losses = {part: loss for part, loss in book.losses.items() if part != key}
    returns = {part: back for part, back in book.returns.items() if part != key}
    lost, known = told.kind in LOST, key in book.losses
    if lost and known and book.losses[key].told.kind is told.kind:
        # Told of by two: once is enough, and the arbiter keeps one of those that wait.
        return book, () if book.losses[key].heard else (told,)
    if lost and known:  # lost in another way: no sky, then no receiver
        return replace(book, losses={**losses, key: _Loss(told)}), (told,)
    if known and book.losses[key].heard:
        returns[key] = _Loss(told)
    book = replace(book, returns=returns)
    if lost:
        losses[key] = _Loss(told)
        recent = tuple(t for t in book.lost_s.get(key, ()) if now_s - t < WITHIN_S)
        book = replace(book, lost_s={**book.lost_s, key: (*recent, now_s)})
    book = replace(book, losses=losses)
    if key in book.swings:
        return replace(book, swings={**book.swings, key: _Swing(told, now_s)}), ()
    if not lost or len(book.lost_s[key]) < UNSTEADY:
        return book, (told,)
    book = replace(book, swings={**book.swings, key: _Swing(told, now_s)})
    return book, (announcement(AlertKind.PART_UNSTEADY, key, _fault(told), now_s),)


def _settled_down(book: FaultBook, now_s: float) -> tuple[FaultBook, tuple[Announcement, ...]]:
    over = {key: swing for key, swing in book.swings.items() if now_s - swing.changed_s >= STEADY_S}
    if not over:
        return book, ()
    swings = {key: swing for key, swing in book.swings.items() if key not in over}
    lost_s = {key: times for key, times in book.lost_s.items() if key not in over}
    told = tuple(_anew(swing.last, now_s) for swing in over.values())
    return replace(book, swings=swings, lost_s=lost_s), told


def _unheard(book: FaultBook, now_s: float) -> tuple[FaultBook, tuple[Announcement, ...]]:
    lost, back = _due(book, book.losses, now_s), _due(book, book.returns, now_s)
    if not lost and not back:
        return book, ()
    told = tuple(_anew(one.told, now_s) for one in (*lost.values(), *back.values()))
    return replace(book, losses=_asked(book.losses, lost), returns=_asked(book.returns, back)), told


def _due(book: FaultBook, told: Mapping[str, _Loss], now_s: float) -> dict[str, _Loss]:
    """Those that were not heard, and are to be told again now."""
    return {
        key: one
        for key, one in told.items()
        if one.again_s is not None and now_s >= one.again_s and key not in book.swings
    }


def _asked(told: Mapping[str, _Loss], due: Mapping[str, _Loss]) -> dict[str, _Loss]:
    return {**told, **{key: replace(one, again_s=None) for key, one in due.items()}}


def _anew(told: Announcement, now_s: float) -> Announcement:
    return replace(told, created_s=now_s, expires_s=now_s + POLICY[told.kind].lifetime_s)


def _all_lost(book: FaultBook, told: Announcement) -> bool:
    return all(key in book.losses for key in _keys(told))


def _keys(told: Announcement) -> tuple[str, ...]:
    """The parts whose loss it tells of; none where it tells of no loss."""
    if isinstance(told.params, PartsLost):
        return tuple(fault.part for fault in told.params.faults)
    if told.kind is AlertKind.PART_UNSTEADY or told.kind in LOST:
        return (told.key,)
    return ()


def _merges(told: Announcement) -> bool:
    """Whether it may be told in one sentence with others. A low battery is no part that is gone."""
    return bool(_keys(told)) and not (isinstance(told.params, Fault) and told.params.part == "battery")


def _fault(told: Announcement) -> Fault:
    return told.params if isinstance(told.params, Fault) else Fault("position")


def _part(told: Announcement) -> Part:
    return _fault(told).part
