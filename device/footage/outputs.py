"""Where a run is written: an annotated video or a folder of pictures, and events. Whole or not at all."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import IO, Protocol, Self

import cv2

from vision.errors import VideoError
from vision.types import Image
from vision.video import VideoWriter, not_written, refuse_folder

PICTURES = frozenset({".png", ".jpg", ".jpeg"})
WAITING = 8  # pictures that may wait to be drawn and encoded


class _Film(Protocol):
    def write(self, image: Image) -> None: ...
    def close(self) -> None: ...
    def discard(self) -> None: ...


class _Pictures:
    """A picture a frame, numbered; one alone keeps the name that was asked for."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._count = 0

    def write(self, image: Image) -> None:
        single = self._path.suffix.lower() in PICTURES
        target = self._path if single else self._path / f"{self._count:06d}.png"
        self._count += 1
        done, data = cv2.imencode(target.suffix, image)
        part = target.with_name(target.name + ".part")
        try:
            if not done:
                raise OSError(None, "the picture cannot be encoded")
            part.write_bytes(data.tobytes())
            part.replace(target)
        except OSError as error:
            raise VideoError(not_written(target, error)) from None

    def close(self) -> None:
        """Each picture is whole already."""

    def discard(self) -> None:
        """What was written stays: each picture is whole."""


class Film:
    """Draws and encodes in a thread of its own, in order. `fps`: of a video.

    `path`: .mp4, one .png or .jpg (the last picture stays), or a folder for a picture a frame.
    """

    def __init__(self, path: Path, fps: float) -> None:
        self._path = path
        self._fps = fps
        self._film: _Film | None = None
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="film")
        self._waiting: deque[Future[None]] = deque()
        if path.suffix.lower() not in (".mp4", *PICTURES, ""):
            raise VideoError(f"{path}: 書けない形です / write .mp4, .png, .jpg or a folder")
        try:
            if path.suffix:
                refuse_folder(path)
            (path if path.suffix == "" else path.parent).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise VideoError(not_written(path, error)) from None
        if path.suffix.lower() != ".mp4":
            self._film = _Pictures(path)

    def add(self, draw: Callable[[], Image]) -> None:
        """Queue one picture; waits where the encoder is behind. Raises what an earlier one raised."""
        self._waiting.append(self._pool.submit(self._write, draw))
        while len(self._waiting) > WAITING:
            self._waiting.popleft().result()

    def _write(self, draw: Callable[[], Image]) -> None:
        image = draw()
        if self._film is None:
            self._film = VideoWriter(self._path, (image.shape[1], image.shape[0]), self._fps)
        self._film.write(image)

    def close(self) -> None:
        """The last pictures, then the file gets its name."""
        try:
            while self._waiting:
                self._waiting.popleft().result()
        except BaseException:
            self.discard()
            raise
        self._pool.shutdown()
        if self._film is not None:
            self._film.close()

    def discard(self) -> None:
        """Throw the unfinished file away."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        if self._film is not None:
            self._film.discard()


class Lines:
    """A text file that appears under its name when it is whole."""

    def __init__(self, path: Path) -> None:
        refuse_folder(path)
        self._path = path
        self._part = path.with_name(path.name + ".part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: IO[str] = self._part.open("w", encoding="utf-8")
        except OSError as error:
            raise self._cannot(error) from None

    def add(self, line: str) -> None:
        """One line more."""
        try:
            self._file.write(line + "\n")
        except OSError as error:
            raise self._cannot(error) from None

    def close(self) -> None:
        """Finish the file and give it its name."""
        try:
            self._file.close()
            self._part.replace(self._path)
        except OSError as error:
            raise self._cannot(error) from None

    def discard(self) -> None:
        """Throw it away."""
        self._file.close()
        self._part.unlink(missing_ok=True)

    def _cannot(self, error: OSError) -> VideoError:
        return VideoError(not_written(self._path, error))


class Outputs:
    """The film and the events, either or none; leaving it on an error leaves earlier files as they were."""

    def __init__(self, out: Path | None, events: Path | None, fps: float) -> None:
        self._lines = Lines(events) if events else None
        try:
            self._film = Film(out, fps) if out else None
        except VideoError:
            if self._lines:
                self._lines.discard()
            raise

    def picture(self, draw: Callable[[], Image]) -> None:
        """Draw and append one picture, where one is wanted."""
        if self._film:
            self._film.add(draw)

    def event(self, make: Callable[[], str]) -> None:
        """Append one line, where events are wanted."""
        if self._lines:
            self._lines.add(make())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        done: list[Film | Lines] = [each for each in (self._film, self._lines) if each is not None]
        if kind is None:
            while done:
                try:
                    done.pop(0).close()
                except BaseException:
                    for rest in done:
                        rest.discard()
                    raise
        for each in done:
            each.discard()
