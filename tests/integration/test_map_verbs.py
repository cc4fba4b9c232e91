"""`shirube map fetch`, `build`, `route`, one after another, as in the README; the server is on loopback."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import shirube
from routing.fetch.fakes import OverpassStandIn
from routing.practice import practice_map

WALK = ["--from", "大分駅 府内中央口", "--to", "大分県立美術館", "--at", "2026-11-02T10:00"]


def run(*words: str) -> str:
    done = CliRunner().invoke(shirube.app, list(words))
    assert done.exit_code == 0, done.output
    return done.output


def test_from_nothing_to_a_route(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    fetched, built = tmp_path / "centre.osm", tmp_path / "centre.shirube"
    with OverpassStandIn(practice_map("oita")) as server:
        box = ["--bbox", "33.2324,131.5997,33.2407,131.6135"]
        told = run("map", "fetch", *box, "--out", str(fetched), "--overpass", server.url)
        asked = len(server.questions)
        assert "[1/1]" in told
        run("map", "fetch", *box, "--out", str(fetched), "--overpass", server.url, "--resume")
        assert len(server.questions) == asked  # what was fetched is kept
    assert "© OpenStreetMap contributors" in run("map", "build", str(fetched), "--out", str(built))
    route = json.loads(run("route", "--map", str(built), *WALK, "--json"))
    drawn = json.loads(run("route", *WALK, "--json"))
    assert route["points"] == drawn["points"]
    assert [part["crossing"] for part in route["stretches"]] == [
        part["crossing"] for part in drawn["stretches"]
    ]
