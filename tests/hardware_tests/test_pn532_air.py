"""The simulated PN532 on the air: searching, exchanging, raw frames, registers, and the cards themselves."""

import random
import sys
from pathlib import Path

import pytest

from hardware_tests.virtual.chips.cards import KINDS, CardError, Classic, parse_card
from hardware_tests.virtual.chips.cards_air import REQA, WUPA, AirFrame, State, crc_a, select_frames
from hardware_tests.virtual.chips.cards_isodep import IsoDepCard, NdefApplication, echo, long_answers

sys.path.insert(0, str(Path(__file__).parent))
from pn532_host import ACK, Host, body_of, framed

CLASSIC = "classic:04a1b2c3"
ULTRALIGHT = "ultralight:04112233445566"
DESFIRE = "desfire:04de5f1eacc040"
DESFIRE_REPORT = "0344200704de5f1eacc040067777710280"
SELECT = "00a4040007d276000085010100"
BOUNDED = "3205010001"


def host_with(*specs: str) -> Host:
    host = Host()
    host.ask(BOUNDED)
    for spec in specs:
        host.chip.enter(parse_card(spec))
    return host


def test_each_kind_is_reported_as_it_is() -> None:
    for spec, report in (
        (CLASSIC, "0004080404a1b2c3"),
        (ULTRALIGHT, "0044000704112233445566"),
        (DESFIRE, DESFIRE_REPORT),
    ):
        assert host_with(spec).ask("4a0100") == "4b0101" + report
    assert host_with().ask("4a0100") == "4b00"


def test_without_automatic_rats_no_ats_is_reported() -> None:
    host = host_with(DESFIRE)
    assert host.ask("1200") == "13"
    assert host.ask("4a0100") == "4b01010344200704de5f1eacc040"


def test_an_endless_search_ends_when_a_card_comes() -> None:
    host = Host()
    host.send(framed(bytes.fromhex("d44a0100")))
    assert host.listen(300) == ACK
    host.chip.enter(parse_card(CLASSIC))
    assert body_of(host.listen(30)) == "4b01010004080404a1b2c3"
    assert host.chip.field_on


def test_a_search_for_one_uid_passes_over_the_others() -> None:
    host = host_with(ULTRALIGHT, DESFIRE)
    for uid, report in (
        ("8804112233445566", "0044000704112233445566"),
        ("8804de5f1eacc040", DESFIRE_REPORT),
    ):
        host.ask("320100")
        assert host.ask(f"4a0100{uid}") == "4b0101" + report
    host.ask("320100")
    assert host.ask("4a010011223344") == "4b00"


def test_other_modulations_find_nothing() -> None:
    host = host_with(CLASSIC)
    for command in ("4a0103" + "00", "4a010100ffff0100", "4a010200ffff0100", "4a0104"):
        assert host.ask(command) == "4b00"


def test_the_fifo_keeps_the_unanswered_request() -> None:
    host = host_with()
    host.ask("4a0100")
    assert host.ask("06633a6339633a") == "07012600"
    host.ask("0863395a")
    assert host.ask("06633a") == "0701"
    host.ask("08633a80")
    assert host.ask("06633a6339") == "070000"


def test_registers_keep_what_is_written() -> None:
    host = Host()
    assert host.ask("08630280630380630540") == "09"
    assert host.ask("06630263036305") == "07808040"


def test_two_cards_are_both_reported_and_both_exchange() -> None:
    host = host_with(CLASSIC, DESFIRE)
    answer = host.ask("4a0200")
    assert answer.startswith("4b02")
    first_is_classic = answer.startswith("4b02010004")
    desfire, classic = (2, 1) if first_is_classic else (1, 2)
    assert host.ask(f"400{desfire}{SELECT}") == "41009000"
    assert host.ask(f"400{classic}6004ffffffffffff04a1b2c3") == "4100"
    assert host.ask(f"400{desfire}{SELECT}") == "41009000"
    assert host.ask("4003" + SELECT) == "4127"


