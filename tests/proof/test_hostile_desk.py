"""Hostile payloads and topics through the gateway's desk onto a real ledger: nothing, or one event."""

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.protocol import messages, topics
from firmware.protocol.errors import ProtocolError
from gateway.core.model import EPOCHS_AHEAD_MAX
from gateway.storage import layout
from tests.proof import books, hostile

SEED, COUNT = 20_260_102, 30_000
# Topics that no device of ours may use, and some that the broker's filter would never let through.
TOPICS = (
    "",
    "/",
    "sb",
    "sb/v1",
    "sb/v1/counter-1/up",
    "sb/v1/counter-1/up/",
    "sb/v1/counter-1/up/tap/more",
    "sb/v1//up/tap",
    "sb/v2/counter-1/up/tap",
    "SB/v1/counter-1/up/tap",
    "sb/v1/Counter-1/up/tap",
    "sb/v1/../up/tap",
    "sb/v1/+/up/tap",
    "sb/v1/#",
    "sb/v1/" + "a" * 33 + "/up/tap",
    "sb/v1/counter-1/sideways/tap",
    "sb/v1/counter-1/up/booked",
    "sb/v1/counter-1/up/tap\x00",
    "sb/v1/晨麦/up/tap",
    "$SYS/broker/uptime",
    "x" * 65_535,
    *(f"sb/v1/counter-1/down/{kind}" for kind in topics.DOWN_KINDS),
    *(f"sb/v1/counter-1/up/{kind}" for kind in topics.UP_KINDS),
)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[books.House]:
    opened = books.open_house(tmp_path)
    yield opened
    opened.close()


def hostile_pairs(chance: random.Random) -> list[tuple[str, bytes]]:
    """(topic, payload): mostly the topic of the payload's kind, for only those reach the ledger."""
    return [(topic_for(chance, case.kind), case.data) for case in hostile.cases(SEED, COUNT)]


def topic_for(chance: random.Random, kind: str) -> str:
    if chance.randrange(5) == 0 or kind not in topics.UP_KINDS:
        return chance.choice(TOPICS)
    return topics.up(chance.choice(("counter-1", "entrance-1", "a", "z" * 32)), kind)


def allowed(topic: str, payload: bytes) -> bool:
    """Whether the contract allows this message upward: only then may anything be booked."""
    try:
        _, direction, kind = topics.parse(topic)
        messages.decode(kind, payload)
    except ProtocolError:
        return False
    return direction == "up"


def test_each_books_nothing_or_one_event(house: books.House, tmp_path: Path) -> None:
    begun = time.monotonic()
    booked = refused = 0
    for topic, payload in hostile_pairs(random.Random(SEED)):
        before = house.ledger.seq
        books.serve(house, (topic, payload))
        more = house.ledger.seq - before
        right = allowed(topic, payload)
        assert more <= int(right) + 1, (topic, payload.hex())
        booked, refused = booked + more, refused + (not right)
    seconds = time.monotonic() - begun
    events = books.read_events(layout.ledger_path(str(tmp_path / "data")))
    records = [event.record for event in events if event.record]
    assert len(records) == len(set(records)) > 500
    # Who has seen a receipt of a newer epoch than anyone before is told of by one more event, an impossible
    # epoch is not believed; nothing else makes two of one message.
    seen = [event.witness for event in events if event.witness is not None]
    assert seen == sorted(set(seen)) and seen[-1] <= 1 + EPOCHS_AHEAD_MAX
    assert len(events) == booked <= COUNT - refused + len(seen)
    assert house.counters.get("rights.witness_absurd")
    assert books.chain_fault(layout.ledger_path(str(tmp_path / "data"))) is None
    counted = {name: count for name, count in house.counters.snapshot().items() if name.startswith("wire.")}
    assert sum(counted.values()) == refused
    print(
        f"\nhostile desk: {COUNT} messages, {booked} events, {refused} refused and counted,"
        f" {len(seen)} claims of a newer epoch, chain whole, {seconds:.1f} s; {counted}"
    )


def test_hostile_neighbours_in_a_batch_do_not_cost_a_good_message_its_booking(
    house: books.House, tmp_path: Path
) -> None:
    """One bad message never fails its batch."""
    chance = random.Random(SEED + 1)
    pairs = [pair for pair in hostile_pairs(chance) if not allowed(*pair)][:2_000]
    good = [("sb/v1/till-1/up/tap", tap(number)) for number in range(1, 101)]
    for number, message in enumerate(good):
        batch = [*pairs[number * 20 : number * 20 + 20], message]
        chance.shuffle(batch)
        answers = books.serve(house, *batch)
        assert [topic for topic, _ in answers] == ["sb/v1/till-1/down/booked"]
    events = books.read_events(layout.ledger_path(str(tmp_path / "data")))
    assert [event.record and event.record[3] for event in events] == list(range(1, 101))


def tap(number: int) -> bytes:
    record = messages.Record(1, bytes(8), number, number, 0, 0, 5_000)
    payload = messages.Tap(0, 1, bytes(7), 0x44, 0, b"")
    return messages.encode("tap", messages.Upward(0, messages.Witness(0, 0), record, payload))
