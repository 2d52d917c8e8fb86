"""The file of beacons: written whole and private, read strictly, wrong in words that name what is wrong."""

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.errors import SettingsError
from gateway.presence.registry import RADIO, Beacon, Site, Zone, check_site, read_site, write_site
from tests.gateway.presence.beaconry import DOOR, LIN, SHOP, a_beacon


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "beacons.json"
    write_site(path, SHOP)
    assert read_site(path) == SHOP
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["beacons.json"]


def test_it_is_written_over_whole_even_where_a_write_was_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "beacons.json"
    write_site(path, SHOP)
    (tmp_path / "beacons.json.new").write_text("{")
    write_site(path, replace(SHOP, radio=None))
    assert read_site(path).radio is None


def test_a_site_finds_by_name() -> None:
    assert SHOP.beacon("beacon-door") == DOOR
    assert SHOP.beacon("beacon-roof") is None
    assert SHOP.zone("door") == SHOP.zones[0]
    assert SHOP.zone("roof") is None
    assert (len(SHOP.uuid_bytes), len(DOOR.identity_key)) == (16, 16)


def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "beacons.json"
    write_site(path, SHOP)
    path.chmod(0o640)
    with pytest.raises(SettingsError, match="others may read it"):
        read_site(path)


def test_a_file_that_is_not_there_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="shopbell device plan"):
        read_site(tmp_path / "none.json")


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"\xff\xfe", b'{"uuid": 1}'])
def test_what_is_no_list_of_beacons_is_refused(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "beacons.json"
    path.write_bytes(text)
    path.chmod(0o600)
    with pytest.raises(SettingsError, match="no list of beacons"):
        read_site(path)


def test_a_word_nobody_knows_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "beacons.json"
    write_site(path, SHOP)
    document = json.loads(path.read_text())
    document["beacons"][0]["colour"] = "red"
    path.write_text(json.dumps(document))
    with pytest.raises(SettingsError, match="colour"):
        read_site(path)


def with_door(**changes: Any) -> Site:
    return replace(SHOP, beacons=(replace(DOOR, **changes), LIN))


def with_zone(**changes: Any) -> Site:
    return replace(SHOP, zones=(replace(SHOP.zones[0], **changes), SHOP.zones[1]))


WRONG: dict[str, Site] = {
    "uuid": replace(SHOP, uuid="5B" * 16),
    "a side of 0 cm": replace(SHOP, width_cm=0),
    "zone 'door' is there twice": replace(SHOP, zones=(SHOP.zones[0], SHOP.zones[0])),
    "beacon 'beacon-door' is there twice": replace(SHOP, beacons=(DOOR, a_beacon("beacon-door"))),
    "the key of beacon 'beacon-two' is there twice": replace(
        SHOP, beacons=(DOOR, replace(DOOR, beacon="beacon-two"))
    ),
    "needs its name in zh-CN and en": with_zone(name={"en": "Door"}),
    "zone 'Door'": with_zone(zone="Door"),
    "zone 'door' does not lie within": with_zone(width_cm=1_201),
    "beacon 'Door' needs a name": with_door(beacon="Door"),
    "other than 'radio'": with_door(beacon=RADIO),
    "is a 'phone'": with_door(kind="phone"),
    "has no key": with_door(key="00"),
    "turns by 16": with_door(rotation=16),
    "a time or a power": with_door(power_dbm=-20),
    "a time or a power that": with_door(epoch_s=1 << 40),
    "in zone 'roof'": with_door(zone="roof"),
    "in zone ''": with_door(zone=""),
    "does not stand within": with_door(x_cm=-1),
    "more than 32 zones": replace(
        SHOP,
        zones=tuple(
            Zone(zone=f"z{at}", name={"zh-CN": "区", "en": "Z"}, x_cm=0, y_cm=0, width_cm=1, height_cm=1)
            for at in range(33)
        ),
    ),
}


@pytest.mark.parametrize("words", list(WRONG))
def test_what_cannot_be_is_named_and_never_written(tmp_path: Path, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        check_site(WRONG[words])
    path = tmp_path / "beacons.json"
    with pytest.raises(SettingsError, match=words):
        write_site(path, WRONG[words])
    assert not path.exists()


def test_a_key_is_never_told() -> None:
    twin: Beacon = replace(DOOR, beacon="beacon-two")
    with pytest.raises(SettingsError) as raised:
        check_site(replace(SHOP, beacons=(DOOR, twin)))
    assert DOOR.key not in str(raised.value)
