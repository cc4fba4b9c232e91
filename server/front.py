"""The one layer of ours around every request: what it is held to, and what is told of its answer."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.credentials import new_id
from server.guard import Guard
from server.logs import log_answer
from server.metrics import Metrics
from server.rates import RateLimit


class Front:
    """ASGI middleware. All is done at the beginning of an answer: what follows of a stream passes by."""

    def __init__(self, app: ASGIApp, *, guard: Guard, limit: RateLimit, metrics: Metrics) -> None:
        self._app = app
        self._guard = guard
        self._limit = limit
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it; count and log how it was answered."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        app = self._limit.refusal(scope) or self._app
        if scope["type"] == "websocket":
            await app(scope, receive, send)
            return
        request_id, began_s = new_id()[:16], time.perf_counter()

        async def send_told(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = (b"x-request-id", request_id.encode())
                message["headers"] = self._guard.closed(message.get("headers", ()), scope["path"], own)
                took_s = time.perf_counter() - began_s
                self._metrics.answered(scope, message["status"], took_s)
                log_answer(scope, message["status"], took_s, request_id)
            await send(message)

        await app(scope, self._guard.counted(scope, receive), send_told)
