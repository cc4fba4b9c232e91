"""Hand-drawn maps of central Oita and central Beppu, to practise on: never for live guidance."""

from importlib.resources import files
from pathlib import Path

from routing.errors import MapMissing

NAMES = ("oita", "beppu")


def practice_map(name: str) -> Path:
    """The file of the practice map `name` ("oita", "beppu"); `MapMissing` for any other."""
    if name not in NAMES:
        raise MapMissing(
            f"練習用の地図「{name}」はありません。{'、'.join(NAMES)} から選んでください",
            f'there is no practice map "{name}": choose one of {", ".join(NAMES)}',
        )
    # The package is installed as files (a wheel is unpacked), so the resource is a path already.
    return Path(str(files(__name__) / f"{name}.osm"))
