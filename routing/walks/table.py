"""The walks' figures for people: ours and the naive follower's side by side."""

from collections.abc import Callable, Mapping
from typing import Any, Final

_Row = tuple[str, Callable[[Mapping[str, Any]], Any]]
_ROWS: Final[tuple[_Row, ...]] = (
    ("曲がり角を窓の内で / turns in the window", lambda one: _percent(one["turns_in_window"])),
    ("同 -8〜+4 m / within -8 to +4 m", lambda one: _percent(one["turns_within_8_4_m"])),
    ("縁石の手前で / kerb told before it", lambda one: _percent(one["kerb_before"])),
    ("誤った指示 / wrong instructions", lambda one: one["wrong_total"]),
    ("誤った経路外れ/km / false off-route per km", lambda one: one["false_off_per_km"]),
    ("60秒を超える沈黙 / silences over 60 s", lambda one: one["silences_over_60_s"]),
    ("最長の沈黙 秒 / longest silence s", lambda one: one["longest_silence_s"]),
    ("経路外れに気づく / told of leaving", lambda one: _percent(one["left"]["told"])),
    ("その遅れ 秒 中央値 / its delay s p50", lambda one: one["left"]["delay_s_p50"]),
    ("拍/分 / morae per minute", lambda one: one["morae_per_minute"]),
    ("ことば/分 / messages per minute", lambda one: one["messages_per_minute"]),
    ("到着を告げた / arrival told", lambda one: _percent(one["arrival_told"])),
)


def table(result: Mapping[str, Any]) -> str:
    """One column each for ours and the naive follower at each noise; recorded walks below."""
    columns = [(each["noise_m"], who, each[who]) for each in result["noises"] for who in ("shirube", "naive")]
    lines = [
        f"{result['map']}: {result['walks']} 経路 / routes, seed {result['seed']}",
        _line("雑音 / noise", [f"{noise:g} m {who}" for noise, who, _ in columns]),
        *(_line(name, [_text(value(figures)) for _, _, figures in columns]) for name, value in _ROWS),
    ]
    arrived = [
        each["listening"][f"{who}_arrived"] for each in result["noises"] for who in ("shirube", "naive")
    ]
    lines.append(_line("聞くだけの人が着いた / listeners arrived", [_percent(share) for share in arrived]))
    for each in result["recorded"]:
        ours = ", ".join(f"{key} {value}" for key, value in each["shirube"].items() if key != "name")
        lines.append(f"{each['name']}: {ours}")
    return "\n".join(lines)


def _line(name: str, cells: list[str]) -> str:
    return "\t".join([name, *cells])


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100.0 * share:.1f} %"


def _text(value: object) -> str:
    return "-" if value is None else str(value)
