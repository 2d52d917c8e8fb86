"""The simulated receipt printer, judged by python-escpos and by hand-written bytes of Epson's reference."""

from escpos.printer import Dummy
from PIL import Image

from hardware_tests.virtual.chips.printer import LINE_DOTS, Printer, Strip

DOTS = 384


class Paper:
    """A printer with everything it says."""

    def __init__(self) -> None:
        self.said: list[bytes] = []
        self.grew = 0
        self.printer = Printer(DOTS, self.said.append, self._grown)

    def _grown(self) -> None:
        self.grew += 1

    def image(self) -> Image.Image:
        """All that is on the roll."""
        height = sum(strip.height for strip in self.printer.roll)
        bits = b"".join(strip.bits for strip in self.printer.roll)
        return Image.frombytes("1", (DOTS, height), bytes(255 - byte for byte in bits))


def drawn() -> Image.Image:
    """A picture with every kind of byte in it, the bytes of a question among them."""
    rows = bytes(range(256)) + b"\x10\x04\x04" + bytes(48 * 6 - 259)
    return Image.frombytes("1", (DOTS, 6), bytes(255 - byte for byte in rows))


def escpos_job() -> bytes:
    printer = Dummy()
    printer.hw("INIT")
    printer.image(drawn(), impl="bitImageRaster", center=False)
    printer.qr("R-river-1-12", native=True, size=6)  # a command of any length that it does not know
    printer.cut()
    return bytes(printer.output)


def test_what_python_escpos_draws_is_on_the_paper_dot_for_dot() -> None:
    paper = Paper()
    printer = Dummy()
    printer.image(drawn(), impl="bitImageRaster", center=False)
    paper.printer.feed(bytes(printer.output))
    assert paper.image().tobytes() == drawn().tobytes()


def test_every_split_of_the_bytes_prints_the_same() -> None:
    job = escpos_job()
    whole = Paper()
    whole.printer.feed(job)
    for at in range(len(job)):
        paper = Paper()
        paper.printer.feed(job[:at])
        paper.printer.feed(job[at:])
        assert list(paper.printer.roll) == list(whole.printer.roll)
        assert paper.printer.unknown == whole.printer.unknown
        assert paper.said == whole.said


def test_it_answers_in_its_turn_and_out_of_it() -> None:
    paper = Paper()
    paper.printer.feed(b"\x1dv0\x00\x30\x00\x02\x00" + bytes(10))  # a picture that is not all there
    paper.printer.feed(b"\x10\x04\x04")
    assert paper.said == [b"\x12"]
    paper.printer.feed(bytes(48 * 2 - 13) + b"\x1dr\x01")
    assert paper.said == [b"\x12", b"\x00"]


def test_without_paper_it_waits_and_says_so() -> None:
    paper = Paper()
    paper.printer.set_paper(False)
    paper.printer.feed(b"\n\x1dr\x01\x10\x04\x04")
    assert (list(paper.printer.roll), paper.said, paper.grew) == ([], [b"\x72"], 0)
    paper.printer.set_paper(True)
    assert list(paper.printer.roll) == [Strip(DOTS, LINE_DOTS, bytes(48 * LINE_DOTS))]
    assert paper.said == [b"\x72", b"\x00"]


def test_what_it_does_not_know_is_counted_and_passed_over() -> None:
    paper = Paper()
    paper.printer.feed(b"abc\x1bt\x05\n")
    assert paper.printer.unknown == {"61": 1, "62": 1, "63": 1, "1b74": 1}
    assert len(paper.printer.roll) == 1


def test_a_cut_is_on_the_roll() -> None:
    paper = Paper()
    paper.printer.feed(b"\x1dV\x00\x1dVB\x03")
    assert [strip.is_cut for strip in paper.printer.roll] == [True, True]
