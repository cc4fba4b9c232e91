"""What becomes of a row that the rules stumble over: it is left out, and told in the log.

One walk's bad row must never keep the watcher from another person's call for help, and a watcher that is
begun anew would meet the same row again.
"""

import logging
from typing import Any, Final

from sqlalchemy import Row
from sqlalchemy.exc import DataError, IntegrityError

from server.alerts.rule_cries import cries
from server.alerts.rules import look, step
from server.alerts.watched import Effect, Watch
from server.recent import Recent
from server.trips import stored_event

# Mistakes of ours, or bytes that are not what they were. Not what the store or the network does.
MISTAKES: Final = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)
# What the store itself refuses of one row.
REFUSED: Final = (*MISTAKES, IntegrityError, DataError)
_log = logging.getLogger(__name__)


def stumbled(what: str, error: Exception) -> None:
    """Say so. The log's format keeps to itself what the error tells: a row of the store."""
    _log.error("%s (%s): left out", what, type(error).__name__, exc_info=error)


def taken(watch: Watch, row: Row[Any], recent: Recent | None = None) -> Watch:
    """The watch with the event of a row, if it can be taken in. `recent`: as in `stored_event`."""
    try:
        return step(watch, stored_event(row, recent))
    except MISTAKES as error:
        stumbled("an event that no rule can read", error)
        return watch


def looked(watch: Watch, now_s: float) -> tuple[Effect, ...]:
    """As `rules.look`; where that fails, calls for help and falls alone."""
    try:
        return look(watch, now_s)
    except MISTAKES as error:
        stumbled("the rules of one trip", error)
        return tuple(cries(watch, now_s))
