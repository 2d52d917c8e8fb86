"""Run on MicroPython: dials with a socket that writes down what is asked of it, and prints that."""

import asyncio

from firmware.ports import net


class Socket:
    """Takes every call, and connects at once."""

    def setblocking(self, flag):
        print("setblocking", flag)

    def setsockopt(self, level, option, value):
        print("setsockopt", level, option, value)

    def connect(self, address):
        print("connect")


class Module:
    """In place of the module `socket`."""

    socket = Socket


async def at_once(sock):
    """In place of waiting until it is connected."""


net.socket = Module
net._writable = at_once
net._check = lambda sock: None
asyncio.run(net.dial(("127.0.0.1", 8883), 1000))
