"""Answers kept in a folder between runs: lives take seconds to draw, and some peers minutes to answer."""

import hashlib
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np

from field_tests.bench.independent import Life
from field_tests.bench.noise import Fixes
from field_tests.outings.track import Home

Minutes = dict[date, float]


def kept_life(folder: Path | None, key: str, draw: Callable[[], Life]) -> Life:
    """The life `key`, from `folder` if it was drawn before."""
    if folder is None:
        return draw()
    path = folder / f"{key}.npz"
    if not path.is_file():
        _store(path, draw())
    with np.load(path, allow_pickle=False) as stored:
        return Life(
            person=str(stored["person"]),
            home=Home(float(stored["home"][0]), float(stored["home"][1])),
            step_s=int(stored["step_s"]),
            utc_s=stored["utc_s"],
            lat=stored["lat"],
            lon=stored["lon"],
            days=tuple(date.fromisoformat(str(day)) for day in stored["days"]),
            out_minutes=tuple(map(float, stored["out_minutes"])),
        )


def _store(path: Path, life: Life) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(
        path,
        person=life.person,
        home=np.array([life.home.lat, life.home.lon]),
        step_s=life.step_s,
        utc_s=life.utc_s,
        lat=life.lat,
        lon=life.lon,
        days=np.array([str(day) for day in life.days]),
        out_minutes=np.array(life.out_minutes),
    )


def kept_answer(
    folder: Path | None, method: str, fixes: Fixes, ask: Callable[[], tuple[Minutes, float]]
) -> tuple[Minutes, float]:
    """Minutes a day of `method` on these fixes, and the seconds that it took when it was asked."""
    if folder is None:
        return ask()
    path = folder / f"{method}-{_digest(fixes)}.json"
    if not path.is_file():
        minutes, seconds = ask()
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(
            {"seconds": seconds, "minutes": {str(day): value for day, value in minutes.items()}}
        )
        path.write_text(text, encoding="utf-8")
    told = json.loads(path.read_text(encoding="utf-8"))
    return {date.fromisoformat(day): value for day, value in told["minutes"].items()}, told["seconds"]


def _digest(fixes: Fixes) -> str:
    digest = hashlib.sha256()
    for column in (fixes.utc_s, fixes.lat, fixes.lon, fixes.accuracy_m):
        digest.update(np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()[:24]
