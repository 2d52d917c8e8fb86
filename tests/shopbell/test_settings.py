"""The settings file: found, overlaid, refused in one line; and docs/operations/settings.md is complete."""

import re
from pathlib import Path

import msgspec
import pytest

from cloud_bridge.bridge.settings import BridgeSettings
from cloud_bridge.hq.settings import HqSettings
from gateway.errors import GatewayError
from gateway.portal.settings import NetworkSettings, PortalSettings
from gateway.settings import GatewaySettings
from shopbell.broker.settings import BrokerSettings, PkiSettings
from shopbell.errors import ShopbellError
from shopbell.run.settings import RunSettings
from shopbell.settings import TABLES, TableError, load, section, variable_of

PAGE = Path(__file__).parents[2] / "docs" / "operations" / "settings.md"
KINDS: dict[str, type[msgspec.Struct]] = {
    "gateway": GatewaySettings,
    "bridge": BridgeSettings,
    "hq": HqSettings,
    "broker": BrokerSettings,
    "pki": PkiSettings,
    "run": RunSettings,
    "network": NetworkSettings,
    "portal": PortalSettings,
}


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "shopbell.toml"
    path.write_text(text, "utf-8")
    return path


def test_the_environment_is_above_the_file_and_converts(tmp_path: Path) -> None:
    path = write(tmp_path, '[gateway]\nid = "gw-1"\nstore = "river"\nhttp_port = 8080\n')
    config = load(path, {"SHOPBELL_GATEWAY__HTTP_PORT": "8180", "SHOPBELL_PARTS": "x", "PATH": "/bin"})
    settings = section(config, "gateway", GatewaySettings.from_table, GatewayError)
    assert (settings.id, settings.http_port) == ("gw-1", 8180)


def test_without_any_file_the_environment_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shopbell.settings.DEFAULT_PATHS", (tmp_path / "none.toml",))
    config = load(None, {"SHOPBELL_RUN__BENCH_PORT": "9000"})
    assert section(config, "run", RunSettings.from_table, TableError).bench_port == 9000


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("[gatway]\nid = 1\n", ["[gatway]", "gateway"]),
        ("bench_port = 1\n", ["bench_port", "table"]),
        ("[run\n", ["not TOML", "line 1"]),
        ("[run]\nbench_prot = 1\n", ["[run]", "bench_prot"]),
        ("[run]\nbench_port = 70000\n", ["[run]", "bench_port = 70000", "SHOPBELL_RUN__"]),
        ("[run]\nbench_port = 'x'\n", ["[run]", "bench_port = 'x'"]),
    ],
)
def test_what_is_wrong_is_one_line_with_file_key_and_value(
    tmp_path: Path, text: str, parts: list[str]
) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ShopbellError) as caught:
        section(load(path, {}), "run", RunSettings.from_table, TableError)
    line = str(caught.value)
    assert "\n" not in line
    for part in [str(path), *parts]:
        assert part in line


def test_a_gateway_setting_is_refused_in_the_same_form(tmp_path: Path) -> None:
    path = write(tmp_path, '[gateway]\nid = "gw-1"\nstore = "river"\nhttp_port = 99999\n')
    with pytest.raises(ShopbellError, match=re.escape(f"{path}: [gateway] http_port = 99999")):
        section(load(path, {}), "gateway", GatewaySettings.from_table, GatewayError)


def test_a_misspelt_variable_is_refused() -> None:
    with pytest.raises(ShopbellError, match="SHOPBELL_GATWAY__HTTP_PORT"):
        load(None, {"SHOPBELL_GATWAY__HTTP_PORT": "1"})


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ShopbellError, match=re.escape("no settings file at")):
        load(tmp_path / "none.toml", {})


def test_the_variable_of_a_key() -> None:
    assert variable_of("gateway", "http_port") == "SHOPBELL_GATEWAY__HTTP_PORT"


def documented() -> dict[str, dict[str, str]]:
    """The page's tables as table -> key -> default."""
    found: dict[str, dict[str, str]] = {}
    for line in PAGE.read_text("utf-8").splitlines():
        if heading := re.fullmatch(r"## \[(\w+)\]", line):
            keys = found.setdefault(heading[1], {})
        elif row := re.fullmatch(r"\| `(\w+)` \| (\S+) \| .+ \|", line):
            keys[row[1]] = row[2].strip("`")
    return found


def shown(value: object) -> str:
    """A default as the page writes it."""
    if value is msgspec.NODEFAULT:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if value not in ("", []) else "empty"


def default_of(field: msgspec.structs.FieldInfo) -> object:
    return field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()


def test_every_setting_is_documented_with_its_default() -> None:
    assert set(KINDS) == set(TABLES)
    assert documented() == {
        table: {field.name: shown(default_of(field)) for field in msgspec.structs.fields(kind)}
        for table, kind in KINDS.items()
    }