def test_of_two_cards_asked_for_one_the_same_one_always_wins() -> None:
    winners = set()
    for specs in ((CLASSIC, DESFIRE), (DESFIRE, CLASSIC)):
        winners.add(host_with(*specs).ask("4a0100"))
    assert len(winners) == 1


def test_deselect_select_and_release() -> None:
    host = host_with(DESFIRE)
    host.ask("4a0100")
    card = host.chip.cards[0]
    assert host.ask("4401") == "4500"
    assert card.state is State.HALT
    assert host.ask("5401") == "5500"
    assert host.ask("4001" + SELECT) == "41009000"
    assert host.ask("5201") == "5300"
    assert host.ask("4001" + SELECT) == "4127"
    assert host.ask("4402") == "4527"
    assert host.ask("5200") == "5300"


def test_the_field_going_off_resets_the_card_and_the_table() -> None:
    host = host_with(DESFIRE)
    host.ask("4a0100")
    assert host.chip.field_on
    assert host.ask("4a0100") == "4b00", "an activated card answers no request"
    assert host.ask("320100") == "33"
    assert not host.chip.field_on
    assert host.ask("4001" + SELECT) == "4127"
    assert host.ask("4a0100") == "4b0101" + DESFIRE_REPORT


def test_a_card_that_left_is_gone_with_the_documented_status() -> None:
    for spec, data, status in ((DESFIRE, SELECT, "2b"), (CLASSIC, "3004", "01"), (ULTRALIGHT, "3004", "01")):
        host = host_with(spec)
        host.ask("4a0100")
        host.chip.leave(host.chip.cards[0])
        assert host.ask("4001" + data) == "41" + status
        assert host.ask("42c2") == "4301"


def test_data_exchange_runs_iso_dep_both_ways() -> None:
    host = host_with()
    host.chip.enter(IsoDepCard(bytes.fromhex("04de5f1eacc040"), long_answers))
    host.ask("4a0100")
    assert host.ask("400100b0000000") == "4100" + bytes(range(256)).hex() + "9000"
    first = host.ask("400100b00000000140")
    assert first.startswith("4140")
    rest = host.ask("4001")
    assert rest.startswith("4100")
    assert bytes.fromhex(first[4:] + rest[4:]) == bytes(i & 0xFF for i in range(320)) + b"\x90\x00"


def test_data_exchange_takes_a_command_in_pieces() -> None:
    host = host_with()
    host.chip.enter(
        IsoDepCard(bytes.fromhex("04de5f1eacc040"), lambda apdu: apdu[-4:] + len(apdu).to_bytes(2, "big"))
    )
    host.ask("4a0100")
    assert host.ask("4041" + "aa" * 200) == "4100"
    assert host.ask("4001" + "bb" * 100) == "4100bbbbbbbb012c"


def test_raw_frames_run_iso_dep_by_hand() -> None:
    host = host_with(DESFIRE)
    host.ask("1200")
    host.ask("4a0100")
    assert host.ask("42e080") == "4300067777710280"
    assert host.ask("4202" + SELECT) == "4300029000"
    assert host.ask("42b2") == "4300029000", "the block the reader missed"
    assert host.ask("42b3") == "4300a2", "presence check: nothing to repeat"
    assert host.ask("4203" + SELECT) == "4300039000"
    assert host.ask("42c2") == "4300c2"
    assert host.ask("4202" + SELECT) == "4301", "deselected"


def test_an_unanswered_raw_frame_times_out_as_configured() -> None:
    host = host_with(CLASSIC)
    host.ask("4a0100")
    for index, wait_ms in (("0a", 52), ("0d", 410)):
        host.ask(f"3202000b{index}")
        host.send(framed(bytes.fromhex("d4426a02c80100")))  # enhanced contactless polling: no card answers
        assert host.listen(wait_ms) == ACK
        assert host.listen(5)[5:8].hex() == "d54301"
    host.ask("3202000b00")
    assert host.ask("426a02", 2000) == "", "no time limit: for ever"


