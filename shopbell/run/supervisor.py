"""Starts the house in order, watches over it, and stops it: the order is the whole content of this file.

    broker, HQ, firmware and the air of the virtual radios at once;
    HQ ready      -> internet plug in, samples imported;
    broker ready  -> gateway, then bridge, then PINs for the sample staff;
    gateway ready -> netd's stand-in and the portal, and the guest's phone may join;
    all of these  -> terminals and beacons provisioned and switched on, bench page served.

Stopping goes the other way round, what does not depend on each other at once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import NamedTuple, Protocol

from gateway.presence.registry import TAG, Site
from shopbell.run import health, logs, samples, terminals
from shopbell.run.beacons import device_of, settings_of
from shopbell.run.plan import Plan
from shopbell.run.plug import Plug
from shopbell.run.plugs import Plugs, Switch
from shopbell.run.processes import Processes, until_ready

Say = Callable[[str], None]
POWER = "power:"
# Often enough to be told of a crash while one still looks, and before a log grows far beyond its bound.
LOOK_EVERY_S = 2.0


class Machine(Protocol):
    """A terminal, as far as the supervisor looks at it."""

    name: str
    crashes: int


class Room(Protocol):
    """The machine room: the terminals' chips and their power."""

    @property
    def terminals(self) -> Mapping[str, Machine]:
        """By name."""

    async def start(self) -> None:
        """Put the chips on their sockets and every terminal's power on."""

    async def close(self) -> None:
        """Switch everything off and let go of the sockets."""

    async def set_power(self, device: str, on: bool) -> None:
        """Give a terminal its power or take it away, at once, in the middle of anything."""

    def powered(self, device: str) -> bool:
        """Whether the terminal has its power."""


class Printer(Protocol):
    """The receipt printer."""

    @property
    def paper(self) -> bool:
        """Whether there is paper in it."""

    async def set_paper(self, there: bool) -> None:
        """Put a roll in or take it out."""

    async def start(self) -> None:
        """Open its serial line."""

    async def close(self) -> None:
        """Take the line away."""


class Phone(Protocol):
    """The guest's phone."""

    async def start(self) -> None:
        """It is near, and has not joined."""

    async def close(self) -> None:
        """It goes."""


class Floor(Protocol):
    """Beacons and a tag, and the air between them."""

    site: Site

    @property
    def senders(self) -> Mapping[str, Machine]:
        """Beacons and tag by name."""

    async def open(self) -> None:
        """The air is there."""

    async def start(self) -> None:
        """Give everything on it its power."""

    async def close(self) -> None:
        """Switch everything off."""

    async def set_power(self, name: str, on: bool) -> None:
        """Give one its power, or take it away."""

    def powered(self, name: str) -> bool:
        """Whether it has its power."""


class Bench(Protocol):
    """The bench page's server."""

    async def start(self) -> None:
        """Serve; returns when it does."""

    async def close(self) -> None:
        """Stop serving."""


class House(NamedTuple):
    """Everything that runs. `import_samples` and `staff_the_till` block and are called on a thread."""

    plan: Plan
    processes: Processes
    plug: Plug
    room: Room
    printer: Printer
    phone: Phone
    floor: Floor
    bench: Bench
    import_samples: Callable[[], None]
    staff_the_till: Callable[[], None]
    say: Say


def make_plugs(processes: Processes, plug: Plug, room: Room, printer: Printer, floor: Floor) -> Plugs:
    """The plugs of the bench page."""
    switches = {
        "internet": Switch(lambda on: plug.put_in() if on else plug.pull(), lambda: plug.on),
        "broker": child_switch(
            processes.broker.start, processes.broker.stop, lambda: processes.broker.state != "off"
        ),
    }
    for terminal in terminals.TERMINALS:
        switches[POWER + terminal.device] = power_switch(room, terminal.device)
    for name in floor.senders:
        switches[POWER + name] = power_switch(floor, name)
    switches["paper"] = Switch(printer.set_paper, lambda: printer.paper)
    return Plugs(switches)


def child_switch(
    start: Callable[[], Awaitable[None]], stop: Callable[[], Awaitable[None]], on: Callable[[], bool]
) -> Switch:
    """A switch that starts and stops a child."""
    return Switch(lambda wanted: start() if wanted else stop(), on)


def power_switch(room: Room | Floor, device: str) -> Switch:
    """A switch for one device's power."""
    return Switch(lambda on: room.set_power(device, on), lambda: room.powered(device))


async def start(house: House) -> None:
    """Start everything. Raises ShopbellError with the first thing that fails; the caller stops the rest."""
    try:
        async with asyncio.TaskGroup() as group:
            firmware = group.create_task(build_firmware(house))
            await house.floor.open()
            cloud = group.create_task(start_cloud(house))
            group.create_task(start_store(house, cloud))
            await firmware
            await start_terminals(house)
            await start_beacons(house)
    except ExceptionGroup as failures:
        # The first failure cancelled the others; it alone is what went wrong.
        raise failures.exceptions[0] from None
    await house.bench.start()


async def build_firmware(house: House) -> None:
    """Every board's bundle; it is what a first start waits for longest."""
    boards = {terminal.board: "terminal" for terminal in terminals.TERMINALS}
    boards |= {device.board: device.role for device in map(device_of, house.floor.site.beacons)}
    await asyncio.gather(
        *(
            terminals.build_bundle(board, bundle_of(house.plan.folder, board), app)
            for board, app in boards.items()
        )
    )
    house.say("firmware    is built for " + ", ".join(sorted(boards)))


