"""docs/contract/beacons.md: its bytes are what the code advertises, its numbers what is in them."""

import re

from firmware.protocol import adverts, eid, telemetry
from tests.docs import pages

PAGE = pages.text(pages.ROOT / "docs/contract/beacons.md")
ROTATION = 5
POWER_DBM = -59
SAMPLE = telemetry.Telemetry(2987, 5504, 123456, 864000)


def example(name: str) -> bytes:
    """The bytes of an annotated advertisement."""
    match = re.search(rf"<!-- {name} -->\n```\n(.*?)```", PAGE, re.DOTALL)
    assert match
    return bytes.fromhex("".join(line.split(maxsplit=1)[0] for line in match[1].splitlines()))


def said(pattern: str) -> str:
    found = re.search(pattern, PAGE)
    assert found, pattern
    return found[1]


def shown() -> tuple[bytes, int, bytes]:
    """The page's key and second, and the EID they make."""
    key, second = bytes.fromhex(said(r"the key `([0-9a-f]{32})`")), int(said(r"unix time (\d{10})"))
    return key, second, eid.eid(key, ROTATION, second)


def test_all_three_frames_are_what_the_code_advertises() -> None:
    key, second, identity = shown()
    uuid = bytes.fromhex(said(r"([0-9a-f]{32})  UUID"))
    salt = bytes.fromhex(said(r"([0-9a-f]{4}) +salt"))
    sealed = telemetry.seal(key, ROTATION, second, SAMPLE, salt)
    assert example("eid") == adverts.eid_frame(identity, POWER_DBM)
    assert example("ibeacon") == adverts.ibeacon(uuid, eid.short(identity), POWER_DBM)
    assert example("etlm") == adverts.etlm(sealed)


def test_numbers_in_the_text_are_those_in_the_bytes() -> None:
    _, second, identity = shown()
    assert int(said(r"\(quantum (\d+)\)")) == eid.quantum(second, ROTATION)
    assert said(r"([0-9a-f]{16})  EID") == identity.hex()
    assert int(said(r"major (\d+)")) == int.from_bytes(identity[:2], "big")
    assert int(said(r"minor (\d+)")) == int.from_bytes(identity[2:4], "big")
    assert "-59 dBm at 1 m:" in PAGE and "-18 dBm at 0 m" in PAGE
    plain = said(r"enciphered: `([0-9a-f ]+)`").replace(" ", "")
    assert bytes.fromhex(plain) == telemetry.pack(SAMPLE)
    assert f"battery {SAMPLE.battery_mv} mV, {SAMPLE.temperature / 256} degrees" in PAGE
    assert f"{SAMPLE.adverts} adverts, {SAMPLE.uptime_ds // 10} s up" in PAGE


def test_the_page_s_constants_are_the_code_s() -> None:
    assert f"counts from {eid.TAG_START_S:,} at" in PAGE
    assert f"(K = {ROTATION}, so {1 << ROTATION} s, in stores)" in PAGE
