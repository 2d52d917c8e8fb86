"""Tickets as texts: one spelling each, made here or none at all; and nonces that follow from the round."""

import base64
import random
import stat
import string
from pathlib import Path

import msgspec
import pytest

from gateway.core.promises import BY_BEACON, BY_NETWORK, BY_TAG
from gateway.errors import SettingsError
from gateway.presence.heard import Spot
from gateway.presence.tickets import (
    KEY_FILE,
    PREFIX,
    ROUND_MS,
    TEXT_MAX,
    TICKET_MS,
    Ticket,
    Tickets,
    read_key,
)

KEY = bytes(range(32))
NOON_MS = 1_767_240_000_000
DOOR = Spot("beacon-door", "door", 55_226_250)
NOWHERE = Spot("", "", 0)
LETTERS = string.ascii_letters + string.digits + "-_"


@pytest.fixture
def tickets() -> Tickets:
    return Tickets(KEY)


@pytest.mark.parametrize("ticket", [
    Ticket("m-1", BY_BEACON, *DOOR, NOON_MS, "0123456789abcdef"),
    Ticket("m-1", BY_NETWORK, *NOWHERE, NOON_MS, "0123456789abcdef"),
    Ticket("会" * 21, BY_TAG, "b" * 64, "z" * 64, 2**32 - 1, 2**53, "f" * 16),
])  # fmt: skip
def test_a_ticket_opens_as_it_was_sealed(tickets: Tickets, ticket: Ticket) -> None:
    text = tickets.seal(ticket)
    assert tickets.open(text) == ticket
    assert text.startswith("SBT1.") and len(text) <= TEXT_MAX
    assert set(text[len(PREFIX) :]) <= set(LETTERS), "addresses and forms carry it as it is"


def test_a_text_that_was_changed_anywhere_is_none(tickets: Tickets) -> None:
    text = tickets.seal(tickets.issue("m-1", BY_BEACON, DOOR, NOON_MS))
    for at in range(len(text)):
        for letter in LETTERS + ". =+/\n\x00é":
            if letter != text[at]:
                assert tickets.open(text[:at] + letter + text[at + 1 :]) is None
        assert tickets.open(text[:at]) is None
        assert tickets.open(text[:at] + text[at + 1 :]) is None
        for more in "A=. \n":
            assert tickets.open(text[:at] + more + text[at:]) is None
    for tail in ("=", "==", "\n", "A", "AAAA", " "):
        assert tickets.open(text + tail) is None


def test_a_flipped_bit_of_what_is_sealed_is_seen(tickets: Tickets) -> None:
    text = tickets.seal(tickets.issue("m-1", BY_NETWORK, NOWHERE, NOON_MS))[len(PREFIX) :]
    sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    for bit in range(8 * len(sealed)):
        changed = bytearray(sealed)
        changed[bit // 8] ^= 1 << bit % 8
        assert tickets.open(PREFIX + base64.urlsafe_b64encode(changed).decode().rstrip("=")) is None


def test_nobody_else_makes_them(tickets: Tickets) -> None:
    ticket = tickets.issue("m-1", BY_NETWORK, NOWHERE, NOON_MS)
    assert tickets.open(Tickets(b"another" * 4).seal(ticket)) is None
    body = msgspec.json.encode(ticket)
    for mark in (b"", bytes(32), tickets._mark(b"nonce", body), tickets._mark(b"ticket", b"")):
        assert tickets.open(PREFIX + base64.urlsafe_b64encode(body + mark).decode().rstrip("=")) is None


def test_guesses_open_nothing(tickets: Tickets) -> None:
    dice = random.Random(6)
    text = tickets.seal(tickets.issue("m-1", BY_NETWORK, NOWHERE, NOON_MS))
    for _ in range(2_000):
        kept = dice.randrange(len(text))
        guess = text[:kept] + "".join(dice.choices(LETTERS, k=len(text) - kept))
        assert guess == text or tickets.open(guess) is None


@pytest.mark.parametrize(
    "text", ["", "SBT1.", "SBT1", "SBT2.AAAA", "SBR" + "0" * 28, "SBT1." + "A" * TEXT_MAX]
)
def test_other_texts_are_no_tickets(tickets: Tickets, text: str) -> None:
    assert tickets.open(text) is None


def test_a_ticket_of_another_version_is_none(tickets: Tickets) -> None:
    for body in (b"[]", b'["m-1"]', b"{}", b"null", b'["m-1","network","","",0,"now","00"]'):
        sealed = body + tickets._mark(b"ticket", body)
        assert tickets.open(PREFIX + base64.urlsafe_b64encode(sealed).decode().rstrip("=")) is None


def test_one_ticket_for_a_member_and_an_identity(tickets: Tickets) -> None:
    def nonce(member: str = "m-1", spot: Spot = DOOR, at_ms: int = NOON_MS, proof: str = BY_BEACON) -> str:
        return tickets.issue(member, proof, spot, at_ms).nonce

    again = Tickets(KEY).issue("m-1", BY_BEACON, DOOR, NOON_MS)
    assert nonce() == nonce(at_ms=NOON_MS + 31_999) == again.nonce
    spots = (DOOR._replace(beacon="beacon-2"), DOOR._replace(quantum=1))
    others = [nonce("m-2"), *(nonce(spot=spot) for spot in spots)]
    others += [nonce(proof=proof) for proof in (BY_NETWORK, BY_TAG)]
    assert len({nonce(), *others}) == 6


@pytest.mark.parametrize("proof", [BY_NETWORK, BY_TAG])
def test_one_ticket_a_round_where_no_identity_counts(tickets: Tickets, proof: str) -> None:
    begin = NOON_MS - NOON_MS % ROUND_MS
    nonces = [tickets.issue("m-1", proof, spot, at).nonce
              for at in (begin, begin + ROUND_MS - 1) for spot in (NOWHERE, DOOR)]  # fmt: skip
    assert len(set(nonces)) == 1
    assert tickets.issue("m-1", proof, NOWHERE, begin + ROUND_MS).nonce not in nonces


def test_names_that_look_alike_are_not_run_together(tickets: Tickets) -> None:
    one = tickets.issue("a", BY_BEACON, Spot("b,c", "", 1), NOON_MS)
    two = tickets.issue('a","beacon', BY_BEACON, Spot("c", "", 1), NOON_MS)
    assert one.nonce != two.nonce


def test_a_ticket_lives_for_half_an_hour(tickets: Tickets) -> None:
    assert tickets.issue("m-1", BY_NETWORK, NOWHERE, NOON_MS).expires_ms() == NOON_MS + TICKET_MS
    assert TICKET_MS == 1_800_000


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    key, path = read_key(str(tmp_path)), tmp_path / KEY_FILE
    assert len(key) == 32 and read_key(str(tmp_path)) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_bytes(b"short")
    with pytest.raises(SettingsError, match=r"presence\.key holds no key of 32 bytes"):
        read_key(str(tmp_path))