def test_requests_and_anticollision_by_hand() -> None:
    host = host_with(CLASSIC)
    host.ask("320101")
    host.ask("08633d07630200630300")  # 7 bits, no CRC either way
    assert host.ask("4226") == "43000400"
    host.ask("08633d00")
    assert host.ask("429320") == "430004a1b2c3" + f"{0x04 ^ 0xA1 ^ 0xB2 ^ 0xC3:02x}"
    chosen = select_frames(bytes.fromhex("04a1b2c3"))[0].data
    sak = host.ask("42" + (chosen + crc_a(chosen)).hex())
    assert sak == "430008" + crc_a(b"\x08").hex()


def test_a_request_with_a_crc_is_none() -> None:
    host = host_with(CLASSIC)
    host.ask("320101")
    host.ask("08633d07630280")
    assert host.ask("4226") == "4301"


def test_an_answer_without_crc_is_a_crc_error_where_one_is_expected() -> None:
    host = host_with(ULTRALIGHT)
    host.ask("4a0100")
    assert host.ask("42a20401020304") == "4302"
    host.ask("08630300")
    assert host.ask("42a20401020304") == "43000a"
    assert host.ask("423004")[:12] == "430001020304"


def test_a_classic_opens_a_sector_by_its_key() -> None:
    host = host_with(CLASSIC)
    host.ask("4a0100")
    assert host.ask("40016004ffffffffffff04a1b2c3") == "4100"
    assert host.ask("4001a004" + "5a" * 16) == "4100"
    assert host.ask("40013004") == "4100" + "5a" * 16
    assert host.ask("40013008") == "4101", "another sector"
    host.ask("320100")
    host.ask("4a0100")
    assert host.ask("40016004000000000000" + "04a1b2c3") == "4114"


def test_a_type_2_tag_reads_writes_and_refuses() -> None:
    host = host_with(ULTRALIGHT)
    host.ask("4a0100")
    assert host.ask("40013003") == "4100" + "e1100600" + "0300fe00" + "00" * 8
    assert host.ask("4001a20501020304") == "4100"
    assert host.ask("40013005")[:12] == "410001020304"
    assert host.ask("400130ff") == "4113"
    assert host.ask("40013003") == "4101", "silent until selected again"


def test_the_attention_request_tells_presence() -> None:
    host = host_with(DESFIRE)
    host.ask("4a0100")
    assert host.ask("0006") == "0100"
    host.chip.leave(host.chip.cards[0])
    assert host.ask("0006") == "0101"


@pytest.mark.parametrize("seed", range(4))
def test_no_command_of_a_host_upsets_the_chip(seed: int) -> None:
    chance = random.Random(seed)
    codes = (0x00, 0x06, 0x08, 0x12, 0x14, 0x32, 0x40, 0x42, 0x44, 0x4A, 0x52, 0x54)
    host = host_with(DESFIRE, ULTRALIGHT, CLASSIC)
    for _ in range(1500):
        code = chance.choice((*codes, chance.randrange(256)))
        size = chance.choice((0, 1, 2, 3, 4, 8, 260))
        data = bytes(chance.choice((0, 1, 2, chance.randrange(256))) for _ in range(size))
        if code not in (0x10, 0x16):
            host.send(framed(bytes([0xD4, code]) + data))
            host.listen(20)
    host.ask(BOUNDED)
    host.ask("320100")
    assert host.ask("02") == "0332010607"


def test_time_on_the_air_is_spent_once() -> None:
    host = host_with()
    for _ in range(100):
        host.ask("4a0100", 30)
    assert host.ask("4400", 5) == "4500"


def test_the_antenna_holds_four_cards() -> None:
    host = host_with(*[f"classic:0{index}a1b2c3" for index in range(4)])
    with pytest.raises(ValueError, match="take one away"):
        host.chip.enter(parse_card(CLASSIC))


