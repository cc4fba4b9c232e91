"""A new map, made in a process of its own: minutes of arithmetic must hold up nobody's acknowledgement.

`python -m server.map_work` reads an `Order` as JSON and tells how far it is, a `Told` a line. The map in use
is not touched: what is made lies beside it until somebody takes it up.
"""

import os
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from pydantic import TypeAdapter

from routing.areas import area_of_box
from routing.errors import RoutingError
from server.map_figures import Figures, figures_of
from server.words import Pair
from wire.base import message
from wire.codec import Codec

if TYPE_CHECKING:
    from routing.fetch.maps import Progress

_TELL_EVERY_S: Final = 0.5
_NICE: Final = 10  # guidance and alerts go first
_STAGES: Final[dict[str, Pair]] = {
    "nodes": ("点を読んでいます", "reading nodes"),
    "ways": ("道を読んでいます", "reading ways"),
    "read": ("読み込んでいます", "reading"),
    "lines": ("道の線を作っています", "making lines"),
    "streets": ("通りを調べています", "looking at streets"),
    "links": ("区間を作っています", "making links"),
    "gaps": ("切れ目を調べています", "looking at gaps"),
    "columns": ("表を作っています", "making tables"),
}


@message
class Order:
    """What to make. `fetch`: ask Overpass first; `build`: from the extract that was fetched before."""

    kind: Literal["fetch", "build"]
    area: str  # south,west,north,east
    source: str  # the extract in use, from which is built
    extract: str  # where a fetched extract goes
    new: str  # where the built map goes
    kept: str  # the folder of tiles, so that a fetch that broke off goes on
    overpass: str | None = None
    contact: str | None = None


@message
class Told:
    """How far it is: `done` of `of` (0: not known). At the end the figures of the new map, or `failed`."""

    ja: str
    en: str
    done: int = 0
    of: int = 0
    failed: bool = False
    figures: Figures | None = None


ORDER: Final[Codec[Order]] = Codec("order", TypeAdapter(Order))
TOLD: Final[Codec[Told]] = Codec("progress", TypeAdapter(Told))


class _Teller:
    """Writes lines; those that say the same stage again come twice a second at most."""

    def __init__(self) -> None:
        self._last: tuple[str, float] = ("", 0.0)

    def tell(self, told: Told) -> None:
        now_s = time.monotonic()
        if told.en == self._last[0] and now_s - self._last[1] < _TELL_EVERY_S:
            return
        self._last = (told.en, now_s)
        sys.stdout.write(TOLD.encode(told) + "\n")
        sys.stdout.flush()


def work(order: Order, teller: _Teller) -> Figures:
    """Fetch where that is ordered, build, look at what came out. Raises `RoutingError`."""
    from routing.network import load_map, save_map

    source = Path(order.source)
    if order.kind == "fetch":
        source = Path(order.extract)
        _fetch(order, source, teller)
    box = area_of_box(order.area).box

    def progress(stage: str, done: int, of: int) -> None:
        ja, en = _STAGES.get(stage, _STAGES["read"])
        teller.tell(Told(ja=ja, en=en, done=done, of=of))

    # Streets run on beyond the box: they are cut at it, as they were for the map in use.
    on = load_map(source, bbox=(box.south, box.west, box.north, box.east), progress=progress)
    new = Path(order.new)
    save_map(on, new)
    teller.tell(Told(ja="新しい地図を検査しています", en="checking the new map"))
    return figures_of(new)


def _fetch(order: Order, out: Path, teller: _Teller) -> None:
    from routing.fetch.maps import Terms, fetch_map

    def tell(told: "Progress") -> None:
        teller.tell(
            Told(ja=f"取り寄せ: {told.ja}", en=f"fetching: {told.en}", done=told.tile - 1, of=told.tiles)
        )

    kept = Path(order.kept)
    kept.mkdir(mode=0o700, exist_ok=True)
    terms = Terms(contact=order.contact, folder=kept)
    if order.overpass is not None:
        terms = Terms(overpass=order.overpass, contact=order.contact, folder=kept)
    fetch_map(area_of_box(order.area), out, now=datetime.now(UTC), terms=terms, tell=tell)


def main() -> int:
    """Do what standard input orders."""
    with suppress(OSError):
        os.nice(_NICE)
    order, teller = ORDER.decode(sys.stdin.read().encode()), _Teller()
    try:
        teller.tell(Told(ja="始めます", en="beginning"))
        figures = work(order, teller)
    except RoutingError as error:
        teller.tell(Told(ja=error.ja, en=error.en, failed=True))
    except OSError as error:
        said = error.strerror or type(error).__name__
        teller.tell(Told(ja=f"書き込めません({said})。", en=f"It cannot be written ({said}).", failed=True))
    else:
        teller.tell(Told(ja="できました", en="made", figures=figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
