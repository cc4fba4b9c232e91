"""Fees before and with the device: gross, self-pay and public apart, as billed and at fixed prices; verdict.

20,160 yen a month, as claimed, is far above what a person can be asked to pay in most categories: it is held
against gross fees, and what persons pay themselves is shown beside it, never in its place.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from fractions import Fraction

from field_tests.fees.bills import with_bills
from field_tests.fees.change import Means, after_low, change, means, whole
from field_tests.fees.gates import FeeTrial, judge
from field_tests.fees.ledger import LEDGER, Cost, Line, Record, only, read
from field_tests.fees.months import Pair, days_of, fee_months, months_between, pairs
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
    compared = pairs(record, tables)
    months = fee_months(record, tables)
    seed = tables.protocol.seed
    gross, own = (means(compared, value) for value in (_gross, _own))
    without = _check(record, compared, months, found)
    days = _days(compared)
    fixed = _fixed(compared, _first_prices(record.tariff, tables), seed, days)
    moved = change("fees", gross, seed, days=days)
    target = tables.protocol.fees
    before, after = _yen(gross)
    own_before, own_after = _yen(own)
    return Fees(
        before_yen=before,
        after_yen=after,
        self_pay_before_yen=own_before,
        self_pay_after_yen=own_after,
        public_before_yen=None if before is None or own_before is None else before - own_before,
        public_after_yen=None if after is None or own_after is None else after - own_after,
        target_before_yen=target.before_yen,
        target_after_yen=target.after_yen,
        change=moved,
        months=months,
        costs=_costs(record.costs, tables),
        verdict=judge(
            FeeTrial(
                outing=tuple(outing),
                design=tables.protocol.design,
                gates=tables.protocol.gates,
                target=target,
                enrolled=len({who.person for who in tables.participants}),
                persons=len(compared),
                unusable=record.unplaced,
                without_bill=_without_bill(record, compared),
                without_tariff=without,
                gross=moved,
                fixed=fixed,
                before_yen=before,
                after_yen=after,
                after_low=after_low(gross, seed),
            )
        ),
        others=(
            fixed,
            change("fees_self_pay", own, seed, days=days),
            change("fees_public", means(compared, _public), seed, days=days),
            change("fees_hours", means(compared, _minutes), seed, days=days),
        ),
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
    months = [month for pair in compared for side in (pair.before, pair.after) for month in side.months]
    return sum((days_of(month)[1] - days_of(month)[0]).days + 1 for month in months)


def _without_bill(record: Record, compared: Iterable[Pair]) -> int:
    """How many of the months compared were not held against a bill."""
    months = {
        (pair.person, month)
        for pair in compared
        for side in (pair.before, pair.after)
        for month in side.months
    }
    return len(months - record.billed)


def _lines(compared: Iterable[Pair]) -> list[Line]:
    return [line for pair in compared for side in (pair.before, pair.after) for line in side.lines]


def _first_prices(tariff: Tariff | None, tables: TrialTables) -> Version | None:
    return None if tariff is None else tariff.at(tables.protocol.first)


def _fixed(compared: Sequence[Pair], prices: Version | None, seed: int, days: int) -> Estimate:
    """The change of gross fees if every service had cost what it costs on the trial's first day."""
    lines = _lines(compared)
    known = {} if prices is None else {line: prices.price(line.service, line.minutes) for line in lines}
    priced = {line: price for line, price in known.items() if price is not None}
    if len(priced) < len(set(lines)) or not lines:
        return Estimate(
            key="fees_fixed_prices", percent=None, low=None, high=None, persons=len(compared), days=days,
            note_ja="料金表にない利用があります", note_en="a service whose price the tariff does not tell",
        )  # fmt: skip
    return change("fees_fixed_prices", means(compared, lambda line: priced[line]), seed, days=days)


def _check(record: Record, compared: Sequence[Pair], months: Iterable[FeeMonth], found: Found) -> int:
    """Tells where ledger and tariff differ; answers how many lines compared have no price."""
    without = 0
    shown = set(_lines(compared))
    for line in record.lines:
        version = None if record.tariff is None else record.tariff.at(line.day)
        price = None if version is None else version.price(line.service, line.minutes)
        if price is None:
            without += line in shown
            found.add("fee_without_tariff", "note", LEDGER, person=line.person, detail=str(line.day))
        elif price != line.gross_yen:
            odd = f"{line.day}: {line.gross_yen} != {price}"
            found.add("fee_off_tariff", "note", LEDGER, person=line.person, detail=odd)
    for month in months:
        _check_cap(month, record.tariff, found)
    return without


def _check_cap(month: FeeMonth, tariff: Tariff | None, found: Found) -> None:
    version = None if tariff is None else tariff.at(days_of(month.month)[0])
    if version is not None and month.self_pay_yen > version.most_self_pay(month.gross_yen):
        found.add("fee_over_cap", "note", LEDGER, person=month.person, detail=month.month)


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
