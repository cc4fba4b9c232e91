import json
import os
import resource
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from device import replay_walk
from device.clocks import VirtualClock
from device.controls.gestures import Press
from device.errors import ConfigError, PositionError, RecordError
from device.facts import Nearby
from device.nmea import as_written
from device.nmea_source import NmeaFileSource
from device.ports import Playback
from device.positions import is_live, position_source
from device.recorder import HeldLines, RunRecorder, RunWriter, replace_announcements
from device.rerouting import RerouteAnswer
from device.run_format import REST, Moment, Rerouting, Step, Told, as_recorded
from device.run_keeping import keep_newest, next_run
from device.run_lines import Lines, LineState, lines_of
from device.runs import RunReader
from device.senses import AroundAnswer, BeginTrip, Health, PlanAnswer, Senses, Turn
from vision.types import Hazard, Motion, ObjectClass, PavingSight, Scene
from wire.position import Fix
from wire.route import MapSource, Name, Place, Route, Stretch, StretchKind
from wire.trip import Announced, Moved, Rerouted, Sos

START_UTC_S = 1_795_314_465.0
AROUND = AroundAnswer(3, Name(ja="昭和通り", en="Showa-dori"), Nearby(Name(ja="市役所"), 120.5, 90.0))
PLACE = Place(name=Name(ja="大分駅"), lat=33.233, lon=131.606)
ROUTE = Route(
    route_id="r1",
    source=MapSource(name="oita", practice=True, attribution="-"),
    walker="cane",
    origin=PLACE,
    destination=PLACE,
    points=((33.233, 131.606), (33.234, 131.606)),
    stretches=(Stretch(first=0, last=1, kind=StretchKind.SIDEWALK),),
    length_m=111.0,
    duration_s=111.0,
)
HAZARD = Hazard(
    track_id=42,
    cls=ObjectClass.BICYCLE,
    score=0.87654321,
    distance_m=3.14159265,
    distance_sigma_m=0.2,
    bearing_deg=-4.5678,
    on_paving=True,
    ttc_s=None,
    motion=Motion.STANDING,
    free_side="right",
)


def fix(n: float) -> Fix:
    return as_written(
        Fix(utc_s=START_UTC_S + n, lat=33.233 + n * 1e-5, lon=131.606, accuracy_m=8.0, speed_mps=1.0)
    )


def scene(n: int) -> Scene:
    return as_recorded(Scene(n, n / 3, (HAZARD,), PavingSight(True, 1.0 / 3, -0.1)))


def announced(text: str = "点字ブロックの上に自転車") -> Announced:
    return Announced(
        kind="obstacle",
        key="obstacle/42",
        urgency="hazard",
        outcome="spoken",
        text_ja=text,
        text_en="a bicycle on the guide blocks",
        created_s=START_UTC_S + 1.0,
        started_s=START_UTC_S + 1.1,
        ended_s=START_UTC_S + 3.2,
    )


def senses(n: int) -> Senses:
    return Senses(
        now_s=float(n),
        utc_s=START_UTC_S + n,
        fixes=(fix(n),),
        scene=scene(n),
        health=(Health("uplink", False, "lost", "no network"),) if n == 2 else (),
        playback=Playback(7, 1.1, 3.2000000000000001) if 1 < n < 4 else Playback(),
    )


def record(folder: Path, *, finish: bool = True, steps: int = 6) -> Path:
    with RunWriter.begin(folder, ROUTE, {"lang": "ja", "seed": 7, "tick_s": 0.05}) as writer:
        for n in range(steps):
            writer.senses(senses(n))
            what = (Moved(fix=fix(n)), announced()) if n == 3 else (Moved(fix=fix(n)),)
            writer.turn(float(n), Turn((), what))
        if finish:
            writer.finish()
    return folder


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


def test_an_unfinished_run_is_read_to_its_last_whole_line(tmp_path: Path) -> None:
    folder = record(tmp_path / "run", finish=False)
    with (folder / "scenes.jsonl").open("a") as scenes:
        scenes.write('{"t_s":6.0,"sce')
    run = RunReader(folder)
    assert not run.manifest.finished
    assert len(run.scenes()) == 6
    assert run.manifest.utc_offset_s == START_UTC_S


