"""The simulated folder: read by the reader of real ones, with the faults asked for and no others."""

import csv
import gzip
import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

pytest.importorskip("scipy", reason="needs scipy: pip install 'shirube[study]'")
pytest.importorskip("pandas", reason="reading positions needs pandas: pip install 'shirube[study]'")

import shirube
from field_tests.errors import StudyError
from field_tests.simulator.faults import FAULTS, Rows, faulty
from field_tests.simulator.ground import Ground, along_m, merged, part, within
from field_tests.simulator.holes import cut, holes
from field_tests.simulator.lives import Conditions
from field_tests.simulator.options import Options, checked, last_day
from field_tests.simulator.plan import courses, possible_starts
from field_tests.simulator.receiver import Receiver, observed
from field_tests.simulator.trial import simulate
from field_tests.simulator.ways import LatLon, Spot, Way
from field_tests.study.found import Found
from field_tests.study.measures_draw import strange
from field_tests.study.protocol import Design
from field_tests.study.reading_folder import read

SMALL = Options(persons=2, weeks=5, wash_in_weeks=1, seed=4, every_s=120, stopping=0.0)


class Grid:
    """A town of square blocks of 100 m with a park; ways go along the streets, with a light in the middle."""

    def __init__(self) -> None:
        self.corners: Sequence[LatLon] = [
            (33.2350 + 0.0009 * row, 131.6060 + 0.00107 * column)
            for row, column in product(range(12), repeat=2)
        ]
        self.spots: Sequence[Spot] = [Spot(*self.corners[40], kind="leisure=park")]

    def way(self, start: LatLon, end: LatLon) -> Way | None:
        return Way((start, (start[0], end[1]), end), ((60.0, 30.0),))


def _tell(number: int, of: int, name: str) -> None:
    assert number < of
    assert name


def _files(folder: Path) -> dict[str, str]:
    every = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in every}


def _issues(folder: Path) -> set[str]:
    trial, found = read(folder), Found()
    for participant in trial.participants:
        assert sum(len(track) for track in trial.tracks(participant.person, found=found)) > 1000
    return {issue.code for issue in (*trial.issues, *found.issues())}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("made") / "trial"
    simulate(SMALL, Grid(), out, _tell)
    return out


def test_a_folder_is_read_without_any_issue(made: Path) -> None:
    assert _issues(made) == set()


@pytest.mark.parametrize("design", ["randomised_start", "silent_weeks"])
def test_a_simulated_trial_is_run_as_its_own_plan_draws_it(tmp_path: Path, design: Design) -> None:
    options = replace(SMALL, design=design, persons=4, every_s=900, stopping=0.9, silent_share=0.5)
    simulate(options, Grid(), tmp_path / "t", _tell)
    trial = read(tmp_path / "t")
    assert any(one.ended for one in trial.participants)
    assert strange(trial.lots, trial.participants, trial.phases, trial.protocol) == ()
    assert len(trial.lots) == 4
    protocol = tmp_path / "t" / "protocol.toml"
    protocol.write_text(protocol.read_text("utf-8").replace("simulated = true", "simulated = false"), "utf-8")
    found = {issue.code for issue in read(tmp_path / "t").issues if issue.effect == "refused"}
    assert found == {"plan_changed", "truth_beside"}


def test_the_plan_says_that_it_is_simulated(made: Path) -> None:
    trial = read(made)
    assert trial.protocol.simulated
    assert trial.protocol.definitions_sha256 == trial.definitions.sha256
    assert [each.person for each in trial.participants] == ["P01", "P02"]
    assert {phase.kind for phase in trial.phases} == {"baseline", "wash_in", "active"}


def test_the_same_seed_gives_the_same_bytes(made: Path, tmp_path: Path) -> None:
    simulate(SMALL, Grid(), tmp_path / "again", _tell)
    simulate(replace(SMALL, seed=5), Grid(), tmp_path / "other", _tell)
    assert _files(tmp_path / "again") == _files(made)
    same = {name for name, sha in _files(tmp_path / "other").items() if _files(made).get(name) == sha}
    assert not {
        name
        for name in same
        if name.startswith(("fixes/", "truth/")) or name in {"evidence.csv", "homes.csv"}
    }


def test_a_folder_is_never_written_over(made: Path) -> None:
    with pytest.raises(StudyError, match="empty folder"):
        simulate(SMALL, Grid(), made, _tell)


