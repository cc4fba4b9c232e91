"""The OpenAPI document `/api/v1/openapi.json`: what FastAPI knows of the endpoints, and what it does not.

Added here: who may call (a device's key, a session), every refusal that follows from an operation's shape,
what each parameter means, and the topics. An operation says itself only what is its own
(`responses=problems(409)`).
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from fastapi import APIRouter
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from server.api_bodies import PREFIX, BodyOf, Problem, problems
from server.callers import SAFE_METHODS, api_caller, api_session, cookie_name

Json = dict[str, Any]

_ABOUT: Final = """\
標の道案内サーバーのAPI。説明は docs/api.md にあります。

The API of the Shirube server; docs/api.md tells it in prose. Every refusal is a problem (RFC 9457) with one
sentence in Japanese and one in English. Times are UTC seconds since 1970, positions WGS 84 in degrees.
Paged lists: give `next` of one answer as `after` of the next request, until `next` is null.
"""

# By the word that follows /api/v1/.
TOPICS: Final = {
    "routes": "経路 / Routes",
    "places": "経路 / Routes",
    "blockages": "経路 / Routes",
    "saved-places": "経路 / Routes",
    "trips": "外出 / Trips",
    "links": "外出 / Trips",
    "following": "外出 / Trips",
    "uplink": "記録を送る / Sending events",
    "loggers": "記録を送る / Sending events",
    "walk": "記録を送る / Sending events",
    "alerts": "知らせ / Alerts",
    "channels": "知らせ / Alerts",
    "zones": "知らせ / Alerts",
    "consents": "同意と自分の情報 / Consent and one's own data",
    "looks": "同意と自分の情報 / Consent and one's own data",
    "export": "同意と自分の情報 / Consent and one's own data",
    "erasure": "同意と自分の情報 / Consent and one's own data",
    "trials": "実証実験 / Trials",
    "account": "自分の登録 / One's own account",
    "devices": "装置 / Devices",
    "pairings": "装置 / Devices",
    "relations": "見守り / Who watches over whom",
    "invitations": "見守り / Who watches over whom",
    "people": "管理 / Administration",
    "audit": "管理 / Administration",
}
PARAMETERS: Final = {
    "after": "前の答えの next / `next` of the answer before; without it, from the beginning",
    "limit": "一度に読む数 / How many in one answer",
    "map": "地図の名前 / The name of a map of this server",
    "q": "名前、読み、英語名、その一部 / A name, its reading, its English, or a part of one",
    "lang": "文の言葉 / The language of the text",
    "purpose": "同意の目的 / What the consent is for",
    "version": "説明の文の版 / The version of the text",
    "last-event-id": "最後に届いた番号 / The last number that arrived; a browser sends it by itself",
    "trip_id": "外出 / The trip",
    "trial_id": "実証実験の結果 / The result of a trial",
    "person": "参加者の仮名 / The participant's pseudonym",
    "file_name": "ファイルの名前。結果の files にあります / The file, by its name in the result's `files`",
    "route_id": "経路 / The route",
    "blockage_id": "通れない所の知らせ / The report",
    "link_id": "共有リンク / The share link",
    "alert_id": "知らせ / The alert",
    "channel_id": "宛先 / The channel",
    "zone_id": "区域 / The zone",
    "place_id": "覚えた場所 / The saved place",
    "session_id": "ログイン。一覧の id / The session, by its `id` in the list",
    "person_id": "人 / The person",
    "user_id": "人 / The person",
    "device_id": "装置 / The device",
    "relation_id": "見守りの関係 / The relation",
    "invitation_id": "招待 / The invitation",
}
_DONE: Final = {
    "200": "答え / The answer",
    "201": "できました / Made",
    "202": "受け付けました / Taken",
    "204": "しました / Done",
}


def document(routers: Iterable[APIRouter], *, title: str, version: str, https: bool) -> Json:
    """The whole document of what these routers answer."""
    routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
    told = [route for route in routes if route.include_in_schema]
    for route in told:
        if isinstance(route.openapi_extra, BodyOf):
            route.openapi_extra.fill()
    made: Json = get_openapi(title=title, version=version, description=_ABOUT, routes=told)
    parts: Json = made["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):  # ours are problems
        parts.pop(unused, None)
    parts["Problem"] = TypeAdapter(Problem).json_schema()
    for route in told:
        for method in route.methods or ():
            operation = made["paths"][route.path_format][method.lower()]
            _complete(operation, route, method)
            _settle(operation, parts)
    made["components"]["securitySchemes"] = _schemes(https)
    made["tags"] = [{"name": name} for name in dict.fromkeys(TOPICS.values())]
    return made


def _complete(operation: Json, route: APIRoute, method: str) -> None:
    operation["tags"] = [TOPICS[route.path_format.removeprefix(f"{PREFIX}/").partition("/")[0]]]
    operation.setdefault("security", _security(route.dependant, method))
    for parameter in operation.get("parameters", ()):
        parameter["description"] = PARAMETERS[parameter["name"]]
    answers = {str(status): answer for status, answer in problems(*_refusals(operation)).items()}
    answers |= {status: answer for status, answer in operation["responses"].items() if status != "422"}
    for status, name in _DONE.items():
        if answers.get(status, {}).get("description") == "Successful Response":
            answers[status]["description"] = name
    answers["429"]["headers"] = {"Retry-After": {"description": "s", "schema": {"type": "integer"}}}
    operation["responses"] = dict(sorted(answers.items()))


def _refusals(operation: Json) -> Iterator[int]:
    """What anybody may meet who sends a request of this shape."""
    parameters = operation.get("parameters", [])
    if operation["security"]:
        yield from (401, 403)
    if any(parameter["in"] == "path" for parameter in parameters):
        yield 404
    if "requestBody" in operation:
        yield from (408, 413)
    if parameters or "requestBody" in operation:
        yield 422


def _security(dependant: Dependant, method: str) -> list[dict[str, list[str]]]:
    """Which of these the operation asks for; one of them is enough."""
    calls = set(_calls(dependant))
    session: dict[str, list[str]] = {"session": []} if method in SAFE_METHODS else {"session": [], "csrf": []}
    if api_session in calls:
        return [session]
    return [{"deviceKey": []}, session] if api_caller in calls else []


def _calls(dependant: Dependant) -> Iterator[object]:
    for one in dependant.dependencies:
        yield one.call
        yield from _calls(one)


def _settle(operation: Json, parts: Json) -> None:
    """Move the parts of the request's schema to where its references look for them."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return
    for name, schema in content["schema"].pop("$defs", {}).items():
        known = parts.setdefault(f"{name}-Input", schema)
        if known != schema:
            raise ValueError(f"two bodies of the API hold different parts called {name}")


def _schemes(https: bool) -> Json:
    return {
        "deviceKey": {
            "type": "http",
            "scheme": "bearer",
            "description": "装置の鍵 / A device's key, from /pairings/redeem",
        },
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": cookie_name(https),
            "description": "ログインしたブラウザーのクッキー / The cookie of a browser that has logged in",
        },
        "csrf": {
            "type": "apiKey",
            "in": "header",
            "name": "X-CSRF-Token",
            "description": "ページの合言葉 / The page's secret, which every unsafe method needs",
        },
        "loggerKey": {
            "type": "http",
            "scheme": "basic",
            "description": "パスワードが電話の鍵です / The password is the key of a device of kind logger",
        },
    }
