"""A PN532 host made of plain bytes, for tests of the simulated chip: no line of the driver in it."""

import json
from pathlib import Path

from hardware_tests.virtual.chips.pn532 import Pn532Chip

ROOT = Path(__file__).resolve().parents[2]
ACK = bytes.fromhex("0000ff00ff00")
NACK = bytes.fromhex("0000ffff0000")
ERROR = bytes.fromhex("0000ff01ff7f8100")
SAM = bytes.fromhex("0000ff05fbd4140100001700")
PREAMBLE = bytes(10)


def vectors() -> dict[str, tuple[bytes, bytes]]:
    """(command, response) frames of the published and computed exchanges, by id."""
    rows = json.loads((ROOT / "tests/vectors/vectors.json").read_text())["pn532"]["exchanges"]
    return {row["id"]: (bytes.fromhex(row["command"]), bytes.fromhex(row["response"])) for row in rows}


def framed(payload: bytes) -> bytes:
    """The frame of TFI and data."""
    length = len(payload)
    head = bytes([length]) if length < 256 else b"\xff\xff" + length.to_bytes(2, "big")
    check = -sum(head[-2:] if length > 255 else head) & 0xFF
    return b"\x00\x00\xff" + head + bytes([check]) + payload + bytes([-sum(payload) & 0xFF, 0])


class Host:
    """Asks one chip over its UART; `now` is turned by hand."""

    def __init__(self, awake: bool = True, **settings: object) -> None:
        self.now = 0
        self.chip = Pn532Chip(lambda: self.now, **settings)  # type: ignore[arg-type]
        if awake:
            self.send(PREAMBLE + SAM)
            self.listen(50)

    def send(self, data: bytes) -> None:
        self.chip.uart_in(data)

    def listen(self, wait_ms: int = 400) -> bytes:
        """Everything the chip says in this time."""
        said = b""
        for _ in range(wait_ms):
            said += self.chip.uart_out()
            self.now += 1
        return said

    def frames(self, command: str, wait_ms: int = 400) -> bytes:
        """What the chip says to a command given as hex after D4, ACK included."""
        self.send(framed(b"\xd4" + bytes.fromhex(command)))
        return self.listen(wait_ms)

    def ask(self, command: str, wait_ms: int = 400) -> str:
        """The hex after D5 of the chip's answer; "" for none, "error" for the error frame."""
        said = self.frames(command, wait_ms)
        assert said.startswith(ACK), f"{command}: no ACK in {said.hex()}"
        return body_of(said[len(ACK) :])


def body_of(frame: bytes) -> str:
    """As Host.ask, of a bare answer frame, checked as nfcpy does."""
    if frame in (b"", ERROR):
        return "error" if frame else ""
    extended = frame[3:5] == b"\xff\xff"
    payload = frame[8 if extended else 5 : -2]
    assert frame == framed(payload) and payload[0] == 0xD5, frame.hex()
    return payload[1:].hex()