def test_faults_come_out_under_their_codes(tmp_path: Path) -> None:
    single = tuple(code for code in FAULTS if code not in {"clock_jump", "fixes_impossible_speed"})
    simulate(replace(SMALL, persons=1, faults=single), Grid(), tmp_path / "bad", _tell)
    assert _issues(tmp_path / "bad") == set(single)


def test_days_of_truth_are_those_of_its_outings(made: Path) -> None:
    with (made / "truth" / "days.csv").open(encoding="utf-8") as file:
        days = list(csv.DictReader(file))
    with (made / "truth" / "outings.csv").open(encoding="utf-8") as file:
        outings = list(csv.DictReader(file))
    spent = sum(
        (np.datetime64(each["end"][:19]) - np.datetime64(each["start"][:19])) / np.timedelta64(1, "m")
        for each in outings
    )
    assert len(days) == 2 * 35
    assert spent == pytest.approx(sum(float(each["minutes"]) for each in days), rel=0.01)


def test_somebody_who_stops_leaves_no_record_after(tmp_path: Path) -> None:
    options = replace(SMALL, persons=1, stopping=0.9, seed=1)
    ended = courses(options)[0].participant.ended
    assert ended is not None
    simulate(options, Grid(), tmp_path / "left", _tell)
    with gzip.open(tmp_path / "left" / "fixes" / "P01.logger.csv.gz", "rt") as file:
        last = max(float(row["utc_s"]) for row in csv.DictReader(file))
    after = (np.datetime64(ended) + 1 - np.datetime64("1970-01-01")) / np.timedelta64(1, "s") - 9 * 3600
    assert last < after
    assert max(phase.last for phase in courses(options)[0].phases) <= ended


def test_more_is_missing_with_the_device_only_where_it_was_asked_for() -> None:
    inside, rng = np.zeros((0, 2)), np.random.default_rng(2)
    for share in (0.0, 0.2, 0.5, 0.9):
        lost = holes(np.full(2000, share), inside, rng).silent
        seconds = (np.minimum(lost[:, 1], 2000 * 86400.0) - lost[:, 0]).sum()
        # beside what was asked for, phones doze at home: a twentieth of the time
        assert seconds / (2000 * 86400.0) == pytest.approx(1.0 - (1.0 - share) * 0.97, abs=0.05)


def test_errors_last_and_have_heavy_tails() -> None:
    moments = np.arange(0.0, 40 * 86400.0, 60.0)
    yes, no = np.ones(len(moments), dtype=bool), np.zeros(len(moments), dtype=bool)
    rng = np.random.default_rng(1)
    error, accuracy = observed(Receiver(15.0, 5.0, 1.0), moments, yes, no, 60.0, rng)
    far = np.hypot(error[:, 0], error[:, 1])
    x = np.clip(error[:, 0], -100, 100)
    assert np.corrcoef(x[1:], x[:-1])[0, 1] > 0.7
    assert 15.0 < np.quantile(far, 0.68) < 35.0
    assert 0.0005 < ((far > 100.0) & (accuracy < 51.0)).mean() < 0.05
    street, _ = observed(Receiver(15.0, 5.0, 1.0), moments, no, no, 60.0, rng)
    assert np.quantile(np.hypot(street[:, 0], street[:, 1]), 0.68) < 12.0


@pytest.mark.parametrize("design", ["randomised_start", "silent_weeks", "before_after"])
def test_phases_follow_each_other_to_the_last_day(design: str) -> None:
    options = replace(Options(), persons=20, design=design, stopping=0.0)  # type: ignore[arg-type]
    for each in courses(options):
        phases = each.phases
        assert phases[0].first == options.first
        assert phases[-1].last == last_day(options)
        assert all(b.first - a.last == timedelta(days=1) for a, b in pairwise(phases))
    kinds = {phase.kind for phase in phases}
    assert ("silent" in kinds) == (design == "silent_weeks")


def test_starts_are_drawn_from_those_that_the_plan_names() -> None:
    options = replace(Options(), persons=60, stopping=0.0)
    drawn = {each.participant.start for each in courses(options)}
    assert drawn == set(possible_starts(options))
    assert len(drawn) == 4
    before = replace(options, design="before_after")
    assert {each.participant.start for each in courses(before)} == set(possible_starts(before))


