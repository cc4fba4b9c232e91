import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from device import replay_walk
from device.clocks import VirtualClock
from device.controls.gestures import Press
from device.errors import ConfigError, PositionError, RecordError
from device.nmea_source import NmeaFileSource
from device.positions import is_live, position_source
from device.recorder import HeldLines, RunRecorder, RunWriter
from device.rerouting import RerouteAnswer
from device.run_format import REST, Moment, Rerouting, Step, Told, as_recorded
from device.run_keeping import keep_newest, next_run
from device.run_lines import Lines, LineState, lines_of
from device.runs import RunReader
from device.senses import BeginTrip, PlanAnswer, Turn
from tests.run_scenes import AROUND, HAZARD, ROUTE, START_UTC_S, announced, damage, fix, record, scene, senses
from vision.types import PavingSight, Scene
from wire.trip import Moved, Rerouted, Sos


def test_what_was_recorded_is_read_back(tmp_path: Path) -> None:
    run = RunReader(record(tmp_path / "run"))
    assert run.route == ROUTE
    assert run.manifest.finished
    assert (run.manifest.map, run.manifest.practice) == ("oita", True)
    assert run.manifest.settings == {"lang": "ja", "seed": 7, "tick_s": 0.05}
    assert run.manifest.utc_offset_s == START_UTC_S
    assert run.manifest.created == "2026-11-22T02:27:45.000+00:00"
    assert run.fixes() == tuple((float(n), fix(n)) for n in range(6))
    assert run.scenes() == tuple(Moment(float(n), scene(n)) for n in range(6))
    assert run.announcements() == (Moment(3.0, announced()),)


def test_inputs_come_in_order_and_kind_by_kind(tmp_path: Path) -> None:
    run = RunReader(record(tmp_path / "run"))
    assert [moment.t_s for moment in run.steps()] == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    told = [(m.t_s, type(m.what).__name__) for m in run.inputs() if not isinstance(m.what, Step)]
    assert told == [
        (0.0, "Fix"), (0.0, "Scene"), (0.0, "Told"),
        (1.0, "Fix"), (1.0, "Scene"),
        (2.0, "Fix"), (2.0, "Scene"), (2.0, "Health"), (2.0, "Playback"),
        (3.0, "Fix"), (3.0, "Scene"),
        (4.0, "Fix"), (4.0, "Scene"), (4.0, "Playback"),
        (5.0, "Fix"), (5.0, "Scene"),
    ]  # fmt: skip


def test_the_same_run_is_the_same_bytes(tmp_path: Path) -> None:
    one, two = record(tmp_path / "one"), record(tmp_path / "two")
    assert {p.name: p.read_bytes() for p in one.iterdir()} == {p.name: p.read_bytes() for p in two.iterdir()}
    assert {path.name for path in one.iterdir()} == {
        "run.json", "route.json", "steps.jsonl", "position.nmea", "scenes.jsonl",
        "health.jsonl", "playback.jsonl", "reroutes.jsonl", "told.jsonl", "events.jsonl",
        "said.jsonl", "announcements.jsonl",
    }  # fmt: skip


def test_what_came_in_of_a_new_route_is_read_back(tmp_path: Path) -> None:
    answers = (RerouteAnswer(1, ROUTE), RerouteAnswer(2, failure="none_found"))
    with RunWriter.begin(tmp_path / "run", ROUTE, {}) as writer:
        writer.senses(replace(senses(0), path_closed=True))
        writer.senses(senses(1))
        for n, answer in enumerate(answers, 2):
            writer.senses(replace(senses(n), rerouted=answer))
        writer.finish()
    found = [m for m in RunReader(tmp_path / "run").inputs() if isinstance(m.what, Rerouting)]
    assert found == [
        Moment(0.0, Rerouting(path_closed=True)),
        Moment(2.0, Rerouting(answer=answers[0])),
        Moment(3.0, Rerouting(answer=answers[1])),
    ]


@pytest.mark.parametrize(
    ("older", "without"),
    [
        (1, ("reroutes.jsonl", "steps.jsonl", "told.jsonl", "events.jsonl", "said.jsonl")),
        (2, ("steps.jsonl", "told.jsonl", "events.jsonl", "said.jsonl")),
        (3, ("told.jsonl", "events.jsonl", "said.jsonl")),
    ],
)
def test_a_run_of_an_older_format_is_still_read(tmp_path: Path, older: int, without: tuple[str, ...]) -> None:
    folder = record(tmp_path / "run")
    for name in without:
        (folder / name).unlink()
    manifest = folder / "run.json"
    manifest.write_text(manifest.read_text().replace('"format": 4', f'"format": {older}'))
    run = RunReader(folder)
    assert len(list(run.inputs())) > 0
    assert (run.steps() == ()) == (older < 3)
    assert run.events() is None
    manifest.write_text(manifest.read_text().replace(f'"format": {older}', '"format": 4'))
    with pytest.raises(RecordError, match=r"(steps|told)\.jsonl: cannot be read"):
        RunReader(folder)


