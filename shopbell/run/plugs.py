"""The plugs one can pull on the bench page: internet, broker, each terminal's power."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from shopbell.errors import ShopbellError


class Switch(NamedTuple):
    """One plug: how to set it, and whether it is in now."""

    set: Callable[[bool], Awaitable[None]]
    on: Callable[[], bool]


class Plugs:
    """All plugs by name; the order is the one they are shown in."""

    def __init__(self, switches: dict[str, Switch]) -> None:
        self._switches = dict(switches)

    async def set(self, name: str, on: bool) -> None:
        """Put a plug in or pull it; nothing if it is so already. Raises ShopbellError for an unknown name."""
        if name not in self._switches:
            raise ShopbellError(f"there is no plug {name!r}", f"the plugs are {', '.join(self._switches)}")
        await self._switches[name].set(on)

    def state(self) -> dict[str, bool]:
        """Which plugs are in."""
        return {name: switch.on() for name, switch in self._switches.items()}
