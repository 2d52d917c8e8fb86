"""The look's files: stylesheets, scripts and pictures of every page, read once at start.

GET /look/<name>?v=<version>    kept by browsers for ever, because the address changes with the bytes
GET /look/<name>                asked for again each time, and answered 304 while it is the same: scripts
                                import each other by bare names, and must never be of two versions at once
"""

from starlette.requests import Request
from starlette.responses import Response

from gateway.adapters.http.answers import problem
from shopbell.look.pages import ASSET_HEADERS, Asset, Pages


class Files:
    """The files of several sets of pages; the first that has a name gives it."""

    def __init__(self, *sets: Pages) -> None:
        self._sets = sets

    async def file(self, request: Request) -> Response:
        """GET /look/<name>."""
        found = self._find(request.path_params["name"])
        if found is None:
            return problem(404, "no such file", "reload the page")
        if request.query_params.get("v") == found.version:
            return Response(found.body, headers=ASSET_HEADERS, media_type=found.media_type)
        mark = f'"{found.version}"'
        headers = {"cache-control": "no-cache", "etag": mark}
        if request.headers.get("if-none-match") == mark:
            return Response(status_code=304, headers=headers)
        return Response(found.body, headers=headers, media_type=found.media_type)

    def _find(self, name: str) -> Asset | None:
        return next((asset for pages in self._sets if (asset := pages.asset(name)) is not None), None)
