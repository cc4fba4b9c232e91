"""The OpenAPI document is whole: each operation is described, each list is paged or bounded."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server.app import create_app
from server.fakes import FakeClock, FakePlanner
from server.settings import Settings
from tests.asgi import ask

Json = dict[str, Any]
REFUSALS = {"401", "403", "404", "408", "409", "413", "422", "429", "503"}


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Json:
    folder = tmp_path_factory.mktemp("document")
    app = create_app(Settings(database_url=f"sqlite:///{folder}/s.db"), FakeClock(), planner=FakePlanner())
    made: Json = app.openapi()
    return made


def operations(document: Json) -> Iterator[tuple[str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def both(said: str) -> bool:
    """Japanese, then English."""
    ja, _, en = said.partition(" / ")
    return bool(en) and not ja.isascii() and en.isascii()


def test_every_operation_says_in_both_languages_what_it_is(document: Json) -> None:
    for name, operation in operations(document):
        assert both(operation["summary"]), name
        assert operation["description"], name
        assert [both(tag) for tag in operation["tags"]] == [True], name
        for parameter in operation.get("parameters", []):
            assert both(parameter["description"]), f"{name}: {parameter['name']}"
        for status, answer in operation["responses"].items():
            assert answer["description"] != "Successful Response", f"{name}: {status}"


def test_every_refusal_is_a_problem_and_what_a_shape_can_meet_is_told(document: Json) -> None:
    for name, operation in operations(document):
        answers = operation["responses"]
        assert {"429", "503"} <= set(answers), name
        if "requestBody" in operation:
            assert {"408", "413", "422"} <= set(answers), name
        assert ({"401", "403"} <= set(answers)) is bool(operation["security"]), name
        for status in set(answers) & REFUSALS:
            assert set(answers[status]["content"]) == {"application/problem+json"}, f"{name}: {status}"
        assert set(answers) - REFUSALS <= {"200", "201", "202", "204"}, name
        assert "Retry-After" in answers["429"]["headers"], name


def test_who_may_call_is_declared(document: Json) -> None:
    schemes = document["components"]["securitySchemes"]
    assert set(schemes) == {"deviceKey", "session", "csrf", "loggerKey"}
    open_ones = {name for name, operation in operations(document) if not operation["security"]}
    assert open_ones == {"POST /api/v1/pairings/redeem", "POST /api/v1/invitations/register"}
    for name, operation in operations(document):
        for way in operation["security"]:
            assert set(way) <= set(schemes), name
            if "session" in way:
                assert ("csrf" in way) is not name.startswith("GET "), name


def test_every_list_is_paged_or_says_how_long_it_may_be(document: Json) -> None:
    for name, operation in operations(document):
        answer = operation["responses"].get("200", {}).get("content", {}).get("application/json")
        if answer is None or "$ref" not in answer["schema"] or not name.startswith("GET "):
            continue
        kind = answer["schema"]["$ref"].removeprefix("#/components/schemas/")
        fields = document["components"]["schemas"][kind]["properties"]
        asked = {parameter["name"] for parameter in operation.get("parameters", [])}
        if "next" in fields:
            assert {"after", "limit"} <= asked, name
        elif kind.endswith(("s", "List")):
            lists = [field for field in fields.values() if field.get("type") == "array"]
            assert lists, name
            assert all("maxItems" in field for field in lists) or "limit" in asked, name


def test_every_reference_leads_somewhere(document: Json) -> None:
    def references(value: object) -> Iterator[str]:
        if isinstance(value, dict):
            for name, inner in value.items():
                if name == "$ref":
                    yield inner
                yield from references(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from references(inner)

    for reference in references(document):
        place: Any = document
        for name in reference.removeprefix("#/").split("/"):
            assert name in place, reference
            place = place[name]


def test_streams_and_files_say_what_they_are(document: Json) -> None:
    def kinds(path: str, method: str = "get") -> set[str]:
        return set(document["paths"][path][method]["responses"]["200"]["content"])

    assert kinds("/api/v1/trips/{trip_id}/live") == {"text/event-stream"}
    assert kinds("/api/v1/following/live") == {"text/event-stream"}
    assert kinds("/api/v1/alerts/live") == {"text/event-stream"}
    assert kinds("/api/v1/consents/texts/{purpose}/{version}/audio") == {"audio/wav"}
    assert kinds("/api/v1/export", "post") == {"application/zip"}


async def test_it_is_given_to_whoever_asks(tmp_path: Path) -> None:
    app = create_app(Settings(database_url=f"sqlite:///{tmp_path}/s.db"), FakeClock(), planner=FakePlanner())
    answer = await ask(app, "GET", "/api/v1/openapi.json")
    assert (answer.status, answer.header("content-type")) == (200, "application/json")
    await app.state.parts.db.close()
