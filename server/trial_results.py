"""Published reports of trials: kept for the evaluators of an organisation, and read by them.

What is of all together is shown to every evaluator of the organisation. What is one participant's own is
shown to those evaluators to whom that participant agrees, while their consent to the trial is in force, as
with outings; of a simulation, where nobody is behind it, to all.
"""

import asyncio
from dataclasses import replace
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from field_tests.study.result import RESULT, SeriesDay, StudyResult, Word
from server.access import Action, Actor, role_may
from server.allow import allow_trial
from server.clock import Clock
from server.consent import Purpose, in_force_clause
from server.database import Database
from server.errors import NotFound
from server.looks import write_looks_at
from server.organisations import organisation_of
from server.tables import relations, trial_files, trial_persons, trials
from server.trial_parts import DAYS, OWN_PART, joined
from server.trip_facts import agreed
from wire.base import message

LOOK: Final = "trial"  # what the wearer reads in the log of who looked


@message
class TrialLine:
    """A published report in a list. `word`: of outing time; `fees_word`: of the fees, null where unknown."""

    id: str
    title_ja: str
    title_en: str
    simulated: bool
    published_utc_s: float
    first: str
    last: str
    word: Word
    fees_word: Word | None
    persons: int


@message
class TrialFile:
    """A file of a report, as the caller may read it.

    part: without the lines of participants who are not shown. withheld: it holds what is everybody's own,
    cannot be cut, and somebody is not shown.
    """

    name: str
    bytes: int
    state: Literal["whole", "part", "withheld"]


@message
class ShownTrial:
    """A report as the caller may see it: `result` without raw days, and without what is not shown of anybody.

    `withheld` participants do not agree to the caller, or no longer take part: nothing of theirs is here, but
    what was computed of all together counts them.
    """

    id: str
    published_utc_s: float
    withheld: int
    files: tuple[TrialFile, ...]
    result: StudyResult


class TrialResults:
    """Reports, read by evaluators. Each look at a participant's own figures is written down for them."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def listed(self, actor: Actor) -> tuple[TrialLine, ...]:
        """Those of the evaluator's organisation, newest first."""
        role_may(actor, Action.READ_TRIAL)
        async with self._db.read() as connection:
            return await lines_of(connection, await organisation_of(connection, actor.user_id))

    async def of(self, actor: Actor, trial_id: str, *, days: bool = False) -> ShownTrial:
        """One of them; with the raw days of each participant who is shown, where `days`."""
        async with self._db.read() as connection:
            trial = await allow_trial(connection, actor, Action.READ_TRIAL, trial_id)
            rows = await _shown_persons(connection, actor, trial_id)
            files = await _files(connection, trial, {int(row.id) for row in rows})
        await self._look(actor, rows)
        # Some thousand rows of days: off the loop.
        result = await asyncio.to_thread(_together, str(trial.result), rows, days)
        return ShownTrial(
            id=trial_id,
            published_utc_s=float(trial.published_utc_s),
            withheld=int(trial.persons) - len(rows),
            files=files,
            result=result,
        )

    async def days(self, actor: Actor, trial_id: str, person: str) -> tuple[SeriesDay, ...]:
        """The raw days of one participant; `NotFound` where they are not shown to the caller."""
        async with self._db.read() as connection:
            await allow_trial(connection, actor, Action.READ_TRIAL, trial_id)
            rows = [row for row in await _shown_persons(connection, actor, trial_id) if row.person == person]
        if not rows:
            raise NotFound(
                "その参加者の結果はないか、見る権限がありません。",
                "There is no such participant, or they are not yours to see.",
            )
        await self._look(actor, rows)
        return DAYS.decode(rows[0].days)

    async def file(self, actor: Actor, trial_id: str, name: str) -> bytes:
        """A file, without the lines of who is not shown; `NotFound` also where it cannot be cut."""
        async with self._db.read() as connection:
            trial = await allow_trial(connection, actor, Action.READ_TRIAL, trial_id)
            rows = await _shown_persons(connection, actor, trial_id)
            query = (
                select(trial_files.c.body, trial_files.c.person_id, trial_files.c.of_all)
                .where(
                    trial_files.c.trial_id == trial_id,
                    trial_files.c.name == name,
                    _pieces_shown(trial, {int(row.id) for row in rows}),
                )
                .order_by(trial_files.c.number)
            )
            found = list(await connection.execute(query))
        if not found:
            raise NotFound(
                "そのファイルはないか、見る権限がありません。",
                "There is no such file, or it is not yours to see.",
            )
        of_all, theirs = any(piece.of_all for piece in found), {piece.person_id for piece in found}
        await self._look(actor, [row for row in rows if of_all or row.id in theirs])
        return b"".join(bytes(piece.body) for piece in found)

    async def _look(self, actor: Actor, rows: list[Row[Any]]) -> None:
        wearers = {str(row.wearer_id) for row in rows if row.wearer_id is not None}
        async with self._db.write() as connection:
            await write_looks_at(connection, actor, wearers, LOOK, self._clock.utc_s())


