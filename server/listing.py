"""A long list in pages that have numbers, so that a person can say "on the third page"."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

T = TypeVar("T")
PER_PAGE: Final = 50
MOST_PAGES: Final = 10_000  # a larger number is not asked of the store


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """One page of a list of `total` things; pages count from 1, and there is always a first."""

    rows: Sequence[T]
    total: int
    number: int

    @property
    def pages(self) -> int:
        """How many there are."""
        return max(-(-self.total // PER_PAGE), 1)

    @property
    def first(self) -> int:
        """The number of its first row in the whole list, from 1; 0 where there is none."""
        return (self.number - 1) * PER_PAGE + 1 if self.rows else 0

    @property
    def last(self) -> int:
        """The number of its last row."""
        return max(self.first + len(self.rows) - 1, 0)

    def of(self, rows: Sequence[Any]) -> "Listing[Any]":
        """The same page with what was made of its rows."""
        return Listing(rows, self.total, self.number)


async def listing(
    connection: AsyncConnection, query: Select[Any], number: int
) -> Listing[Row[tuple[object, ...]]]:
    """That page of what the ordered `query` finds; beyond the end the last page."""
    total = int((await connection.execute(select(func.count()).select_from(query.subquery()))).scalar_one())
    number = min(max(number, 1), max(-(-total // PER_PAGE), 1))
    rows = await connection.execute(query.limit(PER_PAGE).offset((number - 1) * PER_PAGE))
    return Listing(list(rows), total, number)
