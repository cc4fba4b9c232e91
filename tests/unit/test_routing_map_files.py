"""Every form in which a map comes: XML and PBF, packed or not, damaged, foreign, built."""

import bz2
import gzip
import json
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import osmium
import pytest

from routing import mapfile, osm, places
from routing.columns import COLUMN_NAMES
from routing.errors import MapDamaged, MapError, MapMissing, MapNotOsm, MapNotWalkable, RoutingError
from routing.network import WalkingMap, load_map, save_map

ROOT = Path(__file__).parents[2]
OITA = ROOT / "routing" / "practice" / "oita.osm"
BEPPU = ROOT / "routing" / "practice" / "beppu.osm"
MAPS = ROOT.parent / "shared" / "data" / "maps"
SHIBUYA, HERRENBERG = MAPS / "shibuya.osm", MAPS / "herrenberg.osm.pbf"

# What field research names, as the keys of OpenStreetMap: nothing of it may be lost.
WAY_KEYS = (
    "highway", "footway", "crossing", "crossing:markings", "crossing:signals", "crossing:island",
    "tactile_paving", "kerb", "sidewalk", "sidewalk:left", "sidewalk:right", "sidewalk:both", "surface",
    "smoothness", "width", "lit", "incline", "step_count", "handrail", "ramp", "conveying", "foot", "access",
    "bicycle", "segregated", "covered", "tunnel", "bridge", "layer", "level", "indoor", "service",
    "oneway:foot", "maxspeed", "lanes", "name", "name:ja-Hira", "name:en", "traffic_signals:sound",
)  # fmt: skip
NODE_KEYS = (
    "highway", "crossing", "crossing:markings", "crossing:signals", "crossing:island", "tactile_paving",
    "kerb", "barrier", "traffic_signals:sound", "traffic_signals:vibration", "traffic_signals:arrow",
    "traffic_signals:minimap", "button_operated", "railway", "entrance", "door", "name",
    "traffic_signals:sound:opening_hours",
)  # fmt: skip


@pytest.fixture(scope="module")
def oita() -> WalkingMap:
    return load_map(OITA)


