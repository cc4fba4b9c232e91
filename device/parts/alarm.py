"""The last voice: where the speech part does not come back, the supervisor itself makes a sound.

No words, for there is nothing left that could say them: the stop sound, again and again. It means the same as
ever: stand still.
"""

import contextlib
import shutil
import subprocess
from typing import Final

from device.earcons import earcon
from device.policy import Earcon
from device.system_speaker import PLAYERS

PATIENCE_S: Final = 4.0  # a speech part that was started again is back within a second or two
EVERY_S: Final = 5.0


class Alarm:
    """Sounds while speech is away. Never waits."""

    def __init__(self) -> None:
        self._away_since_s: float | None = None
        self._sounded_s = float("-inf")
        self._player: subprocess.Popen[bytes] | None = None
        self._ended: list[subprocess.Popen[bytes]] = []  # killed, and not yet gone

    def look(self, speech_up: bool, now_s: float) -> None:
        """Once a round."""
        self._ended = [player for player in self._ended if player.poll() is None]
        if speech_up:
            self._away_since_s = None
            return
        if self._away_since_s is None:
            self._away_since_s = now_s
        if now_s - self._away_since_s > PATIENCE_S and now_s - self._sounded_s > EVERY_S:
            self._sounded_s = now_s
            self._sound()

    def close(self) -> None:
        """Silence."""
        if self._player is not None:
            with contextlib.suppress(OSError):
                self._player.kill()
            # Not waited for: an output that hangs may be why the speech part is away.
            self._ended.append(self._player)
            self._player = None

    def _sound(self) -> None:
        self.close()
        command = next((line for name, line in PLAYERS.items() if shutil.which(name)), None)
        if command is None:
            return
        samples = earcon(Earcon.STOP).astype("<i2").tobytes() * 2
        with contextlib.suppress(OSError):
            self._player = subprocess.Popen(  # noqa: S603  # a fixed command, no shell
                command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            assert self._player.stdin is not None  # noqa: S101  # Popen was given a pipe
            self._player.stdin.write(samples)  # 40 kB: the pipe holds 64
            self._player.stdin.close()
