"""The guest's phone of `shopbell run`: a lease as dnsmasq would write it, and what the portal says of it.

There is no radio and no second machine: the phone is this one's own browser, known to the portal by the
loopback address. What is simulated is its network alone; portal, gateway and HQ are the real ones.
"""

import asyncio
import os
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from gateway.lines import Answer, Asker, Away
from hardware_tests.virtual.bench.ports import PhoneState

ADDRESS = "127.0.0.1"
LEASE_S = 24 * 3_600
LOOK_EVERY_S = 1.0  # how soon the bench says that the phone is online
AWAY: PhoneState = {"joined": False, "mac": "", "online_until": None, "member": False}


class Phone:
    """`wifi` and `guests` are the portal's and the gateway's sockets; `port` is the portal's."""

    on_change: Callable[[], None] | None = None

    def __init__(self, leases: Path, wifi: Path, guests: Path, port: int) -> None:
        self._leases = leases
        self._wifi, self._guests = Asker(wifi), Asker(guests)
        self._port = port
        self._state = AWAY
        self._member: str | None = None
        self._watching: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """Where the guests' pages are on this machine."""
        return self._port

    def state(self) -> PhoneState:
        """As of the portal's last word."""
        return self._state

    async def start(self) -> None:
        """The phone is somewhere else; whoever had joined before has left."""
        write_lease(self._leases, None)
        self._watching = asyncio.create_task(self._watch(), name="phone")

    async def close(self) -> None:
        """Nobody looks at it any more."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        self._wifi.close()
        self._guests.close()

    async def join(self) -> None:
        """Join as a phone that was never here: by an address of its own making, as phones do."""
        await self._end()
        mac = random_mac()
        write_lease(self._leases, mac)
        self._set({"joined": True, "mac": mac, "online_until": None, "member": False}, None)

    async def leave(self) -> None:
        """Leave, and end what it was allowed."""
        await self._end()
        write_lease(self._leases, None)
        self._set(AWAY, None)

    async def code(self) -> str | None:
        """The rotating code of its member's card; None for no member, or where nobody can say."""
        if self._member is None:
            return None
        try:
            said = await self._guests.ask("codes", member=self._member)
        except Away:
            return None
        now_ms = said.get("now_ms", 0)
        texts = [code["text"] for code in said.get("codes", ()) if code["until_ms"] > now_ms]
        return texts[0] if texts else None

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if self._state["joined"]:
                with suppress(Away):
                    self._see(await self._wifi.ask("sessions"))

    def _see(self, said: Answer) -> None:
        """What the portal says of this phone: the newest of its sessions counts."""
        mine = [one for one in said.get("sessions", ()) if one["ip"] == ADDRESS]
        newest = max(mine, key=lambda one: int(one["since_ms"]), default=None)
        member = newest["member"] if newest else None
        until = newest["until_ms"] if newest else None
        self._set({**self._state, "online_until": until, "member": member is not None}, member)

    async def _end(self) -> None:
        with suppress(Away):
            for session in (await self._wifi.ask("sessions")).get("sessions", ()):
                if session["ip"] == ADDRESS:
                    await self._wifi.ask("end", session=session["id"])

    def _set(self, state: PhoneState, member: str | None) -> None:
        self._member = member
        if state != self._state:
            self._state = state
            if self.on_change is not None:
                self.on_change()


def random_mac() -> str:
    """An address that a phone makes for itself: locally administered, of one machine (IEEE 802, 8.2)."""
    made = bytearray(secrets.token_bytes(6))
    made[0] = made[0] & 0xFC | 0x02
    return made.hex(":")


def write_lease(path: Path, mac: str | None) -> None:
    """The lease file with this one lease, or none: expiry, MAC, address, name, client id (dnsmasq(8))."""
    line = "" if mac is None else f"{int(time.time()) + LEASE_S} {mac} {ADDRESS} phone *\n"
    written = path.with_suffix(".new")
    written.write_text(line, "ascii")
    os.replace(written, path)
