"""`shopbell device`: look at what the terminals and beacons say, and keep the store's beacons, tags and plan.

The verbs for beacons change one file, [gateway] beacons_file; run them as the gateway's user.
"""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shopbell.commands.common import ConfigOption, configuration, say, table
from shopbell.errors import ShopbellError

if TYPE_CHECKING:
    from gateway.presence.registry import Radio, Zone
    from gateway.settings import GatewaySettings
    from shopbell.beacons import Place, Wish

app = typer.Typer(help="Terminals and beacons.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="Its name: 1 to 32 of a-z, 0-9 and hyphen.")]
Power = Annotated[
    int | None, typer.Option("--power", metavar="DBM", help="RSSI at 1 m, as measured: -100 to -21.")
]
NewKey = Annotated[bool, typer.Option("--new-key", help="Make a new key: the old one counts no more.")]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help="Also write device.json for the board, with the key."),
]


@app.callback()
def group() -> None:
    """Terminals and beacons."""


@app.command()
def watch(config: ConfigOption = None) -> None:
    """Print every message of every device, readable."""
    from shopbell.broker.watch import watch as run_watch

    run_watch(configuration(config))


@app.command()
def plan(
    size: Annotated[
        str | None, typer.Option("--size", metavar="W,H", help="Width and height of the store, cm.")
    ] = None,
    zone: Annotated[
        list[str] | None,
        typer.Option("--zone", metavar="ZONE", help="NAME:X,Y,WIDTH,HEIGHT:中文:English; may be repeated."),
    ] = None,
    radio: Annotated[
        str | None,
        typer.Option("--radio", metavar="ZONE:X,Y", help="Where the gateway's scanner stands; or none."),
    ] = None,
    uuid: Annotated[
        str, typer.Option("--uuid", metavar="HEX", help="The brand's, from its first store. Default: new.")
    ] = "",
    config: ConfigOption = None,
) -> None:
    """Draw the store's floor plan, or show it: zones, and where the gateway's own scanner stands."""
    from shopbell import beacon_view, beacons

    path = _file(_settings(config))
    wish = beacons.Plan(
        _pair(size, "--size") if size else None,
        tuple(_zone(text) for text in zone or ()),
        _radio(radio) if radio and radio != "none" else None,
        radio == "none",
        uuid.replace("-", "").lower(),
    )
    if wish == beacons.Plan():
        _say_all(beacon_view.plan_lines(beacons.look(path)))
        return
    changed = beacons.change(path, lambda found: beacons.planned(found, wish))
    _say_all([*beacon_view.plan_lines(changed.after), *beacon_view.taken_up_lines(changed)])


@app.command()
def beacon(
    name: Name,
    zone: Annotated[str, typer.Option("--zone", metavar="ZONE", help="In which zone it stands.")] = "",
    at: Annotated[str, typer.Option("--at", metavar="X,Y", help="Where, cm from the upper left.")] = "",
    power: Power = None,
    new_key: NewKey = False,
    out: Out = None,
    config: ConfigOption = None,
) -> None:
    """Register a beacon under its MQTT device id with a key of its own, or move it."""
    from gateway.presence.registry import BEACON
    from shopbell.beacons import Wish

    _put(Wish(name, BEACON, _place(zone, at), power, new_key), out, _settings(config))


@app.command()
def tag(
    name: Name,
    member: Annotated[
        str, typer.Option("--member", metavar="ID", help="Whose it is: the gateway books the link.")
    ] = "",
    power: Power = None,
    new_key: NewKey = False,
    out: Out = None,
    config: ConfigOption = None,
) -> None:
    """Register a member's tag with a key of its own, or give it to a member."""
    from gateway.presence.registry import TAG
    from shopbell.beacons import Wish

    settings = _settings(config)
    _put(Wish(name, TAG, None, power, new_key), out, settings)
    if member:
        _link(settings, name, member)


@app.command(name="beacons")
def beacons_(config: ConfigOption = None) -> None:
    """List the beacons and tags."""
    from shopbell import beacon_view, beacons

    _say_all(beacon_view.beacon_lines(beacons.look(_file(_settings(config)))))


@app.command()
def remove(name: Name, config: ConfigOption = None) -> None:
    """Forget a beacon or a tag: lost, stolen or broken."""
    from shopbell import beacon_view, beacons

    changed = beacons.change(_file(_settings(config)), lambda found: beacons.without(found, name))
    _say_all([beacon_view.word("removed", name=name), *beacon_view.taken_up_lines(changed)])


def _put(wish: "Wish", out: Path | None, settings: "GatewaySettings") -> None:
    """Keep the beacon or tag, write the board's file if one is wanted, and say what is next."""
    from shopbell import beacon_view, beacons

    now_s = int(time.time())
    changed = beacons.change(_file(settings), lambda found: beacons.put(found, wish, now_s))
    lines = [beacon_view.put_line(changed, wish.name)]
    if out is not None:
        missing = beacons.write_board(out, changed.after, wish.name)
        lines += beacon_view.board_lines(out, missing)
    _say_all(lines + beacon_view.taken_up_lines(changed))


def _link(settings: "GatewaySettings", name: str, member: str) -> None:
    from shopbell import beacon_view
    from shopbell.beacon_link import link

    verdict = link(settings, name, member)
    say(beacon_view.link_line(verdict, name, member))
    if verdict.get("outcome") != "done":
        raise typer.Exit(1)


def _settings(config: Path | None) -> "GatewaySettings":
    from gateway.errors import SettingsError
    from gateway.settings import GatewaySettings

    return table(config, "gateway", GatewaySettings.from_table, SettingsError)


def _file(settings: "GatewaySettings") -> Path:
    if not settings.beacons_file:
        raise ShopbellError("[gateway] beacons_file is not set", "name the file that is to hold the beacons")
    return Path(settings.beacons_file)


def _say_all(lines: list[str]) -> None:
    for line in lines:
        say(line)


def _numbers(text: str, option: str, count: int) -> tuple[int, ...]:
    try:
        numbers = tuple(int(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    if len(numbers) != count:
        raise ShopbellError(f"{option} {text!r} is not {count} whole numbers", "part them with a comma")
    return numbers


def _pair(text: str, option: str) -> tuple[int, int]:
    first, second = _numbers(text, option, 2)
    return first, second


def _place(zone: str, at: str) -> "Place | None":
    from shopbell.beacons import Place

    if bool(zone) != bool(at):
        raise ShopbellError("--zone and --at belong together", "give both, or neither to leave it there")
    if not at:
        return None
    return Place(zone, *_pair(at, "--at"))


def _zone(text: str) -> "Zone":
    from gateway.presence.registry import Zone

    parts = text.split(":")
    if len(parts) != 4:
        raise ShopbellError(f"--zone {text!r} is no zone", "write NAME:X,Y,WIDTH,HEIGHT:中文:English")
    x_cm, y_cm, width_cm, height_cm = _numbers(parts[1], "--zone", 4)
    return Zone(
        zone=parts[0],
        name={"zh-CN": parts[2], "en": parts[3]},
        x_cm=x_cm,
        y_cm=y_cm,
        width_cm=width_cm,
        height_cm=height_cm,
    )


def _radio(text: str) -> "Radio":
    from gateway.presence.registry import Radio

    zone, _, at = text.partition(":")
    x_cm, y_cm = _pair(at, "--radio")
    return Radio(zone=zone, x_cm=x_cm, y_cm=y_cm)
