"""The maps of this server by name, each with its file and what is known of it."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from routing.errors import MapError, MapMissing
from server.errors import NotFound
from server.map_figures import Figures, figures_of
from server.planner import PRACTICE_MAPS
from server.words import Pair

_MISSING: Final[Pair] = (
    "ファイルがありません。下で作るか、サーバーを動かす人に伝えてください。",
    "The file is not there: make it, or tell whoever runs the server.",
)
_DAMAGED: Final[Pair] = (
    "ファイルが壊れているか、版が合いません。作り直してください。",
    "The file is damaged or of another version: make it anew.",
)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Shelved:
    """One map. `path` None: it ships with the program. `fault`: why it cannot be used, in place of `figures`.

    `written_utc_s`: since when the file is the one in use.
    """

    name: str
    path: Path | None
    written_utc_s: float | None
    figures: Figures | None
    fault: Pair | None = None


class Shelf:
    """All maps that are configured, and the practice maps."""

    def __init__(self, maps: Mapping[str, Path]) -> None:
        self._maps = dict(maps)

    @property
    def names(self) -> tuple[str, ...]:
        """Configured ones first."""
        return (*sorted(self._maps), *(name for name in PRACTICE_MAPS if name not in self._maps))

    async def all(self) -> tuple[Shelved, ...]:
        """Every map, looked at off the loop: one that was never read takes a second or more."""
        return tuple([await asyncio.to_thread(self._look, name) for name in self.names])

    async def one(self, name: str) -> Shelved:
        """One map; `NotFound` where there is none of that name."""
        if name not in self.names:
            raise NotFound("その名前の地図はありません。", "There is no map of that name.")
        return await asyncio.to_thread(self._look, name)

    def _look(self, name: str) -> Shelved:
        own = self._maps.get(name)
        try:
            path = own or _practice(name)
            return Shelved(name, own, path.stat().st_mtime, figures_of(path))
        except FileNotFoundError:
            return Shelved(name, own, None, None, _MISSING)
        except MapError as error:
            # Its own words name folders of this machine, which are for the operator.
            _log.error("map %s: %s", name, error)
            missing = isinstance(error, MapMissing)
            return Shelved(name, own, None, None, _MISSING if missing else _DAMAGED)
        except OSError as error:
            ja, en = (
                f"ファイルを開けません({error.strerror})。",
                f"The file cannot be opened ({error.strerror}).",
            )
            return Shelved(name, own, None, None, (ja, en))


def _practice(name: str) -> Path:
    from routing.practice import practice_map

    return practice_map(name)
