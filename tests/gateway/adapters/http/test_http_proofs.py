"""Seals and proofs by themselves: nothing made elsewhere opens, memory is bounded, the clock is a value."""

from collections.abc import Callable

import pytest

from gateway.adapters.http.bodies import BadRequest
from gateway.adapters.http.proofs import GOOD_MS, KEYS_MAX, USED_MAX, Proof, Proofs, Spending
from gateway.adapters.http.sealing import TEXT_MAX, Seals
from gateway.counters import Counters
from gateway.sales import parse_receipt_code, receipt_code

Clock = Callable[..., int]


@pytest.fixture
def proofs(clock: Clock) -> Proofs:
    return Proofs(clock, Counters())


def _proof(proofs: Proofs) -> Proof:
    text, _ = proofs.make("sell", "s-zhou", "till-1")
    return proofs.look(text, "approver", "sell", "till-1")


def _stem(proofs: Proofs, proof: Proof, key: str) -> str | None:
    try:
        proofs.claim(proof, "approver", key)
    except BadRequest as problem:
        return problem.stem
    return None


def test_a_seal_of_another_key_or_purpose_opens_nothing() -> None:
    proof = Proof("sell", "s-zhou", "till-1", 1, "ab")
    text = Seals(b"key", "proof", Proof).seal(proof)
    assert Seals(b"key", "proof", Proof).open(text) == proof
    assert Seals(b"kez", "proof", Proof).open(text) is None
    assert Seals(b"key", "staff session", Proof).open(text) is None
    assert len(text) < TEXT_MAX


def test_a_seal_around_something_else_opens_nothing() -> None:
    """As after an update that changed what is sealed."""
    text = Seals(b"key", "proof", dict[str, int]).seal({"nothing": 1})
    assert Seals(b"key", "proof", Proof).open(text) is None


@pytest.mark.parametrize("text", ["", ".", "..", "a.b", "é.é", "=.=", "x" * 1_000, "\x00.\x00", "\udc80.a"])
def test_what_is_no_seal_opens_nothing(text: str) -> None:
    assert Seals(b"key", "proof", Proof).open(text) is None


def test_every_changed_character_of_a_proof_is_found(proofs: Proofs) -> None:
    text, _ = proofs.make("sell", "s-zhou", "till-1")
    for place, old in enumerate(text):
        wrong = text[:place] + ("A" if old != "A" else "B") + text[place + 1 :]
        with pytest.raises(BadRequest):
            proofs.look(wrong, "approver", "sell", "till-1")


def test_one_act_at_a_time_has_a_proof(proofs: Proofs) -> None:
    proof = _proof(proofs)
    assert _stem(proofs, proof, "k1") is None
    assert _stem(proofs, proof, "k2") == "request.proof_used"
    proofs.give_back(proof, "k2")
    assert _stem(proofs, proof, "k2") == "request.proof_used"
    proofs.give_back(proof, "k1")
    assert _stem(proofs, proof, "k2") is None
    assert _stem(proofs, proof, "k1") == "request.proof_used"


def test_the_act_that_used_it_may_be_asked_for_after_its_time_and_no_other(
    proofs: Proofs, clock: Clock
) -> None:
    proof = _proof(proofs)
    proofs.claim(proof, "approver", "k1")
    proofs.give_back(proof, "k1")
    clock(GOOD_MS)
    assert _stem(proofs, proof, "k1") is None
    assert _stem(proofs, proof, "k2") == "request.proof_old"


def test_one_proof_is_tried_so_often_and_no_oftener(proofs: Proofs) -> None:
    proof = _proof(proofs)
    for number in range(KEYS_MAX):
        assert _stem(proofs, proof, f"k{number}") is None
        proofs.give_back(proof, f"k{number}")
    assert _stem(proofs, proof, "one more") == "request.proof_used"


def test_memory_is_bounded_and_forgets_only_what_is_over(proofs: Proofs, clock: Clock) -> None:
    first = _proof(proofs)
    proofs.claim(first, "approver", "k")
    for _ in range(USED_MAX - 1):
        proofs.claim(_proof(proofs), "approver", "k")
    late = _proof(proofs)
    with pytest.raises(BadRequest) as full:
        proofs.claim(late, "approver", "k")
    assert (full.value.status, full.value.stem) == (503, "request.busy")
    clock(GOOD_MS)
    proofs.claim(_proof(proofs), "approver", "k")
    assert len(proofs._uses) == USED_MAX
    assert _stem(proofs, first, "k") == "request.proof_old"


def test_a_preview_claims_nothing(proofs: Proofs) -> None:
    text, _ = proofs.make("sell", "s-zhou", "till-1")
    for _ in range(3):
        assert Spending(proofs, None).take(text, "approver", "sell", "till-1") == "s-zhou"
    spending = Spending(proofs, "k1")
    assert spending.take(text, "approver", "sell", "till-1") == "s-zhou"
    spending.settle(True)
    assert spending.take(None, "approver", "sell", "till-1") is None


def test_a_receipts_code_is_read_back() -> None:
    for gateway in ("s1-gateway", "R", "a.b", "7"):
        assert parse_receipt_code(receipt_code(gateway, 1_208)) == (gateway, 1_208)
    for code in ("", "R", "R.", "R.1", "Rs1", "Rs1.", "Rs1.x", "Rs1.-1", "s1.1", "Rs1.٣", "R" + "1" * 99):
        assert parse_receipt_code(code) is None