def test_a_card_keeps_to_the_states_of_the_standard() -> None:
    card = Classic(bytes.fromhex("04a1b2c3"))
    [select] = select_frames(card.uid)
    assert card.receive(select) is None, "not asked"
    assert card.receive(REQA) == AirFrame(b"\x04\x00", crc=False)
    assert card.receive(select_frames(b"\x01\x02\x03\x04")[0]) is None, "another was chosen"
    assert card.receive(select) is None
    card.receive(REQA)
    assert card.receive(select) == AirFrame(b"\x08")
    card.receive(AirFrame(b"\x50\x00"))
    assert card.receive(REQA) is None, "halted"
    assert card.receive(WUPA) is not None
    card.power_off()
    assert card.receive(REQA) is not None


def test_an_iso_dep_card_keeps_to_its_frame_size_and_repeats_on_request() -> None:
    card = IsoDepCard(bytes.fromhex("04a1b2c3"), echo, ats=bytes.fromhex("0570807002"))
    card.receive(REQA)
    for frame in select_frames(card.uid):
        card.receive(frame)
    assert card.receive(AirFrame(b"\xe0\x00")) == AirFrame(card.ats)
    assert card.receive(AirFrame(b"\x02" + bytes(14))) is None, "FSC 16"
    first = card.receive(AirFrame(b"\x02" + bytes(13)))
    assert first == AirFrame(b"\x12" + bytes(13)), "FSD 16, more follows"
    assert card.receive(AirFrame(b"\xb2")) == first
    assert card.receive(AirFrame(b"\xa3")) == AirFrame(b"\x03\x90\x00")
    assert card.receive(REQA) is None


def test_crc_a_is_that_of_the_standard() -> None:
    assert crc_a(b"\x00\x00").hex() == "a01e"
    assert crc_a(b"\x12\x34").hex() == "26cf"


def test_the_ndef_application_reads_and_writes_its_files() -> None:
    card = NdefApplication(b"\xd1\x01\x00")
    assert card(bytes.fromhex("00b0000002")).hex() == "6986"
    assert card(bytes.fromhex("00a4000c02e103")).hex() == "6a82"
    assert card(bytes.fromhex(SELECT)).hex() == "9000"
    assert card(bytes.fromhex("00a4000c02e103")).hex() == "9000"
    assert card(bytes.fromhex("00b000000f")).hex() == "000f2000800080" + "0406e10401000000" + "9000"
    assert card(bytes.fromhex("00a4000c02e104")).hex() == "9000"
    assert card(bytes.fromhex("00d6000003000141")).hex() == "9000"
    assert card(bytes.fromhex("00b0000003")).hex() == "0001419000"
    assert card(bytes.fromhex("00b0ffff01")).hex() == "6b00"
    assert card(bytes.fromhex("00d600ff02aabb")).hex() == "6b00"
    assert card(bytes.fromhex("00ca0000")).hex() == "6d00"
    assert card(b"\x00").hex() == "6d00"


def test_cards_are_made_by_name() -> None:
    assert parse_card("UID=04A1B2C3").name == "classic"
    assert parse_card("uid=04:11:22:33:44:55:66").name == "ultralight"
    for kind, (length, _) in KINDS.items():
        card = parse_card(f"{kind}:{bytes(range(1, 1 + length)).hex()}")
        assert card.uid == bytes(range(1, 1 + length))


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("04A1B2C3", "write UID=04A1B2C3 or <kind>:<uid>"),
        ("UID=04A1B2", "has 3 bytes; write 4 bytes"),
        ("UID=xyz", "hex digits in pairs"),
        ("UID=04A1B2C", "hex digits in pairs"),
        ("UID=88A1B2C3", "choose another byte"),
        ("UID=04112288445566", "choose another byte"),
        ("visa:04A1B2C3", "choose one of classic"),
        ("desfire:04A1B2C3", "a UID of 7 bytes, this one has 4"),
    ],
)
def test_a_wrong_card_is_told_what_to_write(spec: str, says: str) -> None:
    with pytest.raises(CardError, match="card") as caught:
        parse_card(spec)
    assert says in str(caught.value)
