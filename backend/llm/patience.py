"""How long and how often to try: retries with growing, jittered pauses that respect Retry-After."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from backend.errors import ModelError, ModelRateLimited, ModelServerFault, ModelUnreachable

T = TypeVar("T")
PASSING = (ModelUnreachable, ModelRateLimited, ModelServerFault)
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 8.0


@dataclass(frozen=True)
class Patience:
    """Everything about time that a test may want to replace. All times in seconds."""

    retries: int = 2
    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: Callable[[], float] = random.random

    async def persist(
        self, attempt: Callable[[], Awaitable[T]], deadline: float, *, faults_pass: bool = True
    ) -> T:
        """The first success. Raises the last error once retries or time are used up.

        A pause that would end after `deadline` is not begun: whoever waits learns of it now. With
        `faults_pass` false, a server that fails is taken to fail for good.
        """
        tried = 0
        while True:
            try:
                return await attempt()
            except PASSING as error:
                pause = self._pause(error, tried)
                final = isinstance(error, ModelServerFault) and not faults_pass
                if final or tried >= self.retries or self.now() + pause >= deadline:
                    raise
                tried += 1
                await self.sleep(pause)

    def _pause(self, error: ModelError, tried: int) -> float:
        jitter = 0.5 + self.chance() / 2
        asked = error.retry_after if isinstance(error, ModelRateLimited) else None
        if asked is not None:
            # Never earlier than asked; a little later, so that not everybody comes at once.
            return max(asked, 0.0) + FIRST_PAUSE * self.chance()
        return min(FIRST_PAUSE * 2**tried, LONGEST_PAUSE) * jitter


def until_done(make: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Runs a coroutine to its end and blocks for it, even in a thread that has an event loop."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(make())
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(make())).result()
