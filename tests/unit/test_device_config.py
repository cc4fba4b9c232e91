"""The configuration: every key right, wrong, misspelt and missing; everything that is wrong told at once."""

import dataclasses
import json
import os
import tomllib
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from device.config import (
    ButtonsConfig,
    CameraConfig,
    DeviceConfig,
    PositionConfig,
    RecordConfig,
    ServerConfig,
    SpeechConfig,
    Spot,
    WearerConfig,
)
from device.config_checks import read_key
from device.config_keys import KEYS, NAMES, SECTIONS, example
from device.config_reading import read_config
from device.config_verbs import config_app
from device.config_world import findings
from device.errors import ConfigError
from routing import mapfile
from routing.practice import practice_map
from routing.walkers import WALKERS

CLASSES: dict[str, Any] = {
    "": DeviceConfig, "wearer": WearerConfig, "camera": CameraConfig, "position": PositionConfig,
    "speech": SpeechConfig, "buttons": ButtonsConfig, "server": ServerConfig, "record": RecordConfig,
    "places": Spot,
}  # fmt: skip
# For each key: values that are of another type, and values of the type that are not allowed.
TEXT = ("7", "true", "[1]", "{a = 1}", "2026-01-01")
NUMBER = ('"1.5"', "true", "[1.0]", "nan", "inf", "2026-01-01")
SWITCH = ('"true"', "1", "[]", "0.0")
PATH = (*TEXT, '""', '"\\u0000"', '"~nobody-of-this-name/x"')
WRONG: dict[tuple[str, str], tuple[str, ...]] = {
    ("", "data"): PATH,
    ("", "runtime"): PATH,
    ("", "map"): (*PATH, '"city.osm"'),
    ("wearer", "lang"): (*TEXT, '"jp"', '""', '"JA"'),
    ("wearer", "verbosity"): (*TEXT, '"short"', '""'),
    ("wearer", "directions"): (*TEXT, '"left"'),
    ("wearer", "rate"): (*NUMBER, "0.49", "2.01", "-1"),
    ("wearer", "volume_db"): (*NUMBER, "-30.1", "12.1"),
    ("wearer", "walker"): (*TEXT, '"cat"', '""', '".toml"'),
    ("wearer", "silent"): (
        '"2027-06-07"', "7", "true", "[7]", '["2027-06-13/2027-06-07"]', '["2027-6-7"]', '["June"]',
        "[2027-06-07]",
    ),
    ("camera", "source"): (
        *TEXT, '""', '"v4l2"', '"v4l2:"', '"csi:x"', '"csi:12"', '"csi:٣"', '"file:~nobody-of-this-name/x"',
        '"rtsp:/host"', '"file:"', '"replay:"',
        '"glasses:"', '"glasses:80"', '"glasses:70000"', '"none:x"', '"usb:0"', '" none:"',
    ),
    ("camera", "hfov_deg"): (*NUMBER, "19", "171"),
    ("camera", "calibration"): PATH,
    ("camera", "rotate_deg"): ('"90"', "45", "true", "90.5", "-90", "[]"),
    ("camera", "height_m"): (*NUMBER, "0.2", "2.3"),
    ("camera", "imu"): (*TEXT, '"file:"', '"glasses:8000"', '"mpu6050:"', '""'),
    ("camera", "model"): (*TEXT, '""', f'"{"x" * 81}"'),
    ("camera", "runtime"): (*TEXT, '"tflite"', '""'),
    ("position", "source"): (
        *TEXT, '""', '"gpsd:localhost"', '"gpsd://h:0"', '"gpsd://h:99999"', '"gpsd://h:x"', '"nmea:"',
        '"serial:"', '"serial:/dev/ttyS0@7"', '"serial:/dev/ttyS0@"', '"replay:"', '"glasses:1"', '"none"',
    ),
    ("position", "set_clock"): SWITCH,
    ("speech", "speaker"): (*TEXT, '""', '"wav:"', '"null:x"', '"alsa:hw0"', '"system"'),
    ("speech", "stereo"): SWITCH,
    ("speech", "microphone"): (*TEXT, '""'),
    ("speech", "spare"): (*TEXT, '""', '"wav:"', '"loud:"'),
    ("buttons", "sources"): (
        '"gpio:1,2,3"', "7", "true", "[1]", '[""]', '["gpio:1,2"]', '["gpio:1,2,2"]', '["gpio:1,2,28"]',
        '["evdev:"]', '["glasses:1"]', '["stdin:x"]', '["keyboard:"]', "[[]]",
    ),
    ("server", "url"): (
        *TEXT, '""', '"shirube.example"', '"ftp://h"', '"http://"', '"https://me:word@h"', '"http://h:0"',
        '"http://h:99999"', '"http://[::1"', '"http://h?x=1"',
    ),
    ("server", "key_file"): PATH,
    ("record", "folder"): PATH,
    ("record", "video"): SWITCH,
    ("record", "consent"): SWITCH,
    ("record", "keep"): ('"20"', "true", "0", "1001", "2.5", "[]"),
    ("places", "name_ja"): (*TEXT, '""', f'"{"あ" * 81}"'),
    ("places", "name_en"): (*TEXT, '""'),
    ("places", "lat"): (*NUMBER, "90.1", "-91"),
    ("places", "lon"): (*NUMBER, "180.1", "-181"),
}  # fmt: skip
ALL_WRONG = [(section, key, value) for (section, key), values in WRONG.items() for value in values]
PLACE = {"name_ja": '"家"', "name_en": '"home"', "lat": "33.0", "lon": "131.0"}


