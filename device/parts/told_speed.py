"""What the position part tells the eyes: how fast the wearer walks."""

from device.own_speed import STALE_S
from device.parts.channel import Line
from device.parts.messages import LOCATED, NOTHING, Located, Nothing
from device.parts.part import Part


class ToldSpeed:
    """The newest speed that the position part told of. Never blocks; no thread."""

    def __init__(self, part: Part) -> None:
        self._line: Line[Located, Nothing] = Line(part.socket("position"), LOCATED, NOTHING)
        self._newest: Located | None = None

    def at(self, now_s: float) -> float | None:
        """Metres a second; None where it is not known, or nobody has told for too long."""
        for located in self._line.poll():
            self._newest = located
        newest = self._newest
        return None if newest is None or now_s - newest.t_s > STALE_S else newest.speed_mps

    def close(self) -> None:
        """End the connection; safe to call twice."""
        self._line.close()
