"""The figures as a person reads them: one table, headings in Japanese and English."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from unicodedata import east_asian_width

_ENGINES: Final = {
    "shirube": "Shirube",
    "valhalla": "Valhalla (blind)",
    "osmnx": "OSMnx (最短 shortest)",
    "networkx": "NetworkX (経路のみ path only)",
    "shirube_shortest": "Shirube (最短 shortest)",
}
_QUALITY: Final = (
    ("longer", "最短との比", "x shortest", "{:.2f}"),
    ("on_foot_share", "歩道・歩行者道", "on foot ways", "{:.1%}"),
    ("no_sidewalk_share", "歩道のない車道", "no sidewalk", "{:.1%}"),
    ("unsignalled_larger_per_km", "信号なし横断/km", "unsignalled/km", "{:.2f}"),
    ("unmarked_larger_per_km", "うち標示もなし/km", "no paint either/km", "{:.2f}"),
    ("crossings_per_km", "横断/km", "crossings/km", "{:.2f}"),
    ("tactile_m_per_km", "誘導ブロック m/km", "blocks m/km", "{:.1f}"),
    ("flights_per_km", "階段/km", "steps/km", "{:.2f}"),
    ("level_crossings_per_km", "踏切/km", "rails/km", "{:.3f}"),
    ("unmatched_share", "地図外", "off the map", "{:.1%}"),
)
_SPEED: Final = (
    ("p50_ms", "中央値 ms", "p50 ms"),
    ("p95_ms", "95% ms", "p95 ms"),
)


def table(result: Mapping[str, Any]) -> str:
    """The table of `compare` or `bench`, whichever the result is of."""
    return _quality(result) if "engines" in result else _speed(result)


def _quality(result: Mapping[str, Any]) -> str:
    head = [f"{ja}|{en}" for _, ja, en, _ in _QUALITY]
    rows = [
        [_ENGINES.get(name, name), *(form.format(figures[key]) for key, _, _, form in _QUALITY)]
        for name, figures in result["engines"].items()
    ]
    data, missing = result["data"], result["no_route"]
    lost = "、".join(f"{_ENGINES.get(name, name)} {count}" for name, count in missing.items())
    return "\n".join([
        f"経路の質 / quality of routes: {result['map']}",
        f"{result['compared']} / {result['pairs']} 組を比較 / pairs compared; 経路なし / no route: {lost}",
        "",
        _grid(["|", *head], rows),
        "",
        "地図が知っていること / what the map knows: "
        f"{data['km']:.0f} km、誘導ブロック blocks {data['tactile_share']:.2%}、"
        f"横断 crossings {data['crossings']} (信号あり signals {data['crossings_with_signals']}、"
        f"不明 unknown {data['crossings_signals_unknown']}、音 sound {data['crossings_with_sound']})",
        "信号が不明の横断は「信号なし」に数える / a crossing of unknown signals counts as unsignalled",
    ])  # fmt: skip


def _speed(result: Mapping[str, Any]) -> str:
    engines = [name for name in _ENGINES if name in result]
    head = [f"{ja}|{en}" for _, ja, en in _SPEED]
    near_far = [f"{place}|{en} p50/p95" for place, en in (("近い組", "near"), ("遠い組", "far"))]
    rows = [_speed_row(name, result[name]) for name in engines]
    lines = [
        f"計画・手順・言葉の時間 / time for plan, steps and words: {result['map']}",
        f"{result['compared']} / {result['pairs']} 組、{result['rounds']} 回の中央値 / median of rounds",
        "",
        _grid(["|", *head, *near_far, "経路なし|no route"], rows),
        "",
        *_told(result),
    ]
    return "\n".join(lines)


def _speed_row(name: str, figures: Mapping[str, Any]) -> list[str]:
    def both(of: Mapping[str, float]) -> str:
        return f"{of['p50_ms']:.2f} / {of['p95_ms']:.2f}" if of else "-"

    spread = [f"{figures[key]:.2f}" if key in figures else "-" for key, _, _ in _SPEED]
    return [
        _ENGINES[name], *spread, both(figures["near"]), both(figures["far"]), str(figures["no_route"]),
    ]  # fmt: skip


def _told(result: Mapping[str, Any]) -> list[str]:
    lines = [
        f"地図を開く / opening: {result['open_ms']:.1f} ms, {result['rss_mb']:.1f} MB; "
        f"最初の計画 / first plan: {result['prepare_ms']:.0f} ms",
    ]
    if "ratio_p50" in result:
        lines.append(
            f"Valhalla との比 / beside Valhalla: p50 1/{1.0 / result['ratio_p50']:.1f}, "
            f"p95 1/{1.0 / result['ratio_p95']:.1f}"
        )
    if "same_cost_as_networkx" in result:
        share = result["same_cost_as_networkx"]
        lines.append(f"NetworkX と同じ費用の組 / pairs of the same cost as NetworkX: {share:.1%}")
    if "p50_growth" in result:
        tiles, growth = result["tiled"]["tiles"], result["p50_growth"]
        lines.append(f"{tiles} 倍の地図での p50 / p50 on {tiles} times the map: x{growth:.2f}")
    return lines


def _grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns under headings of two lines ("ja|en"), numbers to the right."""
    tops, bottoms = zip(*(each.split("|", 1) for each in head), strict=True)
    lines = [tops, bottoms, *rows]
    widths = [max(_width(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(
            _padded(text, width, left=place == 0)
            for place, (text, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _padded(text: str, width: int, *, left: bool) -> str:
    space = " " * (width - _width(text))
    return text + space if left else space + text


def _width(text: str) -> int:
    """Cells of a terminal: Japanese characters take two."""
    return sum(2 if east_asian_width(each) in "WF" else 1 for each in text)