async def lines_of(connection: AsyncConnection, organisation_id: str | None) -> tuple[TrialLine, ...]:
    """The reports of an organisation, newest first."""
    query = (
        select(trials)
        .where(trials.c.organisation_id == organisation_id)
        .order_by(trials.c.published_utc_s.desc(), trials.c.id)
    )
    return tuple(_line(row) for row in await connection.execute(query))


def _shown_to(evaluator_id: str) -> ColumnElement[bool]:
    """The outer query's participant is nobody, or agrees to the evaluator and to the trial."""
    theirs = select(relations.c.id).where(
        relations.c.viewer_id == evaluator_id, relations.c.wearer_id == trial_persons.c.wearer_id, agreed()
    )
    consents = in_force_clause(Purpose.TRIAL_RESEARCH, trial_persons.c.wearer_id)
    return or_(trial_persons.c.wearer_id.is_(None), and_(exists(theirs), consents))


async def _shown_persons(connection: AsyncConnection, actor: Actor, trial_id: str) -> list[Row[Any]]:
    query = (
        select(trial_persons)
        .where(trial_persons.c.trial_id == trial_id, _shown_to(actor.user_id))
        .order_by(trial_persons.c.person)
    )
    return list(await connection.execute(query))


def _pieces_shown(trial: Row[tuple[object, ...]], shown: set[int]) -> ColumnElement[bool]:
    all_shown = len(shown) == trial.persons
    common = and_(trial_files.c.person_id.is_(None), or_(trial_files.c.of_all.is_(False), all_shown))
    return or_(common, trial_files.c.person_id.in_(shown))


async def _files(
    connection: AsyncConnection, trial: Row[tuple[object, ...]], shown: set[int]
) -> tuple[TrialFile, ...]:
    """Those of a trial, by name, with the bytes that are shown."""
    query: Select[Any] = (
        select(
            trial_files.c.name,
            func.sum(func.length(trial_files.c.body)).label("bytes"),
            func.max(trial_files.c.number).label("cut"),  # into more pieces than one
        )
        .where(trial_files.c.trial_id == trial.id, _pieces_shown(trial, shown))
        .group_by(trial_files.c.name)
    )
    found = {row.name: row for row in await connection.execute(query)}
    names = select(trial_files.c.name).where(trial_files.c.trial_id == trial.id).distinct()
    return tuple(
        _file(name, found.get(name), all_shown=len(shown) == trial.persons)
        for name in sorted((await connection.execute(names)).scalars())
    )


def _file(name: str, row: Row[Any] | None, *, all_shown: bool) -> TrialFile:
    if row is None:
        return TrialFile(name=name, bytes=0, state="withheld")
    whole = all_shown or not row.cut
    return TrialFile(name=name, bytes=int(row.bytes), state="whole" if whole else "part")


def _together(common: str, rows: list[Row[Any]], days: bool) -> StudyResult:
    result = joined(RESULT.decode(common), [OWN_PART.decode(row.body) for row in rows])
    if not days:
        return result
    of = {row.person: DAYS.decode(row.days) for row in rows}
    persons = tuple(replace(one, days=of[one.person]) for one in result.persons)
    return replace(result, persons=persons)


def _line(trial: Row[tuple[object, ...]]) -> TrialLine:
    result = RESULT.decode(trial.result)
    return TrialLine(
        id=str(trial.id),
        title_ja=result.title_ja,
        title_en=result.title_en,
        simulated=result.simulated,
        published_utc_s=float(trial.published_utc_s),
        first=result.first,
        last=result.last,
        word=result.verdict.word,
        fees_word=None if result.fees is None else result.fees.verdict.word,
        persons=int(trial.persons),
    )
