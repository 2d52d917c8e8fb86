"""What this store knows of a member, for people and tills: looked up when asked, and nothing is booked.

Read in one transaction of the ledger and one of the cache, so that the figures agree with each other. A name
leaves here only masked. Every figure of elsewhere is as old as HQ's last word, `synced_at_ms`.

    member  gateway/adapters/http/act_shapes.py, MemberShown, field by field
"""

from collections.abc import Iterator

from gateway.clock import Clock, dates_in
from gateway.core.event import NO_BUNDLE
from gateway.core.lots import foreign_zones, order, usable
from gateway.core.model import CORE_VERSION, HELD_ELSEWHERE, RIGHTS_FROZEN, USED_UP, Bundle, Setting
from gateway.core.names import mask_name
from gateway.core.promises import COUPON, MEMBER, LotFact
from gateway.core.units import OURS_ALONE, unit_of
from gateway.errors import CacheUnusable
from gateway.live import Data, Live
from gateway.lookup import Lookup
from gateway.storage.cache import Cache, Snapshot
from gateway.storage.knowledge import lot_facts
from gateway.storage.ledger import Ledger, Transaction

LOTS_SHOWN_MAX = 100  # a page; the sums are of all there are
FIGURES = ("here", "held", "offered", "elsewhere")


class Enquiry:
    """Looks members up in the files that the desk writes and reads, in the same loop."""

    def __init__(self, ledger: Ledger, cache: Cache, clock: Clock, live: Live) -> None:
        self._ledger = ledger
        self._cache = cache
        self._clock = clock
        self._live = live

    def member(self, id_: str) -> Data | None:
        """What is known of a member, merged ones followed; None where nobody here has this id.

        Raises LedgerRefused where the ledger cannot be read just now.
        """
        try:
            with self._ledger.transaction() as page, self._cache.reading() as snapshot:
                return self._member(page, snapshot, id_)
        except CacheUnusable:  # the desk says so on every page; what is ours is known all the same
            with self._ledger.transaction() as page:
                return self._member(page, Snapshot(None, {}, NO_BUNDLE), id_)

    def _member(self, page: Transaction, snapshot: Snapshot, id_: str) -> Data | None:
        lookup = Lookup(page, snapshot)
        known = lookup.member(id_)
        if known is None:
            return None
        person = lookup.person(id_)
        names = lookup.names(id_)
        owners = [MEMBER + name for name in names]
        units, more = self._units(snapshot, lot_facts(page, snapshot, owners, None, None))
        return {
            "member": known.id,
            "asked": id_,
            "status": known.status,
            "name": mask_name(person.name),
            "language": person.language,
            "tier": known.tier or None,
            "synced_at_ms": snapshot.synced_at_ms,
            "units": units,
            "more": more,
            "instruments": list(_instruments(page, snapshot, lookup, names)),
        }

    def _units(self, snapshot: Snapshot, facts: tuple[LotFact, ...]) -> tuple[list[Data], int]:
        """The sums of each unit with the lots behind them, and how many lots were left out."""
        setting = self._setting(snapshot)
        dates = dates_in(foreign_zones(facts, setting), setting.at)
        units: dict[str, Data] = {}
        shown = left_out = 0
        for fact in sorted(facts, key=order):
            if fact.nature.unit.startswith(OURS_ALONE):
                continue
            lot = self._lot(fact, setting, dates)
            unit = units.setdefault(fact.nature.unit, _no_unit(snapshot.bundle, fact.nature.unit))
            for figure in FIGURES:
                unit[figure] += lot[figure]
            if not (any(lot[figure] for figure in FIGURES) or fact.nature.unit.startswith(COUPON)):
                continue
            if shown < LOTS_SHOWN_MAX:
                unit["lots"].append(lot)
                shown += 1
            else:
                left_out += 1
        return [units[code] for code in sorted(units)], left_out

    def _lot(self, fact: LotFact, setting: Setting, dates: dict[str, str]) -> Data:
        terms = fact.nature.terms
        figures = {
            "here": fact.left - fact.held,
            "held": fact.held,
            "offered": fact.offered if fact.lease_end == 0 or setting.at < fact.lease_end else 0,
            "elsewhere": max(0, fact.elsewhere - fact.owed),
        }
        return {
            "lot": fact.lot,
            "unit": fact.nature.unit,
            "code": terms.code,
            "face": terms.face,
            "kind": terms.kind,
            "expires_on": terms.expires_on,
            "zone": terms.zone,
            "vests_at": terms.vests_at,
            **figures,
            "unusable": usable(fact, setting, dates) or self._unusable(figures),
        }

    def _unusable(self, figures: dict[str, int]) -> str | None:
        if figures["here"] + figures["offered"] > 0:
            return RIGHTS_FROZEN if self._live.promises["frozen"] else None
        if figures["held"]:
            return "held"
        return HELD_ELSEWHERE if figures["elsewhere"] else USED_UP

    def _setting(self, snapshot: Snapshot) -> Setting:
        moment = self._clock.moment()
        return Setting(
            moment.at,
            snapshot.bundle_hash,
            snapshot.mark,
            moment.quality,
            CORE_VERSION,
            moment.date,
            self._clock.zone,
        )


def _no_unit(bundle: Bundle, code: str) -> Data:
    return {"unit": code, "scale": unit_of(bundle, code).scale, **dict.fromkeys(FIGURES, 0), "lots": []}


def _instruments(page: Transaction, snapshot: Snapshot, lookup: Lookup, names: list[str]) -> Iterator[Data]:
    """Every card and code under any of a member's names, by id."""
    ours = {row.id: row for name in names for row in page.instruments(name)}
    said = {row.id for name in names for row in snapshot.instruments(name)}
    for id_ in sorted(ours.keys() | said):
        found = lookup.instrument(id_, names[0])
        if found is not None:
            row = ours.get(id_)
            here = row is not None and (id_ not in said or row.seq > snapshot.as_of)
            yield {
                "id": id_,
                "kind": found.kind,
                "status": found.status,
                "seq": row.seq if row else 0,
                "here": here,
            }
