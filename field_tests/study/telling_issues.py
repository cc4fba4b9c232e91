"""What was wrong in a trial's data, as lines that a person reads, in one language. Pure."""

from collections.abc import Iterable, Iterator
from typing import Literal

from field_tests.issues import ISSUES, Issue
from field_tests.study.names import EFFECTS

Language = Literal["ja", "en"]


def issue_lines(issues: Iterable[Issue], lang: Language) -> Iterator[str]:
    """What was wrong, a line a fault."""
    for issue in issues:
        what, done = ISSUES[issue.code][lang == "en"], EFFECTS[issue.effect][lang == "en"]
        detail = f" ({issue.detail})" if issue.detail else ""
        whose = f"{issue.person}: " if issue.person else ""
        yield f"! {whose}{what}{detail}: {issue.count}, {issue.where}: {done}"
