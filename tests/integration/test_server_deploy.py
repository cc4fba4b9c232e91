"""`server/deploy`, as far as it can be proved without containers: its files fit, and what they start works.

The processes of compose.yaml are started by hand on a PostgreSQL of their own: same settings, other paths.
"""

import asyncio
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from sqlalchemy import insert, select
from typer.main import get_command
from websockets.asyncio.client import ClientConnection, connect

from device.loopback import free_port
from server import commands_people
from server.cli import server_app
from server.clock import SystemClock
from server.credentials import new_token, token_hash
from server.database import Database
from server.settings import Settings, load_settings
from server.tables import sessions, users
from tests.stores import Cluster
from tests.waiting import PATIENCE_S
from wire.codec import FROM_DEVICE, FROM_SERVER
from wire.position import Fix
from wire.trip import Happening, Moved, TripEvent, TripStarted
from wire.uplink import UPLINK_PATH, Ack, Events, Hello, Notice, Welcome

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "server" / "deploy"
TRIP, BOOT = "d" * 32, "boot-of-hanako"
NOW = SystemClock()
_WITHIN_S = 180.0  # patience, not a target


def compose() -> dict[str, Any]:
    found = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    assert isinstance(found, dict)
    return found


def dockerfile() -> str:
    return (DEPLOY / "Dockerfile").read_text("utf-8").replace("\\\n", " ")


# --- the files ------------------------------------------------------------------------------


def test_what_the_compose_file_names_is_there() -> None:
    made = compose()
    services = made["services"]
    for name, service in services.items():
        assert {*service.get("networks", ())} <= {*made["networks"]}, name
        assert {*service.get("secrets", ())} <= {*made["secrets"]}, name
        assert {*service.get("depends_on", ())} <= {*services}, name
        for mount in service.get("volumes", ()):
            source, target, *_ = mount.split(":")
            assert target.startswith("/")
            if not source.startswith("."):
                assert source in made["volumes"], (name, mount)
            elif Path(source).suffix or Path(source).name == "Caddyfile":
                assert (DEPLOY / source).is_file(), (name, mount)
            else:  # the operator's own: neither in the repository nor in an image
                assert f"server/deploy/{Path(source).name}" in (ROOT / ".dockerignore").read_text()
    used = {secret for service in services.values() for secret in service.get("secrets", ())}
    assert used == {*made["secrets"]}
    build = services["server-1"]["build"]
    assert (DEPLOY / build["context"]).resolve() == ROOT
    assert ROOT / build["dockerfile"] == DEPLOY / "Dockerfile"


def test_only_the_proxy_can_be_reached_and_no_secret_stands_in_the_file() -> None:
    services = compose()["services"]
    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]
    for name in ("server-1", "server-2"):
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
    text = (DEPLOY / "compose.yaml").read_text()
    assert not re.search(r"PASSWORD:|password=", text)


def test_the_servers_settings_fit_the_compose_file() -> None:
    made, told = compose(), tomllib.loads((DEPLOY / "compose.toml").read_text("utf-8"))
    secrets = made["services"]["server-1"]["secrets"]
    for key in ("database_url_file", "key_file"):
        path = Path(told[key])
        assert path.parent == Path("/run/secrets")
        assert path.name in secrets
    subnet = made["networks"]["inside"]["ipam"]["config"][0]["subnet"]
    assert told["trusted_proxies"] == [subnet]
    upstreams = made["services"]["proxy"]["environment"]["SHIRUBE_UPSTREAMS"].split()
    assert upstreams == [f"server-1:{told['port']}", f"server-2:{told['port']}"]
    mounts = [mount.split(":")[1] for mount in made["services"]["server-1"]["volumes"]]
    assert str(Path(told["erasure_ledger"]).parent) in mounts
    assert f":{told['port']}/readyz" in dockerfile()


