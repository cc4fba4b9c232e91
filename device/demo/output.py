"""Where the demonstration writes: beside the earlier output, which is replaced only by a whole new one."""

import os
import shutil
from pathlib import Path

from device.errors import RecordError

# What a run makes; nothing else in the folder is ever touched.
MADE = (
    "walk.mp4",
    "transcript.md",
    "route.svg",
    "route.png",
    "announcements.jsonl",
    "outing.json",
    "summary.json",
    "server.sqlite",
    "server.log",
    "run",
)


class Output:
    """A working folder `.NAME.new` beside the target; `publish` moves what was made into place."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.folder = target.parent / f".{target.name}.new"
        if target.exists() and not target.is_dir():
            raise RecordError(f"{target}: フォルダーではありません / is not a folder; choose another --out")
        try:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(parents=True)
        except OSError as error:
            raise RecordError(
                f"{self.folder}: 作れません / cannot be made ({error.strerror}); choose another --out"
            ) from None

    def write(self, name: str, text: str) -> Path:
        """Write one text file."""
        path = self.folder / name
        try:
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise RecordError(
                f"{path}: 書けません / cannot be written ({error.strerror}); earlier output is kept"
            ) from None
        return path

    def publish(self) -> None:
        """Put the new files in the place of the earlier ones."""
        try:
            self.target.mkdir(parents=True, exist_ok=True)
            for name in MADE:
                new, old = self.folder / name, self.target / name
                if old.is_dir():
                    shutil.rmtree(old)
                if new.exists():
                    os.replace(new, old)
                else:
                    old.unlink(missing_ok=True)
        except OSError as error:
            raise RecordError(
                f"{self.target}: cannot be written ({error.strerror}); new output is in {self.folder}"
            ) from None
        shutil.rmtree(self.folder, ignore_errors=True)

    def discard(self) -> None:
        """Drop an unfinished run; the earlier output stays."""
        shutil.rmtree(self.folder, ignore_errors=True)