def written(folder: Path, text: str) -> Path:
    path = folder / "device.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refused(folder: Path, text: str) -> list[str]:
    """The faults that are told of this text, a line each."""
    with pytest.raises(ConfigError) as caught:
        read_config(written(folder, text))
    head, *lines = str(caught.value).splitlines()
    assert head.startswith(
        f"{folder / 'device.toml'}: 設定に誤りが {len(lines)} あります / {len(lines)} wrong"
    )
    return [line.removeprefix("  ") for line in lines]


def a_file(section: str, key: str, value: str) -> str:
    if section == "places":
        return "[[places]]\n" + "\n".join(f"{k} = {v}" for k, v in (PLACE | {key: value}).items())
    return f"[{section}]\n{key} = {value}" if section else f"{key} = {value}"


def test_the_table_of_keys_is_that_of_the_values() -> None:
    told = {section.name: [key.name for key in section.keys] for section in SECTIONS}
    held = {
        name: [f.name for f in fields(cls) if name or f.name not in NAMES] for name, cls in CLASSES.items()
    }
    assert told == held
    assert set(WRONG) == set(KEYS)
    assert set(KEYS["wearer", "walker"].allowed.en.split('"')) >= set(WALKERS)


@pytest.mark.parametrize(("section", "key", "value"), ALL_WRONG)
def test_a_wrong_value_is_one_line_that_names_the_key_and_what_is_allowed(
    tmp_path: Path, section: str, key: str, value: str
) -> None:
    lines = refused(tmp_path, a_file(section, key, value))
    name = f"places[1].{key}" if section == "places" else f"{section}.{key}" if section else key
    assert len(lines) == 1
    (line,) = lines
    assert line.startswith((f"{name} = ", f"{name}[1] = "))
    ja, _, en = line.partition(" / must be ")
    allowed = KEYS[section, key].allowed
    assert (allowed.ja in ja and allowed.en == en) or en.startswith(("one of", "a .shirube"))
    assert "://me:word@" not in line


@pytest.mark.parametrize(("section", "key"), list(KEYS))
def test_a_misspelt_key_is_told_with_the_nearest(tmp_path: Path, section: str, key: str) -> None:
    wrong = f"{key}s" if key != "lat" else "latt"
    lines = refused(tmp_path, a_file(section, wrong, "1"))
    assert any(f"did you mean {key}?" in line and line.partition(":")[0].endswith(wrong) for line in lines)


@pytest.mark.parametrize("key", list(PLACE))
def test_a_place_needs_all_its_keys(tmp_path: Path, key: str) -> None:
    text = "[[places]]\n" + "\n".join(f"{k} = {v}" for k, v in PLACE.items() if k != key)
    (line,) = refused(tmp_path, text)
    assert line.startswith(f"places[1].{key}: ありません")
    assert f"is missing: must be {KEYS['places', key].allowed.en}" in line


