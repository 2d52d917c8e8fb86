"""The bench page as it is read: drawn in a person's language, and each log alone for drawing again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from hardware_tests.virtual.bench.feed import Feed, FeedResponse
from hardware_tests.virtual.bench.follow import Source
from hardware_tests.virtual.bench.people import Entry, draw_code
from hardware_tests.virtual.bench.ports import KEYS, TONES
from hardware_tests.virtual.bench.stage import Row, Stage
from hardware_tests.virtual.bench.words import EVENTS_NAMED, SCRIPT_WORDS, WORDS, kind_word
from shopbell.look import languages
from shopbell.look.guard import host_name
from shopbell.look.outcomes import evidence_icon, milliseconds, outcome_look
from shopbell.look.pages import ASSET_HEADERS, Pages
from shopbell.look.words import say

FOLDER: Final = Path(__file__).parent / "pages"
PARTS: Final = ("store", "hq", "roll")
LINES_SHOWN: Final = 14
RECEIPTS_SHOWN: Final = 6
TILL: Final = "till-1"  # the one beside the counter

Brand = str | Mapping[str, str]  # by language, where it has a name in each


class Page:
    """The endpoints that change nothing."""

    def __init__(
        self,
        stage: Stage,
        feed: Feed,
        drawer: Sequence[Entry],
        brand: Brand,
        gateway: Source,
        hq: Source,
        staff: str,
    ) -> None:
        self._stage = stage
        self._feed = feed
        self._drawer = drawer
        self._brand = brand
        self._staff = staff
        self._links = {
            "gateway": f"{gateway.url}/?token={gateway.token}",
            "till": f"{gateway.url}/till?till={TILL}&token={gateway.token}",
            "hq": f"{hq.url}/?token={hq.token}",
        }
        self._pages = Pages([FOLDER], WORDS)

    async def show(self, request: Request) -> Response:
        """GET /: the page, or one part of it."""
        part = request.query_params.get("part")
        if part is not None and part not in PARTS:
            return JSONResponse({"error": "no_part"}, 404)
        query = request.query_params.get(languages.QUERY)
        cookie = request.cookies.get(languages.COOKIE)
        language = languages.choose(query, cookie, request.headers.get("accept-language"), "zh-CN")
        host = host_name(request.headers.get("host", ""))
        values = self._parts()
        if not part:
            values |= {**self._whole(language), **self._phone(host), **self._floor(language)}
        template = f"part_{part}.html.j2" if part else "bench.html.j2"
        response = Response(self._pages.render(template, language, **values), media_type="text/html")
        if query is not None:
            response.headers["set-cookie"] = languages.cookie_header(language)
        return response

    async def stream(self, request: Request) -> Response:
        """GET /v1/stream."""
        reader = self._feed.join()
        if reader is None:
            return JSONResponse({"error": "too_many_pages"}, 503)
        return FeedResponse(self._feed, reader, self._stage.present())

    async def code(self, request: Request) -> Response:
        """GET /codes/<number>.svg: a QR code as it is shown on a phone."""
        number = request.path_params["number"]
        if number >= len(self._drawer) or not self._drawer[number].code:
            return JSONResponse({"error": "no_code"}, 404)
        return Response(draw_code(self._drawer[number].code), media_type="image/svg+xml")

    async def receipt(self, request: Request) -> Response:
        """GET /receipts/<number>.png: one piece of paper as it came out."""
        number = request.path_params["number"]
        for receipt in self._stage.paper.receipts:
            if receipt.number == number:
                return Response(receipt.png, media_type="image/png")
        return JSONResponse({"error": "no_receipt"}, 404)

    async def asset(self, request: Request) -> Response:
        """GET /look/<name>."""
        asset = self._pages.asset(request.path_params["name"])
        if asset is None:
            return JSONResponse({"error": "no_file"}, 404)
        return Response(asset.body, headers=ASSET_HEADERS, media_type=asset.media_type)

    async def health(self, request: Request) -> Response:
        """GET /health."""
        return JSONResponse({"status": "ok"})

    def _parts(self) -> Row:
        hq = self._stage.hq
        return {
            "store": [_line(row, hq) for row in list(self._stage.store_lines)[-LINES_SHOWN:][::-1]],
            "hq": [_line(row, hq) for row in list(self._stage.hq_lines)[-LINES_SHOWN:][::-1]],
            "roll": list(self._stage.paper.receipts)[-RECEIPTS_SHOWN:][::-1],
        }

    def _whole(self, language: str) -> Row:
        return {
            "brand": self._brand if isinstance(self._brand, str) else self._brand[language],
            "units": [unit.terminal for unit in self._stage.units.values()],
            "plugs": self._stage.plugs.state(),
            "drawer": [_tile(entry, language) for entry in self._drawer],
            "pages": self._links,
            "staff": self._staff,
            "tones": TONES,
            "keys": KEYS,
            "words": {key: say(key, language, WORDS) for key in SCRIPT_WORDS},
        }

    def _phone(self, host: str) -> Row:
        """Where the phone finds the guests' pages: by the name that the bench was opened with, so that both
        are one site to the browser, and cookies are kept."""
        phone = self._stage.phone
        return {"phone": phone.state(), "phone_url": f"http://{host}:{phone.port}/"}

    def _floor(self, language: str) -> Row:
        """The floor plan: what does not move is drawn here, the rest follows by stream."""
        state = self._stage.floor.state()
        zones = [{**zone, "word": zone["name"].get(language, zone["zone"])} for zone in state["zones"]]
        return {"floor": {**state, "zones": zones}}


def _tile(entry: Entry, language: str) -> Row:
    return {**entry._asdict(), "kind_word": kind_word(entry.kind, language), "hue": entry.number * 47 % 6}


def _line(row: Row, hq: int | None) -> Row:
    """A row of either log; the store's says who and how fast, HQ's only what HQ may know."""
    outcome = row.get("outcome") or ""
    look = outcome_look(outcome)
    took = row.get("decide_us")
    return {
        "seq": row["seq"],
        "key": f"{row['seq']}{'d' if row.get('duplicate') else ''}",
        "time": _clock_time(row.get("at")),
        "icon": look.icon,
        "mood": look.mood,
        "word": f"outcome.{outcome}" if f"outcome.{outcome}" in KNOWN else "",
        "refused": outcome == "refused",
        "type_word": EVENT_WORDS.get(row.get("type") or "", "hq.other"),
        "device": row.get("device") or "",
        "who": row.get("name") or "",
        "member": row.get("member") or "",
        "evidence_icon": evidence_icon(row.get("evidence_kind")),
        "took": None if took is None else milliseconds(took),
        "late": bool(row.get("late")),
        "duplicate": bool(row.get("duplicate")),
        "at_hq": hq is not None and row["seq"] <= hq,
    }


KNOWN: Final = frozenset(
    f"outcome.{name}" for name in ("greeted", "unknown", "blocked", "seen", "staff", "coupon")
)
EVENT_WORDS: Final = {  # events without a customer
    "device.status_changed": "hq.device",
    "exception.raised": "hq.exception",
    **{name: f"hq.{name}" for name in EVENTS_NAMED},
}


def _clock_time(at_ms: Any) -> str:
    """The time on this machine's clock: the bench stands beside it."""
    return datetime.fromtimestamp(at_ms / 1_000).strftime("%H:%M:%S") if isinstance(at_ms, int) else ""
