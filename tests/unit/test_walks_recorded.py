"""Recorded walks: reading GPX as phones write it, the route along it, and its replay."""

from pathlib import Path

import pytest

from routing import geo
from routing.follow import Follower
from routing.walks import gpx, replay, track
from routing.walks.gpx import TrackUnreadable
from wire.position import Fix

START = (55.94, -4.31)
REAL = Path(__file__).parents[2].parent / "shared" / "data" / "gps" / "gpx"


def _point(lat: float, lon: float, time: str, more: str = "") -> str:
    return f'<trkpt lat="{lat:.7f}" lon="{lon:.7f}"><time>{time}</time>{more}</trkpt>'


def _file(path: Path, points: list[str]) -> Path:
    body = "".join(points)
    head = '<gpx xmlns="http://www.topografix.com/GPX/1/0"><trk><trkseg>'
    path.write_text(f"<?xml version='1.0'?>{head}{body}</trkseg></trk></gpx>")
    return path


def _north(count: int, step_m: float = 1.2, speed: str = "1.2") -> list[str]:
    places = [geo.destination(START, 0.0, step_m * index) for index in range(count)]
    more = f"<accuracy>4.0</accuracy><speed>{speed}</speed><bearing>0.5</bearing>"
    more += "<bearingAccuracyDegrees>9.0</bearingAccuracyDegrees>"
    return [_point(*place, f"{1_746_103_376_000 + 1000 * index}", more) for index, place in enumerate(places)]


def test_milliseconds_and_iso_times_are_the_same_seconds(tmp_path: Path) -> None:
    milli = [_point(55.94, -4.31 + 1e-5 * n, f"{1_776_153_693_460 + 1000 * n}") for n in range(12)]
    iso = [_point(55.94, -4.31 + 1e-5 * n, f"2026-04-14T08:01:{33 + n}.460Z") for n in range(12)]
    one = gpx.read(_file(tmp_path / "a.gpx", milli)).fixes
    two = gpx.read(_file(tmp_path / "b.gpx", iso)).fixes
    assert [fix.utc_s for fix in one] == [fix.utc_s for fix in two]


def test_what_a_phone_tells_beside_the_place_is_kept(tmp_path: Path) -> None:
    fix = gpx.read(_file(tmp_path / "a.gpx", _north(20))).fixes[3]
    assert (fix.accuracy_m, fix.speed_mps, fix.course_deg, fix.source) == (4.0, 1.2, 0.5, "replay")


@pytest.mark.parametrize(
    "more",
    [
        "<bearing>0.0</bearing><bearingAccuracyDegrees>0.0</bearingAccuracyDegrees>",
        "<bearing>106.5</bearing><bearingAccuracyDegrees>180.0</bearingAccuracyDegrees>",
        "<bearing>NaN</bearing>",
    ],
)
def test_a_bearing_that_a_phone_does_not_know_is_none(tmp_path: Path, more: str) -> None:
    points = [_point(55.94, -4.31 + 1e-5 * n, f"{1_776_153_693_460 + 1000 * n}", more) for n in range(12)]
    assert gpx.read(_file(tmp_path / "a.gpx", points)).fixes[0].course_deg is None


def test_points_without_a_place_or_a_later_time_are_dropped_and_counted(tmp_path: Path) -> None:
    points = _north(20)
    points[5:5] = [
        '<trkpt lat="x" lon="1"><time>1</time></trkpt>',
        points[2],
        _point(99.0, 0.0, "5000000000000"),
    ]
    points.append(_point(55.94, -4.31, "yesterday"))
    recording = gpx.read(_file(tmp_path / "a.gpx", points))
    assert (len(recording.fixes), recording.dropped) == (20, 4)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"<gpx><trk>", "damaged"),
        (b"\x00\xff", "damaged"),
        (b"<kml/>", "is no GPX"),
        (b"<gpx/>", "0 points"),
        (b'<!DOCTYPE g [<!ENTITY a "b">]><gpx>&a;</gpx>', "entities"),
    ],
)
def test_what_is_no_recording_is_told_in_both_languages(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "a.gpx"
    path.write_bytes(content)
    with pytest.raises(TrackUnreadable) as caught:
        gpx.read(path)
    assert told in caught.value.en
    assert "a.gpx" in caught.value.ja


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(TrackUnreadable, match="cannot read"):
        gpx.read(tmp_path / "none.gpx")


def test_rides_and_pauses_cut_a_recording(tmp_path: Path) -> None:
    walk = gpx.read(_file(tmp_path / "a.gpx", _north(200))).fixes
    ride = [_moved(walk[-1], 1.0 + n, 240.0 + 10.0 * n, 10.0) for n in range(60)]
    after = [_moved(walk[-1], 61.0 + n, 840.0 + 1.2 * n, 1.2) for n in range(200)]
    later = [_moved(walk[-1], 400.0 + n, 1080.0 + 1.2 * n, 1.2) for n in range(200)]
    parts, left_out_s = track.parts("a", (*walk, *ride, *after, *later))
    assert [one.name for one in parts] == ["a/1", "a/2", "a/3"]
    assert all(max(fix.speed_mps or 0.0 for fix in one.fixes) < 3.0 for one in parts)
    assert left_out_s > 60.0


def _moved(fix: Fix, after_s: float, north_m: float, speed: float) -> Fix:
    lat, lon = geo.destination(START, 0.0, north_m)
    return Fix(
        utc_s=fix.utc_s + after_s,
        lat=lat,
        lon=lon,
        accuracy_m=4.0,
        speed_mps=speed,
        course_deg=0.0,
        source="replay",
    )


def test_the_route_of_a_straight_walk_is_straight(tmp_path: Path) -> None:
    recording = gpx.read(_file(tmp_path / "a.gpx", _north(200)))
    (part,), _ = track.parts("a", recording.fixes)
    route = track.route_of(part)
    assert len(route.points) == 2
    assert route.length_m == pytest.approx(1.2 * 199, rel=0.02)
    figures = replay.replay("a", Follower(route), part.fixes)
    assert (figures.turns, figures.false_off, figures.jumps_back, figures.silences) == (0, 0, 0, 0)


@pytest.mark.skipif(not REAL.is_dir(), reason="the recorded walks are not here (shared/data/gps/gpx)")
@pytest.mark.parametrize("name", ["milngavie-centre", "travel-small"])
def test_a_real_walk_is_followed_without_a_false_alarm(name: str) -> None:
    recording = gpx.read(REAL / f"{name}.gpx")
    (part,), left_out_s = track.parts(name, recording.fixes)
    assert (recording.dropped, left_out_s) == (0, 0.0)
    figures = replay.replay(name, Follower(track.route_of(part)), part.fixes)
    assert (figures.false_off, figures.false_wrong_way, figures.reroutes_wanted) == (0, 0, 0)
    assert (figures.jumps_back, figures.silences) == (0, 0)
    assert figures.turns_told == figures.turns