@pytest.fixture(scope="module")
def built(oita: WalkingMap, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("built") / "oita.shirube"
    save_map(oita, path)
    return path


def same(one: WalkingMap, other: WalkingMap) -> bool:
    return all(
        np.array_equal(getattr(one.columns, name), getattr(other.columns, name)) for name in COLUMN_NAMES
    )


def test_a_built_map_is_the_map_it_was_built_from(oita: WalkingMap, built: Path) -> None:
    opened = load_map(built)
    assert same(oita, opened)
    assert (opened.source, opened.bounds, dict(opened.about)) == (oita.source, oita.bounds, dict(oita.about))
    assert opened.places[:] == oita.places[:]
    assert [opened.crossing_facts(index) for index in range(len(opened.columns.crossing_osm))] == [
        oita.crossing_facts(index) for index in range(len(oita.columns.crossing_osm))
    ]
    assert places.find(opened.places, "大分駅") == places.find(oita.places, "大分駅")
    for name in COLUMN_NAMES:
        assert not getattr(opened.columns, name).flags.writeable


@pytest.mark.parametrize("form", ["osm.gz", "osm.bz2", "osm.pbf", "xml"])
def test_the_same_map_in_every_form(oita: WalkingMap, tmp_path: Path, form: str) -> None:
    path = tmp_path / f"oita.{form}"
    if form == "osm.gz":
        path.write_bytes(gzip.compress(OITA.read_bytes()))
    elif form == "osm.bz2":
        path.write_bytes(bz2.compress(OITA.read_bytes()))
    elif form == "xml":
        shutil.copy(OITA, path)
    else:
        with osmium.SimpleWriter(str(path)) as writer:
            for thing in osmium.FileProcessor(str(OITA)):
                writer.add(thing)
    on = load_map(path)
    assert same(on, oita)
    assert on.source.practice
    assert on.source.name == "oita"


def test_what_the_head_of_a_file_says(tmp_path: Path) -> None:
    path = tmp_path / "head.osm"
    path.write_text(
        '<osm version="0.6" generator="Overpass"><meta osm_base="2025-07-02T10:17:26Z"/>'
        '<bounds minlat="1" minlon="2" maxlat="3" maxlon="4"/>'
        '<node id="1" lat="1.5" lon="2.5"/><node id="2" lat="1.501" lon="2.5"/>'
        '<way id="1" timestamp="2024-01-02T03:04:05Z" version="1"><nd ref="1"/><nd ref="2"/>'
        '<tag k="highway" v="path"/></way></osm>'
    )
    extract = osm.read(path)
    assert extract.source.data_time == "2025-07-02T10:17:26Z"
    assert extract.box == (1.0, 2.0, 3.0, 4.0)
    assert extract.newest_edit == "2024-01-02T03:04:05Z"


def test_nodes_behind_their_ways_and_negative_ids(tmp_path: Path) -> None:
    path = tmp_path / "drawn.osm"
    path.write_text(
        '<osm version="0.6"><way id="-5"><nd ref="-1"/><nd ref="7"/><tag k="highway" v="path"/></way>'
        '<node id="-1" lat="33.0" lon="131.0"/><node id="7" lat="33.001" lon="131.0"/></osm>'
    )
    on = load_map(path)
    assert on.columns.node_osm.tolist() == [-1, 7]
    assert on.columns.link_way.tolist() == [-5]


def test_missing_nodes_are_skipped_and_counted(tmp_path: Path) -> None:
    nodes = "".join(f'<node id="{i}" lat="33.00{i}" lon="131.0"/>' for i in (1, 2, 4, 5))
    way = "".join(f'<nd ref="{i}"/>' for i in range(8))
    path = tmp_path / "cut.osm"
    path.write_text(f'<osm version="0.6">{nodes}<way id="9">{way}<tag k="highway" v="path"/></way></osm>')
    on = load_map(path)
    assert on.about["skipped_refs"] == 4
    assert len(on.columns.link_a) == 2  # 1-2 and 4-5: what lies between is not known


def test_a_box_takes_what_lies_in_it_and_the_first_node_outside(oita: WalkingMap) -> None:
    south, west, north, east = oita.bounds
    middle = (south + north) / 2.0
    on = load_map(OITA, bbox=(south, west, middle, east))
    assert 0 < len(on.columns.link_a) < len(oita.columns.link_a)
    assert set(on.columns.link_way.tolist()) < set(oita.columns.link_way.tolist())
    beyond = (on.columns.node_lat_e7 > middle * 1e7).sum()
    assert 0 < beyond < len(on.columns.node_osm) / 4
    with pytest.raises(MapNotWalkable):
        load_map(OITA, bbox=(0.0, 0.0, 1.0, 1.0))


@pytest.mark.parametrize(
    "box", [(1, 0, 0, 1), (0, 1, 1, 0), (float("nan"), 0, 1, 1), (-91, 0, 1, 1), (0, 0, 1, 181)]
)
def test_what_is_no_box(box: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="not"):
        osm.checked_bounds(box)


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    load_map(BEPPU, progress=lambda stage, done, of: told.append((stage, done, of)))
    assert [stage for stage, _, _ in told] == [
        "read", "lines", "streets", "links", "gaps", "columns", "columns"
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        '<osm version="0.6"><node id="1" lat="nan" lon="1"/></osm>',
        '<osm version="0.6"><node id="1" lat="12345678.123456789123456" lon="1"/></osm>',
        '<osm version="0.6"><node id="99999999999999999999999" lat="9" lon="1"/></osm>',
        '<osm version="0.6"><node id="1" lat="9" lon="1"/><way id="1"><nd ref="x"/></way></osm>',
        '<osm version="0.5"></osm>',
        "<osm></osm>",
        '<?xml version="1.0"?><!DOCTYPE osm [<!ENTITY a "aaaa">]><osm version="0.6">&a;</osm>',
    ],
)
def test_nonsense_is_refused_in_one_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.osm"
    path.write_text(text)
    with pytest.raises(MapNotOsm, match=r"読めません.* / .*is not OpenStreetMap data"):
        load_map(path)


def test_a_node_beyond_the_poles_is_a_missing_one(tmp_path: Path) -> None:
    path = tmp_path / "far.osm"
    path.write_text(
        '<osm version="0.6"><node id="1" lat="91" lon="1"/><node id="2" lat="9" lon="1"/>'
        '<node id="3" lat="9.001" lon="1"/><way id="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/>'
        '<tag k="highway" v="path"/></way></osm>'
    )
    on = load_map(path)
    assert on.about["skipped_refs"] == 1
    assert on.bounds == (9.0, 1.0, 9.001, 1.0)


def test_a_folder_or_an_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MapMissing):
        load_map(tmp_path)
    for name in ("empty.osm", "empty.osm.pbf", "empty.osm.gz"):
        (tmp_path / name).touch()
        with pytest.raises(MapNotOsm):
            load_map(tmp_path / name)


