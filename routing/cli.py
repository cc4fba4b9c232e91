"""The verbs `shirube map …` and `shirube route …`. Rooms and libraries are imported when used."""

import dataclasses
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from zoneinfo import ZoneInfo

import typer

from routing.errors import RoutingError

if TYPE_CHECKING:
    from routing.blockages import Blockage
    from routing.fetch.maps import Progress
    from routing.network import WalkingMap
    from wire.route import Route

map_app = typer.Typer(help="地図 / maps: fetch, build, info, check, practice", no_args_is_help=True)
route_app = typer.Typer(help="経路 / plan a route, measure the planner", invoke_without_command=True)

Lang = Annotated[str, typer.Option("--lang", help="ja | en")]
Json = Annotated[bool, typer.Option("--json", help="JSON で / as JSON")]
Seed = Annotated[int, typer.Option(help="乱数の種 / seed")]
MapFile = Annotated[Path, typer.Option("--map", help="地図ファイル / .shirube, .osm or .osm.pbf")]
Extract = Annotated[
    Path | None, typer.Option(help="--map の元の OSM ファイル / the OSM file that --map was built from")
]


_STAGES = {
    "nodes": "点 / nodes", "ways": "道 / ways", "read": "読み込み / reading", "lines": "線 / lines",
    "streets": "通り / streets", "links": "区間 / links", "gaps": "切れ目 / gaps",
    "columns": "表 / columns",
}  # fmt: skip


class UsageError(RoutingError):
    """The command line itself is wrong."""


def _lang(text: str) -> Literal["ja", "en"]:
    if text in {"ja", "en"}:
        return text  # type: ignore[return-value]
    raise UsageError(f"--lang {text}: ja か en を指定してください", f"--lang {text}: choose ja or en")


def _progress(stage: str, done: int, of: int) -> None:
    """A line that is written over on a terminal; elsewhere a line a stage."""
    stage = _STAGES.get(stage, stage)
    if sys.stderr.isatty():
        share = f" {100 * done // max(of, 1):3d} %" if of else ""
        typer.echo(f"\r\x1b[K{stage}{share}", err=True, nl=False)
        if of and done >= of:
            typer.echo("", err=True)
    elif of and done >= of:
        typer.echo(stage, err=True)


# --- map ------------------------------------------------------------------------------------


@map_app.command("practice")
def map_practice(
    name: Annotated[str, typer.Argument(help="oita | beppu")] = "oita",
    out: Annotated[Path | None, typer.Option(help="書き出すファイル / copy it to this file")] = None,
) -> None:
    """練習用の地図がどこにあるか / where a practice map lies, or a copy of it."""
    from routing.practice import practice_map

    path = practice_map(name)
    if out is None:
        typer.echo(str(path))
    else:
        out.write_bytes(path.read_bytes())
        typer.echo(f"{out}")


@map_app.command("fetch")
def map_fetch(
    place: Annotated[
        str | None, typer.Argument(help="場所の名前、oita、beppu / a place's name, or oita, beppu")
    ] = None,
    bbox: Annotated[str | None, typer.Option(help="南,西,北,東(度) / S,W,N,E in degrees")] = None,
    out: Annotated[Path | None, typer.Option(help="書き出すファイル / .osm, .osm.gz or .osm.pbf")] = None,
    overpass: Annotated[str | None, typer.Option(help="Overpass サーバー / server's URL")] = None,
    contact: Annotated[
        str | None, typer.Option(help="サーバーに伝える連絡先 / told to the server: an address or URL")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="途中まで取った分を使う / go on with what was fetched before")
    ] = False,
) -> None:
    """OpenStreetMap から取り寄せる / fetch an area through Overpass."""
    from routing.fetch.maps import RESUMED, Terms, area_of, fetch_map

    given: dict[str, Any] = {"overpass": overpass} if overpass else {}
    given |= {"max_age": RESUMED} if resume else {}
    terms, now = Terms(contact=contact, **given), datetime.now(UTC)
    area = area_of(place, bbox, now=now, terms=terms)
    path = out or Path(f"{place or 'map'}.osm.pbf".replace("/", "_"))
    fetched = fetch_map(area, path, now=now, terms=terms, tell=_tell)
    typer.echo(
        f"{fetched.path}: {area.ja} / {area.en}, {fetched.ways} ways, {fetched.nodes} nodes, "
        f"{fetched.data_time:%Y-%m-%d %H:%M} UTC"
    )
    typer.echo(f"次は / next: shirube map build {fetched.path}")


