"""The routes whose every word was read by a person: `check` them, or `update` after reading the difference.

Real maps are not part of the repository: where one is missing, its routes are left out, and that is said.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from routing.network import load_map
from routing.phrases import rehearsal
from routing.plan import plan
from routing.practice import NAMES, practice_map

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "tests" / "golden" / "routes"
MAPS = ROOT.parent / "shared" / "data" / "maps"
TOKYO = ZoneInfo("Asia/Tokyo")
DAY, NIGHT = datetime(2026, 11, 2, 10, tzinfo=TOKYO), datetime(2026, 11, 2, 21, tzinfo=TOKYO)


@dataclass(frozen=True, slots=True)
class Golden:
    """One route to be read."""

    name: str
    map: str
    origin: str
    destination: str
    walker: str = "cane"
    at: datetime = DAY


GOLDEN = (
    Golden("oita-museum", "oita", "大分駅 府内中央口", "大分県立美術館"),
    Golden("oita-museum-night", "oita", "大分駅 府内中央口", "大分県立美術館", at=NIGHT),
    Golden("beppu-takegawara", "beppu", "別府駅 東口", "竹瓦温泉"),
    Golden("shibuya-shidax", "shibuya.osm", "新南口", "SHIDAX Culture Village"),
    Golden("shibuya-miyamasuzaka", "shibuya.osm", "道玄坂上", "宮益坂口"),
    Golden("shibuya-low-vision-night", "shibuya.osm", "宮益坂口", "道玄坂上", "low-vision", NIGHT),
    Golden("herrenberg-hallenbad", "herrenberg.osm.pbf", "Bahnhof", "Herrenberg Hallenbad"),
)


def path_of(golden: Golden) -> Path | None:
    """The map's file; None where it is not on this machine."""
    path = practice_map(golden.map) if golden.map in NAMES else MAPS / golden.map
    return path if path.is_file() else None


def text_of(golden: Golden, path: Path) -> str:
    """Both languages, and where the data is from."""
    route = plan(load_map(path), golden.origin, golden.destination, golden.walker, golden.at)
    head = f"{golden.origin} → {golden.destination}, {golden.walker}, {golden.at.isoformat()}"
    parts = [head, *rehearsal(route, "ja"), "", *rehearsal(route, "en"), "", route.source.attribution]
    return "\n".join(parts) + "\n"


def differing(*, update: bool) -> Iterator[str]:
    """The names of routes whose words are not those that were read."""
    for golden in GOLDEN:
        path, file = path_of(golden), FOLDER / f"{golden.name}.txt"
        if path is None:
            sys.stderr.write(f"{golden.name}: no {golden.map} here\n")
            continue
        text = text_of(golden, path)
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            if update:
                file.write_text(text, encoding="utf-8")
            yield golden.name


def main() -> None:
    """`check` or `update`."""
    if sys.argv[1:] not in (["check"], ["update"]):
        sys.exit("golden_routes.py check|update")
    update = sys.argv[1] == "update"
    changed = list(differing(update=update))
    sys.stderr.write(f"{'updated' if update else 'different'}: {', '.join(changed) or 'none'}\n")
    sys.exit(1 if changed and not update else 0)


if __name__ == "__main__":
    main()
