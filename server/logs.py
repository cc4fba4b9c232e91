"""The server's log: a JSON object a line on standard error, which the system's journal keeps.

Never a position, a name, a login, a key or the id of a trip: whoever may read the log may not see who walks
where. Requests are told by the template of their address.
"""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any, Final

from starlette.types import Scope

from server.metrics import route_of

_access = logging.getLogger("server.access_log")
_JSON: Final = json.JSONEncoder(ensure_ascii=False, default=str)
_QUIET: Final = ("/healthz", "/readyz")
# What `logging` itself puts on a record; anything else was given with `extra=`.
_OWN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class JsonLines(logging.Formatter):
    """One record as one line."""

    def format(self, record: logging.LogRecord) -> str:
        """Time in UTC, level, where from, the words, and what was given with `extra=`."""
        told: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        told |= {key: value for key, value in vars(record).items() if key not in _OWN}
        if record.exc_info and record.exc_info[1] is not None:
            told["trace"] = _trace(record.exc_info[1])
        return _JSON.encode(told)


def _trace(error: BaseException) -> str:
    """Where it happened and what kind of error it was, never its message: that may hold what was stored."""
    frames = traceback.extract_tb(error.__traceback__)
    return "".join(traceback.format_list(frames)) + type(error).__name__


def set_up(level: str = "info") -> None:
    """Everything that logs, the web server included, goes to standard error as JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("server").setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True


def log_answer(scope: Scope, status: int, took_s: float, request_id: str) -> None:
    """One line an answer, with the id that the answer carries too (`X-Request-Id`)."""
    if scope["path"] in _QUIET or not _access.isEnabledFor(logging.INFO):
        return
    told = {
        "request": request_id,
        "method": scope["method"],
        "route": route_of(scope),
        "status": status,
        "ms": round(1000.0 * took_s, 1),
    }
    _access.info("answered", extra=told)