@pytest.mark.parametrize(
    "bad",
    [
        replace(SMALL, weeks=4),
        replace(SMALL, weeks=5),  # no week tells the season
        replace(Options(), weeks=24),
        replace(SMALL, persons=0),
        replace(SMALL, every_s=0),
        replace(SMALL, missing=1.0),
        replace(SMALL, faults=("rust",)),
        replace(SMALL, first=date(1999, 1, 1)),
        replace(SMALL, design="coin"),  # type: ignore[arg-type]
        replace(SMALL, conditions=Conditions(effect=-1.0)),
    ],
)
def test_what_cannot_be_simulated_is_told_in_one_sentence(bad: Options) -> None:
    with pytest.raises(StudyError, match="--"):
        checked(bad)


def test_what_was_asked_for_is_kept(made: Path) -> None:
    asked = json.loads((made / "truth" / "simulation.json").read_text(encoding="utf-8"))
    assert asked["seed"] == 4
    assert asked["conditions"]["effect"] == 0.15


def test_the_device_saves_accompanied_hours_where_told_so(tmp_path: Path) -> None:
    hours = []
    for number, saved in enumerate((0.0, 1.0)):
        out = tmp_path / str(number)
        simulate(replace(SMALL, fee_effect=saved, every_s=900), Grid(), out, _tell)
        with (out / "fees" / "ledger.csv").open(encoding="utf-8") as file:
            hours.append(sum(float(row["hours"]) for row in csv.DictReader(file)))
    assert hours[1] < hours[0]


def test_spans_are_merged_cut_and_asked() -> None:
    spans = np.array([[5.0, 9.0], [0.0, 2.0], [8.0, 12.0]])
    assert merged(spans).tolist() == [[0.0, 2.0], [5.0, 12.0]]
    assert within(np.array([1.0, 2.0, 11.0]), spans).tolist() == [True, False, True]
    assert cut(merged(spans), np.array([[1.0, 6.0]])).tolist() == [[0.0, 1.0], [6.0, 12.0]]
    line = np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 10.0]])
    assert part(line, 15.0).tolist() == [[0.0, 0.0], [10.0, 0.0], [10.0, 5.0]]
    lat, lon = Ground(33.0, 131.0).latlon(*Ground(33.0, 131.0).xy(((33.001, 131.002),)).T)
    assert (lat[0], lon[0]) == pytest.approx((33.001, 131.002))


def test_no_fault_is_put_in_unasked() -> None:
    rows = Rows(*(np.arange(500.0) for _ in range(4)))
    assert faulty(rows, (), np.random.default_rng(0)) is rows


def test_people_walk_on_routes_that_we_plan() -> None:
    """The command line hands the practice map in."""
    town = shirube._town("beppu")
    assert len(town.corners) > 100
    assert any(spot.kind == "leisure=park" for spot in town.spots)
    station, tower = (
        next(spot for spot in town.spots if spot.kind == kind)
        for kind in ("railway=train_station_entrance", "shop=department_store")
    )
    way = town.way((station.lat, station.lon), (tower.lat, tower.lon))
    assert way is not None
    ground = Ground(station.lat, station.lon)
    line = ground.xy(way.points)
    straight = float(np.hypot(*(line[-1] - line[0])))
    assert straight < along_m(line)[-1] < 2.0 * straight
    assert way.waits
    assert all(0.0 <= at < along_m(line)[-1] + 20.0 and wait > 0.0 for at, wait in way.waits)
    assert town.way((station.lat, station.lon), (station.lat, station.lon)) is None


def test_the_verb_writes_a_trial_on_the_practice_map(tmp_path: Path) -> None:
    out = tmp_path / "trial"
    asked = "study simulate --persons 1 --weeks 8 --wash-in 1 --every 600 --town beppu --json --out"
    hands = shirube.Hands(shirube._speak, shirube._town)
    result = CliRunner().invoke(shirube.app, [*asked.split(), str(out)], obj=hands)
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["persons"] == 1
    assert set(told["true_minutes_per_day"]) == {"baseline", "wash_in", "active"}
    assert read(out).protocol.title_ja.startswith("別府")
    again = CliRunner().invoke(shirube.app, [*asked.split(), str(out)], obj=hands)
    assert isinstance(again.exception, StudyError)
