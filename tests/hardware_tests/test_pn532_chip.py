"""The simulated PN532 from its wires: frames, abort and repeat, sleep, rates, I2C, IRQ, reset, faults."""

import sys
from pathlib import Path

import pytest

from hardware_tests.virtual.chips.cards import parse_card

sys.path.insert(0, str(Path(__file__).parent))
from pn532_host import ACK, ERROR, NACK, PREAMBLE, SAM, Host, body_of, framed, vectors

VECTORS = vectors()
VERSION, VERSION_ANSWER = VECTORS["get-firmware-version"]
DESFIRE = "desfire:04de5f1eacc040"


def prepare(host: Host, name: str) -> None:
    """Brings the chip to where this exchange of the vectors was recorded."""
    host.ask("3205010001")
    if name in ("poll-106a-no-card", "rf-field-off", "get-firmware-version", "sam-normal", "set-baud-921600"):
        return
    host.chip.enter(parse_card(DESFIRE))
    if name in ("poll-106a-card-without-ats", "rats-communicate-thru"):
        host.ask("1200")
    if name not in ("poll-106a-card-without-ats", "poll-106a-card-with-ats"):
        host.ask("4a0100")


@pytest.mark.parametrize("name", VECTORS)
def test_every_recorded_exchange_is_answered_byte_for_byte(name: str) -> None:
    host = Host()
    prepare(host, name)
    command, response = VECTORS[name]
    host.send(command)
    assert host.listen() == ACK + response


@pytest.mark.parametrize("name", VECTORS)
def test_every_split_of_a_command_is_the_same_command(name: str) -> None:
    command, response = VECTORS[name]
    for at in range(1, len(command) - 1):  # the postamble changes nothing
        host = Host()
        prepare(host, name)
        host.send(command[:at])
        assert host.listen(5) == b""
        host.send(command[at:])
        assert host.listen().endswith(response), at


def test_every_change_of_every_byte_of_a_command_leaves_it_unheard() -> None:
    for at in range(1, len(VERSION) - 1):
        for value in range(256):
            if value != VERSION[at]:
                host = Host()
                host.chip._link.last_response = b""  # or a damaged frame that reads as NACK repeats it
                host.send(VERSION[:at] + bytes([value]) + VERSION[at + 1 :])
                assert host.listen(10) == b"", (at, value)
                host.send(VERSION)
                host.send(VERSION)  # the first may complete what the damaged length announced
                assert VERSION_ANSWER in host.listen(20), (at, value)


def test_the_ack_comes_at_once_and_before_the_response() -> None:
    host = Host()
    host.send(VERSION)
    assert host.listen(2) == ACK
    assert host.listen(15) == VERSION_ANSWER


def test_commands_it_cannot_read_get_the_error_frame() -> None:
    host = Host()
    for command in (
        "99",
        "0207",
        "14",
        "1405",
        "1401000000",
        "10",
        "1009",
        "12",
        "3299",
        "320100ff",
        "3205ff",
    ):
        assert host.ask(command) == "error", command
    for command in (
        "06",
        "0663",
        "086302",
        "4a01",
        "4a0300",
        "4a0105",
        "4a0100aabb",
        "40",
        "42",
        "44",
        "0009",
    ):
        assert host.ask(command) == "error", command
    for command in ("321100", "3202000b11"):
        assert host.ask(command) == "error", command


def test_a_host_ack_aborts_what_runs() -> None:
    host = Host()
    host.send(framed(bytes.fromhex("d44a0100")))  # endless: the default after reset
    assert host.listen(100) == ACK
    host.send(ACK)
    host.chip.enter(parse_card(DESFIRE))
    assert host.listen(100) == b""
    assert host.ask("02") == "0332010607"


def test_a_new_command_aborts_what_runs() -> None:
    host = Host()
    host.send(framed(bytes.fromhex("d44a0100")))
    host.listen(20)
    assert host.ask("02") == "0332010607"
    host.chip.enter(parse_card(DESFIRE))
    assert host.listen(100) == b""


def test_a_nack_repeats_the_last_response_only() -> None:
    host = Host()
    host.send(VERSION)
    host.listen(20)
    for _ in range(3):
        host.send(NACK)
        assert host.listen(20) == VERSION_ANSWER
    host.send(framed(bytes.fromhex("d44a0100")))
    host.listen(20)
    host.send(NACK)
    assert host.listen(20) == b""