@pytest.mark.parametrize(("section", "key"), [key for key in KEYS if key[0] != "places"])
def test_every_other_key_may_be_left_out_and_its_default_may_be_written(
    tmp_path: Path, section: str, key: str
) -> None:
    default = getattr(CLASSES[section](), key)
    assert read_config(written(tmp_path, "")) == DeviceConfig()
    if default is not None:
        value = json.dumps(str(default) if isinstance(default, Path) else default)
        assert read_config(written(tmp_path, a_file(section, key, value))) == DeviceConfig()


def test_a_lens_height_is_known_only_where_it_was_measured(tmp_path: Path) -> None:
    assert read_config(written(tmp_path, example("ja"))).camera.height_m is None
    assert read_config(written(tmp_path, a_file("camera", "height_m", "1.62"))).camera.height_m == 1.62


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('langg = "ja"', "did you mean wearer.lang?"),
        ('lang = "ja"', "lang: [wearer] に書きます / belongs in [wearer]"),
        ("[wearer]\nxyz = 1", "there are lang, verbosity, directions, rate, volume_db, walker"),
        ("[kamera]\nsource = 1", "did you mean camera?"),
        ("camera = 7", "must be a table, [camera]"),
        ("[[camera]]\nsource = 1", "must be a table, [camera]"),
        ("[places]\nlat = 1", "must be a table, [[places]]"),
        ('[wearer]\nverbosity = "detaild"', "did you mean detailed?"),
        ('[camera]\nsource = "v4l:/dev/video0"', "did you mean v4l2:?"),
        ('[server]\nkey = "top-secret"', "put it into a file of its own"),
        ("places = [" + "{lat=1.0,lon=1.0,name_ja='a',name_en='a'}," * 51 + "]", "holds 51: at most 50"),
    ],
)
def test_what_is_in_the_wrong_place_is_told_where_it_belongs(tmp_path: Path, text: str, says: str) -> None:
    lines = refused(tmp_path, text)
    assert any(says in line for line in lines)
    assert not any("top-secret" in line for line in lines)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    text = '[wearer]\nlang = "xx"\nrate = 9\n[camera]\nhfov = 1\n[record]\nkeep = 0\n[[places]]\nlat = 95\n'
    names = [line.split(":")[0].split(" =")[0] for line in refused(tmp_path, text)]
    assert sorted(names) == sorted(
        ["wearer.lang", "wearer.rate", "camera.hfov", "record.keep", "places[1].lat", "places[1].lon",
         "places[1].name_ja", "places[1].name_en"]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"lang = \nrate = 1", r"is not TOML: .*line 1"),
        (b"a = 1\na = 2", r"is not TOML"),
        (b"lang = '\xff'", r"is not UTF-8 text at byte 8"),
        (b"#" * 200_001, r"too large"),
    ],
)
def test_a_file_that_is_none_is_one_line(tmp_path: Path, data: bytes, says: str) -> None:
    path = tmp_path / "device.toml"
    path.write_bytes(data)
    with pytest.raises(ConfigError, match=says) as caught:
        read_config(path)
    assert "\n" not in str(caught.value)


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="config example"):
        read_config(tmp_path / "none.toml")
    with pytest.raises(ConfigError, match="is a folder"):
        read_config(tmp_path)


def test_a_mark_of_byte_order_as_windows_writes_it_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "device.toml"
    path.write_bytes('\ufeff[wearer]\nlang = "en"\n'.encode())
    assert read_config(path).wearer.lang == "en"


def test_paths_begin_at_home_or_at_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/walker")
    text = (
        'data = "~/shirube"\nmap = "maps/oita.shirube"\n[wearer]\nwalker = "me.toml"\n'
        '[camera]\nsource = "file:~/walk.mp4"\nmodel = "paving-v3"\n[position]\nsource = "nmea:walk.nmea"\n'
        '[speech]\nspeaker = "system:paplay"\n[record]\nfolder = "runs"\n'
    )
    config = read_config(written(tmp_path, text))
    assert config.data == Path("/home/walker/shirube")
    assert config.map == tmp_path / "maps/oita.shirube"
    assert config.wearer.walker == str(tmp_path / "me.toml")
    assert config.camera.source == "file:/home/walker/walk.mp4"
    assert config.camera.model == "paving-v3"
    assert config.position.source == f"nmea:{tmp_path}/walk.nmea"
    assert config.speech.speaker == "system:paplay"
    assert config.record.folder == tmp_path / "runs"
    assert config.trip_file == Path("/home/walker/shirube/trip.json")