def test_a_truncated_pbf_is_refused(tmp_path: Path) -> None:
    if not HERRENBERG.is_file():
        pytest.skip(f"no extract at {HERRENBERG}")
    whole = HERRENBERG.read_bytes()
    path = tmp_path / "cut.osm.pbf"
    for sixteenth in range(16):
        path.write_bytes(whole[: len(whole) * sixteenth // 16])
        with pytest.raises(MapError):
            load_map(path)


def test_a_cut_off_map_file_is_refused(built: Path, tmp_path: Path) -> None:
    whole = built.read_bytes()
    path = tmp_path / "cut.shirube"
    for sixteenth in range(16):
        path.write_bytes(whole[: len(whole) * sixteenth // 16])
        with pytest.raises(MapDamaged, match="shirube map build"):
            load_map(path, checked=False)


def test_a_flipped_byte_is_found(built: Path, tmp_path: Path) -> None:
    whole = bytearray(built.read_bytes())
    path = tmp_path / "flipped.shirube"
    index = json.loads(whole[20 : 20 + struct.unpack_from("<I", whole, 16)[0]])
    first = 20 + struct.unpack_from("<I", whole, 16)[0]
    first += -first % 64
    for name, entry in index["arrays"].items():
        size = int(np.prod(entry["shape"], dtype=np.int64))
        if not size:
            continue
        flipped = whole.copy()
        flipped[first + entry["at"]] ^= 0x40
        path.write_bytes(flipped)
        with pytest.raises(MapDamaged, match=name):
            load_map(path)


def test_a_byte_of_the_index_is_found_or_harmless(built: Path, tmp_path: Path) -> None:
    whole = bytearray(built.read_bytes())
    path = tmp_path / "flipped.shirube"
    length = 20 + struct.unpack_from("<I", whole, 16)[0]
    for at in range(0, length, max(length // 150, 1)):
        flipped = whole.copy()
        flipped[at] ^= 0x10
        path.write_bytes(flipped)
        try:
            load_map(path)
        except RoutingError:
            continue


def test_another_format_says_to_build_again(built: Path, tmp_path: Path) -> None:
    whole = bytearray(built.read_bytes())
    struct.pack_into("<H", whole, 12, mapfile.FORMAT + 1)
    path = tmp_path / "newer.shirube"
    path.write_bytes(whole)
    with pytest.raises(MapDamaged, match=f"format {mapfile.FORMAT + 1}"):
        load_map(path)


def test_a_foreign_file_under_a_maps_name(tmp_path: Path) -> None:
    path = tmp_path / "not.shirube"
    path.write_bytes(b"hello" * 100)
    with pytest.raises(MapDamaged):
        load_map(path)
    with pytest.raises(MapMissing):
        load_map(tmp_path / "none.shirube")


def test_a_map_that_lacks_a_column_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "less.shirube"
    mapfile.write(path, {"node_lat_e7": np.zeros(1, np.int32)}, {"source": {}, "built": {}})
    with pytest.raises(MapDamaged, match="node_lon_e7"):
        load_map(path)


@pytest.mark.parametrize("path", [OITA, BEPPU, SHIBUYA], ids=lambda path: path.stem)
def test_every_tag_that_matters_is_kept(path: Path) -> None:
    if not path.is_file():
        pytest.skip(f"no extract at {path}")
    on = load_map(path)
    of = on.columns
    links = {int(way): link for link, way in enumerate(of.link_way)}
    nodes = {int(osm_id): node for node, osm_id in enumerate(of.node_osm) if osm_id}
    seen = 0
    walked: set[int] = set()
    for way in osmium.FileProcessor(str(path), osmium.osm.WAY):
        if way.id not in links:
            continue
        walked |= {node.ref for node in way.nodes}
        said, kept = dict(way.tags), on.link_tags(links[way.id])
        for key in WAY_KEYS:
            assert kept.get(key) == said.get(key), (way.id, key)
            seen += key in said
    for node in osmium.FileProcessor(str(path), osmium.osm.NODE):
        said = dict(node.tags)
        if node.id in walked and any(key in said for key in NODE_KEYS):
            kept = on.node_tags(nodes[node.id])
            for key in NODE_KEYS:
                assert kept.get(key) == said.get(key), (node.id, key)
                seen += key in said
    assert seen > 400


def test_opening_a_map_imports_nothing_that_builds_one(built: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from routing.network import load_map; "
        "load_map(Path(sys.argv[1])); "
        "print(sorted({'osmium', 'osmnx', 'networkx', 'routing.build', 'routing.osm'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(built)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_building_twice_gives_the_same_bytes(oita: WalkingMap, built: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.shirube"
    save_map(load_map(OITA), again)
    assert again.read_bytes() == built.read_bytes()
