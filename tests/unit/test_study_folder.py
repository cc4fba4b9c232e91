"""A trial's folder is read strictly: what is wrong is named with its line, or told in one sentence."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from field_tests.errors import FolderError, OutingError, ProtocolError, StudyError
from field_tests.study.fixes_files import source_of
from field_tests.study.found import Found
from field_tests.study.positions import tracks
from field_tests.study.protocol import Phase
from field_tests.study.quality import Window
from field_tests.study.reading_folder import read
from tests.trial_folder import FIRST_S, HOME, PROTOCOL, TABLES, fix_lines, fix_rows, fixes, trial

pytest.importorskip("pandas", reason="needs the extra `study`")


def test_a_good_folder_has_all_its_tables_and_no_issue(tmp_path: Path) -> None:
    folder = read(trial(tmp_path))
    assert folder.issues == ()
    assert [one.person for one in folder.participants] == ["P01", "P02"]
    assert folder.homes["P01"][0].radius_m == folder.definitions.home_radius_m
    assert len(folder.phases) == 6
    assert len(folder.weather) == 8
    assert {file.path for file in folder.inputs()} == {
        *TABLES, "definitions.toml", "fixes/P01.logger.csv", "fixes/P02.logger.csv.gz",
    }  # fmt: skip


def test_plain_and_packed_positions_are_the_same(tmp_path: Path) -> None:
    folder = read(trial(tmp_path))
    plain, packed = (list(folder.tracks(person)) for person in ("P01", "P02"))
    assert sum(len(track) for track in plain) == 8 * 720
    for ours, theirs in zip(plain, packed, strict=True):
        assert np.array_equal(ours.utc_s, theirs.utc_s)
        assert np.array_equal(ours.lat, theirs.lat)


def test_the_hash_of_a_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    before = {file.path: file.sha256 for file in read(trial(tmp_path)).inputs()}
    with (tmp_path / "fixes/P01.logger.csv").open("a") as file:
        file.write(fix_lines([[FIRST_S, *HOME, 5.0]])[0] + "\n")
    after = {file.path: file.sha256 for file in read(tmp_path).inputs()}
    assert {name for name in before if before[name] != after[name]} == {"fixes/P01.logger.csv"}


def test_a_folder_of_a_logger_s_hours_is_one_record(tmp_path: Path) -> None:
    rows = fix_lines(fix_rows(1, 60.0))
    head = "timestamp,UTC time,latitude,longitude,altitude,accuracy\n"

    def hour(lines: list[str]) -> str:
        cells = [line.split(",") for line in lines]
        return head + "".join(f"{float(c[0]) * 1000:.0f},x,{c[1]},{c[2]},3.0,{c[3]}\n" for c in cells)

    files = {
        "fixes/P01.logger.csv": None,
        "fixes/P01.logger/2026-04-12 15_00_00.csv": hour(rows[:60]),
        "fixes/P01.logger/2026-04-12 16_00_00.csv": hour(rows[60:]),
    }
    tracks = list(read(trial(tmp_path, files)).tracks("P01"))
    assert sum(len(track) for track in tracks) == 1440
    assert tracks[0].utc_s[0] == FIRST_S


@pytest.mark.parametrize(
    ("head", "line"),
    [
        ("time,lat,lon,accuracy_m", "2026-04-13T00:00:00+09:00,33.2,131.6,5"),
        ("time,lat,lon,elevation,accuracy,provider", "2026-04-12T15:00:00.000Z,33.2,131.6,8,5,gps"),
        ("tid,batt,lon,acc,vel,lat,tst", "P1,80,131.6,5,0,33.2,{utc_s:.0f}"),
        ("accuracy_m,lon,lat,utc_s", "5,131.6,33.2,{utc_s}"),
        ('"utc_s","lat","lon","accuracy_m"', '"{utc_s}","33.2","131.6","5"'),
    ],
)
def test_files_of_loggers_that_people_have_are_read(tmp_path: Path, head: str, line: str) -> None:
    text = f"\ufeff{head}\r\n{line.format(utc_s=FIRST_S)}\r\n"
    (track,) = read(trial(tmp_path, {"fixes/P01.logger.csv": text})).tracks("P01")
    assert (track.utc_s[0], track.lat[0], track.lon[0], track.accuracy_m[0]) == (FIRST_S, 33.2, 131.6, 5.0)


def test_of_one_moment_the_most_accurate_position_stays(tmp_path: Path) -> None:
    text = fixes([[FIRST_S + 60.0, *HOME, 30.0], [FIRST_S, *HOME, 9.0], [FIRST_S + 60.0, *HOME, 4.0]])
    (track,) = read(trial(tmp_path, {"fixes/P01.logger.csv": text})).tracks("P01")
    assert track.utc_s.tolist() == [FIRST_S, FIRST_S + 60.0]
    assert track.accuracy_m.tolist() == [9.0, 4.0]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("protocol.toml", None, "protocol new"),
        ("protocol.toml", "first = ", "TOML"),
        ("protocol.toml", b"\xff\xfe", "TOML"),
        ("protocol.toml", PROTOCOL + "speed = 3\n", "speed"),
        ("protocol.toml", PROTOCOL.replace("seed = 7", 'seed = "7"'), "seed"),
        ("protocol.toml", PROTOCOL.replace("first = 2026-04-13", ""), "first is missing"),
        ("protocol.toml", PROTOCOL.replace("last = 2026-04-20", "last = 2026-04-01"), "first is after last"),
        ("protocol.toml", PROTOCOL.replace("possible_starts", "# "), "possible_starts"),
        ("protocol.toml", PROTOCOL.replace("randomised_start", "silent_weeks"), "silent_share"),
        ("protocol.toml", PROTOCOL + "[gates]\nleast_people = 3\n", "gates.least_people"),
        ("protocol.toml", PROTOCOL + "[fees]\nbefore_yen = 0\n", "fees must be 0 < after_yen < before_yen"),
        ("participants.csv", None, "person,enrolled"),
        ("participants.csv", "", "person"),
        ("participants.csv", "person\nP01\n", "enrolled"),
        ("participants.csv", "person,enrolled,age\nP01,2026-04-01,70\n", "age"),
        ("homes.csv", "person,home,lat,lon,lat\n", "same name"),
        ("homes.csv", "人,home,lat,lon\n".encode("cp932"), "UTF-8"),
        ("definitions.toml", "estimator = 1\n", "missing"),
        ("weather.csv.gz", b"no gzip", "weather.csv.gz"),
        ("evidense.csv", "person\n", "evidense.csv"),
        ("fixes/P01.phone.csv", "x\n", "P01.logger.csv"),
        ("fixes/P01.logger.csv.gz", gzip.compress(b"utc_s,lat,lon,accuracy_m\n", mtime=0), "two of P01"),
    ],
)
def test_what_cannot_be_read_as_a_whole_is_one_sentence(
    tmp_path: Path, name: str, content: str | bytes | None, told: str
) -> None:
    with pytest.raises((FolderError, ProtocolError, OutingError)) as error:
        read(trial(tmp_path, {name: content}))
    assert told in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_of_positions_with_unknown_columns_is_one_sentence(tmp_path: Path) -> None:
    folder = read(trial(tmp_path, {"fixes/P01.logger.csv": "utc_s,lat,lon\n1,2,3\n"}))
    with pytest.raises(StudyError, match="utc_s,lat,lon,accuracy_m"):
        list(folder.tracks("P01"))


def test_overlapping_days_belong_to_no_phase(tmp_path: Path) -> None:
    text = TABLES["phases.csv"].replace("P01,wash_in,2026-04-15", "P01,wash_in,2026-04-14")
    folder = read(trial(tmp_path, {"phases.csv": text}))
    assert folder.phases[:2] == (
        Phase("P01", "baseline", *(folder.protocol.first,) * 2),
        Phase("P01", "wash_in", folder.protocol.possible_starts[0], folder.protocol.possible_starts[1]),
    )


def test_a_clock_that_went_back_leaves_out_what_it_recorded_twice(tmp_path: Path) -> None:
    # An hour ahead from 9:00, set right at 12:00: two records of 12:00 to 13:00, which contradict.
    rows = fix_rows(1, 60.0)
    ahead = [[utc_s + 3600.0 * (540 <= n < 720), *rest] for n, (utc_s, *rest) in enumerate(rows)]
    ahead = [[utc_s, lat + 0.01 * (660 <= n < 720), *rest] for n, (utc_s, lat, *rest) in enumerate(ahead)]
    found = Found()
    folder = read(trial(tmp_path, {"fixes/P01.logger.csv": fixes(ahead)}))
    seconds = np.concatenate([track.utc_s for track in folder.tracks("P01", found=found)])
    (jump,) = [issue for issue in found.issues() if issue.code == "clock_jump"]
    twice = (seconds >= FIRST_S + 12 * 3600) & (seconds < FIRST_S + 13 * 3600)
    assert jump.count == 120
    assert not twice.any()
    assert len(seconds) == 1440 - 120


def test_a_packet_that_comes_late_is_no_clock(tmp_path: Path) -> None:
    rows = fix_rows(1, 60.0)
    late = [*rows[:300], *rows[420:600], *rows[300:420], *rows[600:]]
    found = Found()
    folder = read(trial(tmp_path, {"fixes/P01.logger.csv": fixes(late)}))
    seconds = np.concatenate([track.utc_s for track in folder.tracks("P01", found=found)])
    assert [(issue.code, issue.count) for issue in found.issues()] == [("fixes_disordered", 120)]
    assert len(seconds) == 1440


def test_a_simulated_trial_may_lie_in_the_future(tmp_path: Path) -> None:
    found = Found()
    list(read(trial(tmp_path), now_utc_s=FIRST_S).tracks("P01", found=found))
    assert {issue.code for issue in found.issues()} == {"fixes_future"}
    simulated, found = trial(tmp_path / "s", {"protocol.toml": PROTOCOL + "simulated = true\n"}), Found()
    list(read(simulated, now_utc_s=FIRST_S).tracks("P01", found=found))
    assert found.issues() == ()


def test_a_device_s_recorded_runs_are_read() -> None:
    found = Found()
    files = source_of(Path(__file__).parents[2] / "field_tests/runs/stroll")
    (track,) = tracks(files, Window(), found)
    assert found.issues() == ()
    assert files.source == "device"
    assert float(np.median(np.diff(track.utc_s))) == 2.0
    assert (abs(track.lat - 33.23).max(), abs(track.lon - 131.6).max()) < (0.1, 0.1)
    assert 1.0 < float(np.median(track.accuracy_m)) < 30.0


def test_a_damaged_sentence_of_a_run_is_named(tmp_path: Path) -> None:
    run = Path(__file__).parents[2] / "field_tests/runs/stroll"
    lines = (run / "position.nmea").read_text().splitlines()
    first = next(n for n, line in enumerate(lines) if "RMC" in line)
    lines[first] = lines[first].replace(",A,", ",V,", 1)
    lines[first + 3] = lines[first + 3][:30]
    (tmp_path / "run.json").write_text("{}")
    (tmp_path / "position.nmea").write_text("\n".join(lines) + "\n")
    found = Found()
    assert len(list(tracks(source_of(tmp_path), Window(), found))) == 1
    assert [(issue.code, issue.count) for issue in found.issues()] == [("line_unreadable", 2)]
    assert found.issues()[0].where.endswith(f"position.nmea:{first + 1}")
