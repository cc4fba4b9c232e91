"""How much one connection may say: a bucket that fills with time. Pure."""


class Bucket:
    """`rate_hz` on average, `burst` at once. `over`: how many more were refused than taken, of late."""

    def __init__(self, rate_hz: float, burst: float, now_s: float) -> None:
        self._rate_hz, self._burst = rate_hz, burst
        self._left, self._at_s = burst, now_s
        self.over = 0

    def take(self, now_s: float) -> bool:
        """Whether one more is within it."""
        self._left = min(self._left + (now_s - self._at_s) * self._rate_hz, self._burst)
        self._at_s = now_s
        if self._left < 1.0:
            self.over += 1
            return False
        self._left -= 1.0
        self.over = max(self.over - 1, 0)
        return True
