"""The tasks that look for cards, listen for codes and for keys. Drivers do the talking; what is read goes to
the desk.

A reader that fails a poll is asked whether it lives: noise is forgiven, a dead chip is reset by its line.
Each recovery that fails is told to the watch, which stops feeding the watchdog in the end.
"""

from firmware.core.aio import sleep_ms
from firmware.core.backoff import full_jitter_ms
from firmware.core.modules import borrowed
from firmware.drivers.gm65 import ScannerError
from firmware.drivers.pn532 import ReaderError

POLL_PAUSE_MS = (
    50  # with some 30 ms of polling: a card is seen within 110 ms, the field is on a third of the time
)
RECOVER_PAUSE_MS = 2000
FORGIVEN_MAX = 3  # failed polls in a row of a chip that claims to be well
SCANNER_PAUSE_MS = 2000  # doubled by chance up to the cap: a terminal without a scanner is no fault
SCANNER_PAUSE_CAP_MS = 30000
KEYS_MS = 20  # two polls agree so far apart, as long as contacts bounce; five transfers of a byte each
KEYS_REST_MS = 100  # how soon it is noticed that keys are wanted, or that a keypad answers again


class Reading:
    """These tasks. `working` proves to the watch that the reader polls."""

    def __init__(self, parts, desk, watch, say, below) -> None:
        self.poll_faults = 0
        self.key_faults = 0
        self._reader = parts.reader
        self._scanner = parts.scanner
        self._keypad = parts.keypad
        self._uptime = parts.uptime
        self._desk = desk
        self._watch = watch
        self._say = say
        self._below = below

    def counters(self) -> tuple:
        """What reading has cost, as (name, value) pairs."""
        own = (("reader.faults", self.poll_faults), ("keypad.faults", self.key_faults))
        return own + self._reader.counters() + self._scanner.counters()

    async def cards(self) -> None:
        """For ever: poll, recover what fails."""
        while True:
            try:
                await self._reader.start()
                await self._poll()
            except ReaderError as error:
                self._say("reader", repr(error))
                await self._recover()

    async def _poll(self) -> None:
        """Polls until the chip needs a recovery: raises ReaderError."""
        failures = 0
        while True:
            try:
                target = await self._reader.poll()
                failures = 0
            except ReaderError:
                failures += 1
                self.poll_faults += 1
                if failures > FORGIVEN_MAX or not await self._reader.healthy():
                    raise
            else:
                self._worked(target)
            await sleep_ms(POLL_PAUSE_MS)

    def _worked(self, target) -> None:
        now_ms = self._uptime()
        self._watch.done("reader", now_ms)
        self._desk.reader_is(True, now_ms)
        self._desk.polled(target, now_ms)

    async def _recover(self) -> None:
        while not await self._recovered():
            self._desk.reader_is(False, self._uptime())
            await sleep_ms(RECOVER_PAUSE_MS)

    async def _recovered(self) -> bool:
        try:
            await self._reader.recover()
        except ReaderError as error:
            self._say("reader", "recovery failed", repr(error))
            self._watch.recovered(False)
            return False
        self._watch.recovered(True)
        self._watch.done("reader", self._uptime())
        return True

    async def codes(self) -> None:
        """For ever: start the scanner, hand on what it reads, start it again when it fails."""
        attempt = 0
        while True:
            try:
                await self._scanner.start()
                attempt = 0
                await self._scan()
            except ScannerError as error:
                self._say("scanner", repr(error))
            await sleep_ms(
                SCANNER_PAUSE_MS
                + full_jitter_ms(attempt, SCANNER_PAUSE_MS, SCANNER_PAUSE_CAP_MS, self._below)
            )
            attempt += 1

    async def _scan(self) -> None:
        while True:
            code = await self._scanner.read_code()
            self._desk.scanned(code, self._uptime())

    async def keys(self) -> None:
        """For ever: while keys mean anything, look which is pressed; at rest the bus is left alone, and the
        driver is not in the heap."""
        keypad = None
        while True:
            if not self._desk.wants_keys:
                keypad = None
            elif keypad is None:
                keypad = borrowed("firmware.drivers.keypad", "Keypad")(*self._keypad)
            else:
                self._look(keypad)
            await sleep_ms(KEYS_MS if keypad is not None and not keypad.dead else KEYS_REST_MS)

    def _look(self, keypad) -> None:
        faults = keypad.faults
        key = keypad.poll()
        self.key_faults += keypad.faults - faults
        self._desk.keypad_said(key, keypad.dead, self._uptime())
