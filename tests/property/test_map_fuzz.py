"""Whatever a file holds, the loader makes a map of it or says in one sentence what is wrong."""

import random
from contextlib import suppress
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from routing.errors import RoutingError
from routing.network import WalkingMap, load_map, save_map

ROOT = Path(__file__).parents[2]
PRACTICE = ROOT / "routing" / "practice" / "beppu.osm"
HERRENBERG = ROOT.parent / "shared" / "data" / "maps" / "herrenberg.osm.pbf"

KEYS = (
    "highway", "footway", "crossing", "kerb", "barrier", "railway", "layer", "width", "lanes", "incline",
    "step_count", "name", "conveying", "oneway:foot", "tactile_paving", "sidewalk", "level", "bridge",
    "traffic_signals:sound", "traffic_signals:sound:conditional", "waterway", "entrance", "amenity", "area",
)  # fmt: skip
VALUES = (
    "yes", "no", "footway", "path", "steps", "residential", "primary", "crossing", "traffic_signals", "rail",
    "level_crossing", "fence", "elevator", "sidewalk", "separate", "1", "-1", "99999999999", "1e400", "5 %",
    "-3°", "nan", "", "up", "no @ (19:00-08:00)", "大分駅", "駅;stop", "0", "3 m",
)  # fmt: skip

tags = st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES) | st.text(max_size=8), max_size=5)
# Crowded on purpose: a few metres, so that lines cross, touch, coincide and nearly meet.
places = st.tuples(st.integers(-400, 400), st.integers(-400, 400), tags)
ways = st.lists(
    st.tuples(st.lists(st.integers(1, 14), min_size=0, max_size=9), tags, st.booleans()),
    min_size=1, max_size=8,
)  # fmt: skip


def xml(
    nodes: list[tuple[int, int, dict[str, str]]], drawn: list[tuple[list[int], dict[str, str], bool]]
) -> str:
    def told(said: dict[str, str]) -> str:
        kept = {k: "".join(c for c in v if c.isprintable() and c < "\ud800") for k, v in said.items()}
        return "".join(f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in kept.items())

    lines = ['<osm version="0.6">']
    for number, (lat, lon, said) in enumerate(nodes, start=1):
        lines.append(
            f'<node id="{number}" lat="{33 + lat / 1e6}" lon="{131 + lon / 1e6}">{told(said)}</node>'
        )
    for number, (refs, said, foot) in enumerate(drawn, start=1):
        inner = "".join(f'<nd ref="{ref}"/>' for ref in refs)
        walked = {"highway": "footway"} | said if foot else said
        lines.append(f'<way id="{number}">{inner}{told(walked)}</way>')
    return "".join([*lines, "</osm>"])


def sound(on: WalkingMap) -> None:
    """What every map must be, whatever it came from."""
    of = on.columns
    assert len(of.link_a) > 0
    assert (of.link_a != of.link_b).all()
    assert (of.shape_lat_e7[of.shape_first[:-1]] == of.node_lat_e7[of.link_a]).all()
    assert (of.shape_lat_e7[of.shape_first[1:] - 1] == of.node_lat_e7[of.link_b]).all()
    assert (of.link_crossing_share >= 0).all()
    assert (of.link_crossing_share <= 1.0001).all()
    assert ((of.link_length_m >= 0) & (of.link_length_m < 1e6)).all()
    for index in range(len(of.crossing_osm)):
        on.crossing_facts(index)
    assert len(on.places[:]) == len(of.place_name)


@given(nodes=st.lists(places, min_size=2, max_size=14), drawn=ways)
@example(nodes=[(0, 0, {}), (0, 0, {})], drawn=[([1, 2], {}, True)])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_drawing_is_a_map_or_a_clear_error(
    tmp_path: Path,
    nodes: list[tuple[int, int, dict[str, str]]],
    drawn: list[tuple[list[int], dict[str, str], bool]],
) -> None:
    path = tmp_path / "any.osm"
    path.write_text(xml(nodes, drawn), encoding="utf-8")
    try:
        on = load_map(path)
    except RoutingError:  # and nothing else
        return
    sound(on)
    save_map(on, tmp_path / "any.shirube")
    sound(load_map(tmp_path / "any.shirube"))


@given(
    content=st.binary(max_size=300),
    name=st.sampled_from(["a.osm", "a.osm.pbf", "a.osm.gz", "a.shirube", "a"]),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_a_clear_error(tmp_path: Path, content: bytes, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(RoutingError):
        load_map(path)


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("original", [PRACTICE, HERRENBERG], ids=lambda path: path.name.split(".")[0])
def test_a_damaged_copy_is_a_map_or_a_clear_error(tmp_path: Path, original: Path, seed: int) -> None:
    if not original.is_file():
        pytest.skip(f"no extract at {original}")
    rng = random.Random(seed)  # noqa: S311 - damage, not secrets
    content = bytearray(original.read_bytes())
    for _ in range(rng.choice((1, 3, 20, 200))):
        at = rng.randrange(len(content))
        if rng.random() < 0.6:
            content[at] = rng.randrange(256) if rng.random() < 0.5 else rng.choice(b"0123456789-.<>\"'=")
        elif rng.random() < 0.5:
            del content[at : at + rng.randrange(1, 40)]
        else:
            content[at:at] = content[at : at + rng.randrange(1, 40)]
    path = tmp_path / original.name
    path.write_bytes(content)
    with suppress(RoutingError):  # and nothing else
        sound(load_map(path))
