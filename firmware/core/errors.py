"""Every error the device's core raises, split by whose fault it is.

MqttError     RemoteFault: the broker broke the protocol or one of our bounds; count, drop the connection
              LocalFault: our own code asked for what the state forbids: a bug, or a bound it must respect
OutboxFull    the world: nothing more can be kept; the customer is told, nothing stored is lost
"""


class MqttError(Exception):
    """`reason` is one of the short words in mqtt.py and mqtt_wire.py; `detail` is for the log."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


class RemoteFault(MqttError):
    """The broker's bytes, or its silence."""


class LocalFault(MqttError):
    """Our own request."""


class OutboxFull(Exception):
    """`reason` is "records" or "bytes": which bound was reached."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
