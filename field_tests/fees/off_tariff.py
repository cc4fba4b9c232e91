"""Where a ledger and its tariff do not agree: named, and those lines counted that have no price."""

from collections.abc import Iterable, Sequence

from field_tests.fees.ledger import LEDGER, Record
from field_tests.fees.months import Pair, days_of, lines_of
from field_tests.fees.tariff import Tariff
from field_tests.study.found import Found
from field_tests.study.result import FeeMonth


def unpriced(record: Record, compared: Sequence[Pair], months: Iterable[FeeMonth], found: Found) -> int:
    """How many lines of the months compared have no price; each difference goes to `found`."""
    without = 0
    shown = set(lines_of(compared))
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
        _cap(month, record.tariff, found)
    return without


def _cap(month: FeeMonth, tariff: Tariff | None, found: Found) -> None:
    version = None if tariff is None else tariff.at(days_of(month.month)[0])
    if version is not None and month.self_pay_yen > version.most_self_pay(month.gross_yen):
        found.add("fee_over_cap", "note", LEDGER, person=month.person, detail=month.month)