def test_a_run_of_a_newer_version_is_told_as_such(tmp_path: Path) -> None:
    folder = record(tmp_path / "run")
    damage("run.json", lambda text: text.replace('"format": 4', '"format": 5, "weather": "rain"'), folder)
    with pytest.raises(
        RecordError, match=r"newer Shirube \(format 5; this one reads 1 to 4\): update"
    ) as told:
        RunReader(folder)
    assert "\n" not in str(told.value)


def given(n: int) -> dict[str, Any]:
    """What came in at step n beside positions, pictures, faults and sound."""
    steps: dict[int, dict[str, Any]] = {
        1: {"presses": (Press(0.9, 1, True), Press(1.0, 1, False)), "ready": True, "heading_deg": 12.5},
        2: {"begin": BeginTrip("t", ROUTE, shared=True), "around": AROUND},
        3: {"planned": PlanAnswer(4, failure="goal_outside_map", map_name="oita"), "code": "0481"},
        4: {"sos": "sent", "phone": "second", "ending": True},
    }
    return steps.get(n, {})


def test_everything_that_came_in_is_read_back(tmp_path: Path) -> None:
    walk = tuple(replace(senses(n), **given(n)) for n in range(6))
    with RunWriter.begin(tmp_path / "run", None, {}) as writer:
        for step in walk:
            writer.senses(step)
        writer.finish()
    reader = RunReader(tmp_path / "run")
    assert reader.route is None
    told = {moment.t_s: moment.what.values for moment in reader.inputs() if isinstance(moment.what, Told)}
    assert told == {0.0: {}, **{float(n): given(n) for n in range(1, 5)}}
    assert list(replay_walk.senses_of(reader)) == [
        replace(step, utc_s=START_UTC_S + step.now_s) for step in walk
    ]


def test_every_field_of_the_senses_is_recorded() -> None:
    """Whoever adds one need do nothing here: but it must survive JSON, and its default must say nothing."""
    for name, (adapter, nothing) in REST.items():
        assert adapter.validate_json(adapter.dump_json(nothing)) == nothing, name
    assert {"presses", "begin", "planned", "sos", "phone", "code", "ready", "ending"} <= set(REST)


def test_a_clock_that_is_corrected_is_corrected_in_the_replay(tmp_path: Path) -> None:
    by_s = [0.0, 0.001, 0.2, 3600.0, 3600.1, 3600.1]
    walk = [replace(senses(n), utc_s=START_UTC_S + n + by_s[n], fixes=()) for n in range(6)]
    with RunWriter.begin(tmp_path / "run", ROUTE, {}) as writer:
        for step in walk:
            writer.senses(step)
    reader = RunReader(tmp_path / "run")
    assert reader.manifest.utc_offset_s == START_UTC_S
    again = [step.utc_s for step in replay_walk.senses_of(reader)]
    assert again == pytest.approx([step.utc_s for step in walk], abs=0.5)
    assert again[3] == walk[3].utc_s


def test_what_else_came_out_is_recorded_by_its_name_only(tmp_path: Path) -> None:
    happened = (
        Moved(fix=fix(0)),
        Rerouted(route_id="r2", reason="off_route", route=ROUTE),
        Sos(state="raised"),
    )
    with RunWriter.begin(tmp_path / "run", ROUTE, {}) as writer:
        writer.senses(senses(0))
        writer.turn(0.0, Turn((), happened))
        writer.finish()
    assert RunReader(tmp_path / "run").events() == (
        Moment(0.0, Rerouted(route_id="r2", reason="off_route")),
        Moment(0.0, Sos(state="raised")),
    )


def test_lines_that_another_process_writes_make_the_same_run(tmp_path: Path) -> None:
    direct = record(tmp_path / "direct")
    sent: list[Lines] = []
    recorder = RunRecorder(sent.append)
    for n in range(6):
        recorder.senses(senses(n))
        what = (Moved(fix=fix(n)), announced()) if n == 3 else (Moved(fix=fix(n)),)
        recorder.turn(float(n), Turn((), what))
    with RunWriter.begin(tmp_path / "sent", ROUTE, {"lang": "ja", "seed": 7, "tick_s": 0.05}) as writer:
        for lines in sent:
            writer.write(lines)
        with pytest.raises(RecordError, match=r"x\.jsonl is no file of a run"):
            writer.write((("x.jsonl", "{}"),))
        writer.finish()
    assert {p.name: p.read_bytes() for p in direct.iterdir()} == {
        p.name: p.read_bytes() for p in (tmp_path / "sent").iterdir()
    }


