"""Serves the bench page from the supervisor's own loop: plugs and terminals are its own objects."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import uvicorn

from hardware_tests.virtual.bench.ports import Person
from samples.brand import Holding, read_members
from samples.shop import Clerk

# The page's event streams stay open for ever; they are cut after this.
STOP_WAIT_S = 1
ACTIVE = "active"


class Server(uvicorn.Server):
    """uvicorn that leaves the signals to the supervisor."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing is captured."""
        yield


class Page:
    """The bench page's server. `make` builds the app when everything it shows is there."""

    def __init__(self, make: Callable[[], Any], host: str, port: int) -> None:
        self._make, self._host, self._port = make, host, port
        self._server: Server | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Serve; returns when it does. Raises OSError if the port is taken meanwhile."""
        config = uvicorn.Config(
            self._make(),
            host=self._host,
            port=self._port,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="on",
            timeout_graceful_shutdown=STOP_WAIT_S,
        )
        self._server = Server(config)
        self._task = asyncio.create_task(self._server.serve(), name="bench page")
        while not self._server.started:
            if self._task.done():
                await self._task
                raise OSError(f"the bench page could not listen on {self._host}:{self._port}")
            await asyncio.sleep(0.01)

    async def close(self) -> None:
        """Stop serving; nothing if it never began."""
        if self._server and self._task:
            self._server.should_exit = True
            await self._task


def people() -> list[Person]:
    """The sample members as the page's drawer wants them; a member with two cards is there twice."""
    return [
        {"name": row.name, "kind": kind_of(row), "uid": row.card_uid, "qr": row.qr_code}
        for row in read_members()
    ]


def badges(clerks: Iterable[Clerk]) -> list[Person]:
    """Staff who have a badge, for the same drawer: a tap signs them in at a terminal."""
    return [
        {"name": one.name, "kind": "staff", "uid": one.badge_uid, "qr": ""} for one in clerks if one.badge_uid
    ]


def kind_of(row: Holding) -> str:
    """What is special about a holder: the card's own trouble first, then the member's, else the tier."""
    if row.instrument_status != ACTIVE:
        return row.instrument_status
    return row.status if row.status != ACTIVE else row.tier
