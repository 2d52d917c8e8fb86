"""The scanner's driver against a fake scanner with turned-by-hand time, on both Pythons."""

import asyncio

from fake_scanner import FakeScanner, reply

from firmware.drivers import gm65, gm65_frames, gm65_link, gm65_setup
from firmware.drivers.gm65_models import GM65, GM805, GM812, MODELS, NAMES, named

SUCCESS = bytes.fromhex("02000001003331")


def driver(scanner, model=GM65):
    return gm65.Gm65(scanner, model, scanner.now_ms)


def started(scanner, model=GM65):
    made = driver(scanner, model)
    asyncio.run(made.start())
    return made


def reason_of(coroutine):
    try:
        asyncio.run(coroutine)
    except gm65.ScannerError as error:
        return error.reason
    return None


def read_codes(made, count):
    async def main():
        codes = []
        for _ in range(count):  # MicroPython has no await inside a comprehension
            codes.append(await made.read_code())
        return codes

    return asyncio.run(main())


def test_start_sets_every_zone_and_leaves_the_rest_alone():
    scanner = FakeScanner()
    scanner.zones[0x0000] = 0x83  # LED bit set, everything else wrong
    scanner.zones[0x0003] = 0x50
    made = started(scanner)
    assert scanner.zones[0x0000] == 0x96  # LED kept; continuous, light and aim while reading, no beep
    assert scanner.zones[0x0003] == 0x52  # setup codes off, its other bits kept
    assert scanner.zones[0x000D] == 0x0C
    assert scanner.zones[0x0060] == 0x01
    assert scanner.zones[0x0002] == 0x01
    assert scanner.baud == scanner.line_baud == 115200
    assert scanner.saved == 1 and made.healthy


def test_nothing_is_ever_erased():
    scanner = FakeScanner()
    started(scanner)
    assert all(frame[:2] == b"\x7e\x00" and frame[2] in (7, 8, 9, 10) for frame in scanner.frames)


def test_the_scanner_is_silent_and_locked_before_it_reads():
    scanner = FakeScanner()
    started(scanner)
    written = [frame[4] << 8 | frame[5] for frame in scanner.frames if frame[2] == 8]
    assert written[0] == 0x0000  # stopped first
    assert written[-2:] == [0x0000, 0x0002]  # and reading last
    assert 0x0003 in written[1:-2]


def test_a_second_start_costs_the_flash_nothing():
    scanner = FakeScanner()
    made = started(scanner)
    asyncio.run(made.start())
    assert scanner.saved == 1 and made.starts == 2


def test_a_saved_rate_is_found():
    scanner = FakeScanner(baud=115200)
    scanner.zones[0x002A], scanner.zones[0x002B] = 0x1A, 0x00
    assert started(scanner).healthy


def test_a_scanner_that_keeps_its_rate_is_used_at_that_rate():
    scanner = FakeScanner()
    scanner.stays_slow = True
    scanner.stuck = (0x002A, 0x002B)
    assert started(scanner).healthy
    assert scanner.line_baud == 9600


def test_no_scanner():
    scanner = FakeScanner()
    scanner.mute = True
    made = driver(scanner)
    assert reason_of(made.start()) == "silent"
    assert not made.healthy
    assert scanner.now <= len(gm65_setup.PROBE_BAUDS) * gm65_link.REPLY_WAIT_MS


def test_setup_codes_that_stay_on_are_refused():
    scanner = FakeScanner()
    scanner.stuck = (0x0003,)
    made = driver(scanner)
    assert reason_of(made.start()) == "setup_codes_on"
    assert not made.healthy
    assert scanner.zones[0x0000] & 3 == 1  # never told to read


def test_a_setting_that_does_not_hold_is_refused():
    scanner = FakeScanner()
    scanner.stuck = (0x0060,)
    assert reason_of(driver(scanner).start()) == "settings_refused"


def test_a_model_whose_lock_nobody_knows_is_refused_before_a_byte_is_sent():
    scanner = FakeScanner()
    assert reason_of(driver(scanner, GM812).start()) == "setup_codes_on"
    assert scanner.frames == []


def test_a_code_while_it_is_stopped_makes_the_verification_void():
    class Talkative(FakeScanner):
        async def write(self, data):
            await FakeScanner.write(self, data)
            if data == gm65_frames.read_frame(0x000D, 1) and self.saved == 1:
                self.saved = 2
                self.send(b"AB\r", 1)

    assert reason_of(driver(Talkative()).start()) == "noise"


