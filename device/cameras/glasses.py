"""Glasses, or a phone as glasses: JPEGs that the phone part was sent, fetched from it and decoded here."""

from collections import Counter
from pathlib import Path
from typing import Final

from device.cameras.grabber import turned
from device.cameras.jpeg import decoded
from device.errors import CameraError
from device.parts.channel import Line
from device.parts.messages import FROM_PHONE, TO_PHONE, FromPhone, Jpeg, ToPhone, Watch
from device.ports import Clock
from vision.attitude import Attitudes
from vision.errors import FrameError
from vision.types import Frame

# One damaged picture is a shaky link's; so many in a row, or none for so long, is a camera's fault.
MOST_BAD: Final = 5
SILENT_S: Final = 2.0
# A link that stood lets go what it held: a picture from so long ago shows where the wearer no longer is.
OLD_S: Final = 2.0
KEPT: Final = 200  # attitudes: ten seconds and more of a phone
HELD_S: Final = 0.4  # what a phone felt comes with its pictures, and as late as they


class Glasses:
    """A `CameraSource` and what the phone's own sensor says of its `attitudes`. Not thread-safe.

    `socket`: of the phone part. `refused` counts pictures that were none, by reason.
    """

    def __init__(self, socket: Path, clock: Clock, rotate_deg: int = 0) -> None:
        self._line: Line[FromPhone, ToPhone] = Line(socket, FROM_PHONE, TO_PHONE, self._ask)
        self._clock, self._rotate_deg = clock, rotate_deg
        self._good_s = clock.now_s()
        self._index = self._bad = 0
        self._told = False
        self.refused: Counter[str] = Counter()
        self.attitudes = Attitudes(longest_gap_s=HELD_S, kept=KEPT)

    def latest(self) -> Frame | None:
        """The newest whole picture not yet given out; `CameraError`, once each time, where none comes."""
        pushed = [message for message in self._line.poll() if isinstance(message, Jpeg)]
        oldest_s = self._clock.now_s() - OLD_S
        fresh = [jpeg for jpeg in pushed if jpeg.t_s >= oldest_s]
        self.refused += Counter(old=len(pushed) - len(fresh))
        for jpeg in pushed:
            if jpeg.attitude is not None:
                self.attitudes.add(jpeg.attitude)
        frame = self._decoded(fresh[-1]) if fresh else None
        if frame is not None:
            return frame
        self._tell()
        return None

    def filenos(self) -> tuple[int, ...]:
        """To wait for with `select`."""
        return self._line.filenos()

    def close(self) -> None:
        """End the connection; safe to call twice."""
        self._line.close()

    def _ask(self) -> None:
        self._line.send(Watch("frames"))

    def _decoded(self, jpeg: Jpeg) -> Frame | None:
        try:
            image = turned(decoded(jpeg.jpeg, jpeg.rotate_deg), self._rotate_deg)
        except FrameError as error:
            self.refused[str(error).partition(" (")[0]] += 1
            self._bad += 1
            if self._bad == MOST_BAD:
                raise CameraError(
                    f"スマートフォンの画像が壊れています / the phone's pictures: {error}"
                ) from None
            return None
        self._good_s, self._bad, self._told = self._clock.now_s(), 0, False
        self._index += 1
        return Frame(self._index - 1, jpeg.t_s, image)

    def _tell(self) -> None:
        if self._told or self._clock.now_s() - self._good_s <= SILENT_S:
            return
        self._told = True
        if not self._line.connected:
            raise CameraError("スマートフォンの受け口が動いていません / the phone part is not there")
        raise CameraError(
            "スマートフォンから画像が来ません。ページを開いて / no pictures from the phone: open its page"
        )
