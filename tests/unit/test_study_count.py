"""A trial's days: counted by the logger alone, valid or not, the same by one process and by two."""

import pickle
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("numba", reason="needs the extra `study`")
pytest.importorskip("pandas", reason="needs the extra `study`")

from field_tests.errors import StudyError
from field_tests.study import count as counting
from field_tests.study.count import count, valid_at
from field_tests.study.reading_folder import read
from tests.trial_folder import DAY_S, FIRST_S, HOME, HOUR_S, PROTOCOL, fix_rows, fixes, trial

VALID = PROTOCOL + "[valid]\nwaking_hours = 8.0\n"


def test_each_day_has_its_outing_its_phase_and_counts(tmp_path: Path) -> None:
    tables = count(read(trial(tmp_path)))
    own = [day for day in tables.days if day.person == "P01"]
    assert [day.day.day for day in own] == list(range(13, 21))
    assert [day.phase for day in own] == ["baseline"] * 2 + ["wash_in"] * 2 + ["active"] * 4
    for day in own:
        assert day.minutes == pytest.approx(60.0, abs=6.0)
        assert day.minutes_min <= day.minutes <= day.minutes_max
        assert (day.valid, day.out, day.outings) == (True, True, 1)
    assert tables.definitions_sha256 == read(tmp_path).definitions.sha256


def sent(value: object) -> object:
    return pickle.loads(pickle.dumps(value))  # noqa: S301 - packed in this line


class Packing:
    """What two processes do to tasks and answers, without starting them: both are packed and sent."""

    def __init__(self, workers: int, mp_context: object) -> None:
        assert workers == 2

    def __enter__(self) -> "Packing":
        return self

    def __exit__(self, *_: object) -> None: ...

    def map(self, work: Callable[[object], object], tasks: Iterable[object]) -> Iterator[object]:
        for task in tasks:
            yield sent(work(sent(task)))


def test_two_processes_count_the_same_and_progress_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = read(trial(tmp_path))
    told: list[tuple[int, int]] = []
    alone = count(folder)
    monkeypatch.setattr(counting, "ProcessPoolExecutor", Packing)
    together = count(folder, jobs=2, progress=lambda done, of: told.append((done, of)))
    assert together == alone
    assert told == [(1, 2), (2, 2)]


class Killed(Packing):
    """One of the two is killed while it counts."""

    def map(self, work: Callable[[object], object], tasks: Iterable[object]) -> Iterator[object]:
        yield work(next(iter(tasks)))
        raise BrokenProcessPool("terminated abruptly")


def test_a_process_that_is_killed_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "ProcessPoolExecutor", Killed)
    with pytest.raises(StudyError, match="--jobs 1"):
        count(read(trial(tmp_path)), jobs=2)


def test_the_device_adds_hours_worn_and_never_minutes(tmp_path: Path) -> None:
    walk = [row for row in fix_rows() if 15.0 * HOUR_S <= (row[0] - FIRST_S) % DAY_S < 17.0 * HOUR_S]
    there = [[utc_s, HOME[0] + 0.01, lon, accuracy] for utc_s, _, lon, accuracy in walk]
    alone = count(read(trial(tmp_path / "a")))
    worn = count(read(trial(tmp_path / "b", {"fixes/P01.device.csv": fixes(there)})))
    own = [day for day in worn.days if day.person == "P01"]
    assert [day.device_hours for day in own] == pytest.approx([1.967] * 8, abs=0.01)
    assert [replace(day, device_hours=0.0) for day in worn.days] == list(alone.days)


def test_a_day_of_few_observed_hours_does_not_count(tmp_path: Path) -> None:
    morning = [
        row for row in fix_rows() if (row[0] - FIRST_S) % DAY_S < 12.0 * HOUR_S or row[0] > FIRST_S + DAY_S
    ]
    folder = read(trial(tmp_path, {"fixes/P01.logger.csv": fixes(morning[:360]), "protocol.toml": VALID}))
    tables = count(folder)
    first = tables.days[0]
    assert first.logger_hours == pytest.approx(6.0, abs=0.2)
    assert not first.valid
    assert valid_at(tables, folder.definitions, 5.0).days[0].valid
    assert not valid_at(tables, folder.definitions, 6.5).days[0].valid


@pytest.mark.parametrize(
    "change",
    [
        {"homes.csv": f"person,home,lat,lon\nP01,home,34.9,135.7\nP02,home,{HOME[0]},{HOME[1]}\n"},
        {"fixes/P01.logger.csv": None, "fixes/P01.device.csv": fixes()},
        {"fixes/P01.logger.csv": None},
    ],
)
def test_nobody_counts_whose_home_or_logger_was_never_seen(
    tmp_path: Path, change: dict[str, str | None]
) -> None:
    tables = count(read(trial(tmp_path, change)))
    assert not any(day.valid for day in tables.days if day.person == "P01")
    assert all(day.valid for day in tables.days if day.person == "P02")
    assert valid_at(tables, read(tmp_path).definitions, 1.0).days == tables.days


def test_somebody_without_a_home_has_no_days(tmp_path: Path) -> None:
    homes = f"person,home,lat,lon\nP02,home,{HOME[0]},{HOME[1]}\n"
    tables = count(read(trial(tmp_path, {"homes.csv": homes})))
    assert {day.person for day in tables.days} == {"P02"}
    assert [(issue.code, issue.person) for issue in tables.issues] == [("home_missing", "P01")]
