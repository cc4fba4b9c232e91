"""Requests that nobody would think of, at every operation of the document, as everybody.

    API_REQUESTS=20000 API_SEED=7 .venv/bin/pytest -s tests/contract/test_api_fuzz.py

Without the variables a small bounded number. Prints what was sent and how it was answered. Four in ten
requests fit the document; the others do not: broken by Schemathesis, or by what breaks stores and readers
(NUL, lone surrogates, huge numbers, deep nesting, other content types). Each answer must be one that the
document tells: its status, its type, its shape; never a fault of the server's own.
"""

import asyncio
import copy
import json
import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from server.fakes import FakeClock
from tests.asgi import Answer, ask
from tests.town import Call, Town, app_on, call_of, populate, restore, whole

REQUESTS = int(os.environ.get("API_REQUESTS", "500"))
SEED = int(os.environ.get("API_SEED", "7"))
WHO = {
    "device": "device",
    "wearer": "hanako",
    "caregiver": "watching",
    "evaluator": "eva",
    "administrator": "admin",
    "nobody": "",
}
_PLAIN = 12  # where there is nothing to send but who one is
SHAPE = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# In JSON as it stands; the first two would pass for text in most languages.
RAW = [
    '"\\u0000"', '"a\\u0000b"', '"\\ud800"', '"\\udfff x"', "NaN", "Infinity", "1e400",
    "9" * 400, "-" + "9" * 30, str(2**31), str(2**63), str(2**64), "1e308",
    "0.1", "null", "true", "[]", "{}", '""', '" "', '"\\u202e"',
    '"' + "\U00020bb7" * 200 + '"', '"' + "a" * 70_000 + '"', "[" * 5_000, "[" * 5_000 + "]" * 5_000,
]  # fmt: skip
BODIES = [
    b"", b"{", b"null", b"[]", b'"x"', b"\x00", b"\xff\xfe{\x00}\x00", b"\xef\xbb\xbf{}", b"{}{}", b"\x80",
    b"[" * 60_000, b'{"a":' * 10_000, b"x" * 70_000, b'{"a":1,"a":2}',
]  # fmt: skip
TYPES = [
    "application/json",
    "text/plain",
    "application/xml",
    "multipart/form-data",
    "a",
    "application/json;charset=x",
]
PIECES = [
    "\x00",
    "a\x00",
    "\xff",
    "../..",
    "a" * 3000,
    "9" * 400,
    "-1",
    "0",
    "1e9",
    "标",
    " ",
    "%",
    "'--",
    ".",
]


@dataclass
class Found:
    """What was sent, and everything that should not have come back."""

    sent: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    seen: set[tuple[str, int]] = field(default_factory=set)
    faults: dict[str, str] = field(default_factory=dict)

    def fault(self, where: str, what: str, detail: str) -> None:
        self.faults.setdefault(f"{where}: {what}", detail[:1500])


@dataclass
class Bench:
    """A town, and how to get it back whole."""

    town: Town
    runner: asyncio.Runner
    again: Callable[[], Town]

    def ask(self, method: str, url: str, headers: dict[str, str], body: bytes) -> Answer:
        parts = urlsplit(url)
        address = f"{parts.path}?{parts.query}" if parts.query else parts.path
        return self.runner.run(ask(self.town.app, method, address, headers, body))

    def call(self, method: str, path: str, who: str) -> Call:
        return self.runner.run(call_of(self.town, method, path, who))