def key(folder: Path, text: str = "device-key\n", mode: int = 0o600) -> Path:
    path = folder / "device.key"
    path.write_text(text)
    path.chmod(mode)
    return path


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[position]\nsource = "glasses:"', 'position.source = "glasses:"'),
        ('[buttons]\nsources = ["stdin:", "glasses:"]', 'buttons.sources[2] = "glasses:"'),
        ('[camera]\nimu = "glasses:"', 'camera.imu = "glasses:"'),
        ('[camera]\nsource = "glasses:8787"\nrotate_deg = 90', "camera.rotate_deg = 90"),
        ('[buttons]\nsources = ["stdin:", "stdin:"]', "stands there twice"),
        ('[server]\nurl = "http://h"', "server.key_file: ありません"),
        ("[record]\nvideo = true\nfolder = 'r'", "record.consent = true"),
        ("[record]\nvideo = true\nconsent = true", "needs record.folder"),
    ],
)
def test_keys_that_do_not_fit_each_other(tmp_path: Path, text: str, says: str) -> None:
    (line,) = refused(tmp_path, text)
    assert says in line


@pytest.mark.parametrize("password", ["pass", "pa/ss", "p@ss"])
def test_a_camera_s_password_is_in_no_fault(tmp_path: Path, password: str) -> None:
    there = f'[camera]\nsource = "rtsp://me:{password}@10.0.0.2/live"\nimu = "glasses:"'
    for text in (there, there.replace("rtsp:", "rtps:")):
        (line,) = refused(tmp_path, text)
        assert "10.0.0.2" in line
        assert "me:" not in line
        assert password not in line


def test_a_size_and_the_wish_to_begin_again_belong_to_no_path(tmp_path: Path) -> None:
    (tmp_path / "walk.mp4").touch()
    for source in ("v4l2:/dev/null?size=1280x720", "file:walk.mp4?loop", "csi:0?size=1280x720"):
        config = read_config(written(tmp_path, f'[camera]\nsource = "{source}"'))
        assert not [line for line in findings(config) if line.startswith("camera.source")], source


def test_an_input_device_may_be_named_as_it_calls_itself(tmp_path: Path) -> None:
    config = read_config(written(tmp_path, '[buttons]\nsources = ["evdev:AB Shutter 3", "evdev:~/b"]'))
    assert config.buttons.sources == ("evdev:AB Shutter 3", f"evdev:{Path.home()}/b")
    assert not [line for line in findings(config) if line.startswith("buttons.sources[1]")]


def test_the_glasses_serve_whoever_names_them(tmp_path: Path) -> None:
    text = '[camera]\nsource = "glasses:8787"\nimu = "glasses:"\n[position]\nsource = "glasses:"\n'
    config = read_config(written(tmp_path, text + '[buttons]\nsources = ["glasses:", "stdin:"]'))
    assert config.buttons.sources == ("glasses:", "stdin:")


@pytest.mark.parametrize(
    ("text", "mode", "says"),
    [
        ("device-key\n", 0o644, "chmod 600"),
        ("device-key\n", 0o660, "chmod 600"),
        ("", 0o600, "one line and nothing else"),
        ("two words", 0o600, "one line and nothing else"),
        ("x" * 5000, 0o600, "one line and nothing else"),
    ],
)
def test_a_secret_that_is_no_secret_is_refused(tmp_path: Path, text: str, mode: int, says: str) -> None:
    path = key(tmp_path, text, mode)
    (line,) = refused(tmp_path, f'[server]\nurl = "https://h"\nkey_file = "{path.name}"')
    assert line.startswith(f'server.key_file = "{path}"')
    assert says in line
    assert "device-key\n" not in line
    with pytest.raises(ConfigError, match=says):
        read_key(path)


def test_a_secret_is_read_from_its_file(tmp_path: Path) -> None:
    path = key(tmp_path)
    config = read_config(written(tmp_path, '[server]\nurl = "https://h"\nkey_file = "device.key"'))
    assert config.server.key_file == path
    assert read_key(path) == "device-key"
    path.unlink()
    (line,) = refused(tmp_path, '[server]\nurl = "https://h"\nkey_file = "device.key"')
    assert "is not there" in line


