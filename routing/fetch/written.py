"""The gathered map as one OpenStreetMap file: XML as Overpass writes it, or PBF."""

import gzip
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from xml.sax.saxutils import quoteattr

from routing.areas import Box
from routing.errors import MapNotFetched
from routing.fetch.gathered import Gathered

SUFFIXES: Final = (".osm", ".osm.gz", ".osm.pbf")
LICENCE_NOTE: Final = (
    "The data included in this document is from www.openstreetmap.org. "
    "The data is made available under ODbL. © OpenStreetMap contributors"
)
_GENERATOR: Final = "Shirube map fetch (OSMnx, Overpass API)"


def check_place(out: Path) -> None:
    """`MapNotFetched` where the file could not be written in the end: said before anything is asked for."""
    if not out.name.endswith(SUFFIXES):
        raise MapNotFetched(
            f"出力ファイルの名前は {'、'.join(SUFFIXES)} のどれかで終わらせてください: {out}",
            f"the output's name must end in {', '.join(SUFFIXES)}: {out}",
        )
    if out.is_dir() or not out.parent.is_dir() or not os.access(out.parent, os.W_OK):
        raise _unwritable(out, "no such folder, or not writable")


def write(gathered: Gathered, box: Box, out: Path) -> None:
    """Write beside, then rename: `out` is the whole map or what it was before."""
    part = out.with_name(f".part-{os.getpid()}-{out.name}")
    try:
        if out.name.endswith(".pbf"):
            _write_pbf(gathered, box, part)
        else:
            _write_xml(gathered, box, part)
        os.replace(part, out)
    except OSError as error:
        raise _unwritable(out, error.strerror or str(error)) from error
    except RuntimeError as error:  # osmium's: a full disk, most likely
        raise _unwritable(out, str(error)) from error
    finally:
        part.unlink(missing_ok=True)


def stamp(moment: datetime) -> str:
    """As OpenStreetMap writes times: 2026-11-22T14:02:00Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _write_xml(gathered: Gathered, box: Box, part: Path) -> None:
    with part.open("wb") as file:
        if part.name.endswith(".gz"):
            with gzip.open(file, "wt", encoding="utf-8") as packed:
                packed.writelines(_xml(gathered, box))
        else:
            file.writelines(line.encode() for line in _xml(gathered, box))
        file.flush()
        os.fsync(file.fileno())


def _xml(gathered: Gathered, box: Box) -> Iterator[str]:
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6" generator="{_GENERATOR}">\n'
    yield f"<note>{LICENCE_NOTE}</note>\n"
    if gathered.oldest is not None:
        yield f'<meta osm_base="{stamp(gathered.oldest)}"/>\n'
    yield (
        f'<bounds minlat="{box.south:.7f}" minlon="{box.west:.7f}" '
        f'maxlat="{box.north:.7f}" maxlon="{box.east:.7f}"/>\n'
    )
    for node, raw in sorted(gathered.nodes.items()):
        head = f'<node id="{node}"{_version(raw.version)} lat="{raw.lat:.7f}" lon="{raw.lon:.7f}"'
        yield f"{head}>{_tags(raw.tags)}</node>\n" if raw.tags else f"{head}/>\n"
    for way, drawn in sorted(gathered.ways.items()):
        through = "".join(f'<nd ref="{node}"/>' for node in drawn.nodes)
        yield f'<way id="{way}"{_version(drawn.version)}>{through}{_tags(drawn.tags)}</way>\n'
    for relation, whole in sorted(gathered.relations.items()):
        members = "".join(map(_member, whole.members))
        yield f'<relation id="{relation}"{_version(whole.version)}>{members}{_tags(whole.tags)}</relation>\n'
    yield "</osm>\n"


def _member(member: tuple[str, int, str]) -> str:
    kind, ref, role = member
    return f'<member type="{kind}" ref="{ref}" role={quoteattr(role)}/>'


def _version(version: int) -> str:
    return f' version="{version}"' if version else ""


def _tags(tags: dict[str, str]) -> str:
    return "".join(f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in tags.items())


def _write_pbf(gathered: Gathered, box: Box, part: Path) -> None:
    # Imported late: the usual output is XML.
    import osmium

    header = osmium.io.Header()
    header.set("generator", _GENERATOR)
    if gathered.oldest is not None:  # where PBF keeps the time of its data
        header.set("osmosis_replication_timestamp", stamp(gathered.oldest))
    corners = (osmium.osm.Location(box.west, box.south), osmium.osm.Location(box.east, box.north))
    header.add_box(osmium.osm.Box(*corners))
    with osmium.SimpleWriter(str(part), header=header, overwrite=True) as writer:
        for node, raw in sorted(gathered.nodes.items()):
            writer.add_node(
                osmium.osm.mutable.Node(
                    id=node, location=(raw.lon, raw.lat), tags=raw.tags, version=raw.version
                )
            )
        for way, drawn in sorted(gathered.ways.items()):
            writer.add_way(
                osmium.osm.mutable.Way(id=way, nodes=drawn.nodes, tags=drawn.tags, version=drawn.version)
            )
        for relation, whole in sorted(gathered.relations.items()):
            members = [(kind[0], ref, role) for kind, ref, role in whole.members]
            writer.add_relation(
                osmium.osm.mutable.Relation(
                    id=relation, members=members, tags=whole.tags, version=whole.version
                )
            )


def _unwritable(out: Path, why: str) -> MapNotFetched:
    return MapNotFetched(
        f"地図を書き込めません: {out}。フォルダーと空き容量を確かめてください",
        f"cannot write the map {out} ({why}): check the folder and the space left",
    )
