"""What of the air concerns a beacon: its frames in every damage, and the rest of the street."""

from firmware.core.hearing import Hearing
from firmware.protocol import adverts
from firmware.protocol.messages import SIGHTED_EID, SIGHTED_IBEACON
from firmware.protocol.telemetry import Sealed, Telemetry

UUID = bytes(range(16))
EID = b"\x10\x20\x30\x40\x50\x60\x70\x80"
ADDRESS = b"\x3a\x02\x03\x04\x05\x06"


def heard(*packets):
    """(what was told, the Hearing) after these adverts."""
    told = []
    hearing = Hearing(UUID, lambda *each: told.append(each))
    for packet in packets:
        hearing.take(ADDRESS, -61, packet)
    return told, hearing


def test_the_two_identities():
    told, hearing = heard(adverts.eid_frame(EID, -59), adverts.ibeacon(UUID, EID[:4], -59))
    assert told == [(SIGHTED_EID, EID, ADDRESS, -61), (SIGHTED_IBEACON, EID[:4], ADDRESS, -61)]
    assert hearing.malformed == 0


def test_everything_else_is_passed_over():
    told, hearing = heard(
        b"",
        b"\x02\x01\x06",
        adverts.ibeacon(bytes(16), EID[:4], -59),
        adverts.uid(bytes(10), bytes(6), -59),
        adverts.url("https://a.b/", -59),
        adverts.tlm(Telemetry(3000, None, 1, 1)),
        adverts.etlm(Sealed(bytes(12), b"ab", b"cd")),
        bytes(31),
        b"\xff" * 31,
        b"\x1e\xff\x4c\x00\x10" + bytes(26),  # a phone nearby
    )
    assert told == [] and hearing.malformed == 0


def test_an_ibeacon_whose_uuid_merely_appears_elsewhere_is_not_ours():
    name = b"\x02\x15" + UUID
    told, _hearing = heard(bytes([len(name) + 1, 0x09]) + name)
    assert told == []


def test_every_cut_and_every_damage_of_a_frame_is_borne():
    for frame in (adverts.eid_frame(EID, -59), adverts.ibeacon(UUID, EID[:4], -59)):
        for size in range(len(frame)):
            told, _hearing = heard(frame[:size])
            assert told == []
        for at in range(len(frame)):
            for value in (0x00, 0x01, 0x7F, 0xFF):
                bad = bytearray(frame)
                bad[at] = value
                heard(bytes(bad))
    assert heard(adverts.eid_frame(EID, -59)[:-1])[1].malformed == 1
