"""The errors of bridge and HQ that end a process or reach a person: what is wrong, and what to do next."""


class CloudBridgeError(Exception):
    """Base: `message` says what is wrong, `hint` what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}. {self.hint}" if self.hint else self.message


class SettingsError(CloudBridgeError):
    """A setting is missing, unknown or out of range; names key and value."""


class StartError(CloudBridgeError):
    """The process cannot start now: a port is taken, a folder is not ours, another one runs."""
