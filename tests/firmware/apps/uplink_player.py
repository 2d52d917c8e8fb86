"""On MicroPython: `uplink_player.py <port>` connects an Uplink to a broker on that port, without TLS.

Stops at the first pause or shortly after serving began, and prints what the link came to.
"""

import asyncio
import sys
from collections import namedtuple

from firmware.apps import uplink
from firmware.core import link
from firmware.core.aio import Uptime, sleep_ms
from firmware.core.mqtt_wire import Will

END_MS = 10000
SERVED_MS = 200

Settings = namedtuple("Settings", "device gateway_host gateway_port")


class Wired:
    def begin(self):
        pass

    def is_up(self):
        return True

    def leave(self):
        pass


class Desk:
    def __init__(self):
        self.ups = []
        self.messages = []

    def will(self, _now_ms):
        return Will("t", b"gone", 1, True)

    def link_is(self, up, _now_ms):
        self.ups.append(up)

    def next_letter(self, _now_ms):
        return None

    def wait_ms(self, _now_ms):
        return 60000

    def received(self, topic, payload, _now_ms):
        self.messages.append((topic, payload))


def say(*_words):
    pass


async def main(port):
    desk = Desk()
    settings = Settings("counter-1", "127.0.0.1", port)
    made = uplink.Uplink(settings, desk, Wired(), None, Uptime(), say, say, lambda below: below - 1)
    actions = [link.JOIN]
    step = made.link.step

    def noted(ended, now_ms):
        result = step(ended, now_ms)
        actions.append(result[0])
        return result

    made.link.step = noted
    task = asyncio.create_task(made.run())
    waited_ms = 0
    while waited_ms < END_MS and link.PAUSE not in actions and link.SERVE not in actions:
        await sleep_ms(10)
        waited_ms += 10
    await sleep_ms(SERVED_MS)
    task.cancel()
    print((actions, made.link.denials, desk.ups, desk.messages))


asyncio.run(main(int(sys.argv[1])))
