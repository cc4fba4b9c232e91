"""The clock of Japan. It has had no summer time since 1951: a fixed offset needs no zone data."""

from datetime import timedelta, timezone
from typing import Final

DAY_S: Final = 86_400.0  # none is longer or shorter
JST: Final = timezone(timedelta(hours=9), "JST")
