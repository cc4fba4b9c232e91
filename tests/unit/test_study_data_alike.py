"""Data that would fool a comparison of phases: a home, a word or a file that is right in one phase alone."""

import gzip
from pathlib import Path

import pytest

pytest.importorskip("numba", reason="needs the extra `study`")
pytest.importorskip("pandas", reason="needs the extra `study`")

from field_tests.errors import FolderError, ProtocolError
from field_tests.issues import Issue
from field_tests.study.count import count
from field_tests.study.reading_folder import read
from field_tests.study.tables import PersonDay
from tests.trial_folder import HOME, PROTOCOL, TABLES, fix_rows, fixes, trial

LAT, LON = HOME
LOGGER = "fixes/P01.logger.csv"
HOMES = "person,home,lat,lon,since,until\n"
P02 = f"P02,home,{LAT},{LON},,\n"
Change = dict[str, str | bytes | None]


def issues(root: Path, change: Change) -> tuple[Issue, ...]:
    return count(read(trial(root, change))).issues


def named(found: tuple[Issue, ...], code: str) -> list[tuple[str, str | None, str]]:
    return [(one.effect, one.person, one.detail) for one in found if one.code == code]


def days_of(root: Path, change: Change, person: str = "P01") -> list[PersonDay]:
    return [day for day in count(read(trial(root, change))).days if day.person == person]


def home_of_one_phase(border: str) -> Change:
    """P01's home until a moment, another 3 km away from then on."""
    return {
        "homes.csv": f"{HOMES}P01,home,{LAT},{LON},,{border}\nP01,wrong,{LAT + 0.03},{LON},{border},\n{P02}"
    }


def test_a_home_that_is_wrong_in_one_phase_leaves_its_person_out_and_stops_the_verdict(
    tmp_path: Path,
) -> None:
    change = home_of_one_phase("2026-04-17T00:00:00+09:00")
    found = issues(tmp_path, change)
    assert named(found, "home_changed") == [("refused", "P01", "2026-04-17")]
    assert named(found, "home_never_seen") == [("left_out", "P01", "active")]
    assert not any(day.valid for day in days_of(tmp_path, change))
    assert all(day.valid for day in days_of(tmp_path, change, "P02"))


def test_a_home_that_is_right_in_all_phases_is_not_told(tmp_path: Path) -> None:
    since = {
        "homes.csv": f"{HOMES}P01,home,{LAT},{LON},2026-04-13T00:00:00+09:00,2026-04-21T00:00:00+09:00\n{P02}"
    }
    assert named(issues(tmp_path, since), "home_changed") == []


def test_a_move_far_from_any_border_is_told_and_no_more(tmp_path: Path) -> None:
    change = {
        **home_of_one_phase("2026-04-13T12:00:00+09:00"),
        "phases.csv": "person,phase,first,last\n"
        + "".join(f"P0{number},baseline,2026-04-13,2026-04-20\n" for number in (1, 2)),
    }
    folder = read(trial(tmp_path, change))
    assert named(folder.issues, "home_changed") == [("note", "P01", "2026-04-13")]


def test_who_only_passes_home_by_day_was_never_at_it(tmp_path: Path) -> None:
    away = [
        [s, lat if 12 <= (s + 9 * 3600) % 86_400 / 3600 < 15 else LAT + 0.03, lon, accuracy_m]
        for s, lat, lon, accuracy_m in fix_rows()
    ]
    assert named(issues(tmp_path, {LOGGER: fixes(away)}), "home_never_seen") == [("left_out", "P01", "")]


def test_nights_and_words_are_kept_of_each_day(tmp_path: Path) -> None:
    said = "person,kind,start,end\nP01,out,2026-04-18T14:00:00+09:00,2026-04-18T18:00:00+09:00\n"
    days = days_of(tmp_path, {"evidence.csv": said})
    assert [day.night_home for day in days] == [True] * 8
    assert [round(day.told, 2) for day in days] == [0.0] * 5 + [0.25, 0.0, 0.0]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"fixes/P01.device.csv": fixes()}, "fixes/P01.logger"),
        ({"fixes/P02.logger.csv.gz": gzip.compress(fixes().encode())}, "fixes/P01.logger"),
        (
            {
                "fixes/P02.logger.csv.gz": gzip.compress(
                    fixes(fix_rows()[:4320:-1] + fix_rows()[:3000]).encode()
                )
            },
            "fixes/P01.logger",
        ),
    ],
    ids=["device", "packed", "in part, in another order"],
)
def test_positions_of_two_stop_the_verdict(tmp_path: Path, change: Change, where: str) -> None:
    found = [one for one in issues(tmp_path, change) if one.code == "fixes_shared"]
    assert [(one.effect, one.where) for one in found] == [("refused", where)]


def test_two_loggers_of_one_house_are_two(tmp_path: Path) -> None:
    assert named(issues(tmp_path, {}), "fixes_shared") == []


@pytest.mark.parametrize(
    "change",
    [
        {"fixes/P09.logger.csv": fixes()},
        {"phases.csv": TABLES["phases.csv"] + "P09,active,2026-04-17,2026-04-20\n"},
    ],
    ids=["fixes", "phases"],
)
def test_somebody_who_is_missing_from_the_list_stops_the_verdict(tmp_path: Path, change: Change) -> None:
    found = read(trial(tmp_path, change)).issues
    assert named(found, "participant_unknown") == [("refused", "P09", "")]


def test_a_file_without_a_usable_line_is_no_record(tmp_path: Path) -> None:
    useless = fixes([[utc_s, 0.0, 0.0, 5.0] for utc_s, *_ in fix_rows(1)])
    alone = issues(tmp_path / "a", {LOGGER: useless})
    assert named(alone, "no_fixes") == [("left_out", "P01", "")]
    device = issues(tmp_path / "b", {LOGGER: useless, "fixes/P01.device.csv": fixes()})
    assert named(device, "no_logger") == [("left_out", "P01", "")]
    assert named(device, "no_fixes") == []


def test_a_list_of_nobody_is_told(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match=r"participants\.csv has no usable line"):
        read(trial(tmp_path, {"participants.csv": "person,enrolled\n"}))


@pytest.mark.parametrize(("day", "other"), [("2026-04-01", "0001-01-01"), ("2026-04-20", "9999-12-31")])
def test_days_that_no_trial_has_are_told(tmp_path: Path, day: str, other: str) -> None:
    with pytest.raises(ProtocolError, match="2000 to 2100"):
        read(trial(tmp_path, {"protocol.toml": PROTOCOL.replace(day, other)}))


@pytest.mark.parametrize(
    "line", [f"P01,home,{LON},{LAT}", f"P01,home,{LAT}N,{LON}", f"P01,home,{LAT},{LON}E"]
)
def test_where_a_home_is_stands_in_no_issue(tmp_path: Path, line: str) -> None:
    found = read(
        trial(tmp_path, {"homes.csv": f"person,home,lat,lon\n{line}\nP02,home,{LAT},{LON}\n"})
    ).issues
    told = " ".join(f"{one.where} {one.detail}" for one in found)
    assert "homes.csv:2" in told
    assert str(LAT) not in told
    assert str(LON) not in told
