"""What nobody should send, through real parts: refused by name, counted in sight, nothing changed."""

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from samples.brand import MEMBERS_CSV
from shopbell.run import processes
from tests.proof import hostile
from tests.shopbell.broker import rig
from tests.system import stranger
from tests.system.process import until
from tests.system.store import ENTRANCE, Store

LIN = "04A1B2C3D4E580"
TAP = next(case.data for case in hostile.golden() if case.kind == "tap")
UP = f"sb/v1/{stranger.DEVICE}/up"
LONGER_THAN_A_MESSAGE, LONGER_THAN_A_PACKET = 5_000, 9_000
# What is sent: kind, payload, and the reason it is counted under.
WRONG = {
    "cut short": ("tap", TAP[:-3], "truncated"),
    "empty": ("tap", b"", "truncated"),
    "with more behind it": ("tap", TAP + b"\x00", "trailing"),
    "of another version": ("tap", TAP[:1] + b"\x02" + TAP[2:], "wrong_version"),
    "too long for a message": ("tap", bytes(LONGER_THAN_A_MESSAGE), "oversize"),
    "of an unknown kind": ("gift", TAP, "unknown_kind"),
    "of a kind without a message yet": ("log", TAP, "unknown_kind"),
    "JSON": ("tap", b'{"uid":"04A1B2C3"}', "too_long"),
    "a map": ("tap", b"\xa1\x01\x02", "bad_type"),
    "another kind's message": ("scan", TAP, "wrong_length"),
    "with a head longer than need be": ("tap", b"\x98\x05" + TAP[1:], "not_canonical"),
    "nested too deep": ("tap", b"\x81" * 6 + b"\x00", "too_deep"),
    "promising more than it has": ("tap", b"\x9a\xff\xff\xff\xff", "too_long"),
    "with a UID of five bytes": (
        "tap",
        TAP.replace(bytes.fromhex("4704a1b2c3d4e5f6"), b"\x4512345"),
        "out_of_range",
    ),
    "with half a character": ("status", bytes.fromhex("81") + b"\x61\xe6", "bad_utf8"),
}


@pytest.fixture
def probe(store: Store) -> Iterator[rig.Client]:
    with stranger.connected(store) as client:
        yield client


def count(store: Store, reason: str) -> int:
    return store.counters().get(f"wire.{reason}", 0)


@pytest.mark.parametrize("what", WRONG)
def test_a_message_that_breaks_the_contract_is_counted_and_changes_nothing(
    store: Store, probe: rig.Client, what: str
) -> None:
    kind, payload, reason = WRONG[what]
    before, counted, others = store.ledger.tip(), count(store, reason), wire_counts(store)
    probe.publish(f"{UP}/{kind}", payload)
    until(lambda: count(store, reason) == counted + 1, f"one more {reason}")
    assert sum(wire_counts(store).values()) == sum(others.values()) + 1
    assert store.ledger.tip() == before
    assert reason in console(store)


def wire_counts(store: Store) -> dict[str, int]:
    """All that was refused for breaking the contract, by reason."""
    return {name: value for name, value in store.counters().items() if name.startswith("wire.")}


def console(store: Store) -> str:
    """The staff's page as a program reads it: the names of its counters, and their words."""
    return json.dumps(store.counters()) + store.page()


def test_a_packet_too_long_for_the_broker_closes_the_door_on_its_sender_alone(store: Store) -> None:
    before = store.ledger.tip()
    with stranger.connected(store) as client:
        client.paho.publish(f"{UP}/tap", bytes(LONGER_THAN_A_PACKET), qos=1)
        assert client.gone.wait(10)
    assert store.ledger.tip() == before
    assert store.tap(ENTRANCE.device, LIN).outcome.name == "greeted"


@pytest.mark.parametrize("topic", ["up/tap", "up/status", "down/booked", "down/show"])
def test_a_forged_device_id_gets_nowhere(store: Store, probe: rig.Client, topic: str) -> None:
    """The broker keeps a certificate inside its own topics: under another name it reaches nobody."""
    device = ENTRANCE.device
    before, refused, pixels = store.ledger.tip(), wire_counts(store), store.terminal(device).pixels()
    payload = TAP if topic == "up/tap" else b"\x00"
    probe.publish(f"sb/v1/{device}/{topic}", payload)
    # Behind it, on the same connection, something that does arrive: then the forged one would have, too.
    probe.publish(f"{UP}/tap", b"")
    until(lambda: wire_counts(store) != refused, "the message behind it is counted")
    assert sum(wire_counts(store).values()) == sum(refused.values()) + 1
    assert store.ledger.tip() == before
    assert store.terminal(device).pixels() == pixels


