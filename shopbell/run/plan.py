"""What `shopbell run` will start: all tables checked, ports free and programs found before anything runs."""

from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from cloud_bridge.bridge.settings import BridgeSettings
from cloud_bridge.errors import CloudBridgeError
from cloud_bridge.hq.settings import HqSettings
from gateway.errors import SettingsError
from gateway.portal.settings import NetworkSettings, PortalSettings
from gateway.settings import GatewaySettings
from shopbell.broker import service
from shopbell.broker.settings import BrokerSettings, PkiSettings
from shopbell.errors import ShopbellError
from shopbell.run import tools
from shopbell.run.ports import Port, require_free
from shopbell.run.settings import RunSettings
from shopbell.settings import Config, TableError, section, variable_of

FIRMWARE_HINT = "run `make setup`"


class Plan(NamedTuple):
    """Everything the supervisor needs to know. `plug` is where the bridge believes HQ to be."""

    folder: Path
    config: Config
    gateway: GatewaySettings
    bridge: BridgeSettings
    hq: HqSettings
    broker: BrokerSettings
    pki: PkiSettings
    run: RunSettings
    network: NetworkSettings
    portal: PortalSettings
    plug: tuple[str, int]
    broker_kind: str
    broker_program: str
    micropython: str

    @property
    def secured(self) -> bool:
        """Whether devices are authenticated."""
        return self.broker_kind == "mosquitto"


def make(folder: Path, config: Config) -> Plan:
    """The plan for these settings. Raises ShopbellError with the first thing that is wrong."""
    broker = service.broker_settings(config)
    bridge = section(config, "bridge", BridgeSettings.from_table, CloudBridgeError)
    kind, program = tools.choose_broker(broker)
    plan = Plan(
        folder=folder,
        config=config,
        gateway=service.gateway_settings(config),
        bridge=bridge,
        hq=section(config, "hq", HqSettings.from_table, CloudBridgeError),
        broker=broker,
        pki=section(config, "pki", PkiSettings.from_table, TableError),
        run=section(config, "run", RunSettings.from_table, TableError),
        network=section(config, "network", NetworkSettings.from_table, SettingsError),
        portal=section(config, "portal", PortalSettings.from_table, SettingsError),
        plug=plug_address(bridge.hq_url, config.source),
        broker_kind=kind,
        broker_program=program,
        micropython=tools.require("micropython", FIRMWARE_HINT),
    )
    tools.require("mpy-cross", FIRMWARE_HINT)
    require_distinct(ports(plan), config.source)
    require_free(ports(plan), config.source)
    return plan


def plug_address(url: str, source: str) -> tuple[str, int]:
    """Host and port of [bridge] hq_url, where the internet plug listens. Raises ShopbellError."""
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname not in ("127.0.0.1", "localhost") or not parts.port:
        hint = "write http://127.0.0.1:8091 or another port: the internet plug listens there"
        raise ShopbellError(f"{source}: [bridge] hq_url = {url!r} is not this machine", hint)
    return "127.0.0.1", parts.port


def ports(plan: Plan) -> list[Port]:
    """Every port that will be listened on, with the setting that names it."""
    found = [
        Port(plan.run.bench_host, plan.run.bench_port, "run", "bench_port"),
        Port("127.0.0.1", plan.run.air_port, "run", "air_port"),
        Port(plan.gateway.http_host, plan.gateway.http_port, "gateway", "http_port"),
        Port(plan.portal.http_host, plan.portal.http_port, "portal", "http_port"),
        Port(plan.hq.host, plan.hq.port, "hq", "port"),
        Port(*plan.plug, "bridge", "hq_url"),
        Port(plan.gateway.mqtt_host, plan.gateway.mqtt_port, "gateway", "mqtt_port"),
    ]
    if plan.secured:
        found.append(Port(plan.broker.device_host, plan.broker.device_port, "broker", "device_port"))
    return found


def require_distinct(wanted: list[Port], source: str) -> None:
    """Raises ShopbellError naming two settings that ask for one port."""
    seen: dict[int, Port] = {}
    for port in wanted:
        if port.number in seen:
            first = seen[port.number]
            raise ShopbellError(
                f"{source}: [{first.table}] {first.key} and [{port.table}] {port.key} are both {port.number}",
                f"change one, or set {variable_of(port.table, port.key)}",
            )
        seen[port.number] = port
