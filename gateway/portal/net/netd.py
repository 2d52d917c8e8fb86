"""netd: the one process that may change the firewall. It does what the portal asks, for clients with a lease.

Five questions (docs/operations/network.md has the answers in full), each one line over `netd.sock`:

    grant   {"clients": [{"mac", "ip", "seconds", "class"}]}   put in, or extended; with CLIENTS_MAX at most
    revoke  {"clients": [{"mac", "ip"}]}                       taken out; who is not in is fine
    list    {}                                                 everyone who is in, and their bytes
    wan     {"up": true}                                       whether names are answered truly
    health  {}                                                 the table, the shaper, counts

It keeps nothing: killed, it reads the kernel again at its start, and who is online stays so meanwhile. Nobody
is let online without a lease of that very pair, so that no other machine can be named by mistake or malice.
"""

import asyncio
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from gateway.counters import Counters
from gateway.errors import SettingsError
from gateway.lines import Answer, own_uid, refusal, serve, uid_of
from gateway.log import Log, open_log
from gateway.portal.net.asked import CLIENTS_MAX, Malformed, TooMany, grants, pairs, truth
from gateway.portal.net.firewall import NOBODY, Firewall, KernelFirewall, Pair, SimulatedFirewall, in_parts
from gateway.portal.net.leases import Leases, path_of
from gateway.portal.net.netlink import KernelRefused, Netlink
from gateway.portal.net.roster import Client, Roster, Wish
from gateway.portal.settings import NETD_SOCKET, NetworkSettings

EXIT_STOPPED, EXIT_FAILED = 0, 1
ROOT_UID: Final = 0  # `shopbell network check`, typed by who may do anything anyway

__all__ = ["CLIENTS_MAX", "Netd", "main"]


class Netd:
    """Answers questions. `now_ms` never steps; it is the clock of the firewall too."""

    def __init__(
        self,
        firewall: Firewall,
        leases: Leases,
        places: int,
        now_ms: Callable[[], int],
        counters: Counters,
        log: Log,
    ) -> None:
        self._firewall, self._leases, self._places = firewall, leases, places
        self._now_ms, self._counters, self._log = now_ms, counters, log
        self._roster = Roster(places)
        self._wan = True
        self._shaped = False

    def start(self) -> None:
        """Load what is missing, and read who is online. Raises KernelRefused."""
        loaded = self._firewall.prepare()
        self._shape()
        self._read()
        self._wan = self._firewall.wan()
        self._log.info("netd.started", loaded=loaded, shaped=self._shaped, clients=len(self._roster))

    async def answer(self, asked: Answer) -> Answer:
        """The answer to one question; never raises for what was asked or what the kernel says."""
        answering = {
            "grant": self._grant,
            "revoke": self._revoke,
            "list": self._list,
            "wan": self._set_wan,
            "health": self._health,
        }.get(str(asked.get("do")))
        try:
            if answering is None:
                raise Malformed("do")
            return self._answered(answering, asked)
        except TooMany:
            return self._refused("too_many")
        except Malformed:
            return self._refused("bad_request")
        except KernelRefused as problem:
            self._log.error("netd.kernel", reason=str(problem))
            return self._refused("kernel")

    def _grant(self, asked: Answer) -> Answer:
        now_ms = self._now_ms()
        wishes = [Wish(mac, ip, kind, now_ms + s * 1_000) for mac, ip, s, kind in grants(asked)]
        leased = [wish for wish in wishes if self._leases.leased(wish.mac, wish.ip)]
        plan = self._roster.plan(leased, now_ms)
        self._change(plan.put, [client.pair for client in plan.take])
        no_lease = [wish for wish in wishes if wish not in leased]
        self._counters.add("netd.granted", len(plan.put))
        self._counters.add("netd.no_lease", len(no_lease))
        self._counters.add("netd.full", len(plan.full))
        return {"ok": True, "refused": _refusals(no_lease, "no_lease") + _refusals(plan.full, "full")}

    def _revoke(self, asked: Answer) -> Answer:
        gone = pairs(asked)
        self._change([], gone)
        self._counters.add("netd.revoked", len(gone))
        return {"ok": True}

    def _list(self, asked: Answer) -> Answer:
        now_ms = self._now_ms()
        rows = [
            {
                "mac": seen.client.mac,
                "ip": seen.client.ip,
                "left_s": (seen.client.until_ms - now_ms) // 1_000,
                "class": seen.client.kind,
                "down_bytes": seen.got.bytes,
                "up_bytes": seen.sent.bytes,
            }
            for seen in self._read()
        ]
        return {"ok": True, "clients": rows}

    def _set_wan(self, asked: Answer) -> Answer:
        up = truth(asked, "up")
        self._firewall.set_wan(up, self._roster)
        self._wan = up
        return {"ok": True}

    def _health(self, asked: Answer) -> Answer:
        return {
            "ok": True,
            "table": self._firewall.loaded(),
            "shaped": self._shaped,
            "wan": self._wan,
            "clients": len(self._roster),
            "counters": {
                **self._counters.snapshot(),
                "netd.leases_unreadable": self._leases.unreadable,
                **self._firewall.counters(),
            },
        }

    def _answered(self, answering: Callable[[Answer], Answer], asked: Answer) -> Answer:
        """Where somebody took the table away, load it with everybody in it, and try once more."""
        try:
            return answering(asked)
        except KernelRefused:
            if self._firewall.loaded():
                raise
            self._reload()
            return answering(asked)

    def _change(self, put: Sequence[Client], take: Sequence[Pair]) -> None:
        """In the kernel, then in the roster."""
        self._firewall.change(put, take)
        self._roster.settle(put, take)

    def _reload(self) -> None:
        self._counters.add("netd.reloaded")
        self._log.warning("netd.reloaded", clients=len(self._roster))
        self._firewall.prepare()
        for part in in_parts(list(self._roster)):
            self._firewall.change(part, [])
        self._firewall.set_wan(self._wan, self._roster)

    def _read(self) -> list[Any]:
        """Everybody who is online, from the kernel; the roster is made of it."""
        found = self._firewall.clients()
        self._roster = Roster(self._places, (s.client for s in found if s.client.place != NOBODY))
        return found

    def _shape(self) -> None:
        """Without classes of traffic guests go online all the same; health and log say so."""
        try:
            self._firewall.shape()
            self._shaped = True
        except KernelRefused as problem:
            self._counters.add("netd.unshaped")
            self._log.error("netd.unshaped", reason=str(problem))

    def _refused(self, error: str) -> Answer:
        self._counters.add(f"netd.refused_{error}")
        return refusal(error)