def test_the_line_test_echoes_the_longest_frame() -> None:
    host = Host()
    data = bytes(index & 0xFF for index in range(262)).hex()
    assert host.ask("0000" + data) == "0100" + data
    assert host.frames("0000" + data)[6:14].hex() == "0000ffffff0109f6"
    assert host.ask("0001") == "0100"
    assert host.ask("0002") == "0100"


def test_it_sleeps_after_power_on_and_the_wake_up_costs_bytes() -> None:
    host = Host(awake=False)
    host.send(VERSION)
    assert host.listen(20) == b""
    host = Host(awake=False)
    host.send(bytes(5) + VERSION)
    assert host.listen(20) == ACK + VERSION_ANSWER


def test_in_low_battery_mode_only_two_commands_are_heard_until_sam() -> None:
    host = Host(awake=False)
    host.send(PREAMBLE + framed(bytes.fromhex("d44a0100")))
    assert host.listen() == b""
    host.send(PREAMBLE + VERSION)
    assert host.listen(20) == ACK + VERSION_ANSWER
    host.send(VERSION)
    assert host.listen(20) == b"", "it fell asleep again"
    host.send(PREAMBLE + SAM)
    assert host.listen(20).startswith(ACK)
    host.send(VERSION)
    assert host.listen(20) == ACK + VERSION_ANSWER


def test_the_strictest_chip_hears_nothing_before_sam() -> None:
    host = Host(awake=False, sam_first=True)
    host.send(PREAMBLE + VERSION)
    assert host.listen(20) == b""
    host.send(PREAMBLE + SAM)
    assert host.listen(20).startswith(ACK)
    assert host.ask("02") == "0332010607"


@pytest.mark.parametrize(("sources", "wakes"), [("b0", True), ("80", False)])
def test_power_down_ends_the_field_and_wakes_by_the_sources_given(sources: str, wakes: bool) -> None:
    host = Host()
    host.ask("320101")
    assert host.ask(f"16{sources}00") == "1700"
    assert not host.chip.field_on
    host.send(PREAMBLE + VERSION)
    assert (host.listen(20) == ACK + VERSION_ANSWER) is wakes


def test_a_new_rate_holds_after_the_host_acknowledged_it() -> None:
    host = Host()
    host.chip.host_baud(115200)
    assert host.ask("1007") == "11"
    assert host.ask("02") == "0332010607", "not acknowledged: nothing changes"
    host.ask("1007")
    host.send(ACK)
    host.send(VERSION)
    assert host.listen(20) == b"", "the host is still at the old rate"
    host.chip.host_baud(921600)
    assert host.ask("02") == "0332010607"


def test_a_host_already_at_the_offered_rate_has_acknowledged_it() -> None:
    host = Host()
    host.chip.host_baud(115200)
    host.ask("1006")
    host.chip.host_baud(460800)
    assert host.ask("02") == "0332010607"


def test_slow_rates_take_their_time() -> None:
    host = Host()
    host.ask("1000")
    host.send(ACK)
    host.send(VERSION)
    assert host.listen(6) == b""
    assert host.listen(30) == ACK + VERSION_ANSWER


class I2c(Host):
    """The same chip, asked over I2C."""

    def __init__(self) -> None:
        super().__init__(awake=False)
        self.levels: list[int] = []
        self.chip.on_irq(self.levels.append)
        assert not self.chip.i2c_write(SAM), "asleep: the first address is not acknowledged"
        assert self.chip.i2c_read(1) == b""
        self.now += 5
        self.told(SAM)

    def told(self, frame: bytes) -> bytes:
        """The response frame, having checked the status byte and the ACK."""
        assert self.chip.i2c_write(frame)
        assert self.chip.i2c_read(1) == b"\x00"
        self.now += 2
        assert self.chip.i2c_read(1) == b"\x01"
        assert self.chip.i2c_read(7) == b"\x01" + ACK
        self.now += 50
        return self.chip.i2c_read(300)[1:]


def test_i2c_reads_begin_with_the_status_and_a_response_can_be_read_again() -> None:
    host = I2c()
    assert host.told(VERSION).startswith(VERSION_ANSWER)
    assert host.chip.i2c_read(1) == b"\x01"
    assert host.chip.i2c_read(8) == b"\x01" + VERSION_ANSWER[:7]
    assert host.chip.i2c_read(14) == b"\x01" + VERSION_ANSWER
    host.chip.i2c_write(VERSION)
    assert host.chip.i2c_read(14) == bytes(14), "replaced by the next command"


