"""Versions side by side, and which of them is the device: `versions/X`, `current`, `previous`, `trial`.

A switch is one rename of a link: the power may go at any moment, and one whole version is the device.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from device.errors import ConfigError

HOME: Final = "opt/shirube"
_WHOLE: Final = "whole"  # written last: without it a version was never finished


@dataclass(frozen=True, slots=True)
class Versions:
    """The folder that holds them."""

    home: Path

    def folder(self, version: str) -> Path:
        """Where a version lies; a virtual environment cannot be moved, so it is made there."""
        return self.home / "versions" / version

    def whole(self) -> tuple[str, ...]:
        """Those that were installed to their end, by name."""
        return tuple(sorted(mark.parent.name for mark in (self.home / "versions").glob(f"*/{_WHOLE}")))

    def current(self) -> str | None:
        """The device's; None before the first."""
        return self._target("current")

    def previous(self) -> str | None:
        """The one before the last switch, where it is still there."""
        name = self._target("previous")
        return name if name in self.whole() else None

    def finished(self, version: str) -> None:
        """Everything of it is on the disk."""
        os.sync()
        (self.folder(version) / _WHOLE).write_text(f"{version}\n", encoding="utf-8")
        os.sync()

    def remove(self, version: str) -> None:
        """Take it away; never the device's own."""
        if version == self.current():
            raise ConfigError(f"{version}: いま使っている版です / is the version in use")
        shutil.rmtree(self.folder(version), ignore_errors=True)

    def switch(self, version: str, *, trial: bool) -> None:
        """Make `version` the device. `trial`: taken back by itself if it does not become ready."""
        before = self.current()
        if version not in self.whole():
            have = ", ".join(self.whole()) or "-"
            raise ConfigError(f"{version}: その版は入っていません / is not installed (there: {have})")
        if before == version:
            raise ConfigError(f"{version}: すでに使っている版です / is in use already")
        if trial and before is not None:
            self._put("trial", before + "\n")
        else:
            (self.home / "trial").unlink(missing_ok=True)
        (self.home / "trial.starts").unlink(missing_ok=True)
        if before is not None:
            self._link("previous", before)
        self._link("current", version)

    def on_trial(self) -> bool:
        """Whether the last switch has not been decided yet."""
        return (self.home / "trial").exists()

    def _target(self, link: str) -> str | None:
        try:
            return Path(os.readlink(self.home / link)).name
        except OSError:
            return None

    def _link(self, link: str, version: str) -> None:
        beside = self.home / f"{link}.to"
        beside.unlink(missing_ok=True)
        beside.symlink_to(Path("versions") / version)
        beside.replace(self.home / link)
        _synced(self.home)

    def _put(self, name: str, text: str) -> None:
        beside = self.home / f"{name}.to"
        with beside.open("w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(self.home / name)
        _synced(self.home)


def _synced(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
