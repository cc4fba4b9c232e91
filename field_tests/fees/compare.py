"""Fees before and with the device: gross, self-pay and public apart, as billed and at fixed prices; verdict.

20,160 yen a month, as claimed, is far above what a person can be asked to pay in most categories: it is held
against gross fees, and what persons pay themselves is shown beside it, never in its place.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from field_tests.fees.bills import with_bills
from field_tests.fees.change import Means, after_low, change, means, whole
from field_tests.fees.gates import FeeTrial, judge
from field_tests.fees.ledger import Cost, Line, Record, only, read
from field_tests.fees.months import Pair, days_of, fee_months, lines_of, months_between, months_of, pairs
from field_tests.fees.off_tariff import unpriced
from field_tests.fees.tariff import Tariff, Version
from field_tests.issues import Issue
from field_tests.study.found import Found
from field_tests.study.reading_context import FeeFiles
from field_tests.study.result import Estimate, FeeMonth, Fees, Gate
from field_tests.study.tables import TrialTables


def fees_of(
    files: FeeFiles, tables: TrialTables, outing: Sequence[Gate] = ()
) -> tuple[Fees | None, tuple[Issue, ...]]:
    """The comparison of a folder's fees and what was wrong in them; None where it has no fees at all.

    `outing`: the gates of the verdict on outing time; without them no verdict on fees can be given.
    """
    if files.ledger is None and files.tariff is None and files.costs is None:
        return None, ()
    found = Found()
    record = with_bills(read(files, found, tables.issues), files.bills, found)
    return compare(record, tables, found, outing), found.issues()


def compare(record: Record, tables: TrialTables, found: Found, outing: Sequence[Gate]) -> Fees:
    """The comparison; what the ledger and the tariff do not agree on goes to `found`."""
    record = only(record, (who.person for who in tables.participants), found)
    compared, months = pairs(record, tables), fee_months(record, tables)
    without = unpriced(record, compared, months, found)
    seen = _changes(compared, record.tariff, tables)
    trial = FeeTrial(
        outing=tuple(outing),
        design=tables.protocol.design,
        gates=tables.protocol.gates,
        target=tables.protocol.fees,
        enrolled=len({who.person for who in tables.participants}),
        persons=len(compared),
        unusable=record.unplaced,
        without_bill=len(months_of(compared) - record.billed),
        without_tariff=without,
        gross=seen.billed,
        fixed=seen.fixed,
        before_yen=_yen(seen.gross)[0],
        after_yen=_yen(seen.gross)[1],
        after_low=after_low(seen.gross, tables.protocol.seed),
    )
    return _told(seen, months, _costs(record.costs, tables), trial)


@dataclass(frozen=True, slots=True)
class _Changes:
    """Means of both sides, and their changes: gross as billed and at fixed prices, then all others."""

    gross: Means
    own: Means
    billed: Estimate
    fixed: Estimate
    others: tuple[Estimate, ...]


def _changes(compared: Sequence[Pair], tariff: Tariff | None, tables: TrialTables) -> _Changes:
    seed, days = tables.protocol.seed, _days(compared)
    gross, own = means(compared, _gross), means(compared, _own)
    billed = change("fees", gross, seed, days=days)
    if billed.percent is not None:
        note_ja, note_en = _which(compared)
        billed = replace(billed, note_ja=note_ja, note_en=note_en)
    return _Changes(
        gross=gross,
        own=own,
        billed=billed,
        fixed=_fixed(compared, _first_prices(tariff, tables), seed, days),
        others=(
            change("fees_self_pay", own, seed, days=days),
            change("fees_public", means(compared, _public), seed, days=days),
            change("fees_hours", means(compared, _minutes), seed, days=days),
        ),
    )


def _which(compared: Sequence[Pair]) -> tuple[str, str]:
    """Which months are compared, and that nothing takes the season out of them."""
    before = sorted({month for pair in compared for month in pair.before.months})
    after = sorted({month for pair in compared for month in pair.after.months})
    spans = [of[0] if of[0] == of[-1] else f"{of[0]} – {of[-1]}" for of in (before, after)]
    return (
        f"比べた月：前 {spans[0]}、装置あり {spans[1]}。季節は調整していません。",
        f"Months compared: before {spans[0]}, with the device {spans[1]}; not adjusted for season.",
    )


def _told(
    seen: _Changes, months: tuple[FeeMonth, ...], costs: tuple[tuple[str, int], ...], trial: FeeTrial
) -> Fees:
    before, after = trial.before_yen, trial.after_yen
    own_before, own_after = _yen(seen.own)
    return Fees(
        before_yen=before,
        after_yen=after,
        self_pay_before_yen=own_before,
        self_pay_after_yen=own_after,
        public_before_yen=None if before is None or own_before is None else before - own_before,
        public_after_yen=None if after is None or own_after is None else after - own_after,
        target_before_yen=trial.target.before_yen,
        target_after_yen=trial.target.after_yen,
        change=seen.billed,
        months=months,
        costs=costs,
        verdict=judge(trial),
        others=(seen.fixed, *seen.others),
    )


def _gross(line: Line) -> int:
    return line.gross_yen


def _own(line: Line) -> int:
    return line.self_pay_yen


def _public(line: Line) -> int:
    return line.public_yen


def _minutes(line: Line) -> int:
    return line.minutes


def _yen(seen: Means) -> tuple[int | None, int | None]:
    both = seen.of_all
    return (None, None) if both is None else (whole(both[0]), whole(both[1]))


def _days(compared: Iterable[Pair]) -> int:
    """Days of the months compared."""
    return sum((days_of(month)[1] - days_of(month)[0]).days + 1 for _, month in months_of(compared))


def _first_prices(tariff: Tariff | None, tables: TrialTables) -> Version | None:
    return None if tariff is None else tariff.at(tables.protocol.first)


def _fixed(compared: Sequence[Pair], prices: Version | None, seed: int, days: int) -> Estimate:
    """The change of gross fees if every service had cost what it costs on the trial's first day."""
    lines = lines_of(compared)
    known = {} if prices is None else {line: prices.price(line.service, line.minutes) for line in lines}
    priced = {line: price for line, price in known.items() if price is not None}
    if len(priced) < len(set(lines)) or not lines:
        return Estimate(
            key="fees_fixed_prices", percent=None, low=None, high=None, persons=len(compared), days=days,
            note_ja="料金表にない利用があります", note_en="a service whose price the tariff does not tell",
        )  # fmt: skip
    return change("fees_fixed_prices", means(compared, lambda line: priced[line]), seed, days=days)


def _costs(costs: Iterable[Cost], tables: TrialTables) -> tuple[tuple[str, int], ...]:
    """Yen a month and person, over the months in which somebody had the device; set-up is shared by them."""
    total: dict[str, int] = defaultdict(int)
    for cost in costs:
        total[cost.what] += cost.yen
    worn = {
        (phase.person, month)
        for phase in tables.phases
        if phase.kind != "baseline"
        for month in months_between(phase.first, phase.last)
    }
    if not worn:
        return ()
    return tuple((what, whole(Fraction(yen, len(worn)))) for what, yen in sorted(total.items()))
