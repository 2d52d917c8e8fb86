"""The shapes of HQ's answers about programs, goods and staff, for the OpenAPI document."""

from typing import Any, Literal

from pydantic import BaseModel

from cloud_bridge.hq.http.answers import Hash, Problem


class Limit(BaseModel):
    """A limit of all stores together: what was made of it, and what is left by HQ's knowledge."""

    field: Literal["total", "budget"]
    made: int
    left: int


class Program(BaseModel):
    """One program: its version in force, or the last that was. Words by language, figures filled in."""

    id: str
    version: int
    state: Literal["live", "waiting", "paused", "over", "ended"]
    trigger: str
    name: dict[str, str]
    because: dict[str, str]
    stores: list[str]
    first_day: str | None
    last_day: str | None
    per_member: int | None
    period: str
    limits: list[Limit]


class Programs(BaseModel):
    """The bundle in force, and every program there ever was."""

    hash: Hash
    published_ms: int
    signed: bool
    programs: list[Program]


class ProgramVersion(BaseModel):
    """A program as it was published; docs/contract/program.schema.json says what it may hold."""

    version: int
    published_ms: int
    program: dict[str, Any]


class NewVersion(BaseModel):
    """A version that is new at HQ."""

    id: str
    version: int


class Publication(BaseModel):
    """The bundle in force now, and what is new in it."""

    hash: Hash
    new: list[NewVersion]


class ProgramProblem(BaseModel):
    """One thing wrong: a JSON pointer into what was sent, which fault, and what exactly."""

    pointer: str
    reason: str
    hint: str
    what: str


class ProgramProblems(Problem):
    """Why nothing was published."""

    problems: list[ProgramProblem]


class Article(BaseModel):
    """An article: prices in minor units, tax in basis points, included in the price."""

    sku: str
    name: dict[str, str]
    category: str
    kind: Literal["goods", "topup", "open"]
    price: int
    prices: dict[str, int]
    tax: int
    barcodes: list[str]


class Person(BaseModel):
    """A member of staff; the name is masked."""

    id: str
    name: str | None
    role: str
    has_badge: bool
    store: str
    status: Literal["active", "left"]