class Fuzz:
    def __init__(self, bench: Bench, number: int, chance: random.Random) -> None:
        self.bench = bench
        self.chance = chance
        self.found = Found()
        # Who calls is decided here: without the schemes, Schemathesis makes up no keys and cookies.
        document = copy.deepcopy(bench.town.app.openapi())
        document["components"].pop("securitySchemes")
        for operation in (one for path in document["paths"].values() for one in path.values()):
            operation.pop("security")
        self.schema = schemathesis.openapi.from_dict(document)
        self.operations = [found.ok() for found in self.schema.get_all_operations()]
        self.plain = [one for one in self.operations if not (list(one.iter_parameters()) or one.body)]
        shaped = len(self.operations) - len(self.plain)
        self.each = max(1, -(-(number - _PLAIN * len(self.plain)) // shaped))

    def run(self) -> Found:
        for operation in self.operations:
            until = self.found.sent + (_PLAIN if operation in self.plain else self.each)
            if operation not in self.plain:
                self._generated(operation, GenerationMode.POSITIVE, self.each * 4 // 10)
                self._generated(operation, GenerationMode.NEGATIVE, self.each * 3 // 10)
            while self.found.sent < until:
                self._spoiled(operation)
            self.bench.town = self.bench.again()
        return self.found

    def _generated(self, operation: Any, mode: GenerationMode, number: int) -> None:
        left = [number]
        if number == 0:
            return

        @seed(SEED)
        @settings(
            max_examples=number,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def one(case: Any) -> None:
            if left[0] > 0:
                left[0] -= 1
                self._send(operation, case, mode)

        with suppress(Unsatisfiable):  # every request to it fits, or none does
            one()

    def _send(self, operation: Any, case: Any, mode: GenerationMode) -> None:
        who = self.chance.choice(list(WHO))
        checks = list(SHAPE)
        if mode is GenerationMode.POSITIVE:
            self._made_likely(operation, case, WHO[who])
        else:
            checks.append(negative_data_rejection)
        sent = requests.Request(**case.as_transport_kwargs(base_url="http://server")).prepare()
        headers = {name: _text(said) for name, said in sent.headers.items()}
        headers["Accept-Encoding"] = "identity"  # nobody unpacks the answers here
        headers |= self.bench.town.headers.get(WHO[who], {})
        body = sent.body.encode() if isinstance(sent.body, str) else sent.body or b""
        answer = self._answer(
            operation.label, who, mode.value, sent.method or "", sent.url or "", headers, body
        )
        if answer is None:
            return
        response = Response(
            answer.status,
            {**answer.headers},
            answer.body,
            sent,
            0.0,
            verify=True,
            message="",
            encoding="utf-8",
        )
        try:
            case.validate_response(response, checks=checks, headers=headers)
        except FailureGroup as group:
            for failure in group.exceptions:
                self.found.fault(f"{operation.label} as {who}", type(failure).__name__, f"{failure}\n{group}")

    def _made_likely(self, operation: Any, case: Any, who: str) -> None:
        """Half of the time: the town's own things, so that more than the first line of an endpoint is met."""
        call = self.bench.call(operation.method.upper(), operation.path, who)
        if case.path_parameters and self.chance.random() < 0.5:
            for name in case.path_parameters:
                case.path_parameters[name] = self.bench.town.things.get(name, "x")
        if call.json and isinstance(case.body, dict) and self.chance.random() < 0.5:
            for name, value in call.json.items():
                if self.chance.random() < 0.8:
                    case.body[name] = value

    def _spoiled(self, operation: Any) -> None:
        """A request that would do, with one thing in it that will not."""
        who = self.chance.choice(list(WHO))
        method = operation.method.upper()
        call = self.bench.call(method, operation.path, WHO[who])
        headers, body = call.sent(self.bench.town.headers.get(WHO[who], {}))
        url = call.address
        names = [parameter.name for parameter in operation.query]
        if call.json is not None and self.chance.random() < 0.7:
            if self.chance.random() < 0.7:
                body = _with(call.json, self.chance.choice(list(call.json)), self.chance.choice(RAW))
            else:
                body = self.chance.choice(BODIES)
            if self.chance.random() < 0.3:
                headers["Content-Type"] = self.chance.choice(TYPES)
        elif names:
            piece = quote(self.chance.choice(PIECES), safe="")
            url = f"{url}{'&' if '?' in url else '?'}{self.chance.choice(names)}={piece}"
        elif "{" in operation.path:
            piece = quote(self.chance.choice(PIECES), safe="")
            before, _, after = operation.path.partition("{")
            url = before + piece + after.partition("}")[2].replace("{", "").replace("}", "")
        answer = self._answer(operation.label, who, "spoiled", method, url, headers, body)
        if answer is None:
            return
        path_holds = urlsplit(url).path == urlsplit(call.address).path
        if path_holds and str(answer.status) not in operation.definition.raw["responses"]:
            self.found.fault(
                f"{operation.label} as {who}", f"undocumented {answer.status}", f"{url} {body[:200]!r}"
            )
        if answer.status >= 400:
            self._check_problem(operation.label, answer, f"{url} {body[:200]!r}")

    def _check_problem(self, label: str, answer: Answer, sent: str) -> None:
        if answer.header("content-type") != "application/problem+json":
            self.found.fault(label, f"{answer.status} is {answer.header('content-type')}", sent)
            return
        told = json.loads(answer.body)
        if not (told["detail_ja"] and told["detail_en"] and told["status"] == answer.status):
            self.found.fault(label, "a problem without words", sent)

    def _answer(
        self, label: str, who: str, kind: str, method: str, url: str, headers: dict[str, str], body: bytes
    ) -> Answer | None:
        self.found.sent += 1
        self.found.kinds[f"{kind} as {who}"] += 1
        try:
            answer = self.bench.ask(method, url, headers, body)
        except Exception as error:  # noqa: BLE001  (any of them is what is looked for)
            self.found.statuses[500] += 1
            detail = f"{method} {url} {body[:300]!r}: {error!r}"
            self.found.fault(label, f"500 {type(error).__name__}", detail)
            return None
        self.found.statuses[answer.status] += 1
        self.found.seen.add((label, answer.status))
        if answer.status >= 500 and answer.status != 503:
            self.found.fault(label, str(answer.status), f"{method} {url} {body[:300]!r}")
        return answer


def _text(said: str | bytes) -> str:
    return said if isinstance(said, str) else said.decode("latin-1")


def _with(body: dict[str, Any], name: str, raw: str) -> bytes:
    """The body as JSON, with this text as the value of that name."""
    return json.dumps(body | {name: "@@@@"}).replace('"@@@@"', raw).encode()


@contextmanager
def on_sqlite(folder: Path) -> Iterator[Bench]:
    path, saved = folder / "s.db", folder / "saved.db"
    with asyncio.Runner() as runner:
        clock = FakeClock()
        town = Town(app_on(f"sqlite:///{path}", folder, clock), clock)
        runner.run(populate(town))
        whole(path)
        restore(saved, path)

        def again() -> Town:
            restore(path, saved)
            return town

        yield Bench(town, runner, again)
        runner.run(_closed(town))


@contextmanager
def on_postgres(url: str, folder: Path) -> Iterator[Bench]:
    with asyncio.Runner() as runner:
        clock = FakeClock()
        town = Town(app_on(url, folder, clock), clock)
        runner.run(populate(town))

        yield Bench(town, runner, lambda: town)
        runner.run(_closed(town))


async def _closed(town: Town) -> None:
    await asyncio.sleep(0.2)  # streams that were left give their connections back
    await town.parts.db.close()


def _report(found: Found, store: str) -> None:
    print(f"\n{store}: {found.sent} requests, seed {SEED}")  # noqa: T201
    print("  " + ", ".join(f"{status}: {n}" for status, n in sorted(found.statuses.items())))  # noqa: T201
    print("  " + ", ".join(f"{kind}: {n}" for kind, n in sorted(found.kinds.items())))  # noqa: T201
    for what, detail in sorted(found.faults.items()):
        print(f"- {what}\n    {detail}")  # noqa: T201


def test_every_answer_is_one_that_the_document_tells(tmp_path: Path) -> None:
    with on_sqlite(tmp_path) as bench:
        found = Fuzz(bench, REQUESTS, random.Random(SEED)).run()  # noqa: S311
    _report(found, "SQLite")
    assert sorted(found.faults) == []
    assert found.sent >= REQUESTS


def test_and_on_postgresql(postgres_url: str, tmp_path: Path) -> None:
    with on_postgres(postgres_url, tmp_path) as bench:
        found = Fuzz(bench, REQUESTS // 4, random.Random(SEED + 1)).run()  # noqa: S311
    _report(found, "PostgreSQL")
    assert sorted(found.faults) == []
