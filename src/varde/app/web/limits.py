"""What one request may bring, and how often somebody may guess the token."""

import contextlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from fastapi.responses import JSONResponse

BODY_MAX = 256 * 1024
"""Octets of a request's body: the longest question in SQL has 100,000 characters, and nothing else is sent."""

GUESSES = 10
"""Wrong tokens of one address within GUESS_SECONDS: a person mistypes a few times."""

GUESS_SECONDS = 60.0
GUESSERS_MAX = 10_000
"""Addresses whose guesses are remembered: an attacker has many, and memory is bounded."""

_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]


class _TooLongError(Exception):
    """The body is longer than what may come."""


@dataclass(frozen=True, slots=True)
class BodyLimit:
    """ASGI around the application: longer bodies are refused by what they say of their length, and by their octets as they come."""

    app: Callable[[_Message, _Receive, _Send], Awaitable[None]]
    headers: dict[str, str]
    most: int = BODY_MAX

    async def __call__(self, scope: _Message, receive: _Receive, send: _Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if _said(scope) > self.most:
            await self._refuse(scope, receive, send)
            return
        begun, taken = False, 0

        async def counted() -> _Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self.most:
                raise _TooLongError
            return message

        async def told(message: _Message) -> None:
            nonlocal begun
            begun = begun or taken <= self.most
            if begun:  # else it is the application's own word for a body that it did not get
                await send(message)

        with contextlib.suppress(_TooLongError):
            await self.app(scope, counted, told)
        if not begun:
            await self._refuse(scope, receive, send)

    async def _refuse(self, scope: _Message, receive: _Receive, send: _Send) -> None:
        answer = JSONResponse({"detail": f"the request has more than {self.most:,} octets"}, 413, self.headers | {"Connection": "close"})
        await answer(scope, receive, send)


def _said(scope: _Message) -> int:
    """What Content-Length says; 0 where it says nothing that is a number."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() and len(value) < 20 else BODY_MAX + 1
    return 0


@dataclass(slots=True)
class Guesses:
    """Wrong tokens by the address they came from, the oldest forgotten first."""

    clock: Callable[[], float] = time.monotonic
    _wrong: OrderedDict[str, tuple[float, int]] = field(default_factory=OrderedDict)

    def wait(self, address: str) -> int:
        """Seconds until this address may try again; 0 where it may now."""
        since, count = self._wrong.get(address, (0.0, 0))
        left = since + GUESS_SECONDS - self.clock()
        return max(1, round(left)) if count >= GUESSES and left > 0 else 0

    def wrong(self, address: str) -> None:
        """Remember one."""
        now = self.clock()
        since, count = self._wrong.pop(address, (now, 0))
        self._wrong[address] = (since, count + 1) if now - since < GUESS_SECONDS else (now, 1)
        if len(self._wrong) > GUESSERS_MAX:
            self._wrong.popitem(last=False)
