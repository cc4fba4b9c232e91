"""New maps that administrators ask for: one at a time over all processes, and told on the page.

The row in the store is the whole truth of a job: the page is reloaded, its process goes, another takes over.
The map in use is replaced in one step, after the check, and the one before it is kept beside it.
"""

import asyncio
import logging
import os
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from routing.areas import area_of_box
from routing.errors import RoutingError
from server import audit
from server.access import Action, Actor, role_may
from server.clock import Clock
from server.credentials import new_id
from server.database import Database
from server.errors import Conflict, Malformed, NotFound, ServerError
from server.map_figures import worse
from server.map_files import SUFFIX, Files
from server.map_shelf import Shelf
from server.map_work import TOLD, Order, Told
from server.map_worker import Child, Worker
from server.only_one import OnlyOne
from server.organisations import organisation_of
from server.settings import Settings
from server.tables import map_jobs
from wire.errors import WireError

Kind = Literal["fetch", "build"]
State = Literal["waiting", "running", "asks", "done", "failed", "dropped"]
_UNDER_WAY: Final = ("waiting", "running")
_LOOK_EVERY_S: Final = 2.0
_BROKEN_OFF: Final = Told(
    ja="サーバーが途中で止まりました。もう一度押してください。取り寄せた分は残っています。",
    en="The server stopped in between. Press again: what was fetched is kept.",
    failed=True,
)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """One wish for a new map, and how it stands."""

    id: str
    map: str
    kind: Kind
    area: str
    state: State
    asked_utc_s: float
    told_utc_s: float
    told: Told

    @property
    def under_way(self) -> bool:
        """The page looks again by itself."""
        return self.state in _UNDER_WAY


