"""All files of the guests' network, by their path below the root; the one list of them."""

from pathlib import Path

from gateway.portal.net import rules, shaping
from gateway.portal.settings import NetworkSettings, PortalSettings
from shopbell.network import access_point, machine, places, proxy, resolvers

SECRET_MODE, PLAIN_MODE = 0o600, 0o644
SECRET = {(places.CONFIGURATION / places.ACCESS_POINT).as_posix()}  # it has the Wi-Fi's key


def files(network: NetworkSettings, portal: PortalSettings, program: str, config: str) -> dict[str, str]:
    """What each file holds. Raises ShopbellError where no file can say what the settings do."""
    ours = {
        places.RULES: rules.ruleset(network),
        places.SHAPER: shaping.commands(network),
        places.RESOLVER: resolvers.resolver(network),
        places.CAPTIVE_RESOLVER: resolvers.captive_resolver(network),
        places.ACCESS_POINT: access_point.access_point(network),
        places.PROXY: proxy.proxy(network, portal, str(places.web_folder(network))),
    }
    units = machine.units(network, portal, program, config)
    return {
        **{(places.CONFIGURATION / name).as_posix(): text for name, text in ours.items()},
        places.KERNEL: machine.kernel(network),
        places.UNMANAGED: machine.unmanaged(network),
        places.USERS: machine.users(network),
        places.FOLDERS: machine.folders(network, portal),
        **{(places.UNITS / name).as_posix(): text for name, text in units.items()},
    }


def write(folder: Path, found: dict[str, str]) -> list[Path]:
    """Write them below a folder, each whole or not at all; the paths. Raises OSError."""
    return [_replace(folder / name, text, _mode(name)) for name, text in found.items()]


def _mode(name: str) -> int:
    return SECRET_MODE if name in SECRET else PLAIN_MODE


def _replace(path: Path, text: str, mode: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(path.name + ".new")
    aside.unlink(missing_ok=True)
    aside.touch(mode)
    aside.chmod(mode)
    aside.write_text(text, "utf-8")
    aside.replace(path)
    return path