def _tell(progress: "Progress") -> None:
    typer.echo(f"[{progress.tile}/{progress.tiles}] {progress.ja} / {progress.en}", err=True)


@map_app.command("build")
def map_build(
    file: Annotated[Path, typer.Argument(help="OSM ファイル / .osm, .osm.gz or .osm.pbf")],
    bbox: Annotated[str | None, typer.Option(help="南,西,北,東(度) / S,W,N,E in degrees")] = None,
    out: Annotated[Path | None, typer.Option(help="書き出すファイル / the built map")] = None,
    lang: Lang = "ja",
) -> None:
    """OpenStreetMap から歩行者の地図を作る / build a walking map."""
    from routing import mapinfo
    from routing.areas import area_of_box
    from routing.mapfile import SUFFIX
    from routing.network import load_map, save_map

    chosen = _lang(lang)
    box = area_of_box(bbox).box if bbox else None
    corners = (box.south, box.west, box.north, box.east) if box else None
    on = load_map(file, bbox=corners, progress=_progress)
    path = out or file.with_name(file.name.split(".osm")[0] + SUFFIX)
    save_map(on, path)
    typer.echo(f"{path}")
    for line in mapinfo.lines(mapinfo.info(on, path.stat().st_size), chosen):
        typer.echo(line)


@map_app.command("info")
def map_info(
    file: Annotated[str, typer.Argument(help="地図 / oita, beppu (practice) or a file")],
    lang: Lang = "ja",
    as_json: Json = False,
) -> None:
    """地図に何が入っていて、何がないか / what a map holds and lacks."""
    from routing import mapinfo

    chosen = _lang(lang)
    size = Path(file).stat().st_size if Path(file).is_file() else None
    told = mapinfo.info(open_map(file), size)
    if as_json:
        typer.echo(json.dumps(dataclasses.asdict(told), ensure_ascii=False, indent=1))
        return
    for line in mapinfo.lines(told, chosen):
        typer.echo(line)


@map_app.command("check")
def map_check(
    file: Annotated[str, typer.Argument(help="地図 / oita, beppu (practice) or a file")],
    lang: Lang = "ja",
    most: Annotated[int, typer.Option(min=1, help="種類ごとに何件まで / at most, of a kind")] = 20,
    as_json: Json = False,
) -> None:
    """地図のあやしい所と直し方 / what looks wrong in a map, for mappers."""
    from itertools import groupby, islice

    from routing import mapcheck

    chosen = _lang(lang)
    found = mapcheck.check(open_map(file))
    if as_json:
        typer.echo(json.dumps([dataclasses.asdict(each) for each in found], ensure_ascii=False, indent=1))
        return
    for kind, those in groupby(found, key=lambda each: each.kind):
        of_kind = list(those)
        typer.echo(f"{kind}: {len(of_kind)}")
        for each in islice(of_kind, most):
            typer.echo(f"  {mapcheck.words(each, chosen)}")


def open_map(name: str) -> "WalkingMap":
    """A practice map by its name, or the map in a file."""
    from routing.network import load_map
    from routing.practice import NAMES, practice_map

    return load_map(practice_map(name) if name in NAMES else Path(name))


# --- route ----------------------------------------------------------------------------------


