"""The load, a process of its own: `python -m server.bench.load` reads its plan from stdin, tells on stdout.

Lines on stdout: "ready" once everybody is connected, "sending" at the first event, and its figures as JSON.
"""

import asyncio
import json
import os
import random
import sys
import time
from collections.abc import Awaitable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from server.bench.devices import Acks, Device
from server.bench.figures import Spread, spread
from server.bench.people import Walker
from server.bench.viewers import Listener, Seen, Viewer, Watcher

_CONNECT_WITHIN_S: Final = 120.0
_DRAIN_S: Final = 20.0
_TICK_S: Final = 0.02


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do. `kill_after_s`: positions made later are not counted for the viewers (null: all are)."""

    walkers: tuple[Walker, ...]
    ports: tuple[int, ...]
    rate: float
    viewers: int
    seconds: float
    connect_per_s: float
    seed: int
    kill_after_s: float | None = None
    sos: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """What the load has measured. `acked`: by device, how many events it was told are stored."""

    acked: dict[str, int]
    made: int
    sending_s: float
    durable_per_s: float
    ack: Spread
    viewer: Spread
    sos: Spread
    viewer_messages: int
    connections: int
    views_opened: int
    resent: int
    resumed_s: float | None
    lag_p99_ms: float
    cpu_s: float
    refused: str


def main() -> None:
    """Run the plan on stdin."""
    given = json.load(sys.stdin)
    walkers = tuple(Walker(**walker) for walker in given.pop("walkers"))
    plan = Plan(walkers=walkers, ports=tuple(given.pop("ports")), **given)
    try:
        import uvloop

        told = uvloop.run(_run(plan))
    except ImportError:
        told = asyncio.run(_run(plan))
    _say(json.dumps(asdict(told)))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


class _Load:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.acks, self.seen = Acks(), Seen()
        rng = random.Random(plan.seed)  # noqa: S311  (a load's dice)
        ports = plan.ports
        self.devices = [
            Device(walker, _from(ports, n), self.acks, rng) for n, walker in enumerate(plan.walkers)
        ]
        # A viewer is on another worker than the device, where there are two.
        self.viewers = [
            Viewer(device.walker, device.log, _from(ports, n + 1), self.seen, rng)
            for n, device in enumerate(self.devices[: plan.viewers])
        ]
        # Whoever calls for help is nobody's who is followed: the alert opens their trip by itself.
        self.heard = Seen()
        self.listeners = [
            Listener(device.walker, device.log, _from(ports, n + 1), self.heard, rng)
            for n, device in enumerate(self.devices[len(self.devices) - plan.sos :])
        ]
        self.rng = rng
        self.lags_s: list[float] = []


def _from(ports: Sequence[int], first: int) -> list[int]:
    return [ports[(first + n) % len(ports)] for n in range(len(ports))]


async def _run(plan: Plan) -> Told:
    load = _Load(plan)
    tasks = [asyncio.create_task(_lag(load.lags_s))]
    try:
        await _connect(load, tasks)
        _say("ready")
        return await _send(load)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _connect(load: _Load, tasks: list[asyncio.Task[None]]) -> None:
    everybody: list[Device | Watcher] = [*load.devices, *load.viewers, *load.listeners]
    for one in everybody:
        tasks.append(asyncio.create_task(one.stay_connected()))
        await asyncio.sleep(1.0 / load.plan.connect_per_s)
    try:
        await _within(asyncio.gather(*(one.ready.wait() for one in everybody)), _CONNECT_WITHIN_S)
    except TimeoutError:
        missing = sum(not one.ready.is_set() for one in everybody)
        why = load.acks.refused or load.seen.refused or load.heard.refused
        sys.exit(f"{missing} of {len(everybody)} could not connect: {why}")


async def _within(work: Awaitable[Any], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        await work


async def _send(load: _Load) -> Told:
    plan = load.plan
    cpu_s, load.lags_s[:] = _cpu_s(), []
    began_s = time.monotonic()
    _say("sending")
    period_s = 1.0 / plan.rate
    due = sorted((began_s + load.rng.uniform(0.0, period_s), n) for n in range(len(load.devices)))
    end_s = began_s + plan.seconds
    cries = sorted(
        (began_s + load.rng.uniform(0.1, 0.8) * plan.seconds, n) for n in range(len(load.listeners))
    )
    place = 0
    while (now_s := time.monotonic()) < end_s:
        # The order of the devices repeats with each period: no heap is needed.
        while due[place][0] <= now_s:
            at_s, n = due[place]
            load.devices[n].move()
            due[place] = (at_s + period_s, n)
            place = (place + 1) % len(due)
        while cries and cries[0][0] <= now_s:
            _cry(load, cries.pop(0)[1])
        await asyncio.sleep(max(min(due[place][0], end_s) - time.monotonic(), 0.001))
    sent_s = time.monotonic() - began_s
    acked_in_time = len(load.acks.delays_s)
    lags = load.lags_s[:]
    while _awaited(load) and time.monotonic() < end_s + _DRAIN_S:
        await asyncio.sleep(_TICK_S)
    return _told(load, began_s, sent_s, acked_in_time, _cpu_s() - cpu_s, lags)


def _cry(load: _Load, number: int) -> None:
    listener = load.listeners[number]
    device = load.devices[len(load.devices) - len(load.listeners) + number]
    listener.called_s = time.monotonic()
    device.move('{"type":"sos","state":"raised","lat":33.2,"lon":131.6,"accuracy_m":5.0}')


def _awaited(load: _Load) -> bool:
    return any(device.log.waiting for device in load.devices) or not all(one.heard for one in load.listeners)


def _told(
    load: _Load, began_s: float, sent_s: float, in_time: int, cpu_s: float, lags_s: Sequence[float]
) -> Told:
    until_s = None if load.plan.kill_after_s is None else began_s + load.plan.kill_after_s
    delays = [delay for made_s, delay in load.seen.delays if until_s is None or made_s < until_s - 5.0]
    return Told(
        acked={device.walker.device_id: device.log.acked for device in load.devices},
        made=sum(len(device.log.made_s) - 1 for device in load.devices),
        sending_s=round(sent_s, 2),
        durable_per_s=round(in_time / sent_s, 1),
        ack=spread(load.acks.delays_s),
        viewer=spread(delays),
        sos=spread([delay for _, delay in load.heard.delays]),
        viewer_messages=load.seen.messages,
        connections=load.acks.connections,
        views_opened=load.seen.opened,
        resent=load.acks.resent,
        resumed_s=None if until_s is None else _resumed_s(load),
        lag_p99_ms=spread(lags_s).p99_ms or 0.0,
        cpu_s=round(cpu_s, 2),
        refused=load.acks.refused or load.seen.refused or load.heard.refused,
    )


def _resumed_s(load: _Load) -> float:
    """The longest that any event had to wait: over a worker's death, until the other one had stored it."""
    return round(max(load.acks.delays_s, default=0.0), 2)


async def _lag(lags_s: list[float]) -> None:
    """How late this loop is: where it is, the load itself was what could do no more."""
    while True:
        due_s = time.monotonic() + _TICK_S
        await asyncio.sleep(_TICK_S)
        lags_s.append(max(time.monotonic() - due_s, 0.0))


def _cpu_s() -> float:
    times = os.times()
    return times.user + times.system


if __name__ == "__main__":
    main()
