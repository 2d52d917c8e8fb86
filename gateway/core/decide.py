"""The decision about one happening: values in, values out, byte-equal on the gateway and at HQ.

Invariants: decide() reads nothing but its arguments and never fails on facts it may meet; a record past its
deadline is decided as what happened, only marked late; what is said never tells a bystander why.
"""

from msgspec import UNSET

from firmware.protocol.messages import AGE_UNKNOWN
from gateway.core import model
from gateway.core.acts import decide_act
from gateway.core.badges import recognise
from gateway.core.errors import EventError
from gateway.core.evidence import STALE
from gateway.core.model import Bundle, Decision, Evidence, Facts, Input, Outcome, RecordMark
from gateway.core.orders.model import Run
from gateway.core.promises import Here
from gateway.core.spending import LIVE
from gateway.core.tiers import standing


def decide(bundle: Bundle, facts: Facts, input: Input) -> Decision:
    """The event that this happening becomes, but for its place in a log; EventError for no type of ours."""
    rule = _OUTCOMES.get(input.type)
    if rule is None or _is_act_of_presence(input):
        return decide_act(bundle, facts, input)
    if input.act is not UNSET:
        raise EventError("undecidable", input.type)
    return Decision(input, facts, rule(bundle, facts, input))


def _is_act_of_presence(input: Input) -> bool:
    """Whether a presence.seen is no sighting but an act: that a member is here, or what a program gives for
    it."""
    return input.type == model.PRESENCE_SEEN and isinstance(input.act, Here | Run)


def is_late(record: RecordMark) -> bool:
    """Whether a record is past its deadline, so that nothing may be shown, held or redeemed for it."""
    return record.age_ms == AGE_UNKNOWN or record.age_ms > record.deadline_ms


def is_stale(facts: Facts, evidence: Evidence | None) -> bool:
    """Whether a rotating code opens nothing, whoever's it is: its time is over, or it was shown before."""
    return evidence is not None and (evidence.level == STALE or facts.spent is True)


def _recognise(bundle: Bundle, facts: Facts, input: Input) -> Outcome:
    late = input.record is not None and is_late(input.record)
    if is_stale(facts, input.evidence):
        return Outcome(late, model.UNKNOWN, reason=model.CODE_STALE)
    instrument, member = facts.instrument, facts.member
    if instrument is None:
        return recognise(bundle, facts, input, late)
    if instrument.status != "active":
        return Outcome(late, model.BLOCKED, reason="instrument_" + instrument.status)
    if member is None:
        return Outcome(late, model.BLOCKED, reason=model.MEMBER_ABSENT)
    if member.status not in LIVE:
        return Outcome(late, model.BLOCKED, reason="member_" + member.status)
    place = standing(bundle, member.tier, member.qualifying)
    return Outcome(late, model.GREETED, place.next, None, place.tier, place.to_next)


def _see(bundle: Bundle, facts: Facts, input: Input) -> Outcome:
    return Outcome(input.record is not None and is_late(input.record), model.SEEN)


def _note_status(bundle: Bundle, facts: Facts, input: Input) -> Outcome:
    if input.report is UNSET:
        raise EventError("undecidable", input.type)
    if not input.report.state:
        return Outcome(False, model.NOTED, reason="offline")
    if facts.device and facts.device.state:
        return Outcome(False, model.NOTED, reason="restarted")
    return Outcome(False, model.NOTED, reason="online")


def _note_exception(bundle: Bundle, facts: Facts, input: Input) -> Outcome:
    return Outcome(False, model.NOTED, reason=model.LEDGER_BEHIND)


_OUTCOMES = {
    model.TAP_SEEN: _recognise,
    model.SCAN_SEEN: _recognise,
    model.PRESENCE_SEEN: _see,
    model.STATUS_CHANGED: _note_status,
    model.EXCEPTION_RAISED: _note_exception,
}