def test_i2c_repeats_on_nack() -> None:
    host = I2c()
    host.told(VERSION)
    host.chip.i2c_write(NACK)
    assert host.chip.i2c_read(1) == b"\x00"
    host.now += 2
    assert host.chip.i2c_read(14) == b"\x01" + VERSION_ANSWER


def test_irq_falls_while_a_frame_waits_and_rises_when_it_is_read() -> None:
    host = I2c()
    host.told(framed(bytes.fromhex("d414010001")))
    host.levels.clear()
    assert host.chip.irq_level == 1
    host.chip.i2c_write(VERSION)
    assert host.chip.irq_level == 1
    due = host.chip.next_due_ms()
    assert due is not None and due <= 15
    host.now += due
    host.chip.tick()
    assert host.levels == [0]
    host.chip.i2c_read(1)
    assert host.levels == [0], "the status byte is not the frame"
    host.chip.i2c_read(7)
    assert host.levels == [0, 1]
    host.now += 20
    assert host.chip.irq_level == 0
    host.chip.i2c_read(20)
    assert host.levels == [0, 1, 0, 1]


def test_irq_stays_idle_when_sam_says_so() -> None:
    host = I2c()
    host.told(framed(bytes.fromhex("d414010000")))
    host.levels.clear()
    host.told(VERSION)
    assert host.levels == []


def test_next_due_tells_when_to_call_again_and_none_when_idle() -> None:
    host = Host()
    assert host.chip.next_due_ms() is None
    host.send(VERSION)
    assert host.chip.next_due_ms() == 1
    host.listen(20)
    assert host.chip.next_due_ms() is None
    host.send(framed(bytes.fromhex("d44a0100")))
    host.listen(20)
    due = host.chip.next_due_ms()
    assert due is not None and due <= 5


def test_reset_stops_everything_and_the_cards_stay() -> None:
    host = Host()
    host.chip.enter(parse_card(DESFIRE))
    host.ask("4a0100")
    assert host.chip.field_on
    host.chip.reset(0)
    assert not host.chip.field_on
    host.send(PREAMBLE + VERSION)
    assert host.listen(20) == b""
    assert not host.chip.i2c_write(VERSION)
    host.chip.reset(1)
    host.send(PREAMBLE + VERSION)
    assert host.listen(20) == b"", "still starting"
    host.send(PREAMBLE + SAM)
    host.listen(20)
    assert host.ask("4a0100").startswith("4b01")


def test_a_hung_chip_stays_silent_with_its_field_on_until_reset() -> None:
    host = Host()
    host.ask("320101")
    host.chip.faults.hung = True
    host.send(VERSION)
    assert host.listen() == b""
    assert host.chip.i2c_write(VERSION)
    host.now += 50
    assert host.chip.i2c_read(10) == bytes(10)
    assert host.chip.field_on
    host.chip.reset(0)
    host.chip.reset(1)
    assert not host.chip.field_on
    host.listen(20)
    host.send(PREAMBLE + VERSION)
    assert host.listen(20) == ACK + VERSION_ANSWER


def test_faults_hit_the_next_response_and_a_nack_brings_it_whole() -> None:
    host = Host()
    for change, seen in (
        ({"noise": b"\x55"}, b"\x55" + VERSION_ANSWER),
        ({"drop_at": 7}, VERSION_ANSWER[:7] + VERSION_ANSWER[8:]),
        ({"flip": (8, 0x80)}, VERSION_ANSWER[:8] + bytes([VERSION_ANSWER[8] ^ 0x80]) + VERSION_ANSWER[9:]),
    ):
        for name, value in change.items():
            setattr(host.chip.faults, name, value)
        host.send(VERSION)
        assert host.listen(20) == ACK + seen
        host.send(NACK)
        assert host.listen(20) == VERSION_ANSWER


def test_a_delayed_answer_is_late_by_as_much() -> None:
    host = Host()
    host.chip.faults.delay_ms = 100
    host.send(VERSION)
    assert host.listen(100) == ACK
    assert host.listen(20) == VERSION_ANSWER


def test_body_of_sees_the_error_frame() -> None:
    assert body_of(ERROR) == "error"
