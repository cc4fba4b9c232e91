"""Counted days in place of positions: counted at once or month by month, the days are the same."""

import gzip
import re
import shutil
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

pytest.importorskip("numba", reason="needs the extra `study`")
pytest.importorskip("pandas", reason="needs the extra `study`")

import shirube
from field_tests.errors import FolderError, StudyError
from field_tests.study import keep, keeping, kept
from field_tests.study.count import count
from field_tests.study.counted import of_folder
from field_tests.study.forgetting import forget
from field_tests.study.freezing import shipped_definitions
from field_tests.study.keep import KeptNow, count_and_keep
from field_tests.study.kept import MAIN
from field_tests.study.reading_folder import read
from field_tests.study.recounts import ways
from field_tests.study.tables import PersonDay
from tests.trial_folder import DAY_S, FIRST_S, HOME, HOUR_S, PROTOCOL, fixes, trial

FIRST = date(2026, 4, 13)
DAYS = 35
LAST = FIRST + timedelta(days=DAYS - 1)
NOW = datetime(2026, 7, 20, tzinfo=UTC)
# Habits from one week on both sides in place of three: a month is long enough to forget in.
RULES = re.sub(r"window_weeks = \S+", "window_weeks = 1.0", shipped_definitions().decode())
LOGGER, PACKED = "fixes/P01.logger.csv", "fixes/P02.logger.csv.gz"
SLICES = ((FIRST, date(2026, 4, 30)), (date(2026, 5, 1), date(2026, 5, 9)), (date(2026, 5, 10), LAST))


@cache
def lines_of(seed: int) -> tuple[str, ...]:
    """Five weeks every 3 minutes: outings at any hour, one a week over midnight; holes; bad lines."""
    random = np.random.default_rng(seed)
    seconds = np.arange(0.0, DAYS * DAY_S, 180.0)
    out, lost = np.zeros(len(seconds), np.bool_), np.zeros(len(seconds), np.bool_)
    for day in range(DAYS):
        begin = day * DAY_S + (23.0 if day % 7 == 6 else float(random.uniform(8.0, 18.0))) * HOUR_S
        out |= (seconds >= begin) & (seconds < begin + random.uniform(1.2, 2.5) * HOUR_S)
        if day % 3 == 0:
            begin = day * DAY_S + float(random.uniform(6.0, 20.0)) * HOUR_S
            lost |= (seconds >= begin) & (seconds < begin + random.uniform(0.5, 3.0) * HOUR_S)
    north = np.where(out, 0.006, 0.0) + random.normal(0.0, 0.00008, len(seconds))
    rows = [
        f"{FIRST_S + s:.1f},{HOME[0] + n:.6f},{HOME[1]:.6f},9.0"
        for s, n, gone in zip(seconds.tolist(), north.tolist(), lost.tolist(), strict=True)
        if not gone
    ]
    return (*rows[:100], "no line", f"{FIRST_S + 50_000},0.0,0.0,9.0", *rows[100:])


def between(lines: tuple[str, ...], since: date, until: date) -> list[str]:
    """The lines of these days, both counted; what has no time is of the first day."""
    a, b = (FIRST_S + (day - FIRST).days * DAY_S for day in (since, until + timedelta(days=1)))
    seconds = [float(line.split(",")[0]) if line[0].isdigit() else FIRST_S for line in lines]
    return [line for line, utc_s in zip(lines, seconds, strict=True) if a <= utc_s < b]


def text(lines: list[str]) -> str:
    return fixes([], *lines)


def empty(root: Path, more: Mapping[str, str | None] | None = None) -> Path:
    """Two persons without positions; `more`: other files, a name's dots and slashes as they are."""
    phases = "person,phase,first,last\n" + "".join(
        f"P0{n},baseline,{FIRST},2026-04-26\nP0{n},active,2026-04-27,{LAST}\n" for n in (1, 2)
    )
    plan = PROTOCOL.replace("2026-04-20", LAST.isoformat())
    usual = {"protocol.toml": plan, "phases.csv": phases, "definitions.toml": RULES, "weather.csv": None}
    return trial(root, {LOGGER: None, PACKED: None, **usual, **(more or {})})


def copied(root: Path, since: date, until: date) -> None:
    """What an export of this window adds; P02's phone stopped after ten days."""
    for person, seed, last in (("P01", 1, LAST), ("P02", 2, date(2026, 4, 22))):
        folder = root / f"fixes/{person}.logger"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{since}.csv").write_text(text(between(lines_of(seed), since, min(until, last))))


def now(root: Path, until: date | None = LAST, *, forgets: bool = False) -> KeptNow:
    return count_and_keep(read(root), now=NOW, version="v", until=until, forgets=forgets)


def kept_days(root: Path) -> dict[object, object]:
    found = read(root).kept
    assert found is not None
    return {way: {person: dict(days) for person, days in own.items()} for way, own in found.days.items()}


def days_of(root: Path) -> tuple[PersonDay, ...]:
    return count(read(root)).days


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with all positions, counted at once, nothing deleted."""
    root = empty(tmp_path_factory.mktemp("whole"))
    copied(root, FIRST, LAST)
    now(root)
    return root


@pytest.fixture(scope="module")
def halfway(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder after two exports, a part of its positions deleted."""
    root = empty(tmp_path_factory.mktemp("halfway"))
    for since, until in SLICES[:2]:
        copied(root, since, until)
        now(root, until, forgets=True)
    return root


@pytest.fixture
def half(tmp_path: Path, halfway: Path) -> Path:
    """The same, to change."""
    shutil.copytree(halfway, tmp_path / "half")
    return tmp_path / "half"


