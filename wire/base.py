"""The one way to declare a value that crosses the wire."""

import dataclasses
from typing import TypeVar, dataclass_transform

from pydantic import ConfigDict

T = TypeVar("T")

# A field that this version does not know is an error, not a silent loss: versions are negotiated
# at the greeting (`wire.uplink.PROTOCOL`). inf and nan are not JSON. What reads and writes a message is built
# when the first one comes: of 200 kinds, a start waits for none.
_STRICT_KEYS = ConfigDict(extra="forbid", allow_inf_nan=False, defer_build=True)
LATE = ConfigDict(defer_build=True)  # the same for what is one of several messages


@dataclass_transform(frozen_default=True, kw_only_default=True)
def message(cls: type[T]) -> type[T]:
    """Make `cls` a slotted, keyword-only value that rejects unknown keys when decoded."""
    cls.__pydantic_config__ = _STRICT_KEYS  # type: ignore[attr-defined]
    return dataclasses.dataclass(slots=True, unsafe_hash=True, kw_only=True)(cls)


@dataclass_transform(frozen_default=True)
def value(cls: type[T]) -> type[T]:
    """Make `cls` a slotted value.

    Messages and values are frozen to the type checker, which reads all of this code. Frozen to the
    interpreter too, each new one would take four times as long, and a plan makes hundreds.
    """
    return dataclasses.dataclass(slots=True, unsafe_hash=True)(cls)
