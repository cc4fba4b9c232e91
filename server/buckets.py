"""Token buckets: a burst is fine and a flood is not. Pure: time is an argument."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

_MOST_BUCKETS: Final = 50_000  # 5 MB; the one that was used longest ago goes first


@dataclass(frozen=True, slots=True)
class Rate:
    """Up to `burst` at once, and `per_s` a second after that."""

    per_s: float
    burst: float


@dataclass(slots=True)
class _Bucket:
    left: float
    at_s: float


class Buckets:
    """Buckets by key."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[tuple[str, str], _Bucket] = OrderedDict()

    def wait_s(self, kind: str, key: str, rate: Rate, now_s: float, cost: float = 1.0) -> float:
        """0, and `cost` is taken; or how long until there is as much again."""
        bucket = self._buckets.pop((kind, key), None) or _Bucket(rate.burst, now_s)
        # A clock that was set back must not lock anybody out.
        bucket.left = min(rate.burst, bucket.left + max(now_s - bucket.at_s, 0.0) * rate.per_s)
        bucket.at_s = now_s
        self._buckets[(kind, key)] = bucket
        if len(self._buckets) > _MOST_BUCKETS:
            self._buckets.popitem(last=False)
        if bucket.left < cost:
            return (cost - bucket.left) / rate.per_s
        bucket.left -= cost
        return 0.0
