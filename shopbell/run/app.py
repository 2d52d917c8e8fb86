"""Builds the house of `shopbell run` and runs it until Ctrl-C: the only place here that builds objects."""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from pathlib import Path

from cloud_bridge.hq.client import ImportReport
from gateway.portal.net import leases
from gateway.portal.settings import CONTROL_SOCKET, GUESTS_SOCKET
from hardware_tests.virtual.bench import build_bench
from hardware_tests.virtual.printer import PaperPrinter
from hardware_tests.virtual.room import Room
from samples.brand import MEMBERS_CSV, read_brand
from samples.shop import GOODS_CSV, STAFF_CSV, read_staff
from shopbell.errors import ShopbellError
from shopbell.imports import Upload, give_sample_coupon, import_samples, import_shop
from shopbell.run import house, plan, processes, staffing, supervisor
from shopbell.run.beacons import TAG_NAME, TAG_OWNER_CODE, make_plan
from shopbell.run.floor import Floor
from shopbell.run.house import PRINTER
from shopbell.run.page import Page, badges, people
from shopbell.run.phone import Phone
from shopbell.run.plan import Plan
from shopbell.run.plug import Plug
from shopbell.run.terminals import TERMINALS
from shopbell.settings import load

Say = Callable[[str], None]

COUPON_FOR, COUPON, COUPON_DAYS = "MW0001", ("full-100-50", 5_000), 60  # one to use at the till


def main(folder: Path, reset: bool) -> int:
    """Start, say the URLs, wait for Ctrl-C, stop: 0. Raises ShopbellError if it cannot start."""
    begun = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - begun:5.1f} s  {text}", flush=True)  # noqa: T201 - what the command is for

    lock = house.take(folder)
    try:
        made = plan.make(folder, load(house.prepare(folder, reset), os.environ))
        return asyncio.run(run(made, say))
    finally:
        os.close(lock)


async def run(made: Plan, say: Say) -> int:
    """The house from its start to its end."""
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    built = build(made, say)
    machines = {**built.room.terminals, **built.floor.senders}
    watching = asyncio.create_task(supervisor.watch(machines, made.folder, say))
    try:
        if await start_unless(stopping, built):
            say_urls(made, say)
            await stopping.wait()
    except OSError as error:
        raise ShopbellError(f"a program could not be started ({error})", "run `make setup`") from None
    finally:
        watching.cancel()
        say("stopping")
        await supervisor.stop(built)
        say("stopped; the data is kept in " + str(made.folder))
    return 0


async def start_unless(stopping: asyncio.Event, built: supervisor.House) -> bool:
    """Whether everything has started before somebody wanted it stopped."""
    starting = asyncio.create_task(supervisor.start(built))
    waiting = asyncio.create_task(stopping.wait())
    await asyncio.wait({starting, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if not starting.done():
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        return False
    await starting
    return True


def build(made: Plan, say: Say) -> supervisor.House:
    """Everything, not yet started. Keys are made here: the broker's files need them."""
    processes.make_keys(made)
    children = processes.children(made, say)
    plug = Plug(*made.plug, made.hq.host, made.hq.port)
    room = make_room(made)
    printer = PaperPrinter((made.folder / PRINTER).absolute())
    phone = make_phone(made)
    make_plan(made.folder)
    floor = Floor(made.folder, made.run.air_port, partial(supervisor.bundle_of, made.folder))
    plugs = supervisor.make_plugs(children, plug, room, printer, floor)
    gateway_token = house.read_token(Path(made.gateway.token_file))
    staff = house.staff_token(Path(made.hq.token_file))
    hq_url = f"http://{made.hq.host}:{made.hq.port}"
    gateway_url = f"http://{made.gateway.http_host}:{made.gateway.http_port}"
    clerks = tuple(one for one in read_staff() if one.store == made.gateway.store)

    def make_page() -> object:
        return build_bench(
            room=list(room.terminals.values()),
            plugs=plugs,
            paper=printer,
            phone=phone,
            floor=floor,
            gateway_url=gateway_url,
            gateway_token=gateway_token,
            hq_url=hq_url,
            hq_token=staff,
            people=[*people(), *badges(clerks)],
            brand=read_brand().name[made.gateway.language],
            staff=staffing.in_words(clerks),
        )

    page = Page(make_page, made.run.bench_host, made.run.bench_port)
    upload = Upload(hq_url, staff, MEMBERS_CSV)

    def bring_samples() -> None:
        report = import_samples(upload, read_brand().stores)
        goods, people = import_shop(upload, GOODS_CSV, STAFF_CSV)
        last_day = date.today() + timedelta(days=COUPON_DAYS)
        give_sample_coupon(upload, COUPON_FOR, *COUPON, last_day.isoformat())
        refused = report.refused + goods.refused + people.refused
        figures = f"{total(report)} members, {total(goods)} goods, {total(people)} staff"
        say(f"samples     {figures} are at HQ, {refused} lines refused")

    def staff_the_till() -> None:
        gateway = staffing.Gateway(gateway_url, gateway_token)
        staffing.give_pins(gateway, clerks, made.folder / "hq" / "pins")
        staffing.give_tag(gateway, TAG_OWNER_CODE, TAG_NAME, made.folder / "hq" / "tag")
        say("till        " + staffing.in_words(clerks))

    return supervisor.House(
        made, children, plug, room, printer, phone, floor, page, bring_samples, staff_the_till, say
    )


def total(report: ImportReport) -> int:
    """Of how many HQ now knows what a file said."""
    return report.created + report.changed + report.unchanged


def make_phone(made: Plan) -> Phone:
    """The guest's phone, which meets the portal and the gateway at their sockets."""
    wifi = Path(made.portal.run_dir) / CONTROL_SOCKET
    guests = Path(made.gateway.run_dir) / GUESTS_SOCKET
    return Phone(leases.path_of(made.network), wifi, guests, made.portal.http_port)


def make_room(made: Plan) -> Room:
    """The machine room with every terminal in it, their power off."""
    room = Room()
    for terminal in TERMINALS:
        room.add(
            terminal.device,
            terminal.board,
            supervisor.flash_of(made.folder, terminal).absolute(),
            supervisor.bundle_of(made.folder, terminal.board),
            role=terminal.role,
            log=made.folder / "log" / f"{terminal.device}.log",
        )
    return room


def say_urls(made: Plan, say: Say) -> None:
    """The URLs, the bench first; the tokens are in them, so that one click is enough."""
    gateway_token = house.read_token(Path(made.gateway.token_file))
    staff = house.staff_token(Path(made.hq.token_file))
    say("ready: tap a card at the bench\n")
    for name, url in (
        ("bench", f"http://{made.run.bench_host}:{made.run.bench_port}/"),
        ("console", f"http://{made.gateway.http_host}:{made.gateway.http_port}/?token={gateway_token}"),
        ("HQ", f"http://{made.hq.host}:{made.hq.port}/?token={staff}"),
    ):
        print(f"  {name:<8} {url}", flush=True)  # noqa: T201
    print("\n  Ctrl-C stops everything.\n", flush=True)  # noqa: T201
