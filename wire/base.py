"""The one way to declare a value that crosses the wire."""

import dataclasses
from typing import TypeVar, dataclass_transform

from pydantic import ConfigDict

T = TypeVar("T")

# A field that this version does not know is an error, not a silent loss: versions are negotiated
# at the greeting (`wire.uplink.PROTOCOL`). inf and nan are not JSON.
_STRICT_KEYS = ConfigDict(extra="forbid", allow_inf_nan=False)


@dataclass_transform(frozen_default=True, kw_only_default=True)
def message(cls: type[T]) -> type[T]:
    """Make `cls` a frozen, slotted, keyword-only dataclass that rejects unknown keys when decoded."""
    cls.__pydantic_config__ = _STRICT_KEYS  # type: ignore[attr-defined]
    return dataclasses.dataclass(frozen=True, slots=True, kw_only=True)(cls)
