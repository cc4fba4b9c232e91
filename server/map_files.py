"""The files of one map: the one in use, the one before it, what it was built from, what is being made."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SUFFIX: Final = ".shirube"


@dataclass(frozen=True, slots=True)
class Files:
    """Where the files of one map lie: all in its folder, so that a rename replaces in one step."""

    path: Path

    @property
    def extract(self) -> Path:
        """OpenStreetMap's data that the map was built from."""
        return self.path.with_suffix(".osm.pbf")

    @property
    def new(self) -> Path:
        """The built map that is not in use yet."""
        return self.path.with_name(f".{self.path.stem}.new{SUFFIX}")

    @property
    def new_extract(self) -> Path:
        """The extract that came with it."""
        return self.path.with_name(f".{self.path.stem}.new.osm.pbf")

    @property
    def old(self) -> Path:
        """The map that was in use before."""
        return self.path.with_name(f"{self.path.stem}.old{SUFFIX}")

    @property
    def kept(self) -> Path:
        """Fetched tiles."""
        return self.path.with_name(f".{self.path.stem}.tiles")

    def take_up(self) -> None:
        """The new map is the one in use from here on; at no moment is there none."""
        if self.path.exists():
            self.old.unlink(missing_ok=True)
            os.link(self.path, self.old)
        self.new.replace(self.path)
        if self.new_extract.exists():
            self.new_extract.replace(self.extract)

    def drop(self) -> None:
        """Nothing new is left."""
        for path in (self.new, self.new_extract):
            path.unlink(missing_ok=True)
