"""Every error of the gateway program: what is wrong, and for people, what to do next.

A peer's bad bytes are firmware.protocol's ProtocolError, counted and dropped; these are ours and the world's.
"""


class GatewayError(Exception):
    """Base of what ends the gateway with one clear line; `hint` says what to do next."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}. {self.hint}" if self.hint else self.message


class SettingsError(GatewayError):
    """A setting is missing, unknown or out of range; names key and value."""


class AlreadyRunning(GatewayError):
    """Another gateway holds this data folder."""


class LedgerDamaged(GatewayError):
    """The ledger cannot be trusted; nothing was changed, and no empty one is started in its place."""


class LedgerTooNew(GatewayError):
    """The ledger was written by a later version of this program."""


class LedgerUnsafe(GatewayError):
    """A write or sync failed half-way: what is durable is unknown until the ledger is opened again."""


class LedgerRefused(GatewayError):
    """Nothing of the batch was written, for want of space or a lock, and nothing may be answered."""


class CacheUnusable(GatewayError):
    """A cache generation cannot be used; `broken` where it is the one in use, so that taps go on without."""

    def __init__(self, message: str, broken: bool = False) -> None:
        super().__init__(message)
        self.broken = broken
