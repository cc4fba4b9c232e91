"""One HTTP call to an address that somebody gave: bounded in time, no redirects, the answer's body unread."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from server.alerts.senders.targets import Resolve, system_resolve, target_of
from server.errors import NotSent

if TYPE_CHECKING:
    import httpx


class Caller:
    """Calls by POST. `private`: whether addresses in a private network may be called."""

    def __init__(self, timeout_s: float, *, private: bool = False, resolve: Resolve = system_resolve) -> None:
        self._timeout_s = timeout_s
        self._private = private
        self._resolve = resolve
        self._client: httpx.AsyncClient | None = None

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """The answer's status; `NotSent` where there was none in time."""
        import httpx  # late: no start waits for what tells people

        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._post(url, body, headers)
        except TimeoutError:
            raise NotSent("timeout") from None
        except httpx.HTTPError as error:
            raise NotSent(type(error).__name__) from None

    async def _post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        target = await target_of(url, self._resolve, private=self._private)
        request = self._open().build_request(
            "POST",
            target.url,
            content=body,
            headers={**headers, "Host": target.host},
            # The certificate is that of the name, though the connection goes to the address.
            extensions={"sni_hostname": target.name},
        )
        answer = await self._open().send(request, stream=True)
        try:
            return answer.status_code
        finally:
            await answer.aclose()

    def _open(self) -> "httpx.AsyncClient":
        import httpx

        if self._client is None:
            # Neither a proxy nor a login from the environment: the check of the address would be in vain.
            self._client = httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=None)  # noqa: S113
        return self._client

    async def close(self) -> None:
        """Close what is open."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None
