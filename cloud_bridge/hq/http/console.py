"""HQ's console: signing in, the page, each part of it alone for drawing again, and the look's files."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import Connection

from cloud_bridge.hq import import_store, views
from cloud_bridge.hq.database import Database, Row
from cloud_bridge.hq.exposure import GatewayExposure, exposures
from cloud_bridge.hq.http.access import Access, Refused
from cloud_bridge.hq.http.bodies import read_body
from cloud_bridge.hq.http.imports import report_view
from cloud_bridge.hq.http.people_parts import PeopleParts
from cloud_bridge.hq.http.problems import language_of, refusal_view
from cloud_bridge.hq.http.shop_parts import ShopParts
from cloud_bridge.hq.import_kinds import KINDS
from cloud_bridge.hq.live import Live
from cloud_bridge.hq.own_log import Frame
from cloud_bridge.hq.words import WORDS
from gateway.core.exposure import Exposure
from gateway.core.model import Bundle
from shopbell.look import languages
from shopbell.look.pages import ASSET_HEADERS, ASSET_PATH, Pages
from shopbell.look.words import Language

FOLDER: Final = Path(__file__).parent.parent / "pages"
EVENTS_SHOWN: Final = 30
IMPORTS_SHOWN: Final = 5
REFUSALS_SHOWN: Final = 20  # the rest is in the report, which the page names
FORM_BYTES_MAX: Final = 1_024
# Outcome -> (icon, mood): the stylesheet's tags; a word always stands with them.
OUTCOMES: Final[Mapping[str, tuple[str, str]]] = {
    "greeted": ("wave", "yes"),
    "unknown": ("question", "heed"),
    "blocked": ("blocked", "no"),
    "seen": ("eye", "calm"),
    "staff": ("key", "calm"),
    "coupon": ("gift", "yes"),
    "noted": ("check", ""),
    "done": ("check", "yes"),
    "refused": ("blocked", "no"),
    "asked": ("question", "heed"),
}
OURS: Final = ("noted", "done", "refused", "asked")  # outcomes that no device shows: HQ's own words
TYPES: Final = tuple(name.removeprefix("hq.type.") for name in WORDS if name.startswith("hq.type."))
EXPOSURE_AGE_MS_MAX: Final = 5_000  # it is one pass over all lots, and a page asks with every event
MINOR_UNITS: Final = 100
# The first line of each kind of file, with what may follow in brackets.
_COLUMNS: Final = {
    kind: ",".join(of.shape.columns) + "".join(f"[,{name}]" for name in of.shape.optional)
    for kind, of in KINDS.items()
}


class Console:
    """Draws what HQ knows, for people, in their language."""

    def __init__(
        self,
        database: Database,
        live: Live,
        access: Access,
        frame: Callable[[], Frame],
        bundle: Callable[[], Bundle],
    ) -> None:
        self._database = database
        self._live = live
        self._access = access
        self._frame = frame
        self._bundle = bundle
        self._reckoned: tuple[int, list[GatewayExposure]] = (0, [])
        self._pages = Pages([FOLDER], WORDS)
        self._parts: Mapping[str, Callable[[Connection, Request], Row]] = {
            "gateways": self._gateways,
            "promises": self._promises,
            "events": self._events,
            "imports": self._imports,
            **PeopleParts(bundle, frame).parts,
            **ShopParts(bundle, lambda: frame().date).parts,
        }

    def routes(self) -> APIRouter:
        """The console's addresses."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route("/", self.page, methods=["GET"])
        router.add_api_route("/session", self.sign_in, methods=["POST"])
        router.add_api_route(ASSET_PATH + "{name}", self.asset, methods=["GET"])
        return router

    async def page(self, request: Request) -> Response:
        """The console, one part of it, or the page to sign in."""
        token = request.query_params.get("token")
        if token is not None:
            return self._enter(request, token)
        if not self._access.is_staff(request):
            return self._html(request, "sign_in.html.j2", 401, wrong=False)
        return await run_in_threadpool(self._draw, request, request.query_params.get("part"))

    async def sign_in(self, request: Request) -> Response:
        """The form of the sign-in page."""
        form = parse_qs((await read_body(request, FORM_BYTES_MAX)).decode("latin-1"))
        return self._enter(request, form.get("token", [""])[0].strip())

    async def asset(self, name: str) -> Response:
        """A file read at start."""
        asset = self._pages.asset(name)
        if asset is None:
            raise Refused(404, "not_found")
        return Response(asset.body, headers=ASSET_HEADERS, media_type=asset.media_type)

    def _enter(self, request: Request, token: str) -> Response:
        if not self._access.is_staff_token(token):
            self._access.count_wrong()
            return self._html(request, "sign_in.html.j2", 401, wrong=True)
        kept = {key: value for key, value in request.query_params.items() if key == languages.QUERY}
        response = RedirectResponse("/" + ("?" + urlencode(kept) if kept else ""), 303)
        response.headers["set-cookie"] = self._access.cookie()
        return response

    def _draw(self, request: Request, part: str | None) -> Response:
        if part is not None and part not in self._parts:
            raise Refused(404, "not_found")
        wanted = self._parts if part is None else {part: self._parts[part]}
        with self._database.reading() as connection:
            shown = {name: read(connection, request) for name, read in wanted.items()}
        template = "hq.html.j2" if part is None else f"part_{part}.html.j2"
        return self._html(request, template, 200, views=shown, columns=_COLUMNS)

    def _html(self, request: Request, template: str, status: int, **values: object) -> Response:
        language = language_of(request)
        response = HTMLResponse(self._pages.render(template, language, **values), status)
        if request.query_params.get(languages.QUERY) is not None:
            response.headers["set-cookie"] = languages.cookie_header(language)
        return response

    def _gateways(self, connection: Connection, request: Request) -> Row:
        rows = views.gateways(connection, self._live.contacts)
        now_ms = self._frame().now_ms
        for row in rows:
            contact = row["last_contact_ms"]
            row["age_ms"] = None if contact is None else now_ms - contact
        return {"rows": rows}

    def _promises(self, connection: Connection, request: Request) -> Row:
        now_ms = self._frame().now_ms
        if now_ms - self._reckoned[0] > EXPOSURE_AGE_MS_MAX:
            found = exposures(connection, self._bundle(), self._frame().date)
            self._reckoned = (now_ms, found)
        rows = [_exposure(one) for one in self._reckoned[1]]
        return {"rows": rows, "worst": _money(sum(one.money.worst for one in self._reckoned[1]))}

    def _events(self, connection: Connection, request: Request) -> Row:
        today = self._local(self._frame().now_ms).date()
        return {"rows": [self._event(row, today) for row in views.newest_events(connection, EVENTS_SHOWN)]}

    def _event(self, row: Row, today: object) -> Row:
        icon, mood = OUTCOMES.get(row["outcome"], ("question", ""))
        at = self._local(row["received_ms"] if row["at"] is None else row["at"])
        known = row["type"] if row["type"] in TYPES else "other"
        return {
            **row,
            "key": f"{row['gateway']}-{row['seq']}-{row['hash'][:8]}",
            "icon": icon,
            "mood": mood,
            "known_outcome": row["outcome"] in OUTCOMES,
            "outcome_word": f"{'hq.' * (row['outcome'] in OURS)}outcome.{row['outcome']}",
            "type_word": f"hq.type.{known}",
            "time": at.strftime("%H:%M:%S"),
            "date": "" if at.date() == today else at.strftime("%m-%d"),
            "iso": at.isoformat(timespec="milliseconds"),
        }

    def _imports(self, connection: Connection, request: Request) -> Row:
        language = language_of(request)
        reports = import_store.newest(connection, IMPORTS_SHOWN)
        return {"rows": [_import(connection, report, language) for report in reports]}

    def _local(self, at_ms: int) -> datetime:
        return datetime.fromtimestamp(at_ms / 1_000, ZoneInfo(self._frame().zone))


def _exposure(one: GatewayExposure) -> Row:
    money = {name: _money(getattr(one.money, name)) for name in (*Exposure._fields, "worst")}
    short = one.money.at_risk_now > 0
    return {"gateway": one.gateway, "epoch": one.epoch, "waits": one.waits, "is_short": short, **money}


def _money(minor: int) -> str:
    """Minor units as people write them."""
    whole, rest = divmod(minor, MINOR_UNITS)
    return f"{whole:,}.{rest:02d}"


def _import(connection: Connection, report: import_store.Report, language: Language) -> Row:
    refusals = import_store.read_refusals(connection, report.id, 0, REFUSALS_SHOWN)
    return {
        **report_view(report, language),
        "share": 100 * report.done // report.lines if report.lines else 0,
        "refusals": [refusal_view(refusal, language) for refusal in refusals],
        "more": report.refused > len({refusal.line for refusal in refusals}),
    }
