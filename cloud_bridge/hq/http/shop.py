"""Goods and staff over HTTP: to find, and to take away one; they come by imports."""

from collections.abc import Callable
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Depends, Path, Query

from cloud_bridge.hq import good_store, staff_store
from cloud_bridge.hq.database import Database
from cloud_bridge.hq.good_store import Article
from cloud_bridge.hq.http import shop_answers
from cloud_bridge.hq.http.access import Access, Refused
from cloud_bridge.hq.staff_store import Person
from gateway.core.names import mask_name

LISTED_MAX: Final = 500
Limit = Annotated[int, Query(ge=1, le=LISTED_MAX)]


def shop_routes(database: Database, access: Access, now_ms: Callable[[], int]) -> APIRouter:
    """The routes of goods and staff."""
    router = APIRouter(prefix="/v1", tags=["shop"], dependencies=[Depends(access.staff)])

    @router.get("/goods", response_model=list[shop_answers.Article])
    def goods(query: Annotated[str, Query(max_length=48)] = "", limit: Limit = 100) -> list[dict[str, Any]]:
        """Articles whose number or barcode begins so, by number."""
        with database.reading() as connection:
            return [good_view(article) for article in good_store.find(connection, query.strip(), limit)]

    @router.delete("/goods/{sku}", status_code=204)
    def forget_good(sku: Annotated[str, Path(max_length=48)]) -> None:
        """Take an article out of every till; orders of the past keep what they say."""
        with database.writing() as connection:
            if not good_store.forget(connection, sku, now_ms()):
                raise Refused(404, "not_found")

    @router.get("/staff", response_model=list[shop_answers.Person])
    def staff(limit: Limit = 100) -> list[dict[str, Any]]:
        """Staff by number; names are masked."""
        with database.reading() as connection:
            return [staff_view(person) for person in staff_store.everybody(connection, limit)]

    @router.delete("/staff/{id}", status_code=204)
    def forget_person(id: Annotated[str, Path(max_length=32)]) -> None:
        """Erase somebody, here and in every store; events keep only the number."""
        with database.writing() as connection:
            if not staff_store.forget(connection, id, now_ms()):
                raise Refused(404, "not_found")

    return router


def good_view(article: Article) -> dict[str, Any]:
    """An article for programs."""
    return {**msgspec.structs.asdict(article.good), "barcodes": list(article.barcodes)}


def staff_view(person: Person) -> dict[str, Any]:
    """Somebody for programs."""
    shown = {**person._asdict(), "name": mask_name(person.name), "has_badge": person.badge is not None}
    del shown["badge"]
    return shown
