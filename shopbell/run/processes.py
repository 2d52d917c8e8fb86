"""The processes of the house as children: their commands, and when each counts as ready."""

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

from cloud_bridge.hq.phone_boxes import read_opener
from cloud_bridge.hq.signing import read_signer
from shopbell.broker import nats, service
from shopbell.errors import ShopbellError
from shopbell.pki import verbs
from shopbell.run import health, logs
from shopbell.run.beacons import ADAPTER, plan_of
from shopbell.run.child import Child, Say
from shopbell.run.plan import Plan

PKI_HOSTS = ("localhost", "127.0.0.1")


class Processes(NamedTuple):
    """The children that are not terminals."""

    broker: Child
    hq: Child
    gateway: Child
    bridge: Child
    netd: Child
    portal: Child


def make_keys(plan: Plan) -> None:
    """The store's keys, and those of HQ: for programs and for phone numbers; at the first start."""
    folder = Path(plan.pki.folder)
    if not folder.exists():
        verbs.init(folder, [*PKI_HOSTS, *plan.pki.hosts])
    read_signer(plan.hq.bundle_key_file)
    read_opener(plan.hq.phone_key_file)


def broker_command(plan: Plan) -> list[str]:
    """Write the broker's configuration; the command that runs it."""
    if plan.secured:
        return [plan.broker_program, "-c", str(service.write_mosquitto(plan.config))]
    folder = Path(plan.broker.folder)
    configuration = nats.write(folder, plan.gateway.mqtt_host, plan.gateway.mqtt_port)
    return [plan.broker_program, "-c", str(configuration)]


def environment(plan: Plan) -> dict[str, str]:
    """The children's environment: the gateway is told if nobody guards the broker; the portal, which page may
    show it in a frame, and that the internet is behind the plug."""
    host, port = plan.plug
    bench = plan.run.bench_port
    told = {
        "SHOPBELL_PORTAL__FRAMED_BY": f"http://127.0.0.1:{bench} http://localhost:{bench}",
        "SHOPBELL_PORTAL__WAN_CHECK_URL": f"http://{host}:{port}/health",
    }
    unguarded = {"SHOPBELL_GATEWAY__BROKER_SECURED": "false", "SHOPBELL_GATEWAY__MQTT_PASSWORD_FILE": ""}
    return {**os.environ, **told, **({} if plan.secured else unguarded)}


def command(plan: Plan, process: str) -> list[str]:
    """`shopbell gateway` and its like, with this house's settings; netd only plays its part."""
    given = [sys.executable, "-m", "shopbell", process, "--config", str(plan.config.path)]
    return [*given, "--simulate"] if process == "netd" else given


def on_air(plan: Plan) -> list[str]:
    """The gateway's command on a machine whose Bluetooth adapter is a virtual radio; it runs unchanged."""
    air = f"127.0.0.1:{plan.run.air_port}"
    runner = [sys.executable, "-m", "hardware_tests.virtual.on_air", "--air", air, "--"]
    return [*runner, "gateway", "--config", str(plan.config.path)]


def with_beacons(plan: Plan, variables: dict[str, str]) -> dict[str, str]:
    """A gateway's environment in which it has this house's beacons."""
    told = {
        "SHOPBELL_GATEWAY__BEACONS_FILE": str(plan_of(plan.folder).absolute()),
        "SHOPBELL_GATEWAY__RADIO": ADAPTER,
    }
    return {**variables, **told}


def children(plan: Plan, say: Say) -> Processes:
    """The children, not yet started."""
    log, variables = plan.folder / "log", environment(plan)
    ours = {
        name: Child(name, command(plan, name), log / f"{name}.log", say, variables)
        for name in ("hq", "bridge", "netd", "portal")
    }
    ours["gateway"] = Child("gateway", on_air(plan), log / "gateway.log", say, with_beacons(plan, variables))
    return Processes(broker=Child("broker", broker_command(plan), log / "broker.log", say), **ours)


async def until_ready(child: Child, ready: Callable[[], Awaitable[bool]]) -> None:
    """Wait until the child answers. Raises ShopbellError with its last words if it does not."""
    deadline = time.monotonic() + health.READY_WAIT_S_MAX
    while not await ready():
        if child.state == "failed" or time.monotonic() > deadline:
            words = logs.last_line(child.log)
            raise ShopbellError(f"{child.name} does not start", f"{words} (all of it: {child.log})")
        await asyncio.sleep(health.ASK_EVERY_S)
