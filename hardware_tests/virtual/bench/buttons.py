"""What a person does at the bench: hold a card, a code or the phone to a terminal, join, pull and plug."""

import asyncio
import json
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from hardware_tests.virtual.bench.people import Entry
from hardware_tests.virtual.bench.ports import KEYS, PlugStuck
from hardware_tests.virtual.bench.stage import Stage, Unit

BODY_BYTES_MAX: Final = 1_024
HOLD_MS: Final = 600  # a hurried customer's hand
CODE_HOLD_MS: Final = 600


class Refused(Exception):
    """A press that cannot be done: status, and a key "refused.<key>" of words.py."""

    def __init__(self, status: int, key: str) -> None:
        super().__init__(key)
        self.status, self.key = status, key


class Buttons:
    """The endpoints that change something."""

    def __init__(self, stage: Stage, drawer: Sequence[Entry]) -> None:
        self._stage = stage
        self._drawer = drawer
        self._hands: set[asyncio.Task[None]] = set()  # at most one a terminal: a busy one refuses the next

    async def tap(self, request: Request) -> Response:
        """POST /v1/terminals/<name>/tap: answers as soon as the card is in the field."""

        def hold(unit: Unit, entry: Entry) -> Coroutine[Any, Any, None]:
            if not entry.uid:
                raise Refused(409, "no_card")
            return unit.terminal.tap(entry.uid, HOLD_MS)

        return await self._held(request, hold)

    async def code(self, request: Request) -> Response:
        """POST /v1/terminals/<name>/code: answers as soon as the code is before the scanner."""

        def hold(unit: Unit, entry: Entry) -> Coroutine[Any, Any, None]:
            if not entry.code:
                raise Refused(409, "no_code")
            return _show(unit, entry.code)

        return await self._held(request, hold)

    async def key(self, request: Request) -> Response:
        """POST /v1/terminals/<name>/key: answers when the key is up again."""
        try:
            unit = self._stage.units.get(request.path_params["name"])
            if unit is None:
                raise Refused(404, "no_terminal")
            key = (await _body(request)).get("key")
            if not isinstance(key, str) or len(key) != 1 or key not in KEYS:
                raise Refused(400, "body")
        except Refused as refused:
            return _refusal(refused)
        await unit.terminal.press(key)
        return JSONResponse({"terminal": unit.terminal.name})

    async def phone(self, request: Request) -> Response:
        """POST /v1/phone: join the store's Wi-Fi, or leave it."""
        try:
            joined = (await _body(request)).get("joined")
            if not isinstance(joined, bool):
                raise Refused(400, "body")
        except Refused as refused:
            return _refusal(refused)
        phone = self._stage.phone
        await (phone.join() if joined else phone.leave())
        return JSONResponse(phone.state())

    async def card(self, request: Request) -> Response:
        """POST /v1/terminals/<name>/phone: hold the phone's member card before the scanner."""
        try:
            unit = self._unit(request)
            code = await self._stage.phone.code()
            if code is None:
                raise Refused(409, "no_member")
        except Refused as refused:
            return _refusal(refused)
        self._begin(unit, _show(unit, code.encode()))
        return JSONResponse({"terminal": unit.terminal.name}, 202)

    async def walk(self, request: Request) -> Response:
        """POST /v1/walk: carry the member's tag or the phone to another part of the shop."""
        try:
            body = await _body(request)
            self._stage.floor.walk(str(body.get("who")), str(body.get("zone")))
        except Refused as refused:
            return _refusal(refused)
        except KeyError:
            return _refusal(Refused(400, "no_place"))
        return JSONResponse(self._stage.floor.state())

    async def heard(self, request: Request) -> Response:
        """GET /v1/phone/heard: what an app on the phone hears now."""
        return JSONResponse({"heard": self._stage.floor.heard()})

    async def plug(self, request: Request) -> Response:
        """POST /v1/plugs/<name>: answers when it is done."""
        try:
            on = (await _body(request)).get("on")
            name = request.path_params["name"]
            if name not in self._stage.plugs.state():
                raise Refused(404, "no_plug")
            if not isinstance(on, bool):
                raise Refused(400, "body")
        except Refused as refused:
            return _refusal(refused)
        try:
            await self._stage.plugs.set(name, on)
        except (PlugStuck, OSError) as stuck:
            return JSONResponse({"error": "plug_stuck", "why": str(stuck)}, 503)
        finally:
            self._stage.tell_plugs()
        return JSONResponse({"on": self._stage.plugs.state()[name]})

    async def _held(self, request: Request, hold: Any) -> Response:
        try:
            unit = self._unit(request)
            entry = self._entry(await _body(request))
            hand = hold(unit, entry)
        except Refused as refused:
            return _refusal(refused)
        self._begin(unit, hand)
        return JSONResponse({"terminal": unit.terminal.name, "person": entry.number}, 202)

    def _begin(self, unit: Unit, hand: Coroutine[Any, Any, None]) -> None:
        self._stage.entered(unit)
        task = asyncio.create_task(self._until_left(unit, hand))
        self._hands.add(task)
        task.add_done_callback(self._hands.discard)

    async def _until_left(self, unit: Unit, hand: Coroutine[Any, Any, None]) -> None:
        try:
            await hand
        finally:
            self._stage.left(unit)

    def _unit(self, request: Request) -> Unit:
        unit = self._stage.units.get(request.path_params["name"])
        if unit is None:
            raise Refused(404, "no_terminal")
        if unit.busy:
            raise Refused(409, "busy")
        return unit

    def _entry(self, body: Mapping[str, Any]) -> Entry:
        number = body.get("person")
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < len(self._drawer):
            raise Refused(400, "no_person")
        return self._drawer[number]


async def _show(unit: Unit, code: bytes) -> None:
    unit.terminal.show_code(code)
    await asyncio.sleep(CODE_HOLD_MS / 1_000)


async def _body(request: Request) -> Mapping[str, Any]:
    """The JSON object sent. Raises Refused."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise Refused(415, "body")
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > BODY_BYTES_MAX:
            raise Refused(413, "body")
    try:
        value = json.loads(body)
    except ValueError as fault:
        raise Refused(400, "body") from fault
    if not isinstance(value, dict):
        raise Refused(400, "body")
    return value


def _refusal(refused: Refused) -> Response:
    return JSONResponse({"error": refused.key}, refused.status)