def a_map(path: Path, *, practice: bool) -> Path:
    source = {"name": "oita", "practice": practice, "attribution": "-", "data_time": None}
    mapfile.write(path, {}, {"source": source, "bounds": [33.0, 131.0, 33.5, 132.0]})
    return path


@pytest.mark.parametrize(
    ("source", "live"), [("gpsd://h", 1), ("serial:/dev/x", 1), ("nmea:f", 0), ("none:", 0)]
)
def test_a_hand_drawn_map_never_guides_a_live_position(tmp_path: Path, source: str, live: int) -> None:
    a_map(tmp_path / "oita.shirube", practice=True)
    path = written(tmp_path, f'map = "oita.shirube"\n[position]\nsource = "{source}"')
    if live:
        with pytest.raises(ConfigError, match="hand-drawn for practice and differs from the real streets"):
            read_config(path)
    else:
        assert read_config(path).map == tmp_path / "oita.shirube"
    a_map(tmp_path / "oita.shirube", practice=False)
    assert read_config(path).map == tmp_path / "oita.shirube"
    assert practice_map("oita").suffix == ".osm", "the practice map itself is no map file"


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_example_is_whole_and_is_the_defaults(tmp_path: Path, lang: Any) -> None:
    text = example(lang)
    config = read_config(written(tmp_path, text))
    assert len(config.places) == 1
    assert replace(config, places=()) == DeviceConfig()
    # Every line that is not set holds a value that may be set.
    set_ = "\n".join(line.removeprefix("# ") if " = " in line else line for line in text.splitlines())
    values = tomllib.loads(set_)
    assert {name for name in values if name in NAMES} == set(NAMES)
    key(tmp_path)
    set_ = set_.replace("/etc/shirube/device.key", str(tmp_path / "device.key"))
    full = read_config(written(tmp_path, set_))
    assert all(value is not None for _, value in _leaves(full))


def _leaves(value: Any, name: str = "") -> list[tuple[str, Any]]:
    if is_dataclass(value):
        return [leaf for f in dataclasses.fields(value) for leaf in _leaves(getattr(value, f.name), f.name)]
    return [(name, value)]


def test_what_is_not_there_is_told_and_keeps_nobody_from_starting(tmp_path: Path) -> None:
    a_map(tmp_path / "m.shirube", practice=False)
    (tmp_path / "me.toml").write_text("speed = 1")
    text = (
        'data = "d"\nruntime = "r"\nmap = "m.shirube"\n[wearer]\nwalker = "me.toml"\n'
        '[camera]\nsource = "v4l2:/dev/none"\ncalibration = "lens.toml"\n'
        '[buttons]\nsources = ["evdev:/dev/n"]\n'
        "[position]\nsource = 'none:'\n"
        "[[places]]\nname_ja = '家'\nname_en = 'home'\nlat = 35.0\nlon = 139.0\n"
    )
    told = findings(read_config(written(tmp_path, text)))
    names = ["wearer.walker", "places[1]", "camera.source", "buttons.sources[1]", "camera.calibration"]
    assert [line.split(":")[0] for line in told] == names
    assert "is not on the map m.shirube" in told[1]


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    config = read_config(written(tmp_path, 'data = "file/d"\n[camera]\nsource = "none:"'))
    assert any(line.startswith("data: ") and "cannot be written" in line for line in findings(config))


def test_the_verbs(tmp_path: Path) -> None:
    run = CliRunner().invoke
    shown = run(config_app, ["example", "--lang", "en"])
    assert shown.exit_code == 0
    path = written(tmp_path, shown.output)
    done = run(config_app, ["check", str(path)])
    assert done.exit_code == 0
    assert "can be used" in done.output
    assert isinstance(run(config_app, ["example", "--lang", "fr"]).exception, ConfigError)
    path.write_text("[wearer]\nlang = 1")
    assert isinstance(run(config_app, ["check", str(path)]).exception, ConfigError)


def test_nobody_else_may_read_what_the_wearer_chose(tmp_path: Path) -> None:
    from device.remembered import Remembered, write_remembered

    write_remembered(tmp_path / "state.json", Remembered(rate=1.2))
    assert os.stat(tmp_path / "state.json").st_mode & 0o077 == 0
