"""Which notices of the server are done with, over a restart: what was heard is not said again."""

import logging
from pathlib import Path
from typing import Final, Protocol

from pydantic import TypeAdapter, ValidationError

from device.kept_files import Keeper
from device.senses import Noticed

_log = logging.getLogger(__name__)

# The server forgets a notice after an hour; a clock that was wrong by hours must not bring one back.
_KEPT_S: Final = 86_400.0
_MOST: Final = 200
_FILE: Final[TypeAdapter[dict[str, float]]] = TypeAdapter(dict[str, float])


class Told(Protocol):
    """Where notices come from."""

    def notices(self) -> tuple[Noticed, ...]:
        """As they came since the last call."""


class KeptNotices:
    """`device.worn.Server`: notices as they come, without those that were answered. One small file."""

    def __init__(self, told: Told, path: Path, keeper: Keeper) -> None:
        self._told, self._path, self._keeper = told, path, keeper
        self._done = _read(path)

    def poll(self, utc_s: float) -> tuple[Noticed, ...]:
        """What came and was not answered before."""
        return tuple(notice for notice in self._told.notices() if notice.id not in self._done)

    def answered(self, notice_id: str, utc_s: float) -> None:
        """It is done with."""
        kept = {one: at_s for one, at_s in self._done.items() if abs(utc_s - at_s) < _KEPT_S}
        newest = sorted({**kept, notice_id: utc_s}.items(), key=lambda one: one[1])[-_MOST:]
        self._done = dict(newest)
        self._keeper.keep(self._path, _FILE.dump_json(self._done).decode() + "\n")


def _read(path: Path) -> dict[str, float]:
    try:
        return _FILE.validate_json(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValidationError) as error:
        # A notice said twice is better than a device that does not start.
        _log.error("%s: cannot be read (%s)", path, type(error).__name__)
        return {}
