"""What many ask for at one moment is asked of the store once: a thousand devices that come back together."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Together(Generic[K, V]):
    """Questions by key; `ask` answers many. One that it leaves out has no answer.

    Who asks while a question is under way is in the next one: each answer is newer than its question.
    """

    def __init__(self, ask: Callable[[frozenset[K]], Awaitable[Mapping[K, V]]]) -> None:
        self._ask = ask
        self._keys: set[K] = set()
        self._coming: asyncio.Task[Mapping[K, V]] | None = None
        self._under_way = asyncio.Lock()

    async def one(self, key: K) -> V | None:
        """The answer for this key; None: there is none. Raises what `ask` raises."""
        self._keys.add(key)
        if self._coming is None:
            self._coming = asyncio.create_task(self._ask_next(), name="together")
        # One that is cancelled must not take the answer from the others.
        return (await asyncio.shield(self._coming)).get(key)

    async def _ask_next(self) -> Mapping[K, V]:
        async with self._under_way:
            self._coming, keys, self._keys = None, frozenset(self._keys), set()
            return await self._ask(keys)