@pytest.mark.parametrize("name", ["compose.toml", "server.toml"])
def test_settings_that_are_shipped_can_be_read_also_with_their_examples(name: str, tmp_path: Path) -> None:
    text = (DEPLOY / name).read_text("utf-8")
    load_settings(DEPLOY / name)
    whole = tmp_path / name
    whole.write_text(re.sub(r"^# (?=\[|\w+ = |[\w-]+ = )", "", text, flags=re.MULTILINE), "utf-8")
    made = load_settings(whole)
    assert made.maps
    assert made.telling.public_url == "https://walk.example.jp"


def _commands() -> Iterator[str]:
    yield dockerfile().rpartition("CMD [")[2].rpartition("]")[0].replace('"', "").replace(",", "")
    yield " ".join(compose()["services"]["backup"]["command"])
    for unit in DEPLOY.glob("*.service"):
        yield unit.read_text().partition("ExecStart=/opt/shirube/bin/")[2].partition("\n")[0]


def test_every_command_that_is_started_is_one() -> None:
    command = get_command(server_app)
    for line in _commands():
        program, room, verb, *given = shlex.split(line)
        assert (program, room) == ("shirube", "server"), line
        known = {option for param in command.commands[verb].params for option in param.opts}  # type: ignore[attr-defined]
        assert {word for word in given if word.startswith("--")} <= known, line


def test_what_the_image_copies_is_there() -> None:
    for source in re.findall(r"^COPY (?!--from)(\S+) ", dockerfile(), flags=re.MULTILINE):
        assert (ROOT / source).exists()
    for path in re.findall(r"/source/([\w.]+)", dockerfile()):
        assert (ROOT / path).exists()


def test_no_caller_can_take_a_server_away_from_all() -> None:
    text = (DEPLOY / "Caddyfile").read_text("utf-8")
    # Each was tried: a body over Caddy's own limit counts as the server's failure, and all get 503.
    assert "fail_duration" not in text
    assert "request_body" not in text


