"""What the doctor found: one sentence in each language, how bad it is, and what to do. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final, Literal

from device.announcements import Lang

Fact = str | int | float | bool | None
Check = Literal[
    "configuration",
    "disk",
    "memory",
    "clock",
    "heat",
    "battery",
    "versions",
    "units",
    "speaker",
    "voices",
    "phrases",
    "camera",
    "model",
    "position",
    "buttons",
    "map",
    "server",
]


class Level(IntEnum):
    """How bad; the worst is told first. UNKNOWN: it could not be looked at, which is no praise."""

    OK = 0
    UNKNOWN = 1
    WARN = 2
    FAULT = 3


# A reason in brackets, up to the sentence's last one.
_REASON: Final[dict[Lang, re.Pattern[str]]] = {"ja": re.compile(r"（(.*)）"), "en": re.compile(r" \((.*)\)")}


@dataclass(frozen=True, slots=True)
class Finding:
    """`ja`, `en`: one sentence. `do_ja`, `do_en`: what to do, empty where nothing has to be done."""

    check: Check
    level: Level
    ja: str
    en: str
    do_ja: str = ""
    do_en: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict)

    def sentence(self, lang: Lang) -> str:
        """To be read: a reason that was given as "Japanese / English" in its own language only."""
        return _REASON[lang].sub(
            lambda found: _one_language(found, lang), self.ja if lang == "ja" else self.en
        )

    def todo(self, lang: Lang) -> str:
        """What to do, or nothing."""
        return self.do_ja if lang == "ja" else self.do_en

    def speech(self, lang: Lang) -> str:
        """To be heard: without the reason in brackets, which is of file names and foreign words."""
        plain = _REASON[lang].sub("", self.ja if lang == "ja" else self.en)
        return f"{plain}{'' if lang == 'ja' else ' '}{self.todo(lang)}".strip()


def _one_language(found: re.Match[str], lang: Lang) -> str:
    halves = found[1].split(" / ")
    if len(halves) != 2:
        return found[0]
    return found[0].replace(found[1], halves[0] if lang == "ja" else halves[1])


def worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """By level; those of one level stay in the order in which they were found."""
    return tuple(sorted(findings, key=lambda finding: -finding.level))


def exit_code(findings: Iterable[Finding]) -> int:
    """1 where anything is at fault, else 0."""
    return 1 if any(finding.level == Level.FAULT for finding in findings) else 0


MARKS: Final[dict[Level, dict[Lang, str]]] = {
    Level.OK: {"ja": "良好", "en": "ok"},
    Level.UNKNOWN: {"ja": "不明", "en": "unknown"},
    Level.WARN: {"ja": "注意", "en": "warning"},
    Level.FAULT: {"ja": "故障", "en": "FAULT"},
}


def summary(findings: Iterable[Finding], lang: Lang) -> str:
    """How many of each, said before anything else. "No problem" is said of the checks, not of a walk."""
    counts = dict.fromkeys(Level, 0)
    for finding in findings:
        counts[finding.level] += 1
    faults, warnings, unknown = counts[Level.FAULT], counts[Level.WARN], counts[Level.UNKNOWN]
    if lang == "ja":
        told = [f"問題が{faults}つあります。"] if faults else ["調べた範囲に問題は見つかりませんでした。"]
        told += [f"注意が{warnings}つあります。"] if warnings else []
        told += [f"調べられなかったものが{unknown}つあります。"] if unknown else []
        return "".join(told)
    told = [f"{_count(faults, 'problem')}."] if faults else ["The checks found no problem."]
    told += [f"{_count(warnings, 'warning')}."] if warnings else []
    told += [f"{_count(unknown, 'thing')} could not be checked."] if unknown else []
    return " ".join(told)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def spoken(findings: Iterable[Finding], lang: Lang) -> tuple[str, ...]:
    """What is said aloud, one after the other: the summary, then all that is not well, worst first."""
    ordered = worst_first(findings)
    return (summary(ordered, lang), *(one.speech(lang) for one in ordered if one.level != Level.OK))


def printed(findings: Iterable[Finding], lang: Lang) -> tuple[str, ...]:
    """Lines for people: the summary, then everything, worst first, what to do below each."""
    lines = [summary(found := worst_first(findings), lang)]
    for one in found:
        lines.append(f"[{MARKS[one.level][lang]}] {one.sentence(lang)}")
        lines += [f"    → {todo}"] if (todo := one.todo(lang)) else []
    return tuple(lines)
