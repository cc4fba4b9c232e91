"""Records runs from the lines that guidance makes, in a thread: a disk may hold up whoever writes."""

import contextlib
import queue
import threading
from pathlib import Path
from typing import Final

from device.errors import RecordError
from device.parts.messages import RecordBegin, RecordEnd, RecordLines
from device.recorder import RunWriter
from device.run_format import MANIFEST
from device.run_keeping import keep_newest
from wire.codec import ROUTE
from wire.errors import WireError

# What may wait for a disk that is slow: minutes. More, and the recording is given up.
_MOST_WAITING: Final = 5_000

ToRecord = RecordBegin | RecordLines | RecordEnd


class Recording:
    """Runs, one after the other. What fails is given up and told (`fault`), until the next run begins.

    A run that was begun before and is not finished goes on: the log part died, guidance did not. `keep`: how
    many runs stay; the oldest go when a new one begins.
    """

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self._queue: queue.Queue[ToRecord | None] = queue.Queue(_MOST_WAITING)
        self._run: RunWriter | None = None
        self.fault = ""
        self._thread = threading.Thread(target=self._live, name="recording", daemon=True)
        self._thread.start()

    def works(self) -> bool:
        """Whether the thread is there."""
        return self._thread.is_alive()

    def take(self, told: ToRecord) -> None:
        """Begin, write, end; never waits."""
        try:
            self._queue.put_nowait(told)
        except queue.Full:
            self.fault = "the disk is too slow for the recording; what was recorded before is kept"

    def close(self, timeout_s: float = 5.0) -> None:
        """Write what waits, and end; a run that is not over stays unfinished. Safe to call twice."""
        with contextlib.suppress(queue.Full):
            self._queue.put(None, timeout=timeout_s)
        self._thread.join(timeout_s)

    def _live(self) -> None:
        while (told := self._queue.get()) is not None:
            try:
                self._carry_out(told)
            except RecordError as error:
                self.fault = str(error)
            if self.fault:
                self._leave()
        self._leave()

    def _carry_out(self, told: ToRecord) -> None:
        if isinstance(told, RecordBegin):
            self._leave()
            self.fault = ""
            self._run = _begun(told)
            keep_newest(Path(told.folder).parent, self._keep)
        elif self._run is None:
            return
        elif isinstance(told, RecordLines):
            self._run.write(told.lines)
        else:
            self._run.finish()
            self._run = None

    def _leave(self) -> None:
        run, self._run = self._run, None
        if run is not None:
            run.close()


def _begun(begin: RecordBegin) -> RunWriter:
    folder = Path(begin.folder)
    if (folder / MANIFEST).exists():
        return RunWriter.resume(folder)
    try:
        route = None if begin.route is None else ROUTE.decode(begin.route)
    except WireError as error:
        raise RecordError(f"{folder}: the run's route cannot be read ({error})") from None
    return RunWriter.begin(folder, route, begin.settings)
