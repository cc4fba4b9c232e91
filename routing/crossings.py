"""The crossings of a map: each once, with the facts of its way, its nodes and the road below it."""

from dataclasses import dataclass, field

from routing import character, tags
from routing.columns import KERBS
from routing.drawing import Drawing
from routing.tags import CrossingFacts, Tags
from routing.texts import NONE, Names, Texts

ROAD_UNKNOWN = NONE  # a way's number: no road known


@dataclass(slots=True)
class Crossings:
    """The rows of the crossings' columns; asked for by what makes the crossing."""

    drawing: Drawing
    rows: list[CrossingFacts] = field(default_factory=list)
    _known: dict[tuple[str, int, int], int] = field(default_factory=dict)

    def of_way(self, way: int, road: int) -> int:
        """The crossing that is a way of its own (`footway=crossing`), over the way `road`."""
        key = ("way", self.drawing.extract.ways[way].osm_id, 0)
        if key not in self._known:
            osm_id, said, _ = self.drawing.extract.ways[way]
            nodes = [self._node(node) for node in sorted(set(self.drawing.extract.ways[way].nodes))]
            self._add(key, self._over(tags.crossing(said, nodes, f"way/{osm_id}"), road))
        return self._known[key]

    def of_node(self, node: int, road: int) -> int:
        """The crossing at a node that a way shares with the way `road`."""
        key = ("node", node, road)
        if key not in self._known:
            said = self._node(node)
            osm_id = f"node/{self.drawing.extract.node_osm[node]}"
            self._add(key, self._over(tags.crossing(_lights(said), [said], osm_id), road))
        return self._known[key]

    def of_cut(self, way: int, road: int) -> int:
        """The crossing where the lines of `way` and `road` meet without a node: all else unknown."""
        ways = self.drawing.extract.ways
        key = ("cut", ways[way].osm_id, ways[road].osm_id)
        if key not in self._known:
            facts = CrossingFacts(osm_id=f"cut/{key[1]}/{key[2]}", mapped=False)
            self._add(key, self._over(facts, road))
        return self._known[key]

    def _node(self, node: int) -> Tags:
        return self.drawing.extract.node_tags.get(node, {})

    def _over(self, facts: CrossingFacts, road: int) -> CrossingFacts:
        if road == ROAD_UNKNOWN:
            return facts
        said = self.drawing.extract.ways[road].tags
        return tags.with_road(facts, said, tags.name(said))

    def _add(self, key: tuple[str, int, int], facts: CrossingFacts) -> None:
        self._known[key] = len(self.rows)
        self.rows.append(facts)


def columns(rows: list[CrossingFacts], texts: Texts, names: Names) -> dict[str, list[int]]:
    """The crossings' columns as lists."""
    known = character.known_code
    return {
        "crossing_osm": [texts.add(row.osm_id) for row in rows],
        "crossing_signals": [known(row.signals) for row in rows],
        "crossing_sound": [known(row.sound) for row in rows],
        "crossing_vibration": [known(row.vibration) for row in rows],
        "crossing_button": [known(row.button) for row in rows],
        "crossing_marked": [known(row.marked) for row in rows],
        "crossing_tactile": [known(row.tactile) for row in rows],
        "crossing_escort": [known(row.escort) for row in rows],
        "crossing_island": [known(row.island) for row in rows],
        "crossing_scramble": [known(row.scramble) for row in rows],
        "crossing_kerb": [KERBS.index(row.kerb) for row in rows],
        "crossing_road": [character.highway_code(row.road) if row.road else 0 for row in rows],
        "crossing_lanes": [row.lanes or 0 for row in rows],
        "crossing_hours": [texts.add(row.sound_hours) for row in rows],
        "crossing_street": [names.add(row.street) for row in rows],
    }


def _lights(node: Tags) -> Tags:
    """A junction's lights are signals of whoever crosses there."""
    return {"crossing:signals": "yes"} if node.get("highway") == "traffic_signals" else {}