@route_app.callback()
def route(
    context: typer.Context,
    map_name: Annotated[str, typer.Option("--map", help="oita | beppu | FILE")] = "oita",
    origin: Annotated[
        str | None, typer.Option("--from", help="場所か「緯度,経度」 / place or lat,lon")
    ] = None,
    destination: Annotated[
        str | None, typer.Option("--to", help="場所か「緯度,経度」 / place or lat,lon")
    ] = None,
    at: Annotated[str | None, typer.Option(help="時刻 ISO 8601 / time; sounds depend on it")] = None,
    walker: Annotated[str, typer.Option(help="cane | dog | low-vision | FILE.toml")] = "cane",
    choice: Annotated[
        str, typer.Option(help="recommended | safest | shortest | blocks | all")
    ] = "recommended",
    blocked: Annotated[
        list[str] | None,
        typer.Option(help="通れない所「緯度,経度」 / a closed place lat,lon; may be repeated"),
    ] = None,
    lang: Lang = "ja",
    as_json: Annotated[bool, typer.Option("--json", help="経路を JSON で / the route as JSON")] = False,
    as_geojson: Annotated[bool, typer.Option("--geojson", help="GeoJSON で / as GeoJSON")] = False,
    draw: Annotated[Path | None, typer.Option(help="地図に描く / draw it: FILE.svg")] = None,
    say: Annotated[
        Path | None, typer.Option(help="声にする / speak it into FILE.wav", show_default=False)
    ] = None,
) -> None:
    """経路を計画し、言葉で読む / plan a route and read it in words."""
    if context.invoked_subcommand is not None:
        return
    if origin is None or destination is None:
        raise UsageError("--from と --to を指定してください", "give --from and --to")
    chosen = _lang(lang)
    on = open_map(map_name)
    moment = moment_of(at)
    routes = _planned(on, origin, destination, walker, moment, choice, _blockages(blocked or [], moment))
    _show(routes, chosen, as_json=as_json, as_geojson=as_geojson)
    if draw is not None:
        from routing import picture

        draw.write_text(picture.svg(on, routes[0], chosen), encoding="utf-8")
    if say is not None:
        # The voice is the device's: the command line hands it in, this room knows none.
        speak: Callable[[tuple[str, ...], Literal["ja", "en"], Path], None] = context.obj.speak
        speak(_sentences(routes[0], chosen, spoken=True), chosen, say)


def _planned(
    on: "WalkingMap",
    origin: str,
    destination: str,
    walker: str,
    moment: datetime,
    choice: str,
    blocked: "tuple[Blockage, ...]",
) -> "tuple[Route, ...]":
    from routing.plan import CHOICES, alternatives, plan

    if choice == "all":
        return alternatives(on, origin, destination, walker, moment, blocked=blocked)
    if choice not in CHOICES:
        names = ", ".join((*CHOICES, "all"))
        raise UsageError(
            f"--choice {choice}: {names} から選んでください", f"--choice {choice}: one of {names}"
        )
    return (plan(on, origin, destination, walker, moment, choice=choice, blocked=blocked),)


def _blockages(places: list[str], moment: datetime) -> "tuple[Blockage, ...]":
    from routing.blockages import Blockage
    from routing.plan import latlon

    found = []
    for text in places:
        point = latlon(text)
        if point is None:
            raise UsageError(
                f"--blocked {text}: 緯度,経度 で指定してください", f"--blocked {text}: write it as lat,lon"
            )
        reported = moment.timestamp()
        found.append(Blockage(*point, reported_utc_s=reported, expires_utc_s=reported + 3600.0))
    return tuple(found)


def _show(routes: "tuple[Route, ...]", lang: Literal["ja", "en"], *, as_json: bool, as_geojson: bool) -> None:
    from routing.geojson import features
    from wire.codec import ROUTE

    if as_geojson:
        typer.echo(json.dumps(features(routes), ensure_ascii=False))
        return
    for number, planned in enumerate(routes):
        if as_json:
            typer.echo(ROUTE.encode(planned))
            continue
        if number:
            typer.echo("")
        for line in _sentences(planned, lang):
            typer.echo(line)
    if not as_json:
        typer.echo(routes[0].source.attribution)