@pytest.mark.skipif(shutil.which("caddy") is None, reason="caddy is not installed")
def test_caddy_takes_its_file(tmp_path: Path) -> None:
    env = os.environ | {"SHIRUBE_DOMAIN": "localhost", "SHIRUBE_UPSTREAMS": "127.0.0.1:1 127.0.0.1:2"}
    env |= {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    command = ["caddy", "validate", "--adapter", "caddyfile", "--config", str(DEPLOY / "Caddyfile")]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
@pytest.mark.parametrize("unit", sorted(path.name for path in DEPLOY.glob("*.service")))
def test_systemd_takes_the_units_and_finds_them_closed(unit: str, tmp_path: Path) -> None:
    made = tmp_path / unit
    made.write_text((DEPLOY / unit).read_text().replace("/opt/shirube/bin/shirube", "/bin/true"))
    verify = ["systemd-analyze", "verify", str(made)]
    done = subprocess.run(verify, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    security = ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(made)]
    done = subprocess.run(security, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout[-300:]  # 2.0 of 10 at most


# --- the processes --------------------------------------------------------------------------


class Box:
    """One of the containers: `shirube server run` with compose.toml, its paths elsewhere."""

    def __init__(self, folder: Path, name: str, proxies: str | None = None) -> None:
        self.folder = folder / name
        self.folder.mkdir()
        self.metrics_port = free_port()
        text = (DEPLOY / "compose.toml").read_text("utf-8")
        text = text.replace("/run/secrets", str(folder)).replace("/var/lib/shirube-server", str(folder))
        text = text.replace("metrics_port = 9100", f"metrics_port = {self.metrics_port}")
        text = text.replace("0.0.0.0", "127.0.0.1")  # noqa: S104  (it is taken out)
        if proxies is not None:
            text = text.replace("172.30.77.0/24", proxies)
        self.config = self.folder / "server.toml"
        self.config.write_text(text, "utf-8")
        self.process = self._begin()

    def _begin(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "shirube", "server", "run", "--config", str(self.config)]
        command += ["--port", "0", "--ready-file", str(self.folder / "port")]
        with (self.folder / "log").open("wb") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder)

    def wait(self) -> None:
        until_s = time.monotonic() + _WITHIN_S
        while not (self.folder / "port").exists():
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < until_s, self.log()
            time.sleep(0.05)

    @property
    def port(self) -> int:
        return int((self.folder / "port").read_text())

    def log(self) -> str:
        return (self.folder / "log").read_text()

    def get(self, path: str, **headers: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", headers=headers, timeout=20, trust_env=False)

    def metrics(self) -> str:
        return httpx.get(f"http://127.0.0.1:{self.metrics_port}/metrics", timeout=20, trust_env=False).text

    def uplink(self, key: str) -> connect:
        headers = {"Authorization": f"Bearer {key}"}
        address = f"ws://127.0.0.1:{self.port}{UPLINK_PATH}"
        return connect(address, additional_headers=headers, proxy=None, open_timeout=20)


@pytest.fixture(scope="module")
def boxes(tmp_path_factory: pytest.TempPathFactory, cluster: Cluster) -> Iterator[tuple[Box, Box]]:
    """Both at once on an empty database, as compose starts them. The first takes this machine for a proxy."""
    folder, database = tmp_path_factory.mktemp("boxes"), cluster.fresh("template1")
    (folder / "database_url").write_text(cluster.url(database))
    new_key = [sys.executable, "-m", "shirube", "server", "new-key"]
    (folder / "sealing_key").write_bytes(subprocess.run(new_key, check=True, capture_output=True).stdout)
    (folder / "ledger").mkdir()
    made = Box(folder, "server-1", "127.0.0.0/8"), Box(folder, "server-2")
    try:
        for box in made:
            box.wait()
        yield made
    finally:
        for box in made:
            if box.process.poll() is None:
                box.process.kill()
            box.process.wait()
        cluster.drop(database)


async def say(socket: ClientConnection, message: Hello | Events) -> Any:
    """The answer; that somebody watches is told in between."""
    await socket.send(FROM_DEVICE.encode(message))
    while True:
        told = FROM_SERVER.decode(await asyncio.wait_for(socket.recv(), 20))
        if not isinstance(told, Notice):
            return told


def events(first: int, last: int) -> Events:
    def what(seq: int) -> Happening:
        if seq == 1:
            return TripStarted(route_id=None, practice=False)
        return Moved(fix=Fix(utc_s=NOW.utc_s(), lat=33.2334 + seq / 1e5, lon=131.6066, accuracy_m=5.0))

    return Events(
        events=tuple(
            TripEvent(boot=BOOT, seq=seq, trip_id=TRIP, utc_s=NOW.utc_s(), what=what(seq))
            for seq in range(first, last + 1)
        )
    )


def _enrol(settings: Settings) -> str:
    """Hanako, whose next outing Jiro may follow, as the operator enters them; the key of her device."""
    commands_people.add_user(settings, "wearer", "hanako", password="correct horse 12")
    commands_people.add_user(settings, "caregiver", "jiro", password="correct horse 12")
    commands_people.link(settings, "jiro", "hanako", wearer_agreed=True)
    commands_people.share_next_trip(settings, "hanako")
    return commands_people.add_device(settings, "hanako").key


async def log_in(settings: Settings, login: str) -> str:
    """A session in the store, and its cookie: logging in itself is tested elsewhere."""
    token, now_s, db = new_token(), NOW.utc_s(), Database(settings.store_url)
    async with db.write() as connection:
        user = (await connection.execute(select(users.c.id).where(users.c.login == login))).scalar_one()
        row = {"token_hash": token_hash(token), "user_id": user, "csrf": "c"}
        await connection.execute(insert(sessions).values(**row, created_utc_s=now_s, seen_utc_s=now_s))
    await db.close()
    return f"__Host-shirube={token}"


class Watching:
    """A caregiver's open page: what came to it, by the number of the newest position."""

    def __init__(self, box: Box, cookie: str) -> None:
        self._address = f"http://127.0.0.1:{box.port}/api/v1/trips/{TRIP}/live"
        self._cookie = cookie
        self.heard: list[str] = []
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        async with httpx.AsyncClient(timeout=60, trust_env=False) as http:
            headers = {"Cookie": self._cookie}
            async with http.stream("GET", self._address, headers=headers) as answer:
                assert answer.status_code == 200, await answer.aread()
                async for line in answer.aiter_lines():
                    self.heard.append(line)

    async def until(self, words: str) -> None:
        until_s = time.monotonic() + PATIENCE_S
        while not any(words in line for line in self.heard):
            assert not self._task.done(), self._task.exception()
            assert time.monotonic() < until_s, self.heard[-5:]
            await asyncio.sleep(0.02)

    async def close(self) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task


def ready(box: Box) -> dict[str, Any]:
    """Once all its jobs have begun; at most some seconds after the start."""
    until_s = time.monotonic() + PATIENCE_S
    while (told := box.get("/readyz")).json()["status"] != "ok" and time.monotonic() < until_s:
        time.sleep(0.2)
    return dict(told.json())


def planning(box: Box, address: str, most: int) -> list[int]:
    """How planning without a login is answered, up to the first refusal: 20 at once, then one in 2 s."""
    told: list[int] = []
    with httpx.Client(base_url=f"http://127.0.0.1:{box.port}", timeout=20, trust_env=False) as http:
        while len(told) < most and 429 not in told:
            told.append(http.post("/api/v1/routes", headers={"X-Forwarded-For": address}).status_code)
    return told


def test_the_callers_address_is_the_proxys_word_only_where_it_is_trusted(boxes: tuple[Box, Box]) -> None:
    trusting, other = boxes
    assert planning(trusting, "203.0.113.7", 60).index(429) >= 20
    assert 429 not in planning(trusting, "203.0.113.8", 1)
    # Whoever is no proxy of ours could else choose an address for each guess, or take somebody else's.
    assert 429 not in planning(other, "203.0.113.7", 30)


async def test_the_processes_of_the_compose_file_serve_together(boxes: tuple[Box, Box]) -> None:
    first, second = boxes
    for box in boxes:
        assert box.get("/healthz").json() == {"status": "ok"}
        told = ready(box)
        assert told["status"] == "ok", told
        assert set(told["checks"]) == {"store", "schema", "key", "alerts", "messages", "others", "jobs"}
    settings = load_settings(first.config)
    key = await asyncio.to_thread(_enrol, settings)
    cookie = await log_in(settings, "jiro")

    async with first.uplink(key) as socket:
        assert await say(socket, Hello(boot=BOOT)) == Welcome(acked=0)
        assert await say(socket, events(1, 3)) == Ack(boot=BOOT, acked=3)
        watching = Watching(second, cookie)
        await watching.until("event: now")
        assert "shirube_uplinks 1.0" in first.metrics()
        assert "shirube_live_viewers 1.0" in second.metrics()
        first.process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(first.process.wait, 20) == 0, first.log()

    async with second.uplink(key) as socket:  # as the proxy sends it on
        assert await say(socket, Hello(boot=BOOT)) == Welcome(acked=3)
        seen = len(watching.heard)
        assert await say(socket, events(4, 6)) == Ack(boot=BOOT, acked=6)
        watching.heard = watching.heard[seen:]
        await watching.until("event: now")
    await watching.close()
    told = second.metrics()
    assert "shirube_events_stored_total 3.0" in told
    assert 'shirube_job_running{job="alerts"} 1.0' in told
    assert TRIP not in first.log() + second.log() + told
    assert all(line.startswith("{") or "標" in line for line in second.log().splitlines()), second.log()
