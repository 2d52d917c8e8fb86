"""Drivers written by others, and ours on MicroPython, judge the simulated PN532 through its pseudo-terminal.

nfcpy speaks the strict way (rates, line test, registers, ISO-DEP by raw frames), Adafruit's driver the loose.
"""

import os
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import adafruit_pn532.uart
import nfc
import nfc.clf.pn532
import nfc.clf.transport
import nfc.tag.tt2
import nfc.tag.tt2_nxp
import nfc.tag.tt4
import pytest
import serial

ROOT = Path(__file__).resolve().parents[2]
DESFIRE = "desfire:04DE5F1EACC040"
ULTRALIGHT = "ultralight:04112233445566"
CLASSIC = "classic:04A1B2C3"
SELECT_NDEF = bytes.fromhex("d2760000850101")
WAIT_S = 20
Start = Callable[..., str]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts the command with these arguments; gives the path it prints, ends it after the test."""
    running: list[subprocess.Popen[str]] = []

    def run(*arguments: str) -> str:
        command = [sys.executable, "-m", "hardware_tests.virtual.pn532", *arguments]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        running.append(process)
        assert process.stdout is not None
        return process.stdout.readline().strip()

    yield run
    for process in running:
        process.send_signal(signal.SIGINT)
        assert process.wait(WAIT_S) == 0
        assert process.stdout is not None
        process.stdout.close()


def nfcpy_on(path: str) -> nfc.ContactlessFrontend:
    """nfcpy on a path its own syntax cannot name."""
    frontend = nfc.ContactlessFrontend()
    frontend.device = nfc.clf.pn532.init(nfc.clf.transport.TTY(path))
    return frontend


def tag_of(frontend: nfc.ContactlessFrontend) -> nfc.tag.Tag:
    """The tag in the field, within WAIT_S."""
    end = time.monotonic() + WAIT_S
    options = {"on-connect": lambda tag: False, "iterations": 1}
    tag = frontend.connect(rdwr=options, terminate=lambda: time.monotonic() > end)
    assert tag, "nfcpy found no tag"
    return tag


def test_nfcpy_reads_a_type_4_tag_and_closes(start: Start) -> None:
    frontend = nfcpy_on(start("--card", DESFIRE))
    tag = tag_of(frontend)
    assert isinstance(tag, nfc.tag.tt4.Type4ATag)
    assert str(tag).startswith("Type4ATag MIU=125")
    assert tag.send_apdu(0, 0xA4, 4, 0, SELECT_NDEF, mrl=0, check_status=False).hex() == "9000"
    assert tag.is_present
    assert tag.ndef is not None and tag.ndef.length == 0
    tag.ndef.octets = bytes.fromhex("d101015500")
    assert tag.ndef.octets == bytes.fromhex("d101015500")
    frontend.close()


def test_nfcpy_gets_the_longest_short_answer(start: Start) -> None:
    frontend = nfcpy_on(start("--card", "long:04DE5F1EACC040"))
    answer = tag_of(frontend).send_apdu(0, 0xB0, 0, 0, mrl=256, check_status=False)
    assert bytes(answer) == bytes(range(256)) + b"\x90\x00"
    frontend.close()


@pytest.mark.parametrize(
    ("card", "kind"),
    [(ULTRALIGHT, nfc.tag.tt2_nxp.MifareUltralight), ("ntag:04112233445566", nfc.tag.tt2_nxp.NTAG213)],
)
def test_nfcpy_reads_and_writes_type_2_tags(start: Start, card: str, kind: type) -> None:
    frontend = nfcpy_on(start("--card", card))
    tag = tag_of(frontend)
    assert isinstance(tag, kind)
    tag.ndef.octets = bytes.fromhex("d101015500")
    assert tag.ndef.has_changed is False
    assert tag.ndef.octets == bytes.fromhex("d101015500")
    frontend.close()


def test_nfcpy_finds_nothing_without_a_card_and_may_close_and_come_again(start: Start) -> None:
    path = start()
    for _ in range(2):
        frontend = nfcpy_on(path)
        targets = [nfc.clf.RemoteTarget(modulation) for modulation in ("106A", "106B", "212F")]
        assert frontend.sense(*targets) is None
        frontend.close()


def adafruit_on(path: str) -> adafruit_pn532.uart.PN532_UART:
    return adafruit_pn532.uart.PN532_UART(serial.Serial(path, 115200, timeout=0.1))


def test_adafruit_logs_into_a_classic(start: Start) -> None:
    reader = adafruit_on(start("--card", CLASSIC))
    assert tuple(reader.firmware_version) == (0x32, 1, 6, 7)
    reader.SAM_configuration()
    uid = reader.read_passive_target(timeout=WAIT_S)
    assert uid == bytes.fromhex("04a1b2c3")
    assert not reader.mifare_classic_authenticate_block(uid, 4, 0x60, bytes(6))
    assert reader.read_passive_target(timeout=WAIT_S) == uid
    assert reader.mifare_classic_authenticate_block(uid, 4, 0x60, b"\xff" * 6)
    assert reader.mifare_classic_write_block(4, bytes(range(16)))
    assert reader.mifare_classic_read_block(4) == bytes(range(16))


def test_adafruit_reads_an_ultralight_again_and_again(start: Start) -> None:
    reader = adafruit_on(start("--card", ULTRALIGHT))
    for _ in range(3):
        assert reader.read_passive_target(timeout=WAIT_S) == bytes.fromhex("04112233445566")
    assert reader.ntag2xx_write_block(6, b"abcd")
    assert reader.ntag2xx_read_block(6) == b"abcd"
    assert reader.power_down()
    assert tuple(reader.firmware_version) == (0x32, 1, 6, 7)


def test_adafruit_waits_for_a_card_that_comes_later(start: Start) -> None:
    reader = adafruit_on(start("--card", CLASSIC, "--enter-after", "1"))
    assert reader.read_passive_target(timeout=0.2) is None
    assert reader.read_passive_target(timeout=WAIT_S) == bytes.fromhex("04a1b2c3")


def test_our_driver_on_micropython_reads_a_card(start: Start) -> None:
    path = start("--card", "long:04DE5F1EACC040")
    never_block_reads(path)
    done = subprocess.run(
        [
            str(Path(sys.executable).parent / "micropython"),
            "tests/firmware/drivers/pn532_over_pty.py",
            path,
        ],
        cwd=ROOT,
        env={"MICROPYPATH": f"{ROOT}:.frozen"},
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=False,
    )
    assert done.stdout.splitlines()[:4] == [
        "(50, 1, 6, 7)",
        "3 04de5f1eacc040 067777710280",
        "258 9000",
        "True",
    ], done


def never_block_reads(path: str) -> None:
    """As machine.UART with timeout 0: a read gives what is there."""
    terminal = os.open(path, os.O_RDWR | os.O_NOCTTY)
    attributes = termios.tcgetattr(terminal)
    attributes[6][termios.VMIN] = 0
    termios.tcsetattr(terminal, termios.TCSANOW, attributes)
    os.close(terminal)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--card", "UID=12"], "has 1 bytes; write 4 bytes"),
        (["--card", "gold:04A1B2C3"], "choose one of classic"),
        (["--link", "i2c"], "carries only uart"),
        (["--enter-after", "-1"], "write seconds from 0 to 86400"),
        (["--enter-after", "soon"], "write seconds from 0 to 86400"),
        (["--enter-after", "5", "--leave-after", "2"], "write more than --enter-after"),
        (["--card", "UID=01020304"] * 5, "at most 4 cards"),
    ],
)
def test_wrong_arguments_are_told_what_to_write(arguments: list[str], says: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hardware_tests.virtual.pn532", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert says in " ".join(done.stderr.split())
