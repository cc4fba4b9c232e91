"""A map fetched through OSMnx from a stand-in of Overpass on this machine, which serves a real extract.

Nothing here leaves loopback, and nothing sleeps: pauses are recorded.
"""

import gzip
import json
import socket
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import parse

import osmium
import osmnx
import pytest

from routing.areas import Area, Box, area_of_box, ready_made
from routing.errors import MapNotFetched
from routing.fetch.cached import KeptAnswers, usual_folder
from routing.fetch.fakes import Misfortune, OverpassStandIn, recorded_pauses
from routing.fetch.line import PAUSES_S
from routing.fetch.maps import RESUMED, Fetched, Progress, Terms, area_of, fetch_map

SHIBUYA = Path(__file__).parents[2].parent / "shared" / "data" / "maps" / "shibuya.osm"
PRACTICE = Path(__file__).parents[2] / "routing" / "practice" / "oita.osm"
NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
AREA = area_of_box("33.2324,131.5997,33.2407,131.6135")  # the practice map: 0.92 by 1.28 km
CITY = area_of_box("35.655,139.695,35.665,139.71")

BUSY = Misfortune(429, b"<html>Too many requests</html>", (("Retry-After", "7"),))
GATEWAY = Misfortune(504, b"<html>The server is probably too busy</html>")
CUT = Misfortune(cut=200)
TIMED_OUT = Misfortune(
    body=json.dumps(
        {"elements": [], "remark": 'runtime error: Query timed out in "query" at line 1 after 181 seconds.'}
    ).encode()
)

Fetching = tuple[OverpassStandIn, Terms]
Raw = tuple[dict[int, dict[str, str]], dict[int, tuple[dict[str, str], tuple[int, ...]]]]


@pytest.fixture(autouse=True)
def _only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request to anywhere else fails here, whatever the settings."""
    connect = socket.socket.connect

    def only_loopback(self: socket.socket, address: Any) -> None:
        assert address[0] in {"127.0.0.1", "::1"}, address
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", only_loopback)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(osmnx._nominatim, "time", type("Still", (), {"sleep": staticmethod(lambda _: None)}))


@pytest.fixture
def practice(tmp_path: Path) -> Iterator[Fetching]:
    """The hand-drawn map in tiles of 500 m: two by three."""
    with OverpassStandIn(PRACTICE) as server:
        yield server, Terms(server.url, server.url, tile_side_m=500.0, folder=tmp_path / "kept")


def fetched(fetching: Fetching, out: Path, *, area: Area = AREA, now: datetime = NOW) -> Fetched:
    return fetch_map(area, out, now=now, terms=fetching[1], sleep=lambda _: None)


def raw(path: Path) -> Raw:
    root = parse(path).getroot()  # noqa: S314 - written here

    def tags(item: Any) -> dict[str, str]:
        return {tag.get("k"): tag.get("v") for tag in item.findall("tag")}

    return (
        {int(node.get("id", "")): tags(node) for node in root.iter("node")},
        {
            int(way.get("id", "")): (tags(way), tuple(int(nd.get("ref", "")) for nd in way.findall("nd")))
            for way in root.iter("way")
        },
    )


def positions(path: Path) -> dict[int, tuple[float, float]]:
    root = parse(path).getroot()  # noqa: S314 - an extract of ours
    return {
        int(node.get("id", "")): (float(node.get("lat", "")), float(node.get("lon", "")))
        for node in root.iter("node")
    }


def without_strays(whole: Raw) -> Raw:
    """Nodes that no way passes and that carry no tag are nobody's: no question asks for them."""
    passed = {node for _, through in whole[1].values() for node in through}
    return {node: tags for node, tags in whole[0].items() if tags or node in passed}, whole[1]


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


OUTLINE = {
    "type": "Polygon",
    "coordinates": [
        [
            [131.5997, 33.2324],
            [131.6135, 33.2324],
            [131.6135, 33.2407],
            [131.5997, 33.2407],
            [131.5997, 33.2324],
        ]
    ],
}
FOUND = {
    "display_name": "大分市, 大分県, 日本",
    "importance": 0.6,
    "lat": "33.2362",
    "lon": "131.6066",
    "boundingbox": ["33.2324", "33.2407", "131.5997", "131.6135"],
    "geojson": OUTLINE,
}


def test_a_city_is_found_by_its_name_once(practice: Fetching, tmp_path: Path) -> None:
    server, terms = practice
    server.places["大分市"] = [FOUND]
    area = area_of(" 大分市 ", None, now=NOW, terms=terms)
    assert area.box == AREA.box
    assert (area.ja, area.en) == ("大分市", "大分市, 大分県, 日本")
    assert area.outline is not None
    assert area_of("大分市", None, now=NOW, terms=terms) == area
    assert server.questions == ["search 大分市"]
    assert raw(fetched(practice, tmp_path / "a.osm", area=area).path) == without_strays(raw(PRACTICE))


@pytest.mark.parametrize(
    ("answer", "en"),
    [
        ([], "no place is called"),
        ([FOUND | {"geojson": {"type": "Point", "coordinates": [131.6, 33.2]}}], "is a point"),
        ({"error": "x"}, "cannot look up"),
        ([{"importance": 1}], "cannot look up|is a point"),
    ],
)
def test_a_name_that_gives_no_area_is_told(practice: Fetching, answer: Any, en: str) -> None:
    practice[0].places["大分駅"] = answer
    with pytest.raises(MapNotFetched, match=en) as caught:
        area_of("大分駅", None, now=NOW, terms=practice[1], sleep=lambda _: None)
    assert "--bbox" in caught.value.ja


def test_a_busy_geocoder_is_waited_for(practice: Fetching) -> None:
    server, terms = practice
    server.places["大分市"] = [FOUND]
    server.misfortunes.extend([BUSY, GATEWAY])
    pauses, sleep = recorded_pauses()
    assert area_of("大分市", None, now=NOW, terms=terms, sleep=sleep).box == AREA.box
    assert pauses == [7.0, PAUSES_S[1]]


def test_ready_made_names_and_boxes_ask_nobody(practice: Fetching) -> None:
    assert area_of("Oita", None, now=NOW, terms=practice[1]) == ready_made()["oita"]
    assert area_of(None, "33.22,131.59,33.25,131.63", now=NOW).box == Box(33.22, 131.59, 33.25, 131.63)
    for place, bbox in ((None, None), ("", None), ("oita", "33.22,131.59,33.25,131.63")):
        with pytest.raises(MapNotFetched, match="beppu"):
            area_of(place, bbox, now=NOW)
    assert practice[0].questions == []


def test_answers_are_kept_in_the_user_s_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert usual_folder() == tmp_path / "shirube" / "maps"
    monkeypatch.setenv("XDG_CACHE_HOME", "not/absolute")
    assert usual_folder() == Path.home() / ".cache" / "shirube" / "maps"