def _sentences(planned: "Route", lang: Literal["ja", "en"], *, spoken: bool = False) -> tuple[str, ...]:
    from routing.phrases import rehearsal

    return rehearsal(planned, lang, spoken=spoken)


def moment_of(text: str | None) -> datetime:
    """The time of a walk as people write it; without an offset the walker's own clock: Japan's."""
    if text is None:
        return datetime.now().astimezone()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"--at {text}: 2026-11-02T10:00+09:00 のように書いてください",
            f"--at {text}: write it like 2026-11-02T10:00+09:00",
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo("Asia/Tokyo"))


@route_app.command("bench")
def route_bench(
    map_file: MapFile,
    peer: Annotated[str, typer.Option(help="比べる相手 / valhalla,networkx")] = "valhalla,networkx",
    pairs: Annotated[int, typer.Option(min=2, help="何組 / how many pairs")] = 200,
    seed: Seed = 1,
    rounds: Annotated[int, typer.Option(min=1, help="何巡 / how often each")] = 3,
    tiles: Annotated[
        int, typer.Option(min=0, help="地図を何枚並べるか / also on so many copies of the map")
    ] = 0,
    extract: Extract = None,
    as_json: Json = False,
) -> None:
    """計画の速さを他と比べる / the planner's speed beside its peers."""
    from routing.bench.bench import bench

    result = bench(
        map_file, peers=_names(peer), count=pairs, seed=seed, rounds=rounds, tiles=tiles, extract=extract
    )
    _result(result, as_json=as_json)


@route_app.command("compare")
def route_compare(
    map_file: MapFile,
    peer: Annotated[str, typer.Option(help="比べる相手 / valhalla,osmnx")] = "valhalla,osmnx",
    pairs: Annotated[int, typer.Option(min=2, help="何組 / how many pairs")] = 100,
    seed: Seed = 1,
    extract: Extract = None,
    as_json: Json = False,
) -> None:
    """経路の質を他と比べる / the routes' quality beside its peers."""
    from routing.bench.compare import compare

    _result(compare(map_file, peers=_names(peer), count=pairs, seed=seed, extract=extract), as_json=as_json)


@route_app.command("walks")
def route_walks(
    map_file: MapFile,
    noise: Annotated[str, typer.Option(help="測位の誤差 m / noise of the position, m")] = "3,10,20",
    walks: Annotated[int, typer.Option(min=1, help="何経路 / how many routes")] = 60,
    seed: Seed = 1,
    gpx: Annotated[
        list[Path] | None, typer.Option(help="記録した歩行 GPX / recorded walks; may be repeated")
    ] = None,
    as_json: Json = False,
) -> None:
    """雑音のある測位で歩き、案内の正しさを測る / walk with a noisy position, measure the guidance."""
    from routing.walks.run import run
    from routing.walks.table import table

    result = run(map_file, _metres(noise), walks, seed, tuple(gpx or ()), _progress)
    typer.echo(json.dumps(result, ensure_ascii=False, indent=1) if as_json else table(result))


def _metres(text: str) -> tuple[float, ...]:
    try:
        found = tuple(float(part) for part in _names(text))
    except ValueError:
        found = ()
    if not found or not all(0.5 <= each <= 100.0 for each in found):
        raise UsageError(
            f"--noise {text}: 0.5 から 100 の数をコンマで区切ってください",
            f"--noise {text}: numbers from 0.5 to 100, parted by commas",
        )
    return found


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _result(result: dict[str, Any], *, as_json: bool) -> None:
    from routing.bench.table import table

    typer.echo(json.dumps(result, ensure_ascii=False, indent=1) if as_json else table(result))
