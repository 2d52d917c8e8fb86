"""Proofs that somebody agreed, or that a PIN was right: sealed, for one act, within 60 s, of this run.

A proof names what it is for, who gave it, and the till where it was given; the key of the act that uses it
is remembered, so the same act may be asked for again with the same proof and gets the same answer. An act
that was refused leaves its proof good for the next try; one that was done uses it up. The key of these seals
is made at each start: what was proved to a gateway that is gone is proved to nobody.
"""

import secrets
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from gateway.adapters.http.bodies import BadRequest
from gateway.adapters.http.sealing import Seals
from gateway.counters import Counters

GOOD_MS: Final = 60_000
USED_MAX: Final = 1_024  # a store's whole day of approvals; the oldest that can hurt nobody leaves first
KEYS_MAX: Final = 8  # acts tried with one proof: each refused one is a line on the clerk's screen
PROOFS_REFUSED: Final = "staff.proofs_refused"
PROOFS_FULL: Final = "staff.proofs_full"

PIN: Final = "pin"  # what a PIN proof is for; approvals are for what pos_shapes.For names


class Proof(Struct, frozen=True):
    """`who` is the member whose PIN was right, or the member of staff who agreed; `till` "" is any till."""

    what: str
    who: str
    till: str
    until_ms: int
    nonce: str


class _Use(Struct):
    """What was tried with a proof; `claimed` is the key of an act that is being asked for or was done."""

    until_ms: int
    keys: set[str]
    claimed: str | None = None


class Proofs:
    """Makes proofs and lets each be used once; `now_ms` is unix time."""

    def __init__(self, now_ms: Callable[[], int], counters: Counters) -> None:
        self._seals = Seals(secrets.token_bytes(32), "proof", Proof)
        self._now_ms = now_ms
        self._counters = counters
        self._uses: OrderedDict[str, _Use] = OrderedDict()

    def make(self, what: str, who: str, till: str) -> tuple[str, int]:
        """A proof, and until when it is good."""
        until_ms = self._now_ms() + GOOD_MS
        return self._seals.seal(Proof(what, who, till, until_ms, secrets.token_hex(8))), until_ms

    def look(self, text: str, field: str, what: str, till: str) -> Proof:
        """What a proof says, used up or not; raises BadRequest naming the field where it is not for this."""
        proof = self._seals.open(text)
        if proof is None or proof.what != what or proof.till not in ("", till):
            raise self._refused("request.proof", field)
        return proof

    def claim(self, proof: Proof, field: str, key: str) -> None:
        """Take it for the act of this key; raises BadRequest where another has it, or it is too old."""
        use = self._uses.get(proof.nonce)
        if use is not None and key in use.keys and use.claimed in (None, key):
            use.claimed = key
            return
        if proof.until_ms <= self._now_ms():
            raise self._refused("request.proof_old", field)
        if use is None:
            use = self._remember(proof, field)
        if use.claimed is not None or len(use.keys) >= KEYS_MAX:
            raise self._refused("request.proof_used", field)
        use.keys.add(key)
        use.claimed = key

    def give_back(self, proof: Proof, key: str) -> None:
        """The act of this key was refused: another may use the proof."""
        use = self._uses.get(proof.nonce)
        if use is not None and use.claimed == key:
            use.claimed = None

    def _remember(self, proof: Proof, field: str) -> _Use:
        """A place to write its use down; the oldest leaves only when its proof can open nothing more."""
        if len(self._uses) >= USED_MAX:
            nonce, oldest = next(iter(self._uses.items()))
            if oldest.until_ms > self._now_ms():
                self._counters.add(PROOFS_FULL)
                raise BadRequest(503, "request.busy", field)
            del self._uses[nonce]
        use = self._uses[proof.nonce] = _Use(proof.until_ms, set())
        return use

    def _refused(self, stem: str, field: str) -> BadRequest:
        self._counters.add(PROOFS_REFUSED)
        return BadRequest(403, stem, field)


class Spending:
    """The proofs that one act brings along: claimed for its key, given back if it is refused."""

    def __init__(self, proofs: Proofs, key: str | None) -> None:
        """`key` None: only looked at, as for a preview."""
        self._proofs = proofs
        self._key = key
        self._claimed: list[Proof] = []

    def take(self, text: str | None, field: str, what: str, till: str, who: str | None = None) -> str | None:
        """Who gave the proof; None for none. `who`: it must be of this one. Raises BadRequest."""
        if text is None:
            return None
        proof = self._proofs.look(text, field, what, till)
        if who is not None and proof.who != who:
            raise BadRequest(403, "request.proof", field)
        if self._key is not None:
            self._proofs.claim(proof, field, self._key)
            self._claimed.append(proof)
        return proof.who

    def settle(self, done: bool) -> None:
        """Give back what was claimed, unless the act was done."""
        if self._key is not None and not done:
            for proof in self._claimed:
                self._proofs.give_back(proof, self._key)