async def start_cloud(house: House) -> None:
    """HQ, the internet plug, the sample goods, staff and members."""
    hq = house.plan.hq
    await house.processes.hq.start()
    await until_ready(house.processes.hq, lambda: health.healthy(hq.host, hq.port))
    await house.plug.put_in()
    house.say(f"HQ          answers on {hq.port}, behind the internet plug on {house.plan.plug[1]}")
    mark = house.plan.folder / "hq" / "samples"
    if samples.wanted(mark):
        await asyncio.to_thread(house.import_samples)
        samples.done(mark)


async def start_store(house: House, cloud: asyncio.Task[None]) -> None:
    """Broker and gateway; the bridge when HQ has its members, so that its first look brings them down."""
    plan, processes = house.plan, house.processes
    await house.printer.start()
    await processes.broker.start()
    await until_ready(
        processes.broker, lambda: health.listening(plan.gateway.mqtt_host, plan.gateway.mqtt_port)
    )
    house.say(broker_line(plan))
    await processes.gateway.start()
    await until_ready(
        processes.gateway, lambda: health.healthy(plan.gateway.http_host, plan.gateway.http_port)
    )
    house.say(f"gateway     answers on {plan.gateway.http_port}")
    await start_wifi(house)
    await cloud
    await processes.bridge.start()
    house.say("bridge      carries events up and members down")
    await asyncio.to_thread(house.staff_the_till)


async def start_wifi(house: House) -> None:
    """The guests' pages, and what stands for the firewall."""
    portal = house.plan.portal
    await house.processes.netd.start()
    await house.processes.portal.start()
    await until_ready(house.processes.portal, lambda: health.listening(portal.http_host, portal.http_port))
    await house.phone.start()
    house.say(f"Wi-Fi       has its pages on {portal.http_port}; no firewall is touched")


def broker_line(plan: Plan) -> str:
    """Which broker runs, and who guards it."""
    inner = plan.gateway.mqtt_port
    if plan.secured:
        return f"mosquitto   guards {plan.broker.device_port} with certificates; the gateway has {inner}"
    return f"nats-server carries MQTT on {inner}: devices are NOT authenticated (`make system` has mosquitto)"


async def start_terminals(house: House) -> None:
    """Every terminal provisioned and switched on."""
    for terminal in terminals.TERMINALS:
        await provision(house, terminal, {})
    await house.room.start()
    house.say(
        "terminals   "
        + " and ".join(terminal.device for terminal in terminals.TERMINALS)
        + " have their power"
    )


async def start_beacons(house: House) -> None:
    """Every beacon provisioned, the tag told who it is, and all switched on."""
    site = house.floor.site
    for known in site.beacons:
        device, more = device_of(known), settings_of(site, known)
        if known.kind == TAG:
            terminals.write_device(flash_of(house.plan.folder, device), {**terminals.who(device), **more})
        else:
            await provision(house, device, more)
    await house.floor.start()
    house.say("beacons     " + ", ".join(house.floor.senders) + " are on the air")


async def provision(house: House, device: terminals.Terminal, more: Mapping[str, str | int]) -> None:
    """Settings, key and certificate of a device that speaks MQTT."""
    plan, flash = house.plan, flash_of(house.plan.folder, device)
    terminals.write_settings(flash, device, broker_of(plan), more)
    if plan.secured:
        bundle = bundle_of(plan.folder, device.board)
        await terminals.provision(flash, device, Path(plan.pki.folder), plan.micropython, bundle)


def bundle_of(folder: Path, board: str) -> Path:
    """The firmware of this house's terminals: its own, so that no other build changes it while it runs."""
    return (folder / "firmware" / board).absolute()


def flash_of(folder: Path, terminal: terminals.Terminal) -> Path:
    return folder / "devices" / terminal.device


def broker_of(plan: Plan) -> terminals.Broker:
    """How terminals reach the broker: certificates name localhost, and so do they."""
    if plan.secured:
        return terminals.Broker("localhost", plan.broker.device_port, True)
    return terminals.Broker(plan.gateway.mqtt_host, plan.gateway.mqtt_port, False)


async def stop(house: House) -> None:
    """Stop everything that runs; whatever fails to stop does not keep the rest from stopping."""
    processes = house.processes
    for together in (
        [house.bench.close(), house.room.close(), house.phone.close(), processes.bridge.stop()],
        [processes.portal.stop(), processes.netd.stop()],
        [processes.gateway.stop(), house.plug.pull()],
        [house.floor.close()],  # a scanner that stops waits for its radio's word
        [processes.hq.stop(), processes.broker.stop(), house.printer.close()],
    ):
        for result in await asyncio.gather(*together, return_exceptions=True):
            if isinstance(result, Exception):
                house.say(f"while stopping: {result!r}")


async def watch(machines: Mapping[str, Machine], folder: Path, say: Say) -> None:
    """For ever: keep every log within its bound, and say when a device's firmware has ended by itself."""
    crashes = {name: machine.crashes for name, machine in machines.items()}
    while True:
        for path in sorted((folder / "log").glob("*.log")):
            logs.bound(path)
        for name, machine in machines.items():
            if machine.crashes > crashes.get(name, 0):
                log = folder / "log" / f"{name}.log"
                say(f"{name}: the firmware has ended by itself; see {log}\n    {logs.last_line(log)}")
            crashes[name] = machine.crashes
        await asyncio.sleep(LOOK_EVERY_S)
