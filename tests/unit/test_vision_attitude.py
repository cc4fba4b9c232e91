"""How the head is held: between samples, beside them, from files, from a bare accelerometer."""

from pathlib import Path

import pytest

from vision.attitude import Attitude, AttitudeError, Attitudes, FakeAttitudes, read_attitudes, tilt, worn
from vision.camera import Camera

SWEEPS = Path("../shared/data/vision/crosswalk_imu/dataset")


def test_between_two_samples_it_is_in_proportion() -> None:
    told = Attitudes([Attitude(1.0, 10.0, -2.0, 1.0), Attitude(1.1, 12.0, 2.0, 2.0)])
    between = told.at(1.025)
    assert between
    assert (between.t_s, between.pitch_deg, between.roll_deg, between.sigma_deg) == pytest.approx(
        (1.025, 10.5, -1.0, 1.25)
    )


def test_what_is_too_old_is_not_known() -> None:
    told = Attitudes([Attitude(1.0, 10.0, 0.0), Attitude(3.0, 20.0, 0.0)], longest_gap_s=0.2)
    assert told.at(0.7) is None
    assert told.at(0.9) == told.at(1.1) == Attitude(1.0, 10.0, 0.0)
    assert told.at(2.0) is None
    assert told.at(3.1) == Attitude(3.0, 20.0, 0.0)
    assert told.at(3.3) is None
    assert Attitudes().at(0.0) is None


def test_a_roll_goes_the_short_way_round() -> None:
    told = Attitudes([Attitude(0.0, 0.0, 179.0), Attitude(0.1, 0.0, -179.0)]).at(0.05)
    assert told
    assert abs(told.roll_deg) == pytest.approx(180)


def test_a_live_imu_keeps_the_newest_and_refuses_what_is_older() -> None:
    live = Attitudes(kept=3)
    for n in range(10):
        live.add(Attitude(n / 10, float(n), 0.0))
    live.add(Attitude(0.85, 99.0, 0.0))
    assert live.at(0.9) == Attitude(0.9, 9.0, 0.0)
    assert live.at(0.4) is None


def test_the_fake_says_the_same_at_any_time() -> None:
    assert FakeAttitudes(Attitude(0.0, 5.0, 1.0)).at(7.5) == Attitude(7.5, 5.0, 1.0)
    assert FakeAttitudes(None).at(0.0) is None


def test_records_of_both_kinds_are_read(tmp_path: Path) -> None:
    lines = tmp_path / "imu.jsonl"
    lines.write_text('{"t_s": 0.0, "pitch_deg": 10, "roll_deg": 1, "sigma_deg": 0.5}\n\n', "utf-8")
    assert read_attitudes(lines).at(0.0) == Attitude(0.0, 10.0, 1.0, 0.5)
    table = tmp_path / "imu.csv"
    table.write_text("t_s,right_mps2,up_mps2,back_mps2\n0.0,0.0,9.80665,0.0\n", "utf-8")
    assert read_attitudes(table).at(0.0) == Attitude(0.0, 0.0, 0.0, 1.0)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.jsonl", "{", ":1: not JSON"),
        ("a.jsonl", "[1]", ":1: not an object"),
        ("a.jsonl", '{"t_s": 1, "pitch_deg": 2}', ":1: has no roll_deg"),
        ("a.jsonl", '{"t_s": 1, "pitch_deg": 2, "roll_deg": "nan"}', ":1: needs finite"),
        ("a.csv", "t_s,pitch_deg,roll_deg\n1,2,x\n", ":2: could not convert"),
        ("a.csv", "t_s,pitch_deg,roll_deg\n1,2\n", ":2: has no roll_deg"),
        ("a.csv", "", "holds no attitude"),
        ("a.csv", "t_s,right_mps2,up_mps2,back_mps2\n0,0,0,0\n", "feels 0.00"),
    ],
)
def test_a_bad_record_names_its_line(tmp_path: Path, name: str, text: str, said: str) -> None:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    with pytest.raises(AttitudeError, match=said):
        read_attitudes(path)


def test_a_missing_record_is_told(tmp_path: Path) -> None:
    with pytest.raises(AttitudeError, match="cannot be read"):
        read_attitudes(tmp_path / "none.jsonl")


def test_what_shakes_it_makes_it_less_sure() -> None:
    still, shaken = tilt(0.0, 0.0, 9.8, 0.0), tilt(0.0, 0.0, 11.8, 0.0)
    assert shaken.sigma_deg > 5 * still.sigma_deg


def test_gravity_does_not_know_the_slope() -> None:
    camera = worn(Camera(640, 480), Attitude(0.0, 14.0, -3.0, 0.3), slope_sigma_deg=2.0)
    assert (camera.pitch_deg, camera.roll_deg, camera.nod_sigma_deg) == (14.0, -3.0, 0.3)
    assert camera.pitch_sigma_deg > 2.0
    assert worn(Camera(640, 480), None) == Camera(640, 480)


@pytest.mark.skipif(not SWEEPS.is_dir(), reason=f"{SWEEPS} is not here")
def test_a_real_phone_s_accelerometer_gives_the_tilt_that_the_phone_says() -> None:
    """90 pictures held in the hand, in landscape: its x axis is up, its y axis left, its z axis back."""
    files = sorted(SWEEPS.glob("*/*.txt"))
    assert len(files) >= 90
    for file in files:
        said = {
            line.split(":")[0]: line.split(":")[1].split()
            for line in file.read_text().splitlines()[:4]
            if ":" in line
        }
        x, y, z = (float(v) for v in said["Accl"][:3])
        _, pitch, roll = (float(v) for v in said["Compass"])
        found = tilt(0.0, -y, x, z)
        assert found.pitch_deg == pytest.approx(-pitch, abs=0.1)
        assert found.roll_deg == pytest.approx(90 - roll, abs=0.2)
