"""What each gateway could cost the merchant, in minor units of money, by HQ's books; as the gateway's own
card.

In the box: every right of an epoch that is not settled, for it might be used and never be heard of. Given
at risk: shortfalls that nothing settles yet, at the gateways that lose by the rule. Still possible: what
today's limits allow. Sums by unit and face first, so that three million lots are one pass of the database.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final, NamedTuple

from sqlalchemy import Connection, Select, func, select

from cloud_bridge.hq import models, troubles
from cloud_bridge.hq import promise_models as tables
from cloud_bridge.hq.books import NO_FACE, Books, Standing
from gateway.core.book import LotKey
from gateway.core.exposure import Exposure, Held, exposure
from gateway.core.model import Bundle
from gateway.core.promises import GATEWAY, HQ, MEMBER, RETURN, RISK, SUSPENSE, Terms

SHORT_LOTS_MAX: Final = 500  # looked at one by one; more shortfalls than these are a catastrophe anyway


class GatewayExposure(NamedTuple):
    """One gateway: its epoch, whether an older one waits for its fence, and the money."""

    gateway: str
    epoch: int
    waits: bool
    money: Exposure


def exposures(connection: Connection, bundle: Bundle, date: str) -> list[GatewayExposure]:
    """Every gateway by id; `date` is the civil day of the brand's zone."""
    table = models.gateways.c.id
    gateways = list(connection.scalars(select(table).where(table != HQ).order_by(table)))
    standings = Books(connection).standings
    held: dict[str, list[Held]] = defaultdict(list)
    for gateway, one in (
        *_rights(connection, standings),
        *_shortfalls(connection),
        *_allowances(connection, date),
    ):
        held[gateway].append(one)
    return [
        _of_gateway(standings.get(gateway, Standing(gateway)), exposure(bundle, gateway, date, held[gateway]))
        for gateway in gateways
    ]


def _of_gateway(standing: Standing, money: Exposure) -> GatewayExposure:
    waits = standing.settled_epoch < standing.rights_epoch
    return GatewayExposure(standing.gateway, standing.rights_epoch, waits, money)


def _held(unit: str, face: int, left: int, owner: str = MEMBER) -> Held:
    return Held(LotKey(owner, unit, ""), Terms(face=None if face == NO_FACE else face), left)


def _rights(connection: Connection, standings: dict[str, Standing]) -> Iterator[tuple[str, Held]]:
    """What gateways may still give, by gateway, unit and face: granted or minted there, and not gone."""
    sums: dict[tuple[str, str, int], int] = defaultdict(int)
    for row in (*connection.execute(_granted()), *connection.execute(_minted())):
        gateway, epoch, unit, face, left = row
        if epoch >= standings.get(gateway, Standing(gateway)).settled_epoch:
            sums[gateway, unit, face] += int(left)
    for (gateway, unit, face), left in sums.items():
        yield gateway, _held(unit, face, left)


def _granted() -> Select[tuple[str, int, str, int, int]]:
    lease, lot = tables.leases.c, tables.lots.c
    left = func.sum(lease.granted - lease.returned + lease.covered)
    query = select(lease.gateway, lease.epoch, lot.unit, lot.face, left)
    joined = query.join_from(tables.leases, tables.lots, lot.lot == lease.lot)
    return joined.group_by(lease.gateway, lease.epoch, lot.unit, lot.face)


def _minted() -> Select[tuple[str, int, str, int, int]]:
    part, lot = tables.holdings.c, tables.lots.c
    left = func.sum(part.minted - part.spent)
    query = select(part.log, part.epoch, lot.unit, lot.face, left)
    joined = query.join_from(tables.holdings, tables.lots, (lot.lot == part.lot) & (lot.owner == part.owner))
    # What may be returned of each line of each order is worth nothing: millions of units, a sum each.
    worthless = lot.owner.startswith(GATEWAY) | lot.unit.startswith(RISK) | lot.unit.startswith(RETURN)
    ours = (part.log != HQ) & ~worthless
    return joined.where(ours).group_by(part.log, part.epoch, lot.unit, lot.face)


def _shortfalls(connection: Connection) -> Iterator[tuple[str, Held]]:
    """What nothing settles yet, at the gateways that lose: the last uses of each lot by the rule."""
    part, lot = tables.holdings.c, tables.lots.c
    left = func.sum(part.minted + part.granted - part.returned - part.spent)
    short = select(part.lot, left).where(part.owner == SUSPENSE).group_by(part.lot).having(left < 0)
    for name, missing in connection.execute(short.limit(SHORT_LOTS_MAX)).all():
        unit, face = connection.execute(select(lot.unit, lot.face).where(lot.lot == name)).one()
        for use in reversed(troubles.uses(connection, name)):
            lost = min(use.amount, -int(missing))
            if lost > 0:
                missing += lost
                yield use.gateway, _held(unit, face, -lost, SUSPENSE)


def _allowances(connection: Connection, date: str) -> Iterator[tuple[str, Held]]:
    """What is left of today's limits where they have been used."""
    part = tables.holdings.c
    left = func.sum(part.granted + part.minted - part.returned - part.spent)
    today = part.unit.startswith(RISK) & part.unit.endswith(":" + date) & part.owner.startswith(GATEWAY)
    query = (
        select(part.log, part.owner, part.unit, left).where(today).group_by(part.log, part.owner, part.unit)
    )
    for gateway, owner, unit, rest in connection.execute(query):
        yield gateway, _held(unit, NO_FACE, int(rest), owner)
