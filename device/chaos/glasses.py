"""Glasses that walk: pictures of a clip pushed to the device, unplugged and plugged in again, and buttons."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count, takewhile
from pathlib import Path
from typing import Final

from device.errors import PhoneError
from device.phone.protocol import Picture, Pressed
from device.phone.pusher import pictures_of, push

_AGAIN_S: Final = 0.3  # between two tries to connect
HZ: Final = 8.0
LOOP_MS: Final = 6_000.0  # of the clip: before anything stands in the way, of which would be told first


class Glasses:
    """One pair, paired already by `token`, in a thread of its own. `whole`: walks the whole clip."""

    def __init__(self, url: str, token: str, clip: Path, *, whole: bool = False) -> None:
        self._whole = whole
        self._url, self._token, self._clip = url, token, clip
        self._plugged = threading.Event()
        self._frozen = threading.Event()
        self._ending = threading.Event()
        self._presses: tuple[Pressed, ...] = ()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._live, name="glasses", daemon=True)

    def start(self) -> None:
        """Plug them in."""
        self._plugged.set()
        self._thread.start()

    def unplug(self) -> None:
        """The cable is out: the connection ends, and none is made."""
        self._plugged.clear()
        if self._loop is not None and self._task is not None:
            with contextlib.suppress(RuntimeError):  # it ended by itself just now
                self._loop.call_soon_threadsafe(self._task.cancel)

    def plug_in(self) -> None:
        """In again."""
        self._plugged.set()

    def freeze(self) -> None:
        """The same picture, again and again."""
        self._frozen.set()

    def thaw(self) -> None:
        """Pictures move again."""
        self._frozen.clear()

    def press(self, presses: Sequence[Pressed]) -> None:
        """Connect anew, and press buttons of the page at their times, `t_ms` from the connection."""
        self._presses = tuple(presses)
        self.unplug()
        self.plug_in()

    def close(self) -> None:
        """End the thread; safe to call twice."""
        self._ending.set()
        self.unplug()
        self._plugged.set()
        if self._thread.is_alive():
            self._thread.join(5.0)

    def _live(self) -> None:
        while not self._ending.is_set():
            self._plugged.wait()
            with contextlib.suppress(PhoneError, OSError, asyncio.CancelledError):
                asyncio.run(self._push())
            self._ending.wait(_AGAIN_S)

    async def _push(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.create_task(self._pushing())
        await self._task

    async def _pushing(self) -> None:
        presses, self._presses = self._presses, ()
        await push(self._url, self._pictures(), token=self._token, told=presses)

    def _pictures(self) -> Iterator[Picture]:
        held: Picture | None = None
        for picture in self._shown():
            if self._ending.is_set():
                return
            if not self._frozen.is_set():
                held = picture
            yield picture if held is None else replace(picture, jpeg=held.jpeg)

    def _shown(self) -> Iterator[Picture]:
        if self._whole:
            return pictures_of(self._clip, hz=HZ, repeat=True)
        first = takewhile(lambda picture: picture.t_ms < LOOP_MS, pictures_of(self._clip, hz=HZ))
        return _over_and_over(list(first))


def _over_and_over(pictures: Sequence[Picture]) -> Iterator[Picture]:
    """There on every other picture and back on those between: none jumps, and none is shown twice at a turn.

    The same one again soon after would be taken for a camera that is stuck, and rightly.
    """
    there_and_back = (*pictures[::2], *reversed(pictures[1::2]))
    for number in count():
        picture = there_and_back[number % len(there_and_back)]
        yield replace(picture, seq=number + 1, t_ms=1000.0 * number / HZ)
