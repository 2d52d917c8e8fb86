"""On MicroPython: `dialler.py <port> <host in the certificate> <folder with DER files> <limit_ms> <times>`.

Connects that often, with every wait limited, and prints one line each: how it ended.
"""

import asyncio
import sys

from firmware.core import mqtt
from firmware.core.aio import TimedOut, wait_for_ms
from firmware.core.errors import MqttError
from firmware.ports import net


def contents(path):
    with open(path, "rb") as file:
        return file.read()


async def enter(line, limit_ms):
    client = mqtt.Client("dialler")
    await line.write(client.connect(0), limit_ms)
    events = []
    while not events:
        events = client.receive(await wait_for_ms(line.read(), limit_ms))
    return type(events[0]).__name__


async def attempt(port, host, trust, limit_ms):
    line = None
    try:
        sock = await net.dial(net.resolve("127.0.0.1", port), limit_ms)
        line = net.Line(trust.wrap(sock, host) if trust else sock)
        return await enter(line, limit_ms)
    except OSError as error:
        return "denied" if net.denied(error) else "failed " + str(error.errno)
    except TimedOut:
        return "silent"
    except MqttError as error:
        return error.reason
    finally:
        if line is not None:
            line.close()


async def main(port, host, folder, limit_ms, times):
    trust = None
    if folder:
        trust = net.Trust(*[contents(folder + "/" + name) for name in ("ca.der", "cert.der", "key.der")])
    for _ in range(times):
        print(await attempt(port, host, trust, limit_ms))


asyncio.run(main(int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])))