def main(settings: NetworkSettings, simulate: bool) -> int:
    """Run netd until SIGTERM or SIGINT; the exit status. Raises SettingsError."""
    log = open_log("netd")
    firewall: Firewall = SimulatedFirewall(_steady_ms)
    try:
        if not simulate:
            firewall = KernelFirewall(settings, Netlink(), _steady_ms)
        counters = Counters()
        leases = Leases(path_of(settings))
        netd = Netd(firewall, leases, settings.clients_max, _steady_ms, counters, log)
        netd.start()
        run_dir = Path(settings.run_dir)
        run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        asyncio.run(_run(run_dir / NETD_SOCKET, netd, askers(settings, simulate), counters))
    except (KernelRefused, OSError) as problem:
        log.error("netd.failed", reason=str(problem))
        return EXIT_FAILED
    log.info("netd.stopped")
    return EXIT_STOPPED


async def _run(socket: Path, netd: Netd, uids: set[int], counters: Counters) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    door = await serve(socket, uids, netd.answer, lambda name: counters.add(f"netd.{name}"))
    await stopping.wait()
    await door.close()


def askers(settings: NetworkSettings, simulate: bool) -> set[int]:
    """Whose questions are answered. Raises SettingsError."""
    uids = {own_uid(), ROOT_UID}
    try:
        uids.add(uid_of(settings.portal_user))
    except KeyError as problem:
        if not simulate:
            hint = "Make that user, or name another"
            raise SettingsError(
                f"[network] portal_user = {settings.portal_user!r} is nobody", hint
            ) from problem
    return uids


def _refusals(wishes: Sequence[Wish], error: str) -> list[dict[str, str]]:
    return [{"mac": wish.mac, "ip": wish.ip, "error": error} for wish in wishes]


def _steady_ms() -> int:
    return time.monotonic_ns() // 1_000_000
