"""Guests who join in stores with a phone number, as HQ's tests need them, and staff who ask HQ's site."""

import asyncio
from typing import Any

import httpx
from msgspec.structs import replace
from sqlalchemy import insert

from cloud_bridge.asks import PersonUp
from cloud_bridge.hq import models
from cloud_bridge.hq.enrolments import commit
from gateway.core.evidence import PHONE, WEAK, evidence_key
from gateway.core.model import INSTRUMENT_LINKED, MEMBER_ENROLLED, Evidence, Facts, Instrument, Member
from gateway.core.promises import Enrol, Link
from tests.cloud_bridge.hq.shops import Brand
from tests.cloud_bridge.hq.test_member_events import SALT, people, rows
from tests.cloud_bridge.hq.test_phone_boxes import NUMBER, seal

NAME = "林晓雯"
STAFF = {"authorization": "Bearer staff-token-0123456789"}


def key_of(brand: Brand, number: str) -> bytes:
    (secret,) = [row["value"] for row in rows(brand, models.secrets) if row["name"] == "brand_key"]
    return evidence_key(secret, PHONE, number.removeprefix("+").encode())


class Guests:
    """Members who join in stores, with a phone number."""

    def __init__(self, brand: Brand) -> None:
        self.brand = brand
        self.rows: dict[str, PersonUp] = {}

    def join(self, store: str, member: str, number: str = NUMBER, box_key: str = "", **more: Any) -> PersonUp:
        """Enrolled by an event, unsent; the personal row is sent by up()."""
        shop, box = self.brand[store], seal(box_key or self.brand.phone_key, number).hex()
        act = Enrol(commit(NAME, SALT, box), "zh-CN", member)
        event = shop.done(act, MEMBER_ENROLLED, facts=Facts(rights=shop._rights()))
        key = key_of(self.brand, number).hex()
        row = replace(PersonUp(member, NAME, SALT, event.seq, key, box), **more)
        self.rows[member] = row
        return row

    def verify(self, store: str, member: str, number: str = NUMBER, holder: str | None = None) -> str:
        """A till links the number to the member, or is refused because a holder has it; the outcome."""
        shop = self.brand[store]
        key = key_of(self.brand, number)
        there = None if holder is None else Instrument("i-old", PHONE, holder, "active", key.hex())
        seen = Member(member, 0, "provisional", "")
        facts = Facts(member=seen, holder=there, rights=shop._rights())
        link = Link(f"i-{self.brand.random()}", member)
        evidence = Evidence(key.hex(), PHONE, WEAK)
        return shop.do(link, INSTRUMENT_LINKED, facts=facts, evidence=evidence).outcome.name

    def up(self, store: str, *members: str) -> None:
        """Events and names of these members."""
        self.brand[store].push()
        people(self.brand, f"{store}-1", *(self.rows[member] for member in members))


class Staff:
    """Somebody at headquarters who asks HQ's own site, without a line between."""

    def __init__(self, site: Any) -> None:
        self._site = site

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self._site)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                return await client.request(method, path, headers=more.pop("headers", STAFF), **more)

        return asyncio.run(ask())

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.ask("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self.ask("POST", path, **more)


def number_of(brand: Brand, member: str) -> str | None:
    return next((row["phone"] for row in rows(brand, models.people) if row["member"] == member), None)


def put_member(brand: Brand, member: str, phone: str) -> None:
    """One of whom the shop's own list has the number."""
    with brand.hq.database.writing() as connection:
        row = {"member": member, "name": "王芳", "phone": phone, "birthday": ""}
        connection.execute(insert(models.people), row)


def found(staff: Staff, query: str) -> list[dict[str, Any]]:
    answer = staff.get("/v1/members", params={"query": query})
    assert answer.status_code == 200
    listed: list[dict[str, Any]] = answer.json()["found"]
    return listed
