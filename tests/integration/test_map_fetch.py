"""A map fetched through OSMnx from a stand-in of Overpass on this machine, which serves a real extract.

Nothing here leaves loopback, and nothing sleeps: pauses are recorded.
"""

import gzip
import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import osmium
import osmnx
import pytest

from routing.areas import area_of_box
from routing.errors import MapNotFetched
from routing.fetch.cached import KeptAnswers
from routing.fetch.fakes import Misfortune, OverpassStandIn, recorded_pauses
from routing.fetch.line import PAUSES_S
from routing.fetch.maps import RESUMED, Progress, Terms, fetch_map
from tests.map_fetching import (
    AREA,
    BUSY,
    CITY,
    CUT,
    GATEWAY,
    NOW,
    PRACTICE,
    SHIBUYA,
    TIMED_OUT,
    Fetching,
    fetched,
    only_loopback,
    positions,
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


def test_a_fetched_map_is_the_map_it_was_fetched_from(practice: Fetching, tmp_path: Path) -> None:
    done = fetched(practice, tmp_path / "oita.osm")
    assert done.tiles == 6
    assert done.tiles_kept == 0
    assert raw(done.path) == without_strays(raw(PRACTICE))
    assert (done.nodes, done.ways) == tuple(map(len, raw(done.path)))


def test_a_real_town_keeps_every_way_node_and_tag_and_walks_the_same(tmp_path: Path) -> None:
    if not SHIBUYA.is_file():
        pytest.skip(f"no extract at {SHIBUYA}")
    with OverpassStandIn(SHIBUYA, base="2025-07-02T10:17:26Z") as server:
        terms = Terms(server.url, server.url, tile_side_m=500.0, folder=tmp_path / "kept")
        done = fetched((server, terms), tmp_path / "shibuya.osm", area=CITY)
        assert done.tiles == len(server.questions) == 9
        assert server.most_at_once == 1
    assert raw(done.path) == without_strays(raw(SHIBUYA))
    from routing.network import load_map

    ours, theirs = load_map(done.path), load_map(SHIBUYA)
    assert ours.source == theirs.source
    assert ours.source.data_time == "2025-07-02T10:17:26Z"
    assert walked(ours) == walked(theirs)


def walked(on: Any) -> Any:
    """What the planner walks on, as far as it does not depend on the order of a file."""
    ways = on.columns.link_way
    return sorted(
        zip(ways.tolist(), on.columns.link_kind.tolist(), on.columns.link_length_m.tolist(), strict=True)
    )


def test_a_part_of_a_town_holds_the_whole_of_each_way_that_touches_it(tmp_path: Path) -> None:
    if not SHIBUYA.is_file():
        pytest.skip(f"no extract at {SHIBUYA}")
    area = area_of_box("35.658,139.699,35.661,139.703")
    with OverpassStandIn(SHIBUYA) as server:
        whole = raw(SHIBUYA)
        terms = Terms(server.url, folder=tmp_path / "kept", tile_side_m=200.0)
        part = raw(fetched((server, terms), tmp_path / "part.osm", area=area).path)
    assert 0 < len(part[1]) < len(whole[1])
    assert all(whole[1][way] == drawn for way, drawn in part[1].items())
    at = positions(SHIBUYA)
    box = area.box
    for way, (_, through) in whole[1].items():
        inside = [box.south < at[n][0] < box.north and box.west < at[n][1] < box.east for n in through]
        assert way in part[1] or not any(inside)


def test_what_was_fetched_is_not_asked_for_again_until_it_is_old(practice: Fetching, tmp_path: Path) -> None:
    server, terms = practice
    told: list[Progress] = []
    first = fetched(practice, tmp_path / "a.osm")
    server.questions.clear()
    later = NOW + timedelta(hours=3)
    second = fetch_map(AREA, tmp_path / "b.osm", now=later, terms=terms, tell=told.append)
    assert server.questions == []
    assert (second.tiles_kept, second.received_bytes, second.oldest_kept) == (6, 0, timedelta(hours=3))
    assert {(note.doing, note.age) for note in told} == {("kept", timedelta(hours=3))}
    assert first.path.read_bytes() == second.path.read_bytes()
    assert fetched(practice, tmp_path / "c.osm", now=NOW + timedelta(hours=25)).tiles_kept == 0


def test_another_server_is_another_map(practice: Fetching, tmp_path: Path) -> None:
    server, terms = practice
    fetched(practice, tmp_path / "a.osm")
    other = replace(terms, overpass=server.url.replace("127.0.0.1", "localhost") + "/interpreter/")
    assert other.overpass.endswith("/api")
    assert fetched((server, other), tmp_path / "b.osm").tiles_kept == 0


def test_progress_names_the_tile_and_the_bytes(practice: Fetching, tmp_path: Path) -> None:
    told: list[Progress] = []
    done = fetch_map(AREA, tmp_path / "a.osm", now=NOW, terms=practice[1], tell=told.append)
    assert [(note.doing, note.tile, note.tiles) for note in told] == [
        (doing, tile, 6) for tile in range(1, 7) for doing in ("asking", "received")
    ]
    received = [note.received_bytes for note in told]
    assert received == sorted(received)
    assert received[-1] == done.received_bytes > 10_000
    assert all(note.ja and note.en for note in told)


def test_misfortunes_that_pass_are_waited_out(practice: Fetching, tmp_path: Path) -> None:
    server, terms = practice
    pauses, sleep = recorded_pauses()
    dated = Misfortune(
        503,
        b"",
        (("Date", "Sun, 22 Nov 2026 14:00:00 GMT"), ("Retry-After", "Sun, 22 Nov 2026 14:00:40 GMT")),
    )
    gone = Misfortune(body=b"<html>runtime error</html>")
    remark = Misfortune(body=b'{"elements": [], "remark": "runtime error: Dispatcher_Client gave up"}')
    short = Misfortune(body=json.dumps({"elements": [{"type": "way", "id": 1, "nodes": [5]}]}).encode())
    server.misfortunes.extend([BUSY, GATEWAY, CUT, Misfortune(), gone, remark, dated, short])
    told: list[Progress] = []
    done = fetch_map(AREA, tmp_path / "a.osm", now=NOW, terms=terms, sleep=sleep, tell=told.append)
    assert raw(done.path) == without_strays(raw(PRACTICE))
    assert pauses == [7.0, PAUSES_S[1], PAUSES_S[2], PAUSES_S[0], PAUSES_S[1], 40.0, PAUSES_S[3]]
    assert [note.wait_s for note in told if note.doing == "waiting"] == pauses
    assert len(server.questions) == 6 + 7
    assert server.most_at_once == 1


def test_the_server_s_slots_are_waited_for(practice: Fetching, tmp_path: Path) -> None:
    server, terms = practice
    server.status = (
        "Connected as: 1\nCurrent time: x\nRate limit: 2\n"
        "Slot available after: 2026-11-22T14:00:31Z, in 31 seconds.\n"
        "Slot available after: 2026-11-22T14:00:12Z, in 12 seconds.\n"
    )
    pauses, sleep = recorded_pauses()
    fetch_map(AREA, tmp_path / "a.osm", now=NOW, terms=terms, sleep=sleep)
    assert pauses == [12.0] * 6


def test_a_tile_that_is_too_much_is_asked_for_in_quarters_and_that_is_remembered(tmp_path: Path) -> None:
    with OverpassStandIn(PRACTICE) as server:
        terms = Terms(server.url, folder=tmp_path / "kept")
        server.misfortunes.append(TIMED_OUT)
        told: list[Progress] = []
        done = fetch_map(AREA, tmp_path / "a.osm", now=NOW, terms=terms, tell=told.append)
        assert (done.tiles, len(server.questions)) == (4, 5)
        assert [(note.doing, note.tiles) for note in told][1] == ("divided", 4)
        assert raw(done.path) == without_strays(raw(PRACTICE))
        server.questions.clear()
        assert fetched((server, terms), tmp_path / "b.osm").tiles_kept == 4
        assert server.questions == []


def test_a_fetch_that_broke_off_goes_on_with_the_missing_tiles(practice: Fetching, tmp_path: Path) -> None:
    server, terms = practice
    out = tmp_path / "a.osm"
    out.write_text("the map of last month", encoding="utf-8")
    server.misfortunes.extend([Misfortune()] * 3 + [GATEWAY] * (len(PAUSES_S) + 1))
    with pytest.raises(MapNotFetched, match="3 of 6 tiles are kept") as caught:
        fetched(practice, out)
    assert "6区画のうち3区画" in caught.value.ja
    assert out.read_text(encoding="utf-8") == "the map of last month"
    asked = set(server.questions[:3])
    server.questions.clear()
    weeks_later = NOW + timedelta(days=20)
    done = fetched((server, replace(terms, max_age=RESUMED)), out, now=weeks_later)
    assert done.tiles_kept == 3
    assert len(server.questions) == 3
    assert asked.isdisjoint(server.questions)
    assert raw(out) == without_strays(raw(PRACTICE))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.osm", "kept"]


def test_an_interruption_keeps_what_came_and_leaves_osmnx_as_it_was(
    practice: Fetching, tmp_path: Path
) -> None:
    names = ("overpass_url", "requests_kwargs", "requests_timeout", "http_user_agent", "use_cache")
    before = [getattr(osmnx.settings, name) for name in names], socket.getaddrinfo

    def interrupt(note: Progress) -> None:
        if note.tile == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch_map(AREA, tmp_path / "a.osm", now=NOW, terms=practice[1], tell=interrupt)
    assert ([getattr(osmnx.settings, name) for name in names], socket.getaddrinfo) == before
    assert not (tmp_path / "a.osm").exists()
    assert fetched(practice, tmp_path / "a.osm").tiles_kept == 2


def test_a_damaged_kept_answer_is_asked_for_again(practice: Fetching, tmp_path: Path) -> None:
    server, terms = practice
    assert terms.folder is not None
    fetched(practice, tmp_path / "a.osm")
    one, two, three, *_ = sorted(terms.folder.glob("*.json.gz"))
    one.write_bytes(one.read_bytes()[:-30])
    two.write_bytes(b"not packed at all")
    head, body = gzip.decompress(three.read_bytes()).split(b"\n", 1)
    three.write_bytes(gzip.compress(head + b"\n" + body.replace(b"yes", b"no!", 1)))
    server.questions.clear()
    assert fetched(practice, tmp_path / "b.osm").tiles_kept == 3
    assert (tmp_path / "a.osm").read_bytes() == (tmp_path / "b.osm").read_bytes()


def test_kept_answers_older_than_a_month_are_removed(practice: Fetching, tmp_path: Path) -> None:
    assert practice[1].folder is not None
    fetched(practice, tmp_path / "a.osm")
    KeptAnswers(practice[1].folder).prune(NOW + timedelta(days=29))
    assert len(list(practice[1].folder.iterdir())) == 6
    KeptAnswers(practice[1].folder).prune(NOW + timedelta(days=31))
    assert list(practice[1].folder.iterdir()) == []


def test_of_two_tiles_the_newest_version_wins_and_the_map_is_as_old_as_its_oldest(
    practice: Fetching, tmp_path: Path
) -> None:
    server, _ = practice
    moments = iter(f"2026-11-22T05:0{minute}:00Z" for minute in (3, 1, 5, 4, 2, 6))

    def spoil(_: str, answer: dict[str, Any]) -> dict[str, Any]:
        base = next(moments)
        elements = []
        for item in answer["elements"]:
            item = item | {"tags": item.get("tags", {}) | {"note": base}}
            elements.append(item | ({"version": 9 - int(base[15])} if item["type"] == "node" else {}))
        return answer | {"osm3s": {"timestamp_osm_base": base}, "elements": elements}

    server.spoil = spoil
    done = fetched(practice, tmp_path / "a.osm")
    assert done.data_time == datetime(2026, 11, 22, 5, 1, tzinfo=UTC)
    nodes, ways = raw(done.path)
    tiles_of = [server.answer(question) for question in server.questions]
    order = [3, 1, 5, 4, 2, 6]
    # Nodes tell versions here, against their moments: the version outranks.
    for kind, got, best in (
        ("way", {way: tags["note"] for way, (tags, _) in ways.items()}, max),
        (
            "node",
            {node: tags["note"] for node, tags in nodes.items()},
            min,
        ),
    ):
        seen: dict[int, list[int]] = {}
        for minute, tile in zip(order, tiles_of, strict=True):
            assert tile is not None
            for item in tile["elements"]:
                if item["type"] == kind:
                    seen.setdefault(item["id"], []).append(minute)
        assert any(len(minutes) > 1 for minutes in seen.values())
        assert got == {key: f"2026-11-22T05:0{best(minutes)}:00Z" for key, minutes in seen.items()}


@pytest.mark.parametrize("name", ["a.osm.gz", "a.osm.pbf"])
def test_other_formats_hold_the_same(practice: Fetching, tmp_path: Path, name: str) -> None:
    out = fetched(practice, tmp_path / name).path
    nodes: dict[int, dict[str, str]] = {}
    ways: dict[int, tuple[dict[str, str], tuple[int, ...]]] = {}
    with osmium.io.Reader(str(out)) as reader:
        header = reader.header()
        assert header.box().bottom_left.lat == pytest.approx(AREA.box.south)
        if name.endswith(".pbf"):
            assert header.get("osmosis_replication_timestamp") == "2026-11-22T05:00:00Z"
    for item in osmium.FileProcessor(str(out)):
        if item.is_node():
            nodes[item.id] = dict(item.tags)
        else:
            ways[item.id] = dict(item.tags), tuple(node.ref for node in item.nodes)
    assert (nodes, ways) == without_strays(raw(PRACTICE))


CENTRE = """<osm version="0.6">
<node id="1" lat="33.2330" lon="131.6060"/><node id="2" lat="33.2334" lon="131.6060"/>
<node id="3" lat="33.2334" lon="131.6066"/><node id="4" lat="33.2330" lon="131.6066"/>
<way id="7"><nd ref="1"/><nd ref="2"/><nd ref="3"/></way>
<way id="8"><nd ref="3"/><nd ref="4"/><nd ref="1"/></way>
<way id="9"><nd ref="1"/><nd ref="2"/><tag k="highway" v="footway"/></way>
<way id="10"><nd ref="2"/><nd ref="4"/><tag k="barrier" v="fence"/></way>
<way id="11"><nd ref="2"/><nd ref="4"/><tag k="building" v="yes"/></way>
<relation id="5"><member type="way" ref="7" role="outer"/><member type="way" ref="8" role="outer"/>
<tag k="type" v="multipolygon"/><tag k="shop" v="mall"/><tag k="name" v="駅ビル"/></relation>
</osm>"""


@pytest.mark.parametrize("name", ["a.osm", "a.osm.pbf"])
def test_places_drawn_of_several_ways_and_fences_come_too(tmp_path: Path, name: str) -> None:
    (tmp_path / "centre.osm").write_text(CENTRE, encoding="utf-8")
    with OverpassStandIn(tmp_path / "centre.osm") as server:
        terms = Terms(server.url, folder=tmp_path / "kept", tile_side_m=500.0)
        out = fetched((server, terms), tmp_path / name).path
    seen: dict[str, list[int]] = {"n": [], "w": [], "r": []}
    for item in osmium.FileProcessor(str(out)):
        seen[item.type_str()].append(item.id)
        if item.is_relation():
            assert [(each.type, each.ref, each.role) for each in item.members] == [
                ("w", 7, "outer"),
                ("w", 8, "outer"),
            ]
            assert dict(item.tags) == {"type": "multipolygon", "shop": "mall", "name": "駅ビル"}
    # The building without a name is nobody's destination, and buildings are most of a town's data.
    assert seen == {"n": [1, 2, 3, 4], "w": [7, 8, 9, 10], "r": [5]}


@pytest.mark.parametrize("name", ["a.osm", "a.osm.pbf"])
def test_text_that_xml_cannot_hold_does_not_spoil_the_file(
    practice: Fetching, tmp_path: Path, name: str
) -> None:
    odd = "a\x00b\ud800<&\"'>\n大分"

    def spoil(_: str, answer: dict[str, Any]) -> dict[str, Any]:
        ways = [
            item | {"tags": {"highway": "footway", "name": odd}} if item["type"] == "way" else item
            for item in answer["elements"]
        ]
        return answer | {"elements": ways}

    practice[0].spoil = spoil
    out = fetched(practice, tmp_path / name).path
    ways = osmium.FileProcessor(str(out), osmium.osm.WAY)
    assert {way.tags["name"] for way in ways} == {"a\ufffdb\ufffd<&\"'>\n大分"}
