"""What was measured and what was asked, in words of both languages (ja, en). Pure."""

from collections.abc import Iterable, Sequence
from datetime import date

from field_tests.study.names import Pair
from field_tests.study.result import Estimate

UNKNOWN: Pair = ("不明", "not known")
NONE: Pair = ("なし", "none")
NOT_LOOKED_AT: Pair = ("ここでは調べていない", "not looked at here")
LOOKED_AT: Pair = ("`shirube study report` で調べる", "looked at by `shirube study report`")
COMPUTED: Pair = ("推定と区間が計算できる", "an estimate and its interval")
POINTS: Pair = ("ポイント", " points")
NOBODY_OUT: Pair = ("外出が 0 分の期間がある", "a phase without any minute out")
ALL_WAYS: Pair = (
    "数え方を変えても一人を除いても、すべて計算できる",
    "other ways of counting and leaving one out, all of them computed",
)
ALL_ABOVE: Pair = ("すべて 0 % より上", "all above 0 %")
MORE: Pair = ("前後比較だけではない", "more than before and after")
NO_HASHES: Pair = (
    "凍結のハッシュがない（始まる前に凍結の命令で書く）",
    "no frozen.sha256, which `shirube study protocol freeze` writes before the first day",
)
NO_LOTS: Pair = (
    "くじの記録か、候補の日がない（くじの命令で引き、記録を残す）",
    "no record of the draw (lots.csv and possible_starts), which `shirube study protocol draw` makes",
)
HOLDS_NOTHING: Pair = ("区間が 0 を含む", "the interval holds 0")
# Said of fees with every word but "cannot tell": starts and weeks are drawn, months of fees are not.
MEANWHILE: Pair = (
    "利用料は前と後の月を比べただけで、その間に全員に起きたこと（制度、事業所、健康）を装置と区別していません。",
    "Fees are months before and after: what happened to everybody meanwhile (rules, offices, health) is not"
    " told from the device.",
)


def same(text: str) -> Pair:
    """What reads the same in both."""
    return (text, text)


def start_of(sha256: str) -> Pair:
    """Enough of a hash to tell it from others; empty: not known."""
    return same(sha256[:12]) if sha256 else UNKNOWN


def day(value: date) -> Pair:
    """2026-11-22 as a date is written."""
    return (f"{value.year}年{value.month}月{value.day}日", f"{value.day} {value:%B %Y}")


def with_room(percent: float) -> Pair:
    """What is asked for where the season may have helped."""
    return (f"、季節の分をみて {percent:+.1f} %", f"; {percent:+.1f} % with room for the season")


def probability(p: float | None) -> str:
    """A p, which is never 0; the same in both."""
    if p is None:
        return "p = -"
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def before(value: date) -> Pair:
    """Before that day."""
    ja, en = day(value)
    return (f"{ja}より前", f"before {en}")


def persons(count: int) -> Pair:
    """So many persons."""
    return (f"{count}人", f"{count} person" if count == 1 else f"{count} persons")


def days(count: int) -> Pair:
    """So many days."""
    return (f"{count}日", f"{count} day" if count == 1 else f"{count} days")


def lines(count: int) -> Pair:
    """So many lines of a table; none of them."""
    return (f"{count}行", f"{count} line" if count == 1 else f"{count} lines") if count else NONE


def months(count: int) -> Pair:
    """So many months of one person each; none of them."""
    return (f"{count}か月", f"{count} month" if count == 1 else f"{count} months") if count else NONE


def share(value: float) -> Pair:
    """A share of 0 to 1 in percent, to a tenth."""
    return same(f"{100.0 * value:.1f} %")


def percent(value: float) -> Pair:
    """A change, with its sign."""
    return same(f"{signed(value)} %")


def signed(value: float) -> str:
    """To a tenth, with its sign; what rounds to nothing is +0.0."""
    return f"{round(value, 1) + 0.0:+.1f}"


def at_least(least: Pair) -> Pair:
    """That much or more."""
    return (f"{least[0]}以上", f"{least[1]} or more")


def at_most(most: Pair) -> Pair:
    """That much or less."""
    return (f"{most[0]}以下", f"{most[1]} or less")


def around(middle: float, off: float) -> Pair:
    """A share of 0 to 1, give or take `off` of it."""
    return (
        f"{100.0 * middle:.0f} %±{100.0 * off:g}ポイント以内",
        f"{100.0 * middle:.0f} % ±{100.0 * off:g} points",
    )


def within_points(points: float) -> Pair:
    """Not further than so many points from none."""
    return (f"±{points:g}ポイント以内", f"within ±{points:g} points")


def either(ways: Iterable[Pair]) -> Pair:
    """One of them."""
    listed = list(ways)
    return ("、または".join(ja for ja, _ in listed), "; or ".join(en for _, en in listed))


def listed(parts: Iterable[Pair]) -> Pair:
    """All of them; none."""
    told = list(parts)
    return ("、".join(ja for ja, _ in told), "; ".join(en for _, en in told)) if told else NONE


def span(values: Sequence[float]) -> Pair:
    """From the lowest to the highest change."""
    low, high = f"{signed(min(values))} %", f"{signed(max(values))} %"
    return (f"{low}から{high}", f"{low} to {high}")


def estimate(seen: Estimate, unit: Pair = (" %", " %")) -> Pair:
    """An estimate and its 95 % interval."""
    if seen.percent is None:
        return ("計算できない", "not computed")
    ja, en = (f"{signed(seen.percent)}{each}" for each in unit)
    if seen.low is None or seen.high is None:
        return (f"{ja}（区間なし）", f"{en} (no interval)")
    return (
        f"{ja}（95 % 区間 {signed(seen.low)} から {signed(seen.high)}）",
        f"{en} (95 % interval {signed(seen.low)} to {signed(seen.high)})",
    )
