"""What the wearer changed on the way, by button or menu: kept apart from the configuration file.

None in a field: as configured. A file that cannot be read is set aside, and the configuration holds.
"""

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, ClassVar, Final, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from device.announcements import Lang
from device.config import STRICT, WearerConfig
from device.kept_files import set_aside, write_whole

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Remembered:
    """The wearer's changes, in the units of `device.config.WearerConfig`."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    format: Literal[1] = 1
    lang: Lang | None = None
    verbosity: Literal["quiet", "normal", "detailed"] | None = None
    directions: Literal["sides", "clock"] | None = None
    rate: Annotated[float, Field(ge=0.5, le=2.0)] | None = None
    volume_db: Annotated[float, Field(ge=-30.0, le=12.0)] | None = None


_ADAPTER: Final = TypeAdapter(Remembered)
_CHANGES: Final = ("lang", "verbosity", "directions", "rate", "volume_db")


def applied(wearer: WearerConfig, remembered: Remembered) -> WearerConfig:
    """The wearer's choices as they are now."""
    changes = {name: getattr(remembered, name) for name in _CHANGES}
    return replace(wearer, **{name: value for name, value in changes.items() if value is not None})


def as_text(remembered: Remembered) -> str:
    """What the file holds."""
    return _ADAPTER.dump_json(remembered).decode() + "\n"


def write_remembered(path: Path, remembered: Remembered) -> None:
    """Keep it. `OSError` where the disk takes nothing; who must not wait uses `device.kept_files.Keeper`."""
    write_whole(path, as_text(remembered))


def read_remembered(path: Path) -> Remembered:
    """What was kept; nothing changed where there is no file, or one that cannot be read."""
    try:
        return _ADAPTER.validate_json(path.read_bytes())
    except FileNotFoundError:
        return Remembered()
    except OSError as error:
        _log.warning("%s: cannot be read (%s); the configuration holds", path, error.strerror)
    except ValidationError:
        _log.warning("%s: holds something else; the configuration holds; kept as %s", path, set_aside(path))
    return Remembered()
