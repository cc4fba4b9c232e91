"""The tables of fees: means of each participant and phase, and costs beside them."""

from collections.abc import Sequence
from itertools import groupby

from field_tests.report.grids import Grid
from field_tests.report.words import Words
from field_tests.study import names
from field_tests.study.result import FeeMonth, Fees


def totals(fees: Fees, words: Words) -> Grid:
    """Before and after of gross, self-pay and public, a month and person."""
    say = words.say
    head = (say("内訳", "part"), say("前", "before"), say("後", "after"), say("差", "difference"))
    parts = (
        (say("総額", "gross"), fees.before_yen, fees.after_yen),
        (say("うち自己負担", "of which self-pay"), fees.self_pay_before_yen, fees.self_pay_after_yen),
        (say("うち公費", "of which public"), fees.public_before_yen, fees.public_after_yen),
        (say("目標（総額）", "target (gross)"), fees.target_before_yen, fees.target_after_yen),
    )
    rows = ((part, words.yen(one), words.yen(two), _less(one, two, words)) for part, one, two in parts)
    return Grid("fees", say("利用料（一人ひと月）", "Fees, a month and person"), head, tuple(rows))


def _less(before: int | None, after: int | None, words: Words) -> str:
    return words.unknown if before is None or after is None else words.yen(after - before)


def monthly(fees: Fees, words: Words) -> Grid:
    """Means of each participant's months, by phase; each month by itself is in fees.csv."""
    say = words.say
    head = (
        say("参加者", "participant"),
        say("期間", "phase"),
        say("月数", "months"),
        say("総額", "gross"),
        say("自己負担", "self-pay"),
        say("公費", "public"),
        say("同行（時間/月）", "accompanied (h a month)"),
        say("一人（時間/月）", "alone (h a month)"),
    )
    caption = say("一人ずつの利用料、ひと月の平均", "Fees of each participant, mean month")
    rows = (
        _mean(key, list(months), words)
        for key, months in groupby(by_phase(fees.months), key=lambda one: (one.person, one.phase))
    )
    return Grid("fee_months", caption, head, tuple(rows))


def by_phase(months: Sequence[FeeMonth]) -> list[FeeMonth]:
    """By person, then in the order of phases."""
    order = {phase: number for number, phase in enumerate(names.FEE_PHASES)}
    return sorted(months, key=lambda one: (one.person, order.get(one.phase, len(order)), one.month))


def _mean(key: tuple[str, str], months: Sequence[FeeMonth], words: Words) -> tuple[str, ...]:
    count = len(months)
    alone = [one.alone_hours for one in months if one.alone_hours is not None]
    return (
        key[0],
        words.named(names.FEE_PHASES, key[1]),
        words.number(count),
        words.yen(round(sum(one.gross_yen for one in months) / count)),
        words.yen(round(sum(one.self_pay_yen for one in months) / count)),
        words.yen(round(sum(one.public_yen for one in months) / count)),
        words.number(sum(one.accompanied_hours for one in months) / count, 1),
        words.number(sum(alone) / len(alone), 1) if len(alone) == count else words.unknown,
    )


def costs(fees: Fees, words: Words) -> Grid:
    """Device and server, beside the fees and not taken from them."""
    say = words.say
    head = (say("何に", "for what"), say("一人ひと月", "a month and person"))
    rows = tuple((words.named(names.COSTS, what), words.yen(yen)) for what, yen in fees.costs)
    return Grid("costs", say("装置とサーバーの費用", "Cost of device and server"), head, rows)