def test_a_device_that_keeps_to_the_contract_is_served_beside_all_that(
    store: Store, probe: rig.Client
) -> None:
    before = store.ledger.tip()
    for case in hostile.cases(7, 400):
        kind = case.kind or "tap"
        probe.paho.publish(f"{UP}/{kind}", case.data[:4_000], qos=1)
    event = store.tap(ENTRANCE.device, LIN)
    assert event.outcome.name == "greeted"
    booked = [event for event in store.ledger.records(before) if event.device == stranger.DEVICE]
    assert len({(event.record.nonce, event.record.number) for event in booked if event.record}) == len(booked)
    assert store.ledger.chain_fault() is None


# What is wrong with a whole file: none of it may be taken.
CSV = MEMBERS_CSV.read_bytes()
DAMAGED_FILES = {
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(300),
    "UTF-16": CSV.decode().encode("utf-16"),
    "not UTF-8": CSV.replace("林晓雯".encode(), "林晓雯".encode("gb18030")),
    "cut in the middle of a line": CSV[: len(CSV) // 2],
    "other columns": CSV.replace(b"member_no,name", b"number,name", 1),
    "an open quote": CSV.replace(b"\nMW0003,", b'\nMW0003,"', 1),
    "empty": b"",
}


@pytest.mark.parametrize("what", DAMAGED_FILES)
def test_a_damaged_member_file_is_refused_whole(store: Store, what: str) -> None:
    before = at_hq(store)
    answer = store.client.post(
        store.hq_url("/v1/imports?name=members.csv"),
        content=DAMAGED_FILES[what],
        headers=store.staff() | {"content-type": "text/csv", "accept-language": "en"},
    )
    assert answer.status_code == 422, answer.text
    said = answer.json()
    assert said["error"] and said["line"] >= 1 and said["what"] and said["do"]
    assert at_hq(store) == before


def test_wrong_lines_of_a_member_file_are_named_one_by_one_and_change_nothing(store: Store) -> None:
    before = at_hq(store)
    lines = CSV.decode().splitlines()
    wrong = [
        lines[1].replace("880", "eight hundred"),
        lines[5].replace("04D0", "XXD0"),
        lines[6].replace("gold", "platinum"),
        lines[7].replace("MW0006,", "MW0006,extra,"),
    ]
    report = store.import_members("\n".join([lines[0], *lines[2:4], *wrong, ""]).encode())
    assert report["state"] == "done"
    refusals = report["refusals"]
    assert [row["line"] for row in refusals] == [4, 5, 6, 7]
    assert all(row["what"] and row["do"] and row["code"] for row in refusals)
    assert at_hq(store) == before


FEED_RESTS_S = 2.5  # the bridge looks once a second


def at_hq(store: Store) -> tuple[Any, Any]:
    """What HQ knows of members, and where its change feed stands when all that happened before is in it."""
    store.until_hq_has_all()
    seen = [(-1, 0.0)]

    def rests() -> bool:
        cursor, now = int(store.sync()["cache"]["cursor"]), time.monotonic()
        if cursor != seen[-1][0]:
            seen.append((cursor, now))
        return now - seen[-1][1] > FEED_RESTS_S

    until(rests, "the feed has come to rest")
    return store.ask_hq("/v1/members?query=MW"), seen[-1][0]


def test_a_port_in_use_is_one_clear_line(store: Store, tmp_path: Path) -> None:
    """A second gateway with a folder of its own finds the first one's port taken."""
    for process, table, port in (
        ("gateway", "GATEWAY__HTTP_PORT", store.plan.gateway.http_port),
        ("hq", "HQ__PORT", store.plan.hq.port),
    ):
        own = {
            "SHOPBELL_GATEWAY__DATA_DIR": str(tmp_path / "data"),
            "SHOPBELL_GATEWAY__RUN_DIR": str(tmp_path / "run"),
            "SHOPBELL_HQ__DATABASE_URL": f"sqlite:///{tmp_path}/hq.db",
        }
        environment = {**processes.environment(store.plan), **store.environment, **own}
        done = subprocess.run(
            processes.command(store.plan, process),
            env=environment,
            capture_output=True,
            text=True,
            timeout=30,
        )
        assert environment[f"SHOPBELL_{table}"] == str(port)
        assert done.returncode != 0
        said = done.stderr.strip()
        assert str(port) in said and len(said.splitlines()) == 1 and "Traceback" not in said
