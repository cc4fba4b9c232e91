"""The files that an installation consists of, as texts. Pure but for reading the package's own templates."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from device.announcements import Lang
from device.config_keys import example
from device.install.boards import PROFILES, Board, this_board

_TEMPLATES: Final = Path(__file__).parent / "templates"
_PLACE: Final = re.compile(r"@([A-Z_]+)@")
CONFIG: Final = "etc/shirube/device.toml"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One file: `path` below the root. `own`: the wearer's from the first day on, never written again."""

    path: str
    text: str
    mode: int = 0o644
    own: bool = False


def wanted(board: Board, lang: Lang) -> tuple[Wanted, ...]:
    """All of them for one board, in the order in which they are shown."""
    return (
        Wanted("etc/sysusers.d/shirube.conf", _filled("sysusers.conf", board)),
        Wanted("etc/systemd/system/shirube.service", _filled("shirube.service", board)),
        Wanted("etc/systemd/journald.conf.d/shirube.conf", _filled("journald.conf", board)),
        Wanted("etc/udev/rules.d/70-shirube.rules", _filled("udev.rules", board)),
        Wanted("etc/default/gpsd", _filled("gpsd", board)),
        Wanted("etc/chrony/conf.d/shirube-gps.conf", _filled("chrony.conf", board)),
        Wanted("opt/shirube/bin/on-trial", _filled("on-trial", board), 0o755),
        Wanted(CONFIG, config_text(board, lang), 0o640, own=True),
    )


def unit_text(root: Path = Path("/")) -> str:
    """The service's unit as this version writes it for the board at `root`."""
    return _filled("shirube.service", this_board(root))


def config_text(board: Board, lang: Lang) -> str:
    """A first configuration: every key explained, with what fits the board set."""
    profile = PROFILES[board]
    text = _set(example(lang), "lang", f'"{lang}"')
    # The service has no session, so no sound server of its own: the card directly, which mixes (dmix).
    text = _set(text, "speaker", '"system:aplay"')
    if board in ("pi4", "pi5"):
        text = _set(text, "sources", '["gpio:17,27,22"]')
    if profile.model is not None:
        text = _set(text, "model", f'"{profile.model}"')
    if profile.runtime is not None:
        text = _set(text, "runtime", f'"{profile.runtime}"')
    return _without_example_place(text)


def _set(text: str, key: str, value: str) -> str:
    """The first line that sets `key`, a comment or not, under another table than the head's."""
    pattern = re.compile(rf"^(?:# )?{key} = (?!\"/run).*$", re.MULTILINE)
    return pattern.sub(lambda _: f"{key} = {value}", text, count=1)


def _without_example_place(text: str) -> str:
    """The example's saved place as a comment: nobody is led to where they never asked to go."""
    head, table, tail = text.partition("[[places]]")
    lines = [line if not line or line.startswith("#") else f"# {line}" for line in (table + tail).split("\n")]
    return head + "\n".join(lines)


def _filled(name: str, board: Board) -> str:
    profile = PROFILES[board]
    values = {
        "GROUPS": " ".join(profile.groups),
        "MEMORY_HIGH": profile.memory_high,
        "MEMORY_MAX": profile.memory_max,
        "DEVICES": "\n".join(f"DeviceAllow={device}" for device in profile.devices),
        "GROUP_LINES": "\n".join(f"g {group} -" for group in profile.groups),
        "MEMBER_LINES": "\n".join(f"m shirube {group}" for group in profile.groups),
    }
    text = (_TEMPLATES / name).read_text(encoding="utf-8")
    return _PLACE.sub(lambda place: values[place[1]], text)
