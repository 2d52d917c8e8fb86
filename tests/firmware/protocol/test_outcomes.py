"""Outcomes and reasons, on both Pythons."""

from firmware.protocol import outcomes
from firmware.protocol.errors import REASONS, ProtocolError


def test_every_outcome_has_one_name():
    numbers = {getattr(outcomes, name) for name in dir(outcomes) if name.isupper() and name != "NAMES"}
    assert numbers == set(outcomes.NAMES)
    assert len(set(outcomes.NAMES.values())) == len(outcomes.NAMES)


def test_an_error_tells_reason_and_detail():
    error = ProtocolError("truncated", "7")
    assert (error.reason, error.detail) == ("truncated", "7")
    assert ProtocolError("trailing").detail == ""
    assert len(set(REASONS)) == len(REASONS)
