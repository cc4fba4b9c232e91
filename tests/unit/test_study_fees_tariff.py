"""A tariff: prices by length and day, and what is wrong in one."""

from datetime import date
from pathlib import Path

import pytest

from field_tests.errors import TariffError
from tests.fee_records import TARIFF, tariff

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "tariff.toml"
NEXT = """
[[version]]
since = {since}
source = "made up"
[[version.service]]
name = "同行援護"
bands = [[30, 2000]]
"""


@pytest.mark.parametrize(
    ("minutes", "yen"),
    [(0, 0), (1, 1910), (29, 1910), (30, 3020), (59, 3020), (60, 4360), (179, 6320), (180, 6970),
     (209, 6970), (210, 7630), (239, 7630), (240, 8290)],
)  # fmt: skip
def test_the_published_units_of_2024_at_ten_yen(minutes: int, yen: int) -> None:
    version = tariff(EXAMPLE.read_text("utf-8"))[0].at(date(2026, 4, 1))
    assert version is not None
    assert version.price("同行援護", minutes) == yen


def test_a_length_at_the_edge_belongs_to_the_band_before_if_the_tariff_says_so() -> None:
    version = tariff()[0].at(date(2026, 4, 1))
    assert version is not None
    assert [version.price("同行援護", minutes) for minutes in (30, 31, 60, 61)] == [1260, 2520, 2520, 3780]


@pytest.mark.parametrize(("rounding", "yen"), [("down", 1346), ("nearest", 1347), ("up", 1347)])
def test_a_fraction_of_a_yen_is_rounded_as_the_tariff_says(rounding: str, yen: int) -> None:
    text = TARIFF.replace(
        'source = "made up"', f'source = "x"\nyen_a_unit = "1.0687"\nrounding = "{rounding}"'
    )
    version = tariff(text)[0].at(date(2026, 4, 1))
    assert version is not None
    assert version.price("同行援護", 30) == yen  # 1346.562


def test_what_the_tariff_does_not_know_has_no_price() -> None:
    known, _ = tariff()
    version = known.at(date(2026, 4, 1))
    assert version is not None
    assert version.price("移動支援", 30) is None
    assert known.at(date(2025, 12, 31)) is None
    bounded, _ = tariff(TARIFF.replace("beyond = [30, 1260]\n", ""))
    only = bounded.at(date(2026, 4, 1))
    assert only is not None
    assert only.price("同行援護", 31) is None


def test_self_pay_ends_at_the_share_or_the_highest_cap() -> None:
    version = tariff()[0].version[0]
    assert version.most_self_pay(20_160) == 2_016
    assert version.most_self_pay(20_161) == 2_017
    assert version.most_self_pay(500_000) == 9_300


def test_a_gap_between_versions_is_named_and_its_days_have_no_price() -> None:
    known, found = tariff(TARIFF.replace("since = 2026-01-01", "since = 2026-01-01\nuntil = 2026-04-30") +
                          NEXT.format(since="2026-05-02"))  # fmt: skip
    assert [(issue.code, issue.detail) for issue in found.issues()] == [
        ("tariff_gap", "2026-04-30 - 2026-05-02")
    ]
    assert known.at(date(2026, 5, 1)) is None
    assert known.at(date(2026, 4, 30)) is not None
    assert known.at(date(2026, 5, 2)) is not None


def test_versions_that_follow_each_other_leave_no_gap() -> None:
    _, found = tariff(TARIFF.replace("since = 2026-01-01", "since = 2026-01-01\nuntil = 2026-04-30") +
                      NEXT.format(since="2026-05-01"))  # fmt: skip
    assert found.issues() == ()


@pytest.mark.parametrize("until", ["", "\nuntil = 2026-05-01"])
def test_an_overlap_is_named_and_its_days_have_no_price(until: str) -> None:
    known, found = tariff(TARIFF.replace("since = 2026-01-01", f"since = 2026-01-01{until}") +
                          NEXT.format(since="2026-05-01"))  # fmt: skip
    assert [issue.code for issue in found.issues()] == ["tariff_overlap"]
    assert known.at(date(2026, 5, 1)) is None
    assert known.at(date(2026, 4, 30)) is not None


@pytest.mark.parametrize(
    ("wrong", "right", "says"),
    [
        ("since = 2026-01-01", "since = 2026-01-01\nuntil = 2025-12-31", "until"),
        ("bands = [[30, 1260]]", "bands = []", "no bands"),
        ("bands = [[30, 1260]]", "bands = [[30, 1260], [30, 1300]]", "do not rise"),
        ("bands = [[30, 1260]]", "bands = [[30, 1260], [60, 1200]]", "do not rise"),
        ("beyond = [30, 1260]", "beyond = [0, 1260]", "beyond"),
        ('source = "made up"', 'source = "made up"\nself_pay_percent = 101', "self_pay_percent"),
        ('source = "made up"', 'source = "made up"\nyen_a_unit = "0"', "yen_a_unit"),
        ("caps = { low = 9300 }", "caps = { low = -1 }", "caps"),
        ('source = "made up"', "", "source"),
        ('source = "made up"', 'source = "made up"\nprice = 3', "price"),
        ("bands = [[30, 1260]]", "bands = [[30, 1260.5]]", "bands"),
        ("name_ja", "[", "TOML"),
    ],
)
def test_a_tariff_that_contradicts_itself_is_refused_in_one_sentence(
    wrong: str, right: str, says: str
) -> None:
    with pytest.raises(TariffError, match=says) as told:
        tariff(TARIFF.replace(wrong, right, 1))
    assert "\n" not in str(told.value)
    assert "fees/tariff.toml" in str(told.value)