def test_a_code_that_answers_for_the_scanner_does_not_unlock_it():
    class Spoofed(FakeScanner):
        async def write(self, data):
            await FakeScanner.write(self, data)
            if data == gm65_frames.read_frame(0x0003, 1):
                self.send(reply(b"\x02") + b"\r", 1)

    scanner = Spoofed(piece=16)
    scanner.stuck = (0x0003,)
    made = driver(scanner)
    assert reason_of(made.start()) in ("noise", "settings_refused", "setup_codes_on")
    assert not made.healthy


def test_a_lost_reply_is_asked_for_again():
    class Forgetful(FakeScanner):
        async def write(self, data):
            await FakeScanner.write(self, data)
            if len(self.frames) % 3 == 0:
                self.events = []

    assert started(Forgetful()).healthy


def test_codes_come_whole_in_any_pieces():
    for piece in (1, 2, 7, 600):
        scanner = FakeScanner()
        made = started(scanner)
        scanner.piece = piece
        scanner.send("会员 0042".encode() + b"\r", 50)
        scanner.send(b"x" * 512 + b"\r", 400)
        scanner.send(b"no tail", 900)
        assert read_codes(made, 3) == ["会员 0042".encode(), b"x" * 512, b"no tail"]


def test_an_overlong_code_is_dropped_whole():
    scanner = FakeScanner()
    made = started(scanner)
    scanner.send(b"z" * 513 + b"\r", 10)
    scanner.send(b"good\r", 500)
    assert read_codes(made, 1) == [b"good"]
    assert ("scanner.overlong", 1) in made.counters()


def test_a_code_with_the_bytes_of_a_reply_changes_nothing():
    scanner = FakeScanner()
    made = started(scanner)
    before = dict(scanner.zones)
    asked = len(scanner.frames)
    scanner.send(SUCCESS + b"\r", 20)
    scanner.send(b"a" + SUCCESS + b"b\r", 200)
    assert read_codes(made, 2) == [SUCCESS, b"a" + SUCCESS + b"b"]
    assert len(scanner.frames) == asked and scanner.zones == before


def test_a_code_during_a_check_is_not_lost():
    scanner = FakeScanner()
    made = started(scanner)
    scanner.now += gm65.CHECK_EVERY_MS - 5
    scanner.send(b"begins before the check\r", 4)
    assert read_codes(made, 1) == [b"begins before the check"]


def test_a_resting_code_is_one_scan():
    scanner = FakeScanner()
    made = started(scanner)
    for after_ms in range(0, 5000, 500):
        scanner.send(b"resting\r", after_ms)
    scanner.send(b"other\r", 5300)
    scanner.send(b"resting\r", 5600)
    scanner.send(b"resting\r", 5600 + gm65.REREAD_AWAY_MS + 100)
    assert read_codes(made, 4) == [b"resting", b"other", b"resting", b"resting"]


def test_three_unanswered_checks_mean_silence():
    scanner = FakeScanner()
    made = started(scanner)
    scanner.mute = True
    began = scanner.now
    assert reason_of(made.read_code()) == "silent"
    assert not made.healthy and made.missed == 3
    assert scanner.now - began >= 3 * gm65.CHECK_EVERY_MS


def test_one_unanswered_check_is_forgiven():
    scanner = FakeScanner()
    made = started(scanner)
    scanner.deaf_to = (7,)
    scanner.send(b"still reading\r", gm65.CHECK_EVERY_MS + 2000)
    assert read_codes(made, 1) == [b"still reading"]
    assert made.missed == 1 and made.healthy


def test_a_model_with_a_heartbeat_is_asked_by_it():
    scanner = FakeScanner()
    made = started(scanner, GM805)
    scanner.send(b"later\r", gm65.CHECK_EVERY_MS + 1000)
    read_codes(made, 1)
    assert gm65_frames.heartbeat_frame() in scanner.frames


def test_a_lock_that_opens_later_is_noticed():
    scanner = FakeScanner()
    made = started(scanner)
    scanner.zones[0x0003] = 0
    assert reason_of(made.read_code()) == "setup_codes_on"
    assert not made.healthy


def test_a_scanner_that_stopped_reading_is_noticed():
    scanner = FakeScanner()
    made = started(scanner)
    scanner.zones[0x0000] = 0x95
    assert reason_of(made.read_code()) == "settings_lost"


def test_models_by_name():
    assert [named(name) for name in NAMES] == list(MODELS)
    try:
        named("gm67")
    except KeyError:
        return
    raise AssertionError("gm67 speaks another protocol")
