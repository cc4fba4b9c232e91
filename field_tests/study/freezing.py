"""Freezing a trial's plan: its definitions beside it, the day, and hashes that tell any later change."""

import hashlib
import re
from collections.abc import Iterator
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Final

from field_tests import private_files
from field_tests.errors import ProtocolError
from field_tests.study import reading_protocol
from field_tests.study.found import Found
from field_tests.study.reading_csv import read_bytes

HASHES: Final = "frozen.sha256"
DEFINITIONS: Final = "definitions.toml"
UNSEALED: Final = "plan_unsealed"
FROZEN: Final = (reading_protocol.FILE, DEFINITIONS)
_LINE: Final = re.compile(r"([0-9a-f]{64}) [ *](\S+)")


def shipped_definitions() -> bytes:
    """The bytes of the definitions that come with Shirube."""
    return files("field_tests.outings").joinpath(DEFINITIONS).read_bytes()


def freeze(root: Path, on: date) -> tuple[str, ...]:
    """Write the definitions' hash and the day into the plan, and beside it the hashes of both; their lines.

    ProtocolError where the trial has begun by `on`, or is frozen already: what is frozen stays.
    """
    plan = reading_protocol.read(root)
    if (root / HASHES).exists():
        raise ProtocolError(
            f"{root / HASHES} があります。凍結は一度だけです。変えるなら新しいフォルダーで。 / "
            f"It is frozen already ({HASHES} is there): to change the plan, begin a new folder."
        )
    if on >= plan.first:
        raise ProtocolError(
            f"{on} には実験が始まっています（first = {plan.first}）。始まる前に凍結してください。 / "
            f"On {on} the trial has begun (first = {plan.first}): a plan is frozen before it begins."
        )
    if not (root / DEFINITIONS).is_file():
        private_files.write(root / DEFINITIONS, shipped_definitions())
    digest = hashlib.sha256(read_bytes(root / DEFINITIONS)).hexdigest()
    text = read_bytes(root / reading_protocol.FILE).decode("utf-8-sig")
    text = _set(text, "definitions_sha256", f'"{digest}"')
    text = _set(text, "frozen", on.isoformat())
    reading_protocol.parsed(text.encode())
    write_whole(root / reading_protocol.FILE, text)
    return seal(root)


def seal(root: Path) -> tuple[str, ...]:
    """Write the hashes of the plan and its definitions beside them; their lines."""
    lines = tuple(f"{_sha256(root / name)}  {name}" for name in FROZEN)
    write_whole(root / HASHES, "".join(f"{line}\n" for line in lines))
    return lines


def tell_changes(root: Path, found: Found) -> None:
    """Tells files of the plan that are no longer what was frozen, or that nothing was."""
    path = root / HASHES
    if not path.is_file():
        found.add(UNSEALED, "refused", HASHES)
        return
    listed = dict(_listed(read_bytes(path).decode("utf-8", "replace")))
    for name in FROZEN:
        if name not in listed:
            found.add("plan_changed", "refused", HASHES, detail=f"{name} is not listed")
        elif not (root / name).is_file() or _sha256(root / name) != listed[name]:
            found.add("plan_changed", "refused", name)


def _listed(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        if told := _LINE.fullmatch(line.strip()):
            yield told[2], told[1]


def _sha256(path: Path) -> str:
    return hashlib.sha256(read_bytes(path)).hexdigest()


def _set(text: str, name: str, value: str) -> str:
    """The plan with another value of one key of its first part; its comments stay."""
    line = re.compile(rf"^({name}\s*=\s*)(\"[^\"\n]*\"|[^#\n]*?)(\s*(?:#.*)?)$", re.MULTILINE)
    changed, times = line.subn(lambda told: f"{told[1]}{value}{told[3]}", text, count=1)
    if times != 1:
        raise ProtocolError(
            f"protocol.toml: {name} の行が見つかりません。`{name} = …` と一行に書いてください。 / "
            f"There is no line `{name} = …`: write it on a line of its own."
        )
    return changed


def write_whole(path: Path, text: str) -> None:
    """The file in one move: a full disk leaves the old one."""
    whole = path.with_name(f".{path.name}.new")
    private_files.write(whole, text.encode())
    whole.replace(path)
