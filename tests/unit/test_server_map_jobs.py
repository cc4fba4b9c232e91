"""New maps: one at a time, checked before they are used, never worse without a person's word."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest
from sqlalchemy import select, update

from routing.network import load_map, save_map
from routing.practice import practice_map
from server.access import Actor, Role
from server.errors import Conflict, Forbidden, Malformed
from server.map_figures import Figures, figures_of, worse
from server.map_jobs import MapJobs
from server.map_work import Order, Told
from server.map_worker import Child, Tell
from server.only_one import OnlyOne
from server.planner import MapPlanner
from server.tables import audit, map_jobs
from tests.served import Served, served

AREA = "33.2324,131.5997,33.2407,131.6135"


class Shop:
    """A worker that gives out a map that lies ready, or fails."""

    def __init__(self, made: Path | None) -> None:
        self.made = made
        self.orders: list[Order] = []

    async def make(self, order: Order, tell: Tell) -> Told:
        self.orders.append(order)
        await tell(Told(ja="取り寄せ", en="fetching", done=1, of=3))
        if self.made is None:
            return Told(ja="つながりません。", en="No line.", failed=True)
        Path(order.new).write_bytes(self.made.read_bytes())
        return Told(ja="できました", en="made", figures=figures_of(Path(order.new)))


class Town(Served):
    """Its map is the one of Oita that ships with the program, as a file of its own."""

    path = Path()
    administrator = Actor("", Role.ADMINISTRATOR, "")

    def jobs(self, worker: Shop | None = None) -> MapJobs:
        alone = OnlyOne(self.parts.db, "maps")
        return MapJobs(self.parts.db, self.clock, self.parts.settings, alone, worker or Shop(oita()))


@cache
def built(name: str) -> Path:
    """A practice map as a built one."""
    path = Path(mkdtemp(prefix="shirube-maps-")) / f"{name}.shirube"
    save_map(load_map(practice_map(name)), path)
    return path


def oita() -> Path:
    return built("oita")


@pytest.fixture
async def town(store_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    path = tmp_path / "city.shirube"
    path.write_bytes(oita().read_bytes())
    async with served(store_url, tmp_path, Town, maps={"city": path, "plain": tmp_path / "a.osm"}) as made:
        made.path = path
        made.administrator = await made.add(Role.ADMINISTRATOR, "madoguchi")
        yield made


async def test_a_map_that_is_no_worse_is_taken_up_and_the_old_one_kept(town: Town) -> None:
    jobs = town.jobs()
    await jobs.ask(town.administrator, "city", "fetch", AREA)
    job = await jobs.newest("city")
    assert job is not None
    assert (job.state, job.under_way) == ("waiting", True)
    assert await jobs.once()
    job = await jobs.newest("city")
    assert job is not None
    assert job.state == "done"
    assert jobs.files("city").old.read_bytes() == oita().read_bytes()
    assert not jobs.files("city").new.exists()
    assert not await jobs.once()
    assert [row.what for row in await town.rows(select(audit))][-1] == "map_asked"


async def test_a_worse_one_waits_for_a_persons_word(town: Town) -> None:
    jobs = town.jobs(Shop(built("beppu")))
    for use in (False, True):
        await jobs.ask(town.administrator, "city", "fetch", AREA)
        await jobs.once()
        job = await jobs.newest("city")
        assert job is not None
        assert job.state == "asks"
        assert town.path.read_bytes() == oita().read_bytes()  # still the one in use
        await (jobs.use if use else jobs.drop)(town.administrator, job.id)
        assert not jobs.files("city").new.exists()
        with pytest.raises(Conflict):
            await jobs.use(town.administrator, job.id)
    assert town.path.read_bytes() == built("beppu").read_bytes()
    assert [row.what for row in await town.rows(select(audit))][-4:] == [
        "map_asked",
        "map_dropped",
        "map_asked",
        "map_replaced",
    ]


async def test_one_at_a_time_and_nothing_that_cannot_work(town: Town) -> None:
    jobs = town.jobs()
    with pytest.raises(Malformed):
        await jobs.ask(town.administrator, "city", "fetch", "everywhere")
    with pytest.raises(Conflict, match="fetched before"):
        await jobs.ask(town.administrator, "city", "build", AREA)
    with pytest.raises(Conflict, match="come with the program"):
        await jobs.ask(town.administrator, "oita", "fetch", AREA)
    with pytest.raises(Conflict, match="OSM file"):
        await jobs.ask(town.administrator, "plain", "fetch", AREA)
    with pytest.raises(Forbidden):
        await jobs.ask(Actor("", Role.WEARER, ""), "city", "fetch", AREA)
    await jobs.ask(town.administrator, "city", "fetch", AREA)
    with pytest.raises(Conflict, match="Another map"):
        await jobs.ask(town.administrator, "city", "fetch", AREA)


async def test_what_fails_leaves_the_map_as_it_was_and_says_why(town: Town) -> None:
    jobs = town.jobs(Shop(None))
    await jobs.ask(town.administrator, "city", "fetch", AREA)
    await jobs.once()
    job = await jobs.newest("city")
    assert job is not None
    assert (job.state, job.told.en) == ("failed", "No line.")
    assert town.path.read_bytes() == oita().read_bytes()


async def test_work_of_a_process_that_is_gone_is_over(town: Town) -> None:
    jobs = town.jobs()
    await jobs.ask(town.administrator, "city", "fetch", AREA)
    async with town.parts.db.write() as connection:
        await connection.execute(update(map_jobs).values(state="running"))
    await jobs.break_off()
    job = await jobs.newest("city")
    assert job is not None
    assert job.state == "failed"
    await jobs.ask(town.administrator, "city", "fetch", AREA)  # and may be asked for again


async def test_a_process_of_its_own_builds_from_what_lies_there(tmp_path: Path) -> None:
    order = Order(
        kind="build",
        area=AREA,
        source=str(Path(__file__).parents[2] / "routing" / "practice" / "oita.osm"),
        extract="",
        new=str(tmp_path / "new.shirube"),
        kept="",
    )
    heard: list[Told] = []

    async def tell(told: Told) -> None:
        heard.append(told)

    made = await Child().make(order, tell)
    assert made.figures is not None
    assert made.figures.km == pytest.approx(figures_of(oita()).km, rel=0.01)
    assert load_map(tmp_path / "new.shirube").bounds
    assert len(heard) > 1


async def test_a_process_that_is_no_longer_wanted_ends(tmp_path: Path) -> None:
    began = asyncio.Event()

    async def tell(_: Told) -> None:
        began.set()
        await asyncio.Event().wait()

    source = Path(__file__).parents[2] / "routing" / "practice" / "oita.osm"
    order = Order(kind="build", area=AREA, source=str(source), extract="", new=str(tmp_path / "n"), kept="")
    task = asyncio.create_task(Child().make(order, tell))
    await asyncio.wait_for(began.wait(), 40.0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_what_is_worse_is_said_and_what_is_better_is_not() -> None:
    now = figures_of(oita())
    assert worse(now, now) == ()
    better = replace(now, km=now.km * 2, crossings=now.crossings + 5, sidewalk_known=1.0)
    assert worse(now, better) == ()
    for change in (
        {"km": now.km * 0.9},
        {"crossings": now.crossings // 2},
        {"crossing_sound": 0},
        {"tactile_km": 0.0},
        {"sidewalk_known": 0.5},
        {"tactile_known": 0.0},
        {"findings": {"tie": 50}},
        {"bounds": (now.bounds[0], now.bounds[1], now.bounds[2], now.bounds[1] + 0.001)},
    ):
        (sentence,) = worse(now, replace(now, **change))
        assert all(sentence), change
    dated: list[Figures] = [replace(now, data_time=f"2026-{month}-01T00:00:00Z") for month in ("05", "04")]
    assert len(worse(*dated)) == 1


def test_a_planner_takes_up_the_map_that_was_replaced(tmp_path: Path) -> None:
    path = tmp_path / "city.shirube"
    path.write_bytes(oita().read_bytes())
    planner = MapPlanner({"city": path})
    assert planner.places("city", "大分駅", 5)
    other = tmp_path / "other"
    other.write_bytes(built("beppu").read_bytes())
    other.replace(path)
    assert planner.places("city", "別府駅", 5)
    path.unlink()
    assert planner.places("city", "別府駅", 5)  # the one that is loaded goes on
