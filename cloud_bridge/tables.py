"""How bridge and HQ read their table of the settings file: environment text converts, all is checked."""

from typing import TypeVar

import msgspec

from cloud_bridge.errors import SettingsError

Settings = TypeVar("Settings", bound=msgspec.Struct)


def convert(table: dict[str, object], kind: type[Settings], name: str) -> Settings:
    """The table as its settings type. Raises SettingsError naming key, value and what to do."""
    known = ", ".join(kind.__struct_fields__)
    for key in table:
        if key not in kind.__struct_fields__:
            raise SettingsError(f"[{name}] {key} is not a setting", f"Known settings: {known}")
    try:
        return msgspec.convert(table, kind, strict=False)
    except msgspec.ValidationError as fault:
        raise SettingsError(_sentence(str(fault), table, name), f"Known settings: {known}") from None


def _sentence(fault: str, table: dict[str, object], name: str) -> str:
    """msgspec's sentence with table, key and value in front."""
    reason, _, where = fault.partition(" - at `$.")
    key = where.rstrip("`")
    if key in table:
        return f"[{name}] {key} = {table[key]!r}: {reason}"
    return f"[{name}] {fault.replace('Object missing required field', 'missing the setting')}"


def require(condition: bool, name: str, key: str, value: object, hint: str) -> None:
    """SettingsError naming the key and its value unless condition holds."""
    if not condition:
        raise SettingsError(f"[{name}] {key} = {value!r} cannot be used", hint)
