"""What staff do for people who ask about their own data: merge two who are one, forget one, give the key."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from cloud_bridge.hq import doubles
from cloud_bridge.hq.database import Database
from cloud_bridge.hq.http import answers, people_answers
from cloud_bridge.hq.http.access import Access, Refused
from cloud_bridge.hq.issuing import NoMember
from cloud_bridge.hq.merging import NotTwo
from cloud_bridge.hq.own_data import own_data
from cloud_bridge.hq.promises import MoneyLeft, Promises

MemberId = Annotated[str, Path(pattern=answers.MEMBER_PATTERN)]


def people_routes(database: Database, promises: Promises, phone_pem: str, access: Access) -> APIRouter:
    """The routes below /v1/members/{id} that are about who somebody is, and /v1/phones/key."""
    router = APIRouter(prefix="/v1", tags=["people"], dependencies=[Depends(access.staff)])

    @router.post("/members/{id}/merge", status_code=204)
    def merge(id: MemberId, body: answers.MergeBody) -> None:
        """Make one member of two: from now on this one is the other, with all it has. For good."""
        try:
            promises.merge(id, body.into)
        except NoMember:
            raise Refused(404, "not_found") from None
        except NotTwo:
            raise Refused(409, "not_two_members") from None

    @router.post("/members/{id}/distinct", status_code=204)
    def distinct(id: MemberId, body: answers.DistinctBody) -> None:
        """Say that two members who might have been one are two people: it is not asked again."""
        with database.writing() as connection:
            told = doubles.dismiss(connection, id, body.other)
        if not told:
            raise Refused(404, "not_found")

    @router.post("/members/{id}/erase", status_code=204)
    def erase(id: MemberId) -> None:
        """Forget a person: name, phone, consents and cards, here and in every store. The opaque id stays."""
        try:
            promises.forget(id)
        except NoMember:
            raise Refused(404, "not_found") from None
        except MoneyLeft:
            raise Refused(409, "money_left") from None

    @router.get("/members/{id}/data", response_model=people_answers.OwnData)
    def data(id: MemberId) -> people_answers.OwnData:
        """Everything HQ holds of one person, for that person: nothing is masked."""
        with database.reading() as connection:
            found = own_data(connection, id)
        if found is None:
            raise Refused(404, "not_found")
        return people_answers.OwnData(**found)

    @router.get("/phones/key", response_class=Response)
    def key() -> Response:
        """The public key for phone numbers as PEM, for every gateway; there is none where HQ opens none."""
        if not phone_pem:
            raise Refused(404, "not_found")
        return Response(phone_pem, media_type="application/x-pem-file")

    return router