def test_lines_wait_for_a_log_part_that_is_not_there_yet_and_a_gap_is_told() -> None:
    sent: list[Lines] = []
    there = [False]

    def send(lines: Lines) -> None:
        if not there[0]:
            raise RecordError("away")
        sent.append(lines)

    recorder = RunRecorder(HeldLines(send))
    recorder.senses(senses(0))
    recorder.senses(senses(1))
    there[0] = True
    recorder.senses(senses(2))
    assert len(sent) == 1
    assert [line for name, line in sent[0] if name == "steps.jsonl"] == [
        f'{{"t_s":{n}.0,"step":{{"frame":false}}}}' for n in range(3)
    ]
    there[0] = False
    with pytest.raises(RecordError, match="away"):
        recorder.senses(senses(3))
    full = HeldLines(send, most=3)
    full((("steps.jsonl", "{}"),) * 3)
    with pytest.raises(RecordError, match="away"):
        full((("steps.jsonl", "{}"),))


def test_the_lines_of_a_step_are_made_at_once() -> None:
    state, lines = lines_of(LineState(), senses(1), Turn((), (Moved(fix=fix(1)), announced())))
    names = [name for name, _ in lines]
    assert names == [
        "steps.jsonl",
        *["position.nmea"] * 3,
        "scenes.jsonl",
        "told.jsonl",
        "announcements.jsonl",
    ]
    _, again = lines_of(state, senses(1), Turn((), ()))
    assert "told.jsonl" not in {name for name, _ in again}


def test_a_run_is_gone_on_with_after_its_writer_died(tmp_path: Path) -> None:
    whole = record(tmp_path / "whole")
    folder = record(tmp_path / "run", finish=False, steps=3)
    with (folder / "scenes.jsonl").open("a") as scenes:
        scenes.write('{"t_s":3.0,"sce')
    with RunWriter.resume(folder) as writer:
        state = LineState(utc_offset_s=START_UTC_S)
        for n in range(3, 6):
            what = (Moved(fix=fix(n)), announced()) if n == 3 else (Moved(fix=fix(n)),)
            if n == 3:
                state = replace(state, playback=senses(2).playback)
            state, lines = lines_of(state, senses(n), Turn((), what))
            writer.write(lines)
        writer.finish()
    assert {p.name: p.read_bytes() for p in whole.iterdir()} == {
        p.name: p.read_bytes() for p in folder.iterdir()
    }
    with pytest.raises(RecordError, match="is finished"):
        RunWriter.resume(folder)


def test_the_newest_runs_are_kept(tmp_path: Path) -> None:
    assert next_run(tmp_path / "none", START_UTC_S).name == "000001-20261122T022745Z"
    for n in range(4):
        # The clock was wrong at the second start: the number tells the order.
        record(next_run(tmp_path, START_UTC_S - 1e8 * (n == 1)))
    (tmp_path / "notes").mkdir()
    assert [path.name[:6] for path in keep_newest(tmp_path, 2)] == ["000001", "000002"]
    assert sorted(path.name[:6] for path in tmp_path.iterdir()) == ["000003", "000004", "notes"]
    assert keep_newest(tmp_path, 2) == ()
    assert keep_newest(tmp_path / "none", 2) == ()


def test_rounding_happens_once(tmp_path: Path) -> None:
    raw = Scene(1, 0.123456789, (HAZARD,), PavingSight(False))
    assert as_recorded(raw).hazards[0].distance_m == 3.142
    assert as_recorded(as_recorded(raw)) == as_recorded(raw)
    with RunWriter.begin(tmp_path / "run", ROUTE, {}) as writer:
        writer.senses(replace(senses(0), scene=raw))
    assert RunReader(tmp_path / "run").scenes()[0].what == as_recorded(raw)


def test_position_uris(tmp_path: Path) -> None:
    clock = VirtualClock(0.0)
    folder = record(tmp_path / "run")
    replay = position_source(f"replay:{folder}", clock)
    clock.advance_to(1.0)
    assert replay.poll() == (fix(0), fix(1))
    log = tmp_path / "walk.nmea"
    log.write_text(
        "\n".join(line.partition(" ")[2] for line in (folder / "position.nmea").read_text().splitlines())
    )
    source = position_source(f"nmea:{log}", clock)
    assert isinstance(source, NmeaFileSource)
    assert [one.lat for one in source.poll()] == [fix(0).lat]
    for wrong in ("", "gps", "nmea:", "replay:", "gpsd://127.0.0.1:x", "usb:/dev/ttyUSB0"):
        with pytest.raises(ConfigError, match="position"):
            position_source(wrong, clock)
    with pytest.raises(PositionError, match="cannot be read"):
        position_source("nmea:/no/such/file", clock)
    with pytest.raises(RecordError, match="not a recorded run"):
        position_source(f"replay:{tmp_path}", clock)
    assert [is_live(uri) for uri in ("gpsd://h:1", "nmea:x", "replay:x")] == [True, False, False]


def test_a_line_of_a_scene_reads_well(tmp_path: Path) -> None:
    folder = record(tmp_path / "run", steps=1)
    line = json.loads((folder / "scenes.jsonl").read_text())
    assert line["t_s"] == 0.0
    assert line["scene"]["hazards"][0]["cls"] == "bicycle"
    assert (folder / "position.nmea").read_text().startswith("0.000 $GNRMC,022745.000,A,3313.98000,N,")
    assert os.linesep not in (folder / "scenes.jsonl").read_text()[:-1]
