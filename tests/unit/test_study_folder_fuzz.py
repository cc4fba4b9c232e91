"""Whatever bytes stand in a folder's files, a StudyError or an Issue comes of it, never a traceback."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("pandas", reason="needs the extra `study`")

from field_tests.errors import StudyError
from field_tests.issues import ISSUES
from field_tests.study.found import Found
from field_tests.study.reading_folder import read
from field_tests.study.survey import order_of
from tests.trial_folder import FIRST_S, FIXES_HEAD, HOME, TABLES, fixes, trial

SMALL = fixes([[FIRST_S + 60.0 * number, *HOME, 5.0] for number in range(5)])
NAMES = [*TABLES, "evidence.csv", "adverse.csv", "definitions.toml", "frozen.sha256", "fees/ledger.csv",
         "fees/costs.csv", "fees/tariff.toml", "fixes/P01.logger.csv", "fixes/P01.logger.csv.gz"]  # fmt: skip
CELLS = st.one_of(
    st.sampled_from(
        ["P01", "baseline", "home", "33.2", "nan", "1e999", "-0", "", '"', "2026-04-13", "9999-12-31"]
    ),
    st.sampled_from(["2026-04-13T00:00:00+09:00", "0001-01-01T00:00:00+23:59", "1_0", "\0", "\r", "１２"]),
    st.text(max_size=8),
    st.floats().map(str),
)


def tried(changed: dict[str, str | bytes | None]) -> None:
    with TemporaryDirectory() as root:
        usual = {"fixes/P01.logger.csv": SMALL, "fixes/P02.logger.csv.gz": None}
        if "fixes/P01.logger.csv.gz" in changed:
            usual["fixes/P01.logger.csv"] = None
        try:
            folder, found = read(trial(Path(root), {**usual, **changed})), Found()
            for participant in folder.participants:
                for track in folder.tracks(participant.person, found=found):
                    assert np.isfinite(np.stack([track.utc_s, track.lat, track.lon, track.accuracy_m])).all()
                    assert (np.diff(track.utc_s) > 0.0).all()
        except StudyError:
            return
        assert {issue.code for issue in (*folder.issues, *found.issues())} <= set(ISSUES)


@settings(max_examples=20, deadline=None)
@given(name=st.sampled_from(NAMES), raw=st.binary(max_size=200))
def test_any_bytes_in_any_file(name: str, raw: bytes) -> None:
    tried({name: raw})


@settings(max_examples=20, deadline=None)
@given(
    name=st.sampled_from([name for name in TABLES if name.endswith(".csv")]),
    lines=st.lists(st.lists(CELLS, min_size=1, max_size=7), max_size=4),
)
def test_any_cells_below_the_right_columns(name: str, lines: list[list[str]]) -> None:
    head = TABLES[name].splitlines()[0]
    tried({name: "\n".join([head, *(",".join(line) for line in lines)]) + "\n"})


@settings(max_examples=20, deadline=None)
@given(
    head=st.sampled_from([FIXES_HEAD, "time,lat,lon,accuracy_m"]),
    lines=st.lists(st.lists(CELLS, min_size=3, max_size=5), max_size=5),
)
def test_any_cells_in_a_file_of_positions(head: str, lines: list[list[str]]) -> None:
    tried({"fixes/P01.logger.csv": "\n".join([head, *(",".join(line) for line in lines)])})


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 400), max_size=40))
def test_the_order_of_any_times_is_what_a_slow_look_finds(times: list[int]) -> None:
    order = order_of(np.array(times, np.float64))
    assert order.disordered == sum(max(times[: n + 1]) > time for n, time in enumerate(times))
    assert order.doubled == len(times) - len(set(times))
    for one in order.twice:
        before = [time for time in times[: one.since_row] if one.start_s <= time <= one.end_s]
        after = [time for time in times[one.since_row :] if one.start_s <= time <= one.end_s]
        assert min(len(before), len(after)) >= 5
