"""Another machine's monotonic clock in terms of ours. Pure.

Each exchange (we ask at `asked_s`, it answers "its clock says c", we hear at `heard_s`) bounds the
difference: it lies between asked_s - c and heard_s - c. The narrowest of the last ones is the best
(Cristian's method); its middle is off by at most half its width, which is half the way there and back.
"""

from collections import deque
from typing import Final

# Crystals differ by 50 ppm: over this many exchanges of one a second that is 2 ms, which is no contradiction.
_KEPT: Final = 40
_DRIFT_S: Final = 0.005


class ClockMap:
    """What to add to the other clock's seconds, learned by exchanges."""

    def __init__(self) -> None:
        self._bounds: deque[tuple[float, float]] = deque(maxlen=_KEPT)

    @property
    def known(self) -> bool:
        """Whether anything was learned yet."""
        return bool(self._bounds)

    @property
    def error_s(self) -> float:
        """How far off `ours_s` can be at most; infinite before the first exchange."""
        return min(((high - low) / 2 for low, high in self._bounds), default=float("inf"))

    def learn(self, asked_s: float, theirs_s: float, heard_s: float) -> None:
        """One exchange. Where it contradicts what was known the other clock has stood or jumped: begin anew.

        Browsers stop their clock while the phone sleeps.
        """
        low, high = asked_s - theirs_s, heard_s - theirs_s
        if any(max(low - known_high, known_low - high) > _DRIFT_S for known_low, known_high in self._bounds):
            self._bounds.clear()
        self._bounds.append((low, high))

    def ours_s(self, theirs_s: float) -> float:
        """That second on our clock. `ValueError` before the first exchange."""
        low, high = min(self._bounds, key=lambda bound: bound[1] - bound[0])
        return theirs_s + (low + high) / 2
