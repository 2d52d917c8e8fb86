"""A portal that browsers can open, and the one page that may show it in a frame."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from tests.browser import Servers
from tests.gateway.portal.test_portal_browser import Lived

FRAME = (
    "<!doctype html><title>bench</title><link rel='icon' href='data:,'>"
    "<iframe allow='accelerometer; gyroscope' src='{}'></iframe>"
)


@pytest.fixture(scope="module")
def frames() -> Iterator[Servers]:
    """Two of them: the first is named in [portal] framed_by. Each shows what its ?shows= says."""

    async def page(request: Request) -> HTMLResponse:
        return HTMLResponse(FRAME.format(request.query_params["shows"]))

    with Servers(2) as servers:
        servers.start(*(Starlette(routes=[Route("/", page)]) for _ in range(2)))
        yield servers


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory, frames: Servers) -> Iterator[Lived]:
    folder: Path = tmp_path_factory.mktemp("shaken")
    with Lived(folder, framed_by=frames.addresses[0]) as opened:
        yield opened
