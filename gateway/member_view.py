"""What this store knows of a member, as people and tills are shown it: sums, lots, cards, and the tier.

    member  gateway/adapters/http/act_shapes.py, MemberShown, field by field
    at a till also "tier_name", "next", "next_name", "to_next", and of each lot "name" by language

A name leaves here only masked. Every figure of elsewhere is as old as HQ's last word, `synced_at_ms`.
"""

from collections.abc import Iterator

from msgspec import UNSET

from gateway.batch import Batch
from gateway.clock import dates_in
from gateway.core.evidence import PHONE
from gateway.core.lots import foreign_zones, order, usable
from gateway.core.model import HELD_ELSEWHERE, RIGHTS_FROZEN, USED_UP, Bundle, Member
from gateway.core.names import mask_name
from gateway.core.promises import COUPON, MEMBER, LotFact
from gateway.core.tiers import standing
from gateway.core.units import OURS_ALONE, unit_of
from gateway.live import Data
from gateway.storage.knowledge import lot_facts

LOTS_SHOWN_MAX = 100  # a page; the sums are of all there are
FIGURES = ("here", "held", "offered", "elsewhere")
VISIT = "VISIT:"
COUNTS = "USE:"  # how often programs happened: nobody's promise, and no page's


class MemberView:
    """Shows members as one batch knows them; `frozen` says whether no right may be used here."""

    def __init__(self, batch: Batch, frozen: bool) -> None:
        self._batch = batch
        self._bundle = batch.cache.bundle
        self._setting = batch.setting
        self._frozen = frozen

    def of(self, id_: str) -> Data | None:
        """What is known of a member, merged ones followed; None where nobody here has this id."""
        lookup, snapshot = self._batch.lookup, self._batch.cache
        known = lookup.member(id_)
        if known is None:
            return None
        person = lookup.person(id_)
        names = lookup.names(id_)
        owners = [MEMBER + name for name in names]
        units, more = self._units(lot_facts(self._batch.page, snapshot, owners, None, None))
        instruments = list(self._instruments(names))
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
            "instruments": instruments,
            "phone": self._phone(names, instruments),
        }

    def at_till(self, id_: str) -> Data | None:
        """As of(), with the tier that points make and the names of coupons."""
        shown, known = self.of(id_), self._batch.lookup.member(id_)
        if shown is None or known is None:
            return None
        for unit in shown["units"]:
            name = template_name(self._bundle, unit["unit"])
            for lot in unit["lots"]:
                lot["name"] = name
        return {**shown, **self._tier(known)}

    def lot(self, fact: LotFact, dates: dict[str, str]) -> Data:
        """One lot; `unusable` says why nothing of it may be used now, None where it may."""
        terms, setting = fact.nature.terms, self._setting
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

    def _units(self, facts: tuple[LotFact, ...]) -> tuple[list[Data], int]:
        """The sums of each unit with the lots behind them, and how many lots were left out."""
        dates = dates_in(foreign_zones(facts, self._setting), self._setting.at)
        units: dict[str, Data] = {}
        shown = left_out = 0
        for fact in sorted(facts, key=order):
            if fact.nature.unit.startswith((*OURS_ALONE, COUNTS)):
                continue
            lot = self.lot(fact, dates)
            unit = units.setdefault(fact.nature.unit, _no_unit(self._bundle, fact.nature.unit))
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

    def _unusable(self, figures: dict[str, int]) -> str | None:
        if figures["here"] + figures["offered"] > 0:
            return RIGHTS_FROZEN if self._frozen else None
        if figures["held"]:
            return "held"
        return HELD_ELSEWHERE if figures["elsewhere"] else USED_UP

    def _tier(self, member: Member) -> Data:
        place = standing(self._bundle, member.tier, member.qualifying)
        names = {tier.code: tier.name for tier in self._bundle.tiers}
        return {
            "tier": place.tier or None,
            "tier_name": names.get(place.tier),
            "next": place.next,
            "next_name": None if place.next is None else names.get(place.next),
            "to_next": place.to_next,
        }

    def _phone(self, names: list[str], instruments: list[Data]) -> str:
        """What is known of a phone number: "verified", "unverified" (given, and nobody proved it), "none"."""
        if any(each["kind"] == PHONE and each["status"] == "active" for each in instruments):
            return "verified"
        people = (self._batch.page.person(name) for name in names)
        return "unverified" if any(row and row.phone_key for row in people) else "none"

    def _instruments(self, names: list[str]) -> Iterator[Data]:
        """Every card and code under any of a member's names, by id."""
        page, snapshot = self._batch.page, self._batch.cache
        ours = {row.id: row for name in names for row in page.instruments(name)}
        said = {row.id for name in names for row in snapshot.instruments(name)}
        for id_ in sorted(ours.keys() | said):
            found = self._batch.lookup.instrument(id_, names[0])
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


def template_name(bundle: Bundle, unit: str) -> dict[str, str] | None:
    """What a coupon or a pass is called, by language; None for other units, and where no bundle says."""
    templates = () if bundle.templates is UNSET else bundle.templates
    for template in templates:
        own = COUPON + template.code if template.service is None else VISIT + template.service
        if own == unit:
            return template.name
    return None


def _no_unit(bundle: Bundle, code: str) -> Data:
    return {"unit": code, "scale": unit_of(bundle, code).scale, **dict.fromkeys(FIGURES, 0), "lots": []}
