"""The limit everything is measured against: the gateway's own MQTT link with a desk that decides nothing.

`python -m hardware_tests.figures.echo PORT` answers each message on `up/<kind>` with the same bytes
on `down/booked`, until it is told to stop. What a gateway adds to this is its work: reading, deciding, the
fsync.
"""

import asyncio
import signal
import sys
from collections.abc import Sequence

from gateway.adapters.mqtt import Address, Link
from gateway.counters import Counters
from gateway.ports import Inbound, Outbound


class EchoDesk:
    """Gives every payload back to the device it came from."""

    def serve(self, batch: Sequence[Inbound]) -> Sequence[Outbound]:
        return [Outbound(_answer_topic(message.topic), message.payload) for message in batch]

    def greet(self) -> Sequence[Outbound]:
        return []


def _answer_topic(topic: str) -> str:
    return topic.rsplit("/", 2)[0] + "/down/booked"


async def serve(port: int) -> None:
    link = Link(Address("127.0.0.1", port, "echo", "", None), EchoDesk(), Counters(), lambda *_, **__: None)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, link.stop)
    await link.run()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
