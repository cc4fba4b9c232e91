"""A map that cannot be fetched: what is told, and that nothing half is left."""

import socket
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import osmnx
import pytest

from routing.areas import area_of_box
from routing.errors import MapNotFetched
from routing.fetch.fakes import Misfortune, recorded_pauses
from routing.fetch.maps import Terms, fetch_map
from tests.map_fetching import (
    AREA,
    NOW,
    PRACTICE,
    TIMED_OUT,
    Fetching,
    fetched,
    only_loopback,
    practice_map,
    raw,
    without_strays,
)


@pytest.fixture(autouse=True)
def _only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    only_loopback(monkeypatch)


@pytest.fixture
def practice(tmp_path: Path) -> Iterator[Fetching]:
    with practice_map(tmp_path / "kept") as made:
        yield made


@pytest.mark.parametrize(
    ("misfortune", "en", "ja"),
    [
        (
            Misfortune(400, b"<html><head>x</head><b>Error</b>: line 1</html>"),
            "400: Error : line 1",
            "断りました",
        ),
        (Misfortune(403, b""), "refused \\(403\\)", "断りました"),
        (Misfortune(404, b"nothing here"), "404: nothing here", "断りました"),
        (Misfortune(body=b"[1, 2]"), "garbled|not Overpass", "。"),
        (Misfortune(body=b'{"hello": 1}'), "check the --overpass URL", "Overpass のものではありません"),
        (Misfortune(429, b"", (("Retry-After", "7200"),)), "wait 120 minutes", "120分待つ"),
        (Misfortune(body=b'{"elements": [' * 2_000), "cut off or garbled", "壊れています"),
        (Misfortune(body=b'{"elements": ' + b"[" * 200_000), "cut off or garbled", "壊れています"),
        (
            Misfortune(body=b"\xff\xfe\x00", headers=(("Content-Encoding", "gzip"),)),
            "garbled",
            "壊れています",
        ),
        (TIMED_OUT, "too much", "多すぎました"),
    ],
)
def test_misfortunes_that_last_are_told(
    practice: Fetching, tmp_path: Path, misfortune: Misfortune, en: str, ja: str
) -> None:
    practice[0].misfortunes.extend([misfortune] * 40)
    with pytest.raises(MapNotFetched, match=en) as caught:
        fetched(practice, tmp_path / "a.osm")
    assert ja in caught.value.ja
    assert not (tmp_path / "a.osm").exists()


@pytest.mark.parametrize(
    "elements",
    [
        [{"type": "node", "id": 1, "lat": float("nan"), "lon": 131.6}],
        [{"type": "node", "id": 1, "lat": 133.0, "lon": 33.2}],
        [{"type": "node", "id": "x", "lat": 33.0, "lon": 131.2}],
        [{"type": "node", "lat": 33.0, "lon": 131.2}],
        [{"type": "node", "id": 2**70, "lat": 33.0, "lon": 131.2}],
        [{"type": "node", "id": 1, "lat": 33.0, "lon": 131.2, "tags": {"name": None}}],
        [{"type": "way", "id": 1}],
        [{"type": "relation", "id": 1, "members": [{"type": "x", "ref": 1}]}],
        [{"type": "way", "id": 1, "nodes": [1, 2], "tags": {"highway": "footway"}}],
        [{"type": "node", "id": 1, "lat": 33.0, "lon": 131.2, "tags": [1]}],
        ["node"],
    ],
)
def test_data_that_is_not_data_is_never_written(
    practice: Fetching, tmp_path: Path, elements: list[Any]
) -> None:
    practice[0].spoil = lambda _, answer: answer | {"elements": elements}
    with pytest.raises(MapNotFetched, match="garbled"):
        fetched(practice, tmp_path / "a.osm")
    assert not (tmp_path / "a.osm").exists()


def test_sea_has_no_map(practice: Fetching, tmp_path: Path) -> None:
    sea = area_of_box("33.30,131.80,33.31,131.81")
    with pytest.raises(MapNotFetched, match="no way in box") as caught:
        fetched(practice, tmp_path / "a.osm", area=sea)
    assert "道がありません" in caught.value.ja


