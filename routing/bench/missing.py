"""What a comparison can lack.

RoutingError
└── BenchError
    ├── PeerMissing       another engine is not installed, or could not read the extract
    ├── PeerUnknown       no other engine of that name is known here
    ├── ExtractNeeded     a built map alone: the other engines read OpenStreetMap's own file
    └── NothingToCompare  no pair of points for which every engine has an answer
"""

# Names say what happened, as in routing.errors.
# ruff: noqa: N818

from collections.abc import Iterable
from pathlib import Path

from routing.errors import RoutingError


class BenchError(RoutingError):
    """The comparison cannot be made as asked."""


class PeerMissing(BenchError):
    """Another engine is not installed, or could not read the extract."""


class PeerUnknown(BenchError):
    """No other engine of that name is known here."""


class ExtractNeeded(BenchError):
    """A built map alone: the other engines read OpenStreetMap's own file."""


class NothingToCompare(BenchError):
    """No pair of points for which every engine has an answer."""


def not_installed(peer: str) -> PeerMissing:
    """The message for an engine that cannot be imported."""
    install = "pip install -e '.[bench]'"
    return PeerMissing(
        f"比べる相手の {peer} が入っていません。{install} で入れるか、--peer から外してください",
        f"{peer} is not installed: {install}, or leave it out of --peer",
    )


def checked(peers: Iterable[str], known: Iterable[str]) -> tuple[str, ...]:
    """The peers asked for, each once; `PeerUnknown` names what may be asked for."""
    asked, names = tuple(dict.fromkeys(peers)), tuple(known)
    for peer in asked:
        if peer not in names:
            raise PeerUnknown(
                f"「{peer}」とは比べられません。{'、'.join(names)} から選んでください",
                f'cannot compare with "{peer}": choose from {", ".join(names)}',
            )
    return asked


def extract_needed(map_path: Path) -> ExtractNeeded:
    """The message for a built map without its source."""
    return ExtractNeeded(
        f"{map_path.name} の元の OSM ファイルが要ります。--extract FILE.osm.pbf で渡してください",
        f"the other engines read the OpenStreetMap file that {map_path.name} was built from: "
        "pass it as --extract FILE.osm.pbf",
    )
