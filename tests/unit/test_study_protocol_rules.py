"""A plan that loosens its own gates, or cannot be meant, is refused in one sentence of both languages."""

import pytest

from field_tests.errors import ProtocolError
from field_tests.study.moments import day
from field_tests.study.protocol import FeeTarget, Gates
from field_tests.study.reading_protocol import parsed
from tests.trial_folder import PROTOCOL


def _plan(section: str, line: str) -> bytes:
    """The plan with one more line in a section, or with another line in its first part."""
    if section:
        return f"{PROTOCOL}[{section}]\n{line}\n".encode()
    name = line.split(" = ")[0]
    kept = [old for old in PROTOCOL.splitlines() if not old.startswith(f"{name} = ")]
    return "\n".join([line, *kept]).encode()


@pytest.mark.parametrize(
    ("section", "line", "says"),
    [
        ("gates", "least_persons = 7", "gates.least_persons must be at least 8: no plan may loosen its own"),
        ("gates", "most_coverage_difference = 0.0501", "most_coverage_difference must be from 0 to 0.05"),
        ("gates", "most_coverage_difference = 1.0", "most_coverage_difference は 0 から 0.05 まで"),
        ("gates", "most_coverage_difference = -0.1", "most_coverage_difference must be"),
        ("gates", "most_lost = 0.31", "gates.most_lost must be from 0 to 0.3"),
        ("gates", "least_valid_share = 0.59", "least_valid_share must be at least 0.6"),
        ("gates", "least_valid_share = 1.01", "least_valid_share: 1 at most"),
        ("gates", "most_bounds_width = 1.01", "most_bounds_width must be from 0 to 1.0"),
        ("", "target_percent = 0.9", "target_percent must be 1 to 1000"),
        ("", "target_percent = -5.0", "target_percent は 1 から 1000 まで"),
        ("", "target_percent = 1001.0", "target_percent must be 1 to 1000"),
        ("fees", "before_yen = 10080", "the claim is a fall"),
        ("fees", "after_yen = 20160", "the claim is a fall"),
        ("fees", "after_yen = 0", "0 < after_yen < before_yen"),
        ("fees", "before_yen = 1000001", "0 < after_yen < before_yen <= 1000000"),
        ("", "wash_in_days = 367", "wash_in_days must be at most 366"),
        ("", "wash_in_days = 9000000000000", "wash_in_days must be at most 366"),
        ("", "last = 9999-12-31", "of 2000 to 2100 and without quotes"),
        ("", "first = 0001-01-01", "of 2000 to 2100"),
        ("", "frozen = 1999-12-31", "of 2000 to 2100"),
        ("", "possible_starts = [2101-01-01]", "of 2000 to 2100"),
    ],
)
def test_a_plan_that_would_decide_its_own_verdict_is_refused(section: str, line: str, says: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        parsed(_plan(section, line))
    assert says in str(caught.value)
    assert " / " in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_plan_may_ask_for_more() -> None:
    strict = [
        "least_persons = 20",
        "most_coverage_difference = 0.0",
        "least_valid_share = 1.0",
        "most_bounds_width = 0.5",
        "most_lost = 0.0",
    ]
    assert parsed(_plan("gates", "\n".join(strict))).gates == Gates(20, 0.0, 1.0, 0.5, 0.0)
    assert parsed(_plan("", "target_percent = 1.0")).target_percent == 1.0
    assert parsed(_plan("fees", "before_yen = 1000000\nafter_yen = 1")).fees == FeeTarget(1_000_000, 1)


def test_what_is_shipped_is_just_allowed() -> None:
    assert parsed(PROTOCOL.encode()).gates == Gates()


def test_days_at_the_ends_of_the_calendar_are_no_days_of_a_trial() -> None:
    for text in ("9999-12-31", "0001-01-01", "1999-12-31", "2101-01-01"):
        with pytest.raises(ValueError, match="2000 to 2100"):
            day(text)
    assert (day("2000-01-01").year, day("2100-12-31").year) == (2000, 2100)