def test_without_a_server_it_says_so_soon(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    pauses, sleep = recorded_pauses()
    terms = Terms(f"http://127.0.0.1:{port}/api", folder=tmp_path / "kept")
    with pytest.raises(MapNotFetched, match="check the network") as caught:
        fetch_map(AREA, tmp_path / "a.osm", now=NOW, terms=terms, sleep=sleep)
    assert "ネットワーク" in caught.value.ja
    assert sum(pauses) <= 20.0


def test_a_name_that_no_server_has_asks_nobody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror("no such host")

    monkeypatch.setattr(socket, "gethostbyname", unknown)
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    monkeypatch.setattr(osmnx._http, "_original_getaddrinfo", unknown)
    terms = Terms("https://overpass.invalid/api", folder=tmp_path / "kept")
    with pytest.raises(MapNotFetched, match="cannot reach the server"):
        fetch_map(AREA, tmp_path / "a.osm", now=NOW, terms=terms, sleep=lambda _: None)


def test_a_missing_library_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "osmnx", None)
    with pytest.raises(MapNotFetched, match="OSMnx") as caught:
        fetch_map(AREA, tmp_path / "a.osm", now=NOW, terms=Terms(folder=tmp_path / "kept"))
    assert "入れてください" in caught.value.ja


@pytest.mark.parametrize("url", ["overpass", "ftp://x/api", "http://", "http://x:99999/api"])
def test_what_is_no_url_is_told(tmp_path: Path, url: str) -> None:
    with pytest.raises(MapNotFetched, match="not the URL"):
        fetch_map(AREA, tmp_path / "a.osm", now=NOW, terms=Terms(url, folder=tmp_path / "kept"))


def test_an_answer_larger_than_we_take_is_not_read_to_its_end(
    practice: Fetching, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("routing.fetch.heard.Ear.__init__.__defaults__", (0, 100_000, lambda _: None))
    practice[0].misfortunes.append(Misfortune(body=b" " * 10_000_000))
    done = fetched(practice, tmp_path / "a.osm")
    assert done.received_bytes < 1_000_000
    assert raw(done.path) == without_strays(raw(PRACTICE))


def test_two_fetches_at_once_ask_one_after_the_other(practice: Fetching, tmp_path: Path) -> None:
    server, terms = practice
    threads = [
        threading.Thread(
            target=fetch_map,
            args=(AREA, tmp_path / f"{name}.osm"),
            kwargs={"now": NOW, "terms": replace(terms, folder=tmp_path / name)},
        )
        for name in "ab"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60.0)
    assert len(server.questions) == 12
    assert server.most_at_once == 1
    assert (tmp_path / "a.osm").read_bytes() == (tmp_path / "b.osm").read_bytes()


def test_the_server_learns_who_asks(practice: Fetching, tmp_path: Path) -> None:
    server, terms = practice
    fetched((server, replace(terms, contact="mailto:map@example.org")), tmp_path / "a.osm")
    (agent,) = server.agents
    assert agent.startswith("Shirube/")
    assert "mailto:map@example.org" in agent
    assert f"OSMnx/{osmnx.__version__}" in agent


@pytest.mark.parametrize(
    "out", ["a.xml", "a.shirube", "missing/a.osm", "folder.osm"], ids=["xml", "built", "missing", "folder"]
)
def test_a_place_that_cannot_be_written_is_told_before_anything_is_asked(
    practice: Fetching, tmp_path: Path, out: str
) -> None:
    (tmp_path / "folder.osm").mkdir()
    with pytest.raises(MapNotFetched) as caught:
        fetched(practice, tmp_path / out)
    assert out.split("/")[-1] in caught.value.ja
    assert practice[0].questions == []


def test_a_region_is_refused_before_anything_is_asked(practice: Fetching, tmp_path: Path) -> None:
    with pytest.raises(MapNotFetched, match="too large"):
        fetch_map(area_of_box("33,131,34,132"), tmp_path / "a.osm", now=NOW, terms=Terms(practice[0].url))
    assert practice[0].questions == []
