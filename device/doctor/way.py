"""Configuration, map and server: facts to findings. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from device.doctor.findings import Fact, Finding, Level
from device.doctor.reasons import reason

DAY_S: Final = 86_400.0
# Crossings and signals change with road works: a map of half a year ago has seen none of them.
OLD_MAP_S: Final = 183 * DAY_S
CERTIFICATE_SOON_S: Final = 14 * DAY_S


@dataclass(frozen=True, slots=True)
class ConfigFacts:
    """`path` None: none was given and none is installed. `fault`: one line, naming the key."""

    path: str | None
    fault: str = ""


def judge_config(config: ConfigFacts) -> Finding:
    """Whether there is one, and whether it can be used."""
    if config.path is None:
        return Finding(
            "configuration",
            Level.WARN,
            "設定ファイルがないので、既定の設定で調べます。",
            "No configuration file: the defaults are checked.",
            "--config で場所を言うか、sudo shirube device install を実行してください。",
            "Name it by --config, or run: sudo shirube device install",
        )
    if config.fault:
        return Finding(
            "configuration",
            Level.FAULT,
            f"設定が使えません（{config.fault}）。既定の設定で調べます。",
            f"The configuration cannot be used ({config.fault}). The defaults are checked.",
            "そのキーを直してください。",
            "Correct that key.",
            {"path": config.path},
        )
    ja, en = f"設定 {config.path} を読めました。", f"The configuration {config.path} can be read."
    return Finding("configuration", Level.OK, ja, en, facts={"path": config.path})


@dataclass(frozen=True, slots=True)
class MapFacts:
    """`age_s`: since its data was taken from OpenStreetMap; `outside`: saved places beyond it."""

    path: str | None
    fault: str = ""
    name: str = ""
    practice: bool = False
    age_s: float | None = None
    outside: tuple[str, ...] = ()


def judge_map(on: MapFacts) -> tuple[Finding, ...]:
    """Whether the device can plan by itself, and on what."""
    facts: dict[str, Fact] = {"path": on.path, "name": on.name, "age_s": on.age_s}
    build = (
        "shirube map fetch と map build で作ってください。",
        "Make one by shirube map fetch and map build.",
    )
    if on.path is None:
        ja, en = (
            "地図が設定されていません。道案内はできません。",
            "No map is configured: there is no guidance along a route.",
        )
        return (Finding("map", Level.WARN, ja, en, *build, facts),)
    if on.fault:
        return (
            Finding(
                "map",
                Level.FAULT,
                f"地図が読めません（{on.fault}）。",
                f"The map cannot be read ({on.fault}).",
                *build,
                facts,
            ),
        )
    if on.practice:
        ja, en = (
            f"地図 {on.name} は練習用です。実際の案内には使えません。",
            f"The map {on.name} is for practice, not for guidance.",
        )
        return (Finding("map", Level.FAULT, ja, en, *build, facts),)
    found: list[Finding] = []
    if on.outside:
        names = "、".join(on.outside)
        found.append(
            Finding(
                "map",
                Level.WARN,
                f"登録した行き先が地図の外です: {names}。",
                f"Saved places outside the map: {', '.join(on.outside)}.",
                "その町の地図を使うか、行き先の緯度と経度を確かめてください。",
                "Use that city's map, or look at the places' latitude and longitude.",
                facts,
            )
        )
    if on.age_s is not None and on.age_s > OLD_MAP_S:
        days = round(on.age_s / DAY_S)
        found.append(
            Finding(
                "map",
                Level.WARN,
                f"地図 {on.name} が{days}日前のものです。",
                f"The map {on.name} is {days} days old.",
                "新しい地図を作ってください。",
                "Build a new one.",
                facts,
            )
        )
    old = "" if on.age_s is None else f"、{round(on.age_s / DAY_S)}日前"
    old_en = "" if on.age_s is None else f", {round(on.age_s / DAY_S)} days old"
    well = Finding("map", Level.OK, f"地図 {on.name}{old}。", f"Map {on.name}{old_en}.", facts=facts)
    return tuple(found) or (well,)


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """`url` None: none configured. `status`: HTTP answer to our key; `certificate_s`: seconds left of it."""

    url: str | None
    key_fault: str = ""
    fault: str = ""
    status: int | None = None
    certificate_s: float | None = None


def judge_server(server: ServerFacts) -> tuple[Finding, ...]:
    """Whether the log will arrive. Guidance does not need the server, and consent is not touched."""
    facts: dict[str, Fact] = {
        "url": server.url,
        "status": server.status,
        "certificate_s": server.certificate_s,
    }
    if server.url is None:
        ja, en = (
            "サーバーを使わない設定です。見守りはありません。",
            "Set to use no server: no one at home can follow a walk.",
        )
        return (Finding("server", Level.OK, ja, en, facts=facts),)
    trouble = _trouble(server, facts)
    if trouble is not None:
        return (trouble,)
    if server.certificate_s is not None and server.certificate_s < CERTIFICATE_SOON_S:
        days = round(server.certificate_s / DAY_S)
        return (
            Finding(
                "server",
                Level.WARN,
                f"サーバーの証明書があと{days}日で切れます。",
                f"The server's certificate ends in {days} days.",
                "サーバーの管理者に伝えてください。",
                "Tell who runs the server.",
                facts,
            ),
        )
    ja, en = "サーバーにつながり、鍵も通りました。", "The server answers and accepts the key."
    return (Finding("server", Level.OK, ja, en, facts=facts),)


def _trouble(server: ServerFacts, facts: dict[str, Fact]) -> Finding | None:
    if server.key_fault:
        why, why_en = reason(server.key_fault)
        return Finding(
            "server",
            Level.FAULT,
            f"サーバーの鍵が読めません（{why}）。",
            f"The server's key cannot be read ({why_en}).",
            "設定の server.key_file を確かめてください。",
            "Look at server.key_file.",
            facts,
        )
    if server.fault:
        why, why_en = reason(server.fault)
        return Finding(
            "server",
            Level.WARN,
            f"サーバーにつながりません（{server.url}: {why}）。案内は続けられます。",
            f"The server cannot be reached ({server.url}: {why_en}). Guidance does not need it.",
            "ネットの接続を確かめてください。記録はあとで送られます。",
            "Look at the network; the log is sent later.",
            facts,
        )
    if server.status in (401, 403):
        return Finding(
            "server",
            Level.FAULT,
            "サーバーがこの装置の鍵を受け付けません。",
            "The server does not accept this device's key.",
            "新しい鍵をもらって server.key_file に入れてください。",
            "Get a new key and put it into server.key_file.",
            facts,
        )
    if server.status is not None and server.status >= 500:
        return Finding(
            "server",
            Level.WARN,
            f"サーバーの調子が悪いようです（{server.status}）。",
            f"The server is unwell ({server.status}).",
            "しばらくして、もう一度調べてください。",
            "Try again in a while.",
            facts,
        )
    return None


def outside(
    bounds: tuple[float, float, float, float], spots: Sequence[tuple[str, float, float]]
) -> tuple[str, ...]:
    """The names of the (name, latitude, longitude) that lie beyond south, west, north, east."""
    south, west, north, east = bounds
    return tuple(name for name, lat, lon in spots if not (south <= lat <= north and west <= lon <= east))
