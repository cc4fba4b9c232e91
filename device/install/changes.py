"""What an installation would change, and the changing of it. What a person changed is never overwritten."""

import difflib
import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from device.errors import ConfigError
from device.install.files import Wanted

RECORD: Final = "etc/shirube/.installed.json"  # what was written: path -> sha256
_DPKG: Final = "var/lib/dpkg/status"

# new: not there. same: nothing to do. update: ours of before, or as the system's package brought it.
# kept: a person changed it; ours goes beside it as .new. own: the wearer's, left alone.
State = Literal["new", "same", "update", "kept", "own"]


@dataclass(frozen=True, slots=True)
class Change:
    """One file, and what happens to it. `before` None: it is not there."""

    wanted: Wanted
    state: State
    before: str | None

    @property
    def writes(self) -> str | None:
        """The path below the root that is written; None: nothing is."""
        if self.state in ("new", "update"):
            return self.wanted.path
        return f"{self.wanted.path}.new" if self.state == "kept" else None


def planned(files: Iterable[Wanted], root: Path) -> tuple[Change, ...]:
    """Compare; nothing is written. `ConfigError` where something cannot be read."""
    known, packaged = _record(root), _packaged(root)
    return tuple(_change(each, root, known, packaged) for each in files)


def _change(each: Wanted, root: Path, known: Mapping[str, str], packaged: Mapping[str, str]) -> Change:
    path = root / each.path
    try:
        before = path.read_bytes() if path.is_file() else None
    except OSError as error:
        raise ConfigError(f"{path}: 読めません / cannot be read ({error.strerror}): sudo?") from None
    if before is None:
        return Change(each, "new", None)
    text = before.decode("utf-8", "replace")
    if each.own:
        return Change(each, "own", text)
    if text == each.text:
        return Change(each, "same", text)
    ours = known.get(each.path) == hashlib.sha256(before).hexdigest()
    untouched = packaged.get(f"/{each.path}") == hashlib.md5(before, usedforsecurity=False).hexdigest()
    return Change(each, "update" if ours or untouched else "kept", text)


def shown(change: Change) -> Iterator[str]:
    """Lines for people: what happens, and the difference."""
    words = {
        "new": "新しく書きます / new",
        "same": "変わりません / the same",
        "update": "書き直します / updated",
        "kept": "人が変えたので残し、.new を隣に置きます / changed by a person: kept, ours beside it as .new",
        "own": "使う人のものなので触りません / the wearer's: left alone",
    }
    yield f"/{change.wanted.path}: {words[change.state]}"
    if change.state in ("update", "kept"):
        before, after = (change.before or "").splitlines(), change.wanted.text.splitlines()
        yield from (
            f"    {line}" for line in difflib.unified_diff(before, after, "before", "after", "", "", 0, "")
        )


def apply(changes: Iterable[Change], root: Path) -> None:
    """Write them, each whole or not at all, and note what was written. `ConfigError` where one cannot be."""
    record = dict(_record(root))
    for change in changes:
        if change.writes is not None:
            _write(root / change.writes, change.wanted.text, change.wanted.mode)
        if change.state != "kept" and not change.wanted.own:
            record[change.wanted.path] = hashlib.sha256(change.wanted.text.encode()).hexdigest()
    _write(root / RECORD, json.dumps(record, indent=1, sort_keys=True) + "\n", 0o644)


def _write(path: Path, text: str, mode: int) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        beside.chmod(mode)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise ConfigError(f"{path}: 書けません / cannot be written ({error.strerror})") from None


def _record(root: Path) -> Mapping[str, str]:
    try:
        found = json.loads((root / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}


def _packaged(root: Path) -> Mapping[str, str]:
    """MD5 of each configuration file as Debian's package brought it (dpkg's own record)."""
    try:
        text = (root / _DPKG).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {}
    return dict(re.findall(r"^ (/\S+) ([0-9a-f]{32})$", text, re.MULTILINE))
