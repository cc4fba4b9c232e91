"""`shirube map` and `shirube route` as people type them."""

import json
import wave
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner, Result

import shirube
from routing.mapfile import is_map_file
from routing.practice import practice_map

WALK = ["--from", "大分駅 府内中央口", "--to", "大分県立美術館", "--at", "2026-11-02T10:00"]


def run(*words: str) -> Result:
    return CliRunner().invoke(shirube.app, list(words))


def route(*words: str) -> Result:
    done = run("route", *WALK, *words)
    assert done.exit_code == 0, done.output
    return done


def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The one line of a command that cannot be done."""
    monkeypatch.setattr("sys.argv", ["shirube", *words])
    with pytest.raises(SystemExit) as ended:
        shirube.main()
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert "Traceback" not in told
    return told


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("map") / "oita.shirube"
    done = run("map", "build", str(practice_map("oita")), "--out", str(path))
    assert done.exit_code == 0, done.output
    return path


def test_a_map_is_built_and_planned_on(built: Path) -> None:
    assert is_map_file(built)
    assert route("--map", str(built)).output == route().output


def test_what_a_map_holds_in_both_languages_and_as_json(built: Path) -> None:
    ja, en = run("map", "info", str(built)).output, run("map", "info", str(built), "--lang", "en").output
    assert "点字ブロック" in ja
    assert ja != en
    told = json.loads(run("map", "info", str(built), "--json").output)
    assert told["crossings"] > 0


def test_what_looks_wrong_names_the_things_to_mend(built: Path) -> None:
    done = run("map", "check", str(built), "--json")
    assert done.exit_code == 0
    assert all({"kind", "osm", "point"} <= set(each) for each in json.loads(done.output))


def test_a_part_of_a_map_can_be_built(tmp_path: Path, built: Path) -> None:
    part = tmp_path / "part.shirube"
    done = run("map", "build", str(practice_map("oita")), "--bbox", "33.232,131.604,33.236,131.609",
               "--out", str(part))  # fmt: skip
    assert done.exit_code == 0, done.output
    assert part.stat().st_size < built.stat().st_size


def test_all_choices_are_told_one_after_another() -> None:
    blocks = route("--choice", "all").output.split("\n\n")
    assert len(blocks) >= 2
    assert all(block.startswith("1. ") for block in blocks)


def test_a_route_as_geojson_lies_where_it_should() -> None:
    told = json.loads(route("--geojson").output)
    assert told["type"] == "FeatureCollection"
    lines = [each for each in told["features"] if each["geometry"]["type"] == "LineString"]
    assert all(131.0 < lon < 132.0 and 33.0 < lat < 34.0
               for each in lines for lon, lat in each["geometry"]["coordinates"])  # fmt: skip
    assert all(each["properties"]["attribution"] for each in lines)
    assert {"sidewalk", "crossing"} <= {each["properties"]["kind"] for each in lines}


def test_the_picture_s_numbers_are_the_sentences(tmp_path: Path) -> None:
    picture = tmp_path / "route.svg"
    sentences = route("--draw", str(picture)).output.splitlines()[:-1]
    root = ElementTree.parse(picture).getroot()  # noqa: S314 - our own file
    texts = [each.text or "" for each in root.iter("{http://www.w3.org/2000/svg}text")]
    spans = [[int(part) for part in text.split("-")] for text in texts if text[:1].isdigit()]
    numbers = [number for span in spans for number in range(span[0], span[-1] + 1)]
    assert numbers[-1] == len(sentences) - 1  # the last sentence is the goal, marked G
    assert numbers == list(range(numbers[0], numbers[-1] + 1))
    assert {"S", "G"} <= set(texts)


def test_a_route_is_spoken_into_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sound = tmp_path / "route.wav"
    monkeypatch.setattr("sys.argv", ["shirube", "route", *WALK, "--lang", "en", "--say", str(sound)])
    with pytest.raises(SystemExit) as ended:
        shirube.main()
    assert not ended.value.code
    with wave.open(str(sound)) as heard:
        seconds = heard.getnframes() / heard.getframerate()
        loudest = max(abs(int.from_bytes(heard.readframes(1), "little", signed=True)) for _ in range(48_000))
    assert seconds > 30.0
    assert loudest > 1000


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("map", "build", "no-such.osm"), "no-such.osm"),
        (("map", "build", __file__), "test_routing_cli.py"),
        (("map", "info", "no-such.shirube"), "no-such.shirube"),
        (("map", "build", "x.osm", "--bbox", "1,2,3"), "four numbers"),
        (("map", "fetch"), "--bbox"),
        (("map", "fetch", "--bbox", "33.3,131.5,33.2,131.6"), "south"),
        (("route", *WALK, "--choice", "fastest"), "fastest"),
        (("route", *WALK, "--walker", "cat"), "cat"),
        (("route", *WALK, "--walker", "no-such.toml"), "no-such.toml"),
        (("route", *WALK, "--blocked", "here"), "--blocked"),
        (("route", "--from", "131.6066,33.2334", "--to", "大分県立美術館"), "swapped"),
        (("route", "--from", "大分県立美術館", "--to", "大分県立美術館"), "one place"),
        (("route", "--from", "nan,nan", "--to", "大分県立美術館"), "nan"),
        (("route", "bench", "--map", "no-such.shirube", "--peer", "networkx"), "no-such.shirube"),
        (("route", "bench", "--map", "no-such.shirube", "--peer", "google"), "google"),
    ],
)
def test_bad_input_is_one_clear_line(
    words: tuple[str, ...], told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told in refused(monkeypatch, capsys, *words)
