"""The page about security: every requirement is answered once, and what it names is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/security.md").read_text("utf-8")
REQUIREMENTS = 253  # of ASVS 5.0, levels 1 and 2
_ROW = re.compile(
    r"^\| (\d+\.\d+\.\d+)(?:–[\d.]+ \((\d+)\))? \| [^|]+ \| (met|n/a|part|not yet) \| (.+) \|$", re.MULTILINE
)


def test_every_requirement_is_answered_once() -> None:
    rows = _ROW.findall(PAGE)
    numbers = [first for first, *_ in rows]
    assert len(set(numbers)) == len(numbers)
    assert sum(int(many or 1) for _, many, *_ in rows) == REQUIREMENTS
    told = {
        state: int(count) for state, count in re.findall(r"\*\*(met|n/a|part|not yet)\*\* \((\d+)\)", PAGE)
    }
    counted = {state: sum(int(many or 1) for _, many, said, _ in rows if said == state) for state in told}
    assert counted == told


def test_each_file_that_it_names_is_there() -> None:
    named = set(re.findall(r"`((?:server|tests|wire|docs|models)/[A-Za-z0-9_./-]+)`", PAGE))
    named |= {f"docs/{name}" for name in re.findall(r"\]\(([a-z-]+\.md)\)", PAGE)}
    assert len(named) > 60
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []
