"""Every row of ISSUES: a folder with that fault comes out under its code, at its line, as often as it is."""

import gzip
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from field_tests.issues import ISSUES, Issue
from field_tests.study.count import count
from field_tests.study.found import Found
from field_tests.study.freezing import shipped_definitions
from field_tests.study.reading_folder import read
from tests.trial_folder import FIRST_S, HOME, TABLES, fix_lines, fix_rows, fixes, trial

pytest.importorskip("pandas", reason="needs the extra `study`")
pytest.importorskip("numba", reason="needs the extra `study`")

LAST = 8 * 720 + 1  # the last line of a file of positions
LOGGER = "fixes/P01.logger.csv"
LAT, LON = HOME
AT = f",{LAT},{LON},5"

Change = dict[str, str | bytes | None]


def table(name: str, *lines: str) -> Change:
    return {name: TABLES[name] + "".join(f"{line}\n" for line in lines)}


def without(name: str, start: str) -> Change:
    kept = [line for line in TABLES[name].splitlines() if not line.startswith(start)]
    return {name: "\n".join(kept) + "\n"}


def more(*lines: str) -> Change:
    return {LOGGER: fixes(None, *lines)}


def evidence(*lines: str) -> Change:
    return {"evidence.csv": "person,kind,start,end,source,home\n" + "".join(f"{line}\n" for line in lines)}


def in_columns(rows: list[str], head: str = "time,lat,lon,accuracy_m") -> Change:
    return {LOGGER: "\n".join([head, *rows]) + "\n"}


def flung() -> str:
    rows = fix_rows()
    rows[700][1] += 1.0
    return fixes(rows)


def jumped() -> str:
    rows = [[utc_s + 3600.0 * (540 <= n < 720), *rest] for n, (utc_s, *rest) in enumerate(fix_rows(1, 60.0))]
    return fixes([[utc_s, lat + 0.01 * (660 <= n < 720), *r] for n, (utc_s, lat, *r) in enumerate(rows)])


def frozen() -> Change:
    rules = shipped_definitions()
    right, wrong = hashlib.sha256(rules).hexdigest(), "0" * 64
    return {
        "definitions.toml": rules,
        "frozen.sha256": f"{wrong}  protocol.toml\n{right}  definitions.toml\n",
    }