class MapJobs:
    """A job of `server.background`, and what the page asks of it."""

    name: Final = "maps"

    def __init__(
        self, db: Database, clock: Clock, settings: Settings, only_one: OnlyOne, worker: Worker | None = None
    ) -> None:
        self._db = db
        self._clock = clock
        self._settings = settings
        self._only_one = only_one
        self._worker = worker or Child()
        self._woken = asyncio.Event()
        self.shelf = Shelf(settings.maps)

    def files(self, name: str) -> Files:
        """The files of a configured map; `Conflict` where no page may make it anew."""
        path = self._settings.maps.get(name)
        if path is None:
            raise Conflict(
                "練習用の地図はプログラムと一緒に届きます。ここでは作り直せません。",
                "Practice maps come with the program and are not made here.",
            )
        if path.suffix != SUFFIX:
            raise Conflict(
                f"この地図は OSM のファイルから読んでいます。設定の maps.{name} を {SUFFIX} の"
                "ファイルにすると、ここで作り直せます。",
                f"This map is read from an OSM file. Name a {SUFFIX} file in the setting maps.{name} "
                "to make it anew here.",
            )
        if not os.access(path.parent, os.W_OK):
            raise Conflict(
                "地図のフォルダーに書き込めません。サーバーを動かす人に伝えてください。",
                "The folder of the map cannot be written to: tell whoever runs the server.",
            )
        return Files(path)

    async def ask(self, actor: Actor, name: str, kind: Kind, area: str) -> None:
        """Put it into the line; `Conflict` where another is under way, `Malformed` for the area."""
        role_may(actor, Action.KEEP_MAPS)
        await self.shelf.one(name)
        files = self.files(name)
        if kind == "build" and not files.extract.exists():
            raise Conflict(
                "前に取り寄せたデータがありません。先に取り寄せてください。",
                "There is no data that was fetched before: fetch it first.",
            )
        try:
            area = area_of_box(area).box.text()
        except RoutingError as error:
            raise Malformed(error.ja, error.en) from error
        now_s = self._clock.utc_s()
        row = {"id": new_id(), "map": name, "kind": kind, "area": area, "state": "waiting"}
        waits = TOLD.encode(Told(ja="順番を待っています", en="waiting for its turn"))
        async with self._db.write() as connection:
            await _nothing_under_way(connection)
            # What was made before and not taken up is made anew.
            await connection.execute(delete(map_jobs).where(map_jobs.c.map == name))
            await connection.execute(
                insert(map_jobs).values(**row, asked_utc_s=now_s, told_utc_s=now_s, told=waits)
            )
            await self._write_down(connection, actor, "map_asked", name, kind=kind)
        self._woken.set()

    async def newest(self, name: str) -> Job | None:
        """The last wish for this map."""
        query = (
            select(map_jobs).where(map_jobs.c.map == name).order_by(map_jobs.c.asked_utc_s.desc()).limit(1)
        )
        async with self._db.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else _job(row)

    async def under_way(self) -> Job | None:
        """The one that is being made now, of whichever map."""
        query = select(map_jobs).where(map_jobs.c.state.in_(_UNDER_WAY)).limit(1)
        async with self._db.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else _job(row)

    async def use(self, actor: Actor, job_id: str) -> Job:
        """Take up a map that is worse than the one in use, all the same."""
        job = await self._asks(actor, job_id)
        async with self._db.write() as connection:
            await _move(connection, job.id, "asks", "done", self._clock.utc_s(), job.told)
            await asyncio.to_thread(self.files(job.map).take_up)
            await self._write_down(connection, actor, "map_replaced", job.map)
        return job

    async def drop(self, actor: Actor, job_id: str) -> Job:
        """Do not use it."""
        job = await self._asks(actor, job_id)
        async with self._db.write() as connection:
            await _move(connection, job.id, "asks", "dropped", self._clock.utc_s(), job.told)
            await asyncio.to_thread(self.files(job.map).drop)
            await self._write_down(connection, actor, "map_dropped", job.map)
        return job

    async def _asks(self, actor: Actor, job_id: str) -> Job:
        role_may(actor, Action.KEEP_MAPS)
        async with self._db.read() as connection:
            row = (await connection.execute(select(map_jobs).where(map_jobs.c.id == job_id))).one_or_none()
        if row is None:
            raise NotFound("その地図の作業はありません。", "There is no such work on a map.")
        if row.state != "asks":
            raise _moved_on()
        return _job(row)

    async def _write_down(
        self, connection: AsyncConnection, actor: Actor, what: str, name: str, **detail: str
    ) -> None:
        by = audit.By(await organisation_of(connection, actor.user_id), actor.user_id)
        await audit.record(connection, self._clock.utc_s(), by, what, name, **detail)

    async def run(self) -> None:
        """Until cancelled. What another process had begun and not ended is over."""
        async with self._only_one.held():
            await self.break_off()
            while True:
                self._woken.clear()
                while await self.once():
                    pass
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), _LOOK_EVERY_S)

    async def break_off(self) -> None:
        """Jobs that were being made when their process ended."""
        running = update(map_jobs).where(map_jobs.c.state == "running")
        ended = {"state": "failed", "told": TOLD.encode(_BROKEN_OFF), "told_utc_s": self._clock.utc_s()}
        async with self._db.write() as connection:
            await connection.execute(running.values(ended))

    async def once(self) -> bool:
        """Make the next one that waits; whether there was one."""
        query = (
            select(map_jobs).where(map_jobs.c.state == "waiting").order_by(map_jobs.c.asked_utc_s).limit(1)
        )
        async with self._db.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return False
        job = _job(row)
        async with self._db.write() as connection:
            await _move(connection, job.id, "waiting", "running", self._clock.utc_s(), job.told)
        try:
            state, told = await self._make(job)
        except (ServerError, WireError, OSError) as error:
            _log.error("map %s: %s", job.map, error)
            state, told = "failed", Told(ja="作業に失敗しました。", en="The work failed.", failed=True)
        async with self._db.write() as connection:
            await _move(connection, job.id, "running", state, self._clock.utc_s(), told)
        return True

    async def _make(self, job: Job) -> tuple[State, Told]:
        files = self.files(job.map)
        await asyncio.to_thread(files.drop)  # of a wish before this one
        order = Order(
            kind=job.kind,
            area=job.area,
            source=str(files.extract),
            extract=str(files.new_extract),
            new=str(files.new),
            kept=str(files.kept),
            overpass=self._settings.overpass,
            contact=self._settings.map_contact,
        )

        async def tell(told: Told) -> None:
            async with self._db.write() as connection:
                await _move(connection, job.id, "running", "running", self._clock.utc_s(), told)

        told = await self._worker.make(order, tell)
        if told.failed or told.figures is None:
            await asyncio.to_thread(files.drop)
            return "failed", told
        now = await self.shelf.one(job.map)
        if now.figures is not None and worse(now.figures, told.figures):
            return "asks", told
        await asyncio.to_thread(files.take_up)
        return "done", told


def _job(row: Row[Any]) -> Job:
    return Job(
        row.id, row.map, row.kind, row.area, row.state, row.asked_utc_s, row.told_utc_s, TOLD.decode(row.told)
    )


async def _nothing_under_way(connection: AsyncConnection) -> None:
    query = select(map_jobs.c.id).where(map_jobs.c.state.in_(_UNDER_WAY)).limit(1)
    if (await connection.execute(query)).one_or_none() is not None:
        raise Conflict(
            "ほかの地図の作業が続いています。終わってから、もう一度押してください。",
            "Another map is being made: press again when that has ended.",
        )


async def _move(
    connection: AsyncConnection, job_id: str, before: State, state: State, now_s: float, told: Told
) -> None:
    same = (map_jobs.c.id == job_id, map_jobs.c.state == before)
    values = {"state": state, "told_utc_s": now_s, "told": TOLD.encode(told)}
    if (await connection.execute(update(map_jobs).where(*same).values(values))).rowcount == 0:
        raise _moved_on()


def _moved_on() -> Conflict:
    return Conflict(
        "この作業はもう先へ進んでいます。ページを開き直してください。",
        "This work has moved on meanwhile: open the page again.",
    )