@pytest.fixture
def one_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted by the frozen definitions alone, where the others would only take their time."""
    monkeypatch.setattr(keep, "ways", lambda folder: iter(()))


def test_parts_with_positions_deleted_between_give_the_days_of_the_whole(whole: Path, half: Path) -> None:
    copied(half, *SLICES[2])
    now(half, forgets=True)
    assert kept_days(half) == kept_days(whole)
    assert set(kept_days(whole)) == {MAIN, *((what, value) for what, value, _ in ways(read(whole)))}
    assert days_of(half) == days_of(whole)
    mondays = [day for day in days_of(half)[:DAYS] if day.day.weekday() == 0 and day.day > FIRST]
    assert [day.outings for day in mondays] == [2] * len(mondays)  # Sunday's reaches over midnight
    assert not (half / "fixes/P01.logger").exists()


def issues_of(root: Path) -> dict[str, tuple[str, str | None, int]]:
    return {issue.code: (issue.effect, issue.person, issue.count) for issue in count(read(root)).issues}


def test_what_goes_on_is_not_kept_and_its_positions_stay(half: Path) -> None:
    found = read(half).kept
    assert found is not None
    # Positions reach to 9 May, and each week needs those of the week after it.
    assert {week.last for week in found.manifest.weeks} == {"2026-04-19", "2026-04-26"}
    assert found.forgotten == {"P01": date(2026, 4, 20), "P02": date(2026, 4, 20)}
    files = sorted(path.relative_to(half).as_posix() for path in (half / "fixes").rglob("*.csv"))
    assert files == [
        f"fixes/{name}.csv"
        for name in (f"P01.logger/{FIRST}", "P01.logger/2026-05-01", f"P02.logger/{FIRST}")
    ]
    left = (half / files[0]).read_text().splitlines()[1:]
    assert left == between(lines_of(1), date(2026, 4, 20), SLICES[0][1])


def test_what_was_wrong_in_deleted_positions_is_still_told(whole: Path, half: Path) -> None:
    told = {issue.code: issue.count for issue in count(read(half)).issues if issue.person == "P01"}
    assert told["line_unreadable"] == 1
    assert told["fixes_null_island"] == 1
    assert {issue.code for issue in count(read(whole)).issues} == set(told) | {"weather_missing"}


@pytest.mark.usefixtures("one_way")
def test_a_crash_between_writing_and_deleting_loses_nothing(
    whole: Path, half: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied(half, *SLICES[2])

    def crashes(*_: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(keep, "forget", crashes)
        with pytest.raises(KeyboardInterrupt):
            now(half, forgets=True)
    assert days_of(half) == days_of(whole)
    assert issues_of(half)["fixes_counted"][0] == "left_out"
    now(half, forgets=True)
    assert days_of(half) == days_of(whole)
    assert "fixes_counted" not in issues_of(half)
    assert not list((half / "fixes").rglob("*.csv"))


@pytest.mark.usefixtures("one_way")
def test_a_crash_while_writing_leaves_what_was_kept(half: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = days_of(half)
    copied(half, *SLICES[2])
    written = kept.durably

    def full(path: Path, raw: bytes) -> None:
        if path.name == "manifest.json":
            raise OSError(28, "No space left on device")
        written(path, raw)

    with monkeypatch.context() as patched:
        patched.setattr(kept, "durably", full)
        with pytest.raises(OSError, match="No space"):
            now(half, forgets=True)
    assert days_of(half)[:14] == before[:14]
    assert (half / f"fixes/P01.logger/{FIRST}.csv").exists()


def test_late_positions_of_forgotten_days_are_told_and_change_nothing(half: Path) -> None:
    before = days_of(half)
    (half / "fixes/P01.logger/late.csv").write_text(text(list(lines_of(2)[:50])))
    assert days_of(half) == before
    assert issues_of(half)["fixes_counted"] == ("left_out", "P01", 50)


def test_days_stay_where_somebody_took_the_positions_away(whole: Path, tmp_path: Path) -> None:
    root = tmp_path / "t"
    shutil.copytree(whole, root)
    shutil.rmtree(root / "fixes/P01.logger")
    made = now(root)
    assert (made.days, made.new_days, made.issues) == (DAYS + 21, 0, ())
    assert days_of(root) == days_of(whole)
    assert "no_fixes" not in issues_of(root)


@pytest.mark.usefixtures("one_way")
def test_positions_that_come_later_are_counted_anew_and_that_is_told(half: Path) -> None:
    own = half / f"fixes/P01.logger/{SLICES[0][0]}.csv"
    whole_file = own.read_text()
    # Positions of the second kept week that were not there when it was counted; nothing of it is forgotten.
    shutil.rmtree(half / "counted")
    lines = tuple(whole_file.splitlines()[1:])
    short = [*between(lines, FIRST, date(2026, 4, 25)), *between(lines, date(2026, 4, 27), LAST)]
    own.write_text(text(short))
    now(half, SLICES[1][1])
    own.write_text(whole_file)
    made = now(half, SLICES[1][1])
    assert {(issue.code, issue.person) for issue in made.issues} == {("counted_anew", "P01")}
    assert now(half, SLICES[1][1]).issues == ()


def test_other_definitions_or_another_estimator_are_refused(
    half: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (half / "definitions.toml").write_text(RULES.replace("gate_m = 200.0", "gate_m = 150.0"))
    assert issues_of(half)["counted_otherwise"][0] == "refused"
    with pytest.raises(StudyError, match="put back the definitions"):
        now(half)
    (half / "definitions.toml").write_text(RULES)
    assert "counted_otherwise" not in issues_of(half)
    monkeypatch.setattr(keeping, "ESTIMATOR", 99)
    assert issues_of(half)["counted_otherwise"][0] == "refused"


def test_where_positions_are_there_other_definitions_count_them_anew(whole: Path, tmp_path: Path) -> None:
    root = tmp_path / "t"
    shutil.copytree(whole, root)
    (root / "definitions.toml").write_text(RULES.replace("least_minutes = 10.0", "least_minutes = 90.0"))
    folder = read(root)
    assert "counted_otherwise" not in {issue.code for issue in folder.issues}
    shown = of_folder(folder, ["P01"], folder.definitions, with_device=False)[0].seen.days
    assert [day.minutes for day in shown] != [day.minutes for day in days_of(whole) if day.person == "P01"]


def test_a_home_that_changes_for_counted_days_is_told_and_a_later_one_is_not(half: Path) -> None:
    homes = (half / "homes.csv").read_text().splitlines()
    head = f"{homes[0]},radius_m,since,until"
    move = f"P01,new,{HOME[0] + 0.1},{HOME[1]},,2026-05-10T00:00:00+09:00,"
    lines = [head, *(f"{line},,," for line in homes[1:])]
    (half / "homes.csv").write_text("\n".join([*lines, move]) + "\n")
    assert "counted_outdated" not in issues_of(half)
    (half / "homes.csv").write_text("\n".join([*lines, move.replace("05-10", "04-15")]) + "\n")
    assert issues_of(half)["counted_outdated"] == ("note", "P01", 2)


def test_counted_files_that_were_changed_are_told(half: Path) -> None:
    table = next((half / "counted").glob("main.*.csv"))
    table.write_text(table.read_text().replace(",yes,", ",no,", 1))
    with pytest.raises(FolderError, match="was changed"):
        read(half)
    table.unlink()
    with pytest.raises(FolderError, match="is missing"):
        read(half)


@pytest.mark.parametrize("raw", ["", "{", '{"form": 1}'])
def test_a_manifest_that_is_none_is_told(half: Path, raw: str) -> None:
    (half / "counted/manifest.json").write_text(raw)
    with pytest.raises(FolderError, match="Put counted/ back"):
        read(half)
    (half / "counted/manifest.json").unlink()
    with pytest.raises(FolderError, match="is missing"):
        read(half)


@pytest.mark.usefixtures("one_way")
def test_the_verb_tells_what_is_kept_and_deleted(half: Path) -> None:
    copied(half, *SLICES[2])
    asked = ["study", "count", str(half), "--until", LAST.isoformat(), "--forget", "--lang", "en"]
    done = CliRunner().invoke(shirube.app, asked)
    assert done.exit_code == 0, done.output
    assert "56 days are kept (28 of them new)" in done.stdout
    assert "P01: positions before 2026-05-18 are deleted" in done.stdout


@pytest.mark.usefixtures("one_way")
def test_who_is_erased_is_nowhere_in_positions_and_counted_days(half: Path) -> None:
    asked = ["study", "count", str(half), "--until", SLICES[1][1].isoformat(), "--erase", "P02", "--json"]
    done = CliRunner().invoke(shirube.app, asked)
    assert done.exit_code == 0, done.output
    for path in [*(half / "counted").iterdir(), *(half / "fixes").rglob("*")]:
        assert "P02" not in str(path.relative_to(half))
        assert path.is_dir() or "P02" not in path.read_text()
    assert {day.person for day in days_of(half) if day.valid} == {"P01"}
    done = CliRunner().invoke(shirube.app, [*asked[:-2], "P77"])
    assert isinstance(done.exception, StudyError)


def test_lines_that_stay_are_the_same_bytes_also_in_a_packed_file(tmp_path: Path) -> None:
    lines = [f"{FIRST_S + day * DAY_S:.0f},{HOME[0]},{HOME[1]},5" for day in range(10)]
    packed = gzip.compress((text([*lines, "none"])).encode())
    root = trial(tmp_path, {LOGGER: None, PACKED: packed})
    assert forget(read(root), "P02", FIRST + timedelta(days=5)) == 6  # what has no time goes with the first
    assert gzip.decompress((root / PACKED).read_bytes()).decode() == text(lines[5:])
