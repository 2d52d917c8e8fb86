"""The demo brand is what the pages and the demo need, and HQ takes every line of it."""

import json

from cloud_bridge.hq.csv_file import CsvFile
from cloud_bridge.hq.member_groups import Group, gather
from cloud_bridge.hq.member_lines import Known
from samples.brand import BUNDLE_JSON, MEMBERS_CSV, read_brand, read_members


def tiers() -> dict[str, int]:
    return {tier["code"]: tier["threshold"] for tier in json.loads(BUNDLE_JSON.read_bytes())["tiers"]}


def test_hq_takes_every_line() -> None:
    file = CsvFile()
    lines = list(file.feed(MEMBERS_CSV.read_bytes()))
    file.finish()
    stores = [store.id for store in read_brand().stores]
    groups = list(gather(lines, Known(tiers(), stores)))
    assert all(isinstance(group, Group) for group in groups)
    assert len(groups) == 24


def test_lin_is_120_below_gold() -> None:
    lin = next(member for member in read_members() if member.name == "林晓雯")
    assert (lin.status, lin.tier, lin.instrument_status) == ("active", "silver", "active")
    assert tiers()["gold"] - lin.qualifying_points == 120
    assert lin.card_uid
    assert lin.qr_code


def test_every_tier_is_the_one_the_points_give() -> None:
    for member in read_members():
        ladder = [(threshold, code) for code, threshold in tiers().items()]
        assert max(row for row in ladder if row[0] <= member.qualifying_points)[1] == member.tier


def test_members_of_every_kind_are_there() -> None:
    members = read_members()
    numbers = [member.member_no for member in members]
    assert {member.instrument_status for member in members} == {"active", "lost", "locked", "replaced"}
    assert "suspended" in {member.status for member in members}
    assert any(numbers.count(number) == 2 for number in numbers)
    assert any(member.qr_code and not member.card_uid for member in members)
    assert any(not member.qr_code and not member.card_uid for member in members)
    assert any(len(member.name) == 4 and not member.name.isascii() for member in members)
    assert any(member.name.isascii() for member in members)
    assert {len(member.card_uid) for member in members} == {0, 8, 14}
    assert {member.home_store for member in members} == {store.id for store in read_brand().stores}


def test_no_card_and_no_code_is_there_twice() -> None:
    for column in ("card_uid", "qr_code"):
        values = [getattr(member, column) for member in read_members() if getattr(member, column)]
        assert len(values) == len(set(values))


def test_lines_of_one_member_say_the_same_of_points_and_birthday() -> None:
    said = {(member.member_no, member.points, member.birthday) for member in read_members()}
    assert len(said) == len({member.member_no for member in read_members()})
    assert any(member.birthday == "02-29" for member in read_members())
    assert any(not member.birthday for member in read_members())


def test_no_phone_number_could_be_anybodys() -> None:
    """Chinese mobile numbers begin with 13 to 19; these begin with 10."""
    assert all(member.phone.startswith("1000000") for member in read_members())


def test_the_bundle_is_canonical() -> None:
    """Its bytes are hashed: HQ and the generator must find the same ones."""
    body = BUNDLE_JSON.read_bytes()
    canonical = json.dumps(json.loads(body), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert body == canonical.encode()
