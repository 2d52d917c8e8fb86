"""The API of what a till scans, finds and hands out: goods, codes of every kind, receipts."""

import io
from typing import Final

import msgspec
import segno
from starlette.requests import Request
from starlette.responses import Response

from gateway.adapters.http import pos_views
from gateway.adapters.http.act_words import sentences
from gateway.adapters.http.answers import json
from gateway.adapters.http.bodies import BadRequest, decoded
from gateway.adapters.http.books import Printer
from gateway.adapters.http.callers import caller_of
from gateway.adapters.http.pos_shapes import PrintAsked
from gateway.adapters.http.pos_side import TillSide, number
from gateway.sales import OrderFound, receipt_code
from gateway.settings import NAME

GOODS_DEFAULT: Final = 40
GOODS_MAX: Final = 200  # more is a catalogue, not a search
TEXT_MAX: Final = 256  # the longest code of ours is some 100 characters
QR_SCALE: Final = 4
QR_BORDER: Final = 4  # ISO/IEC 18004: four modules of quiet

_PRINTS: Final = msgspec.json.Decoder(PrintAsked)


class Goods:
    """One endpoint per address; every one of them stands behind the till's door."""

    def __init__(self, side: TillSide) -> None:
        self._side = side

    async def goods(self, request: Request) -> Response:
        """GET /v1/goods?query=&limit=."""
        limit = number(request, "limit", GOODS_DEFAULT, GOODS_MAX)
        found = self._side.counter.goods(_text(request, "query"), limit)
        return json({"goods": [pos_views.plain(one) for one in found]})

    async def lookup(self, request: Request) -> Response:
        """GET /v1/lookup?code=&till=: whatever was scanned or typed."""
        code, caller = _text(request, "code"), caller_of(request)
        if code is None:
            raise BadRequest(400, "request.missing", "code")
        named = _text(request, "till")
        if named is not None and not NAME.fullmatch(named):
            raise BadRequest(400, "request.strange", "till")
        till = caller.till(named) if caller.session or named else caller.actor
        return json(pos_views.looked(self._side.counter.lookup(code, till), self._side.gateway))

    async def receipt(self, request: Request) -> Response:
        """GET /v1/receipts/{id}.svg: the QR of a receipt's code."""
        code = receipt_code(self._side.gateway, self._order(request).seq)
        drawn = io.BytesIO()
        segno.make_qr(code, error="m").save(
            drawn, kind="svg", scale=QR_SCALE, border=QR_BORDER, light="#fff", xmldecl=False
        )
        return Response(drawn.getvalue(), media_type="image/svg+xml")

    async def print(self, request: Request) -> Response:
        """POST /v1/receipts/{id}/print: of the sale, or of one of its returns."""
        body, found = await decoded(request, _PRINTS), self._order(request)
        printer = self._printer()
        if body.seq is None:
            return _printed(await printer.print_order(found, body.copy_))
        back = next((one for one in found.returns if one.seq == body.seq), None)
        if back is None:
            raise BadRequest(404, "act.refused.order_unknown", "seq")
        return _printed(await printer.print_return(found, back, body.copy_))

    async def print_shift(self, request: Request) -> Response:
        """POST /v1/shifts/{id}/print: its X report, or its Z report."""
        body = await decoded(request, _PRINTS)
        found = self._side.counter.shift_by_id(request.path_params["id"])
        if found is None:
            raise BadRequest(404, "act.refused.shift_unknown")
        caller_of(request).till(found.till)
        return _printed(await self._printer().print_shift(found, body.copy_))

    def _printer(self) -> Printer:
        if self._side.books.printer is None:
            raise BadRequest(501, "request.no_printer_set")
        return self._side.books.printer

    def _order(self, request: Request) -> OrderFound:
        """The order of the address, by id or receipt code; raises BadRequest."""
        found = self._side.counter.order(request.path_params["id"])
        if found is None:
            raise BadRequest(404, "act.refused.order_unknown")
        return found


def _printed(on_paper: bool) -> Response:
    outcome = "printed" if on_paper else "no_printer"
    return json({"outcome": outcome, "says": sentences(f"receipt.{outcome}")})


def _text(request: Request, name: str) -> str | None:
    """A text of the address without blanks around it; None for none. Raises BadRequest."""
    text = request.query_params.get(name, "").strip()
    if len(text) > TEXT_MAX:
        raise BadRequest(400, "request.long", name, limit=TEXT_MAX)
    return text or None