def damage(name: str, change: Callable[[str], str], folder: Path) -> Path:
    (folder / name).write_text(change((folder / name).read_text()))
    return folder


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        (
            "run.json",
            lambda t: t.replace('"format": 4', '"format": 0'),
            r"run.json: format: Input should be 1, 2, 3 or 4",
        ),
        ("run.json", lambda t: t.replace('"map"', '"mop"'), r"run.json: m"),
        ("run.json", lambda _: "{", r"run.json: Invalid JSON"),
        (
            "route.json",
            lambda t: t.replace('"length_m":111.0', '"length_m":-1'),
            r"route.json: route: length_m",
        ),
        (
            "position.nmea",
            lambda t: t.replace(",A,", ",B,", 1),
            r"position.nmea:1: a damaged sentence \(wrong",
        ),
        ("position.nmea", lambda t: t.replace("0.000 $", "0.000 ", 1), r"position.nmea:1: must be a second"),
        (
            "position.nmea",
            lambda t: t.replace("0.000 $", "soon $", 1),
            r"position.nmea:1: the second must be",
        ),
        ("position.nmea", lambda t: t.replace("1.000 ", "9.000 "), r"goes back in time, from 9.0 s to 2.0 s"),
        (
            "scenes.jsonl",
            lambda t: t.replace("bicycle", "dragon"),
            r"scenes.jsonl:1: hazards.0.cls: Input should",
        ),
        (
            "scenes.jsonl",
            lambda t: t.replace('"t_s":3.0,"scene"', '"t_s":3.0,"sea"'),
            r"scenes.jsonl:4: must be",
        ),
        ("scenes.jsonl", lambda t: t[:-5] + "\n", r"scenes.jsonl:6: not JSON"),
        ("health.jsonl", lambda t: t.replace('"uplink"', '"moon"'), r"health.jsonl:1: part: Input should be"),
        (
            "playback.jsonl",
            lambda t: t.replace('"t_s":2.0', '"t_s":"x"'),
            r"playback.jsonl:1: the second must",
        ),
        ("announcements.jsonl", lambda t: t.replace("spoken", "sung"), r"announcements.jsonl:1: outcome"),
        ("told.jsonl", lambda t: t.replace("utc_offset_s", "utc"), r"told.jsonl:1: told.utc: is not known"),
        ("told.jsonl", lambda _: '{"t_s":0.0,"told":{"sos":"lost"}}\n', r"told.jsonl:1: .*'', 'stored'"),
        ("told.jsonl", lambda _: '{"t_s":0.0,"told":{}}\n', r"told.jsonl:1: told: must be"),
        ("told.jsonl", lambda _: '{"t_s":0.0,"told":{"utc_offset_s":"x"}}\n', r"told.jsonl:1: the second"),
        ("events.jsonl", lambda _: '{"t_s":0.0,"event":{"type":"x"}}\n', r"events.jsonl:1: Input tag 'x'"),
    ],
)
def test_every_malformed_file_is_one_clear_line(
    tmp_path: Path, name: str, change: Callable[[str], str], says: str
) -> None:
    folder = damage(name, change, record(tmp_path / "run", finish=False))
    with pytest.raises(RecordError, match=says) as caught:
        RunReader(folder)
    assert "\n" not in str(caught.value)


def test_a_finished_run_that_was_changed_is_refused(tmp_path: Path) -> None:
    folder = damage("scenes.jsonl", lambda text: text.replace("3.142", "9.142", 1), record(tmp_path / "run"))
    with pytest.raises(RecordError, match=r"scenes.jsonl: is not what was recorded"):
        RunReader(folder)


def test_missing_files(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="not a recorded run"):
        RunReader(tmp_path)
    folder = record(tmp_path / "run")
    scenes = (folder / "scenes.jsonl").rename(tmp_path / "scenes.jsonl")
    with pytest.raises(RecordError, match=r"scenes.jsonl: cannot be read"):
        RunReader(folder)
    scenes.rename(folder / "scenes.jsonl")
    with pytest.raises(RecordError, match=r"route.json: is not what was recorded"):
        RunReader(damage("route.json", lambda _: "", folder))


def test_a_new_expectation_replaces_the_old_one_and_nothing_else(tmp_path: Path) -> None:
    folder = record(tmp_path / "run")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    new = (Moment(3.0, announced("変わりました")), Moment(4.0, announced()))
    replace_announcements(folder, new)
    assert RunReader(folder).announcements() == new
    after = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert {name for name in after if after[name] != before[name]} == {"run.json", "announcements.jsonl"}


def test_a_run_is_never_recorded_over_another(tmp_path: Path) -> None:
    folder = record(tmp_path / "run")
    with pytest.raises(RecordError, match="holds a recorded run already"):
        RunWriter.begin(folder, ROUTE, {})
    assert len(RunReader(folder).scenes()) == 6


def test_full_disk_is_one_line_and_what_was_recorded_stays(tmp_path: Path) -> None:
    """A limit on the size of files stands for the full disk: the same system call fails."""
    writer = RunWriter.begin(tmp_path / "run", ROUTE, {"lang": "ja"})
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill() -> None:
        for n in range(1000):
            writer.senses(senses(n))

    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
        with pytest.raises(
            RecordError, match=r"cannot be written \(File too large\); what was recorded before is kept"
        ):
            fill()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    writer.close()
    run = RunReader(tmp_path / "run")
    assert 10 < len(run.scenes()) < 1000
    assert not run.manifest.finished


def test_nothing_is_recorded_after_the_end(tmp_path: Path) -> None:
    writer = RunWriter.begin(tmp_path / "run", ROUTE, {})
    writer.close()
    writer.close()
    with pytest.raises(RecordError, match="ended before"):
        writer.senses(senses(0))


def test_what_json_cannot_hold_is_refused(tmp_path: Path) -> None:
    broken = replace(scene(0), hazards=(replace(HAZARD, distance_m=float("nan")),))
    with RunWriter.begin(tmp_path / "run", ROUTE, {}) as writer, pytest.raises(RecordError, match="nan"):
        writer.senses(replace(senses(0), scene=broken))


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    folder = record(tmp_path / "run")
    assert folder.stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordError, match="cannot be written"):
        RunWriter.begin(tmp_path / "file" / "run", ROUTE, {})


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
