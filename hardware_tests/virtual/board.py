"""A virtual board with power: the firmware process that runs on it, its watchdog, its resets and its sleep.

Power and reset differ as they do on a table: pulling the plug takes everything away, a reset or a watchdog's
bite restarts the process alone. A firmware that ends by itself leaves a board that does nothing, until its
watchdog bites. A board in deep sleep runs nothing, and starts anew when the time is over.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from firmware import boards
from hardware_tests.virtual import parts
from hardware_tests.virtual.firmware_process import Firmware, FirmwareProcess
from hardware_tests.virtual.outputs import Watchdog
from hardware_tests.virtual.parts_server import PartsServer

POWER_ON, WATCHDOG, DEEP_SLEEP, SOFT_RESET = 1, 3, 4, 5  # machine.reset_cause()


class Wiring(NamedTuple):
    """What a board is made of. `flash` is a folder; `log` keeps what the firmware prints."""

    facts: boards.Board
    role: str
    flash: Path
    log: Path
    firmware: Firmware
    extra: Mapping[str, str]


class PoweredBoard:
    """`state`: off, running, asleep or stopped (ended by itself); on_change() is called after it changed."""

    def __init__(self, name: str, wiring: Wiring) -> None:
        self.name = name
        self.role = wiring.role
        self.facts = wiring.facts
        self.on_change: Callable[[], None] | None = None
        self.state = "off"
        self.starts = self.watchdog_bites = self.resets = self.sleeps = self.crashes = 0
        self._wiring = wiring
        self._pins = parts.PinsPart(self._board_does)
        self._watchdog = Watchdog(self._bitten)
        self._process: FirmwareProcess | None = None
        self._turning = asyncio.Lock()  # power and reset do not overlap
        self._tasks: set[asyncio.Task[None]] = set()
        self._server = PartsServer({"pins": self._pins, **self._wired()})

    # --- what a kind of board adds ---

    def _wired(self) -> Mapping[str, parts.Part]:
        """The parts beside the pins, under the names that the firmware's first lines give them."""
        return {}

    def _powered(self) -> None:
        """The plug was put in; the processor starts next."""

    def _unpowered(self) -> None:
        """The plug was pulled; the processor is dead already."""

    def _released(self) -> None:
        """The processor is in reset and drives nothing."""

    def _drives(self, op: int, pin: int, value: int) -> None:
        """The firmware drives an output."""

    def _environment(self) -> Mapping[str, str]:
        """What its process needs to know besides."""
        return {}

    # --- how it is ---

    @property
    def board(self) -> str:
        """The board's name."""
        return str(self.facts.name)

    @property
    def powered(self) -> bool:
        """Whether the plug is in."""
        return self.state != "off"

    @property
    def output(self) -> list[str]:
        """The last lines the firmware printed since its last start."""
        return list(self._process.output) if self._process is not None else []

    @property
    def pid(self) -> int | None:
        """Of the firmware process; None when there is none."""
        return self._process.pid if self._process is not None else None

    @property
    def refused(self) -> list[str]:
        """Connections to parts this board has not."""
        return self._server.refused

    # --- power ---

    async def close(self) -> None:
        """Power off, wires away."""
        await self.power_off()
        for task in self._tasks:
            task.cancel()
        await self._server.close()

    async def power_on(self) -> None:
        """Put the plug in; nothing happens if it is."""
        async with self._turning:
            if self.state != "off":
                return
            if not self._server.port:
                await self._server.open()
            self._powered()
            await self._start(POWER_ON)

    async def power_off(self) -> None:
        """Pull the plug: SIGKILL for the process, darkness for the rest."""
        async with self._turning:
            await self._halt()
            self._unpowered()
            self._to("off")

    async def reset(self, cause: int = SOFT_RESET) -> None:
        """Restart the board's processor; what is wired to it keeps its power."""
        async with self._turning:
            if self.state != "off":
                await self._halt()
                await self._start(cause)

    def wifi(self, up: bool) -> None:
        """The access point is there, or not."""
        self._pins.set_wifi(up)

    async def _start(self, cause: int) -> None:
        wiring = self._wiring
        self._process = FirmwareProcess(wiring.log, self._ended)
        extra = {
            "SHOPBELL_RESET_CAUSE": str(cause),
            "SHOPBELL_WDT_MS_MAX": str(self.facts.wdt_ms),
            "SHOPBELL_EPOCH_YEAR": str(self.facts.epoch_year),
            **self._environment(),
            **wiring.extra,
        }
        await self._process.start(wiring.firmware, wiring.flash, self._server.port, extra)
        self.starts += 1
        self._to("running")

    async def _halt(self) -> None:
        self._watchdog.reset()
        if self._process is not None:
            await self._process.kill()
        self._released()

    async def _sleep(self, ms: int) -> None:
        """Deep sleep: the processor is off until the time is over, unless somebody pulls the plug."""
        async with self._turning:
            if self.state != "running":
                return
            await self._halt()
            self._to("asleep")
            slept = self._process
        await asyncio.sleep(ms / 1000)
        async with self._turning:
            if self.state == "asleep" and self._process is slept:
                await self._start(DEEP_SLEEP)

    # --- what the board does ---

    def _board_does(self, op: int, pin: int, value: int) -> None:
        if op == parts.WDT_START:
            self._watchdog.start(value * 100)
        elif op == parts.WDT_FEED:
            self._watchdog.feed()
        elif op == parts.RESET:
            self._restart(SOFT_RESET)
        elif op == parts.DEEP_SLEEP:
            self.sleeps += 1
            self._do(self._sleep((pin << 8 | value) * parts.SLEEP_STEP_MS))
        else:
            self._drives(op, pin, value)

    def _ended(self, code: int) -> None:
        self.crashes += 1
        self._to("stopped")

    def _bitten(self) -> None:
        self.watchdog_bites += 1
        self._restart(WATCHDOG)

    def _restart(self, cause: int) -> None:
        """Reset from inside a callback."""
        self.resets += 1
        self._do(self.reset(cause))

    def _do(self, coming: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(coming)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _to(self, state: str) -> None:
        self.state = state
        self._tell(self.on_change)

    @staticmethod
    def _tell(callback: Callable[[], None] | None) -> None:
        if callback is not None:
            callback()