STRANGER = {"fixes/P09.logger.csv": fixes([[FIRST_S, LAT, LON, 5.0]])}
FAR = f"person,home,lat,lon\nP01,home,34.9,135.7\nP02,home,{LAT},{LON}\n"
# code: (what is changed, where it is told, how often).
CASES: dict[str, tuple[Change | Callable[[], Change], str, int]] = {
    "fixes_disordered": (
        lambda: {LOGGER: fixes([*fix_rows()[:10], *fix_rows()[11:20], fix_rows()[10]])}, f"{LOGGER}:21", 1,
    ),
    "fixes_doubled": (lambda: more(*fix_lines(fix_rows()[-2:])), f"{LOGGER}:{LAST + 1}", 2),
    "fixes_future": (more(f"{FIRST_S + 4e8}{AT}", f"{FIRST_S * 1000}{AT}"), f"{LOGGER}:{LAST + 1}", 2),
    "fixes_ancient": (more(f"{FIRST_S - 1}{AT}", f"0{AT}"), f"{LOGGER}:{LAST + 1}", 2),
    "fixes_after": (more(f"{FIRST_S + 8 * 86400}{AT}"), f"{LOGGER}:{LAST + 1}", 1),
    "fixes_cut_short": (
        {"fixes/P02.logger.csv.gz": gzip.compress(fixes().encode())[:-2000]}, "fixes/P02.logger.csv.gz", 1,
    ),
    "fixes_null_island": (more(f"{FIRST_S + 1},0.0,0.0,5"), f"{LOGGER}:{LAST + 1}", 1),
    "fixes_not_numbers": (
        more(f"{FIRST_S},nan,{LON},5", f"soon{AT}", f"{FIRST_S},,{LON},5", f"inf{AT}"),
        f"{LOGGER}:{LAST + 1}", 4,
    ),
    "fixes_off_earth": (more(f"{FIRST_S},133.2,{LON},5", f"{FIRST_S},33.2,191,5"), f"{LOGGER}:{LAST + 1}", 2),
    "fixes_no_accuracy": (
        more(*(f"{FIRST_S},{LAT},{LON},{bad}" for bad in ("", "nan", "0", "-3"))), f"{LOGGER}:{LAST + 1}", 4,
    ),
    "fixes_poor": (more(f"{FIRST_S + 1},{LAT},{LON},5000"), LOGGER, 1),
    "fixes_impossible_speed": (lambda: {LOGGER: flung()}, LOGGER, 1),
    "clock_jump": (lambda: {LOGGER: jumped()}, LOGGER, 120),
    "time_without_zone": (in_columns([f"2026-04-13T00:00:00,{LAT},{LON},5"] * 2), f"{LOGGER}:2", 2),
    "other_time_zone": (
        in_columns([f"2026-04-13T00:00:00+09:00,{LAT},{LON},5", f"2026-04-12T16:01:00+01:00,{LAT},{LON},5"]),
        f"{LOGGER}:3", 1,
    ),
    "home_missing": (without("homes.csv", "P02"), "homes.csv", 1),
    "home_outside_japan": (table("homes.csv", "P01,work,48.85,2.35"), "homes.csv:4", 1),
    "home_never_seen": ({"homes.csv": FAR}, "homes.csv", 1),
    "home_changed": (
        {
            "homes.csv": f"person,home,lat,lon,since\nP01,home,{LAT},{LON},\nP02,home,{LAT},{LON},\n"
            f"P02,family,{LAT},{LON},2026-04-18T12:00:00+09:00\n"
        },
        "homes.csv", 1,
    ),
    "fixes_shared": (lambda: {"fixes/P01.device.csv": fixes()}, "fixes/P01.logger", 8),
    "evidence_bad": (
        evidence(
            "P01,dock,2026-04-13T09:00:00+09:00,2026-04-13T10:00:00+09:00,device,home",
            "P01,docked,2026-04-13T09:00:00+09:00,2026-04-13T10:00:00+09:00,device,home",
            "P01,dock,2026-04-13T11:00:00+09:00,2026-04-13T10:00:00+09:00,device,home",
            "P01,dock,2026-04-13T09:00:00+09:00,2026-04-13T10:00:00+09:00,,home",
            "P01,dock,2026-04-13T09:00:00+09:00,2026-04-13T10:00:00+09:00,device,villa",
        ),
        "evidence.csv:3", 4,
    ),
    "participant_unknown": (STRANGER, "fixes/P09.logger.csv", 1),
    "participant_doubled": (table("participants.csv", "P01,2026-04-03,,,"), "participants.csv:4", 1),
    "no_fixes": ({LOGGER: None}, "fixes", 1),
    "no_logger": (lambda: {LOGGER: None, "fixes/P01.device.csv": fixes()}, "fixes", 1),
    "no_baseline": (without("phases.csv", "P02,baseline"), "phases.csv", 1),
    "phases_overlap": (table("phases.csv", "P02,silent,2026-04-14,2026-04-15"), "phases.csv:8", 2),
    "phase_outside_trial": (table("phases.csv", "P02,silent,2026-04-21,2026-04-25"), "phases.csv:8", 1),
    "phase_reversed": (table("phases.csv", "P02,silent,2026-04-20,2026-04-19"), "phases.csv:8", 1),
    "plan_unsealed": ({"frozen.sha256": None}, "frozen.sha256", 1),
    "lot_unlisted": (
        {"lots.csv": "person,round,start\nP01,0,2026-04-15\nP07,0,2026-04-16\n"}, "lots.csv:3", 1,
    ),
    "truth_beside": ({"truth/days.csv": "person,day,minutes\n"}, "truth", 1),
    "plan_changed": (frozen, "protocol.toml", 1),
    "weather_missing": (without("weather.csv", "2026-04-15"), "weather.csv", 1),
    "line_unreadable": (table("phases.csv", "P02,resting,2026-04-13,2026-04-14"), "phases.csv:8", 1),
}  # fmt: skip


# Of days that were counted before: test_study_counted_days.py.
OF_COUNTED_DAYS = {"fixes_counted", "counted_otherwise", "counted_outdated", "counted_anew"}
# Only the estimate sees these; counting takes its time.
OF_ESTIMATE = {"fixes_poor", "fixes_impossible_speed", "home_never_seen", "fixes_shared"}


def issues_of(root: Path, code: str) -> tuple[Issue, ...]:
    folder, found = read(root), Found()
    if code in OF_ESTIMATE:
        return count(folder).issues
    for participant in folder.participants:
        for _ in folder.tracks(participant.person, found=found):
            pass
    return (*folder.issues, *found.issues())


@pytest.mark.parametrize("code", sorted(CASES))
def test_a_fault_is_named_at_its_line(tmp_path: Path, code: str) -> None:
    change, where, times = CASES[code]
    found = issues_of(trial(tmp_path, change() if callable(change) else change), code)
    named = [issue for issue in found if issue.code == code]
    assert [(issue.where, issue.count) for issue in named] == [(where, times)]


def test_every_row_has_its_case_here_or_where_it_belongs() -> None:
    elsewhere = {code for code in ISSUES if code.startswith(("fee_", "tariff_"))} | OF_COUNTED_DAYS
    assert set(ISSUES) - elsewhere == set(CASES)


def test_the_documentation_says_what_is_done_of_every_row() -> None:
    page = (Path(__file__).parents[2] / "docs/trial-folder.md").read_text("utf-8")
    assert {code for code in ISSUES if f"`{code}`" not in page} == set()
