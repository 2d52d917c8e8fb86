"""The task that keeps a terminal connected: does what core.link decides, and carries letters and messages.

One line at a time, one task reading it and one writing. Every wait is bounded by the limits of core.link and
core.mqtt; whatever ends a line ends both tasks, and the policy says what comes next.
"""

import asyncio
import gc

from firmware.core import link, mqtt
from firmware.core import mqtt_wire as wire
from firmware.core.aio import TimedOut, sleep_ms, wait_for_ms
from firmware.core.errors import RemoteFault
from firmware.ports import net
from firmware.protocol.topics import down_filter

WRITE_MS = 5000  # a full send buffer means a dead line; the broker's answer would be missed as soon
OUT_BYTES = 512  # gathered into one write and one TLS record; beside a full outbox 1,024 more are dear
WIFI_POLL_MS = 100
ALIVE_EVERY_MS = 1000
DENIALS = (2, 4, 5)  # CONNACK codes that say who we are is the trouble, not the broker's state
# A MemoryError is the world's here: a line comes back with the heap, what the outbox holds would not.
FAULTS = (OSError, RemoteFault, TimedOut, MemoryError)


class Uplink:
    """`trust` is None for a broker without TLS; `alive()` is called with every step; `say(text)` logs."""

    def __init__(self, settings, desk, wifi, trust, uptime, alive, say, below) -> None:
        self.link = link.Link(below)
        self.wake = asyncio.Event()  # set it when there may be a letter
        self._device = settings.device
        self._host = settings.gateway_host
        self._port = settings.gateway_port
        self._desk = desk
        self._wifi = wifi
        self._trust = trust
        self._uptime = uptime
        self._alive = alive
        self._say = say
        self._address = None
        self._sock = None
        self._line: "net.Line | None" = None
        self._client = mqtt.Client(self._device)
        self._acks = b""
        self._ended = asyncio.Event()

    async def run(self) -> None:
        """For ever: step after step."""
        steps = {
            link.JOIN: self._join,
            link.RESOLVE: self._resolve,
            link.DIAL: self._dial,
            link.SECURE: self._secure,
            link.ENTER: self._enter,
            link.SERVE: self._serve,
            link.PAUSE: self._pause,
            link.LEAVE: self._leave,
        }
        action, wait_ms = self.link.start()
        while True:
            self._alive()
            ended = await self._done(action, steps[action](wait_ms))
            if ended not in (link.DONE, link.NO_WIFI):
                self._drop()
            action, wait_ms = self.link.step(ended, self._uptime())

    async def _done(self, action: str, step) -> str:
        """How the step ended; the world's failures are endings, ours are not caught."""
        try:
            return await step
        except FAULTS as error:
            self._say("link", action, repr(error))
            return _ending(action, error)

    async def _join(self, limit_ms: int) -> str:
        try:
            self._wifi.begin()
            await wait_for_ms(self._joined(), limit_ms)
        except (OSError, TimedOut):
            self._wifi.leave()  # an ESP32 refuses a new connect() while an old one is under way
            raise
        return link.DONE

    async def _joined(self) -> None:
        while not self._wifi.is_up():
            await sleep_ms(WIFI_POLL_MS)

    async def _resolve(self, _limit_ms: int) -> str:
        self._address = net.resolve(self._host, self._port)
        return link.DONE

    async def _dial(self, limit_ms: int) -> str:
        self._sock = await net.dial(self._address, limit_ms)
        return link.DONE

    async def _secure(self, limit_ms: int) -> str:
        """TLS, whose handshake the first packet drives."""
        self._wrap()
        self._line = net.Line(self._sock)
        self._client = mqtt.Client(self._device, self._desk.will(self._uptime()))
        self._acks = b""
        await self._line.write(self._client.connect(self._uptime()), limit_ms)
        return link.DONE

    def _wrap(self) -> None:
        if self._trust is None:
            return
        gc.collect()  # RP2 takes 17 KB in one piece from this heap, and does not ask twice
        self._sock = self._trust.wrap(self._sock, self._host)

    async def _enter(self, limit_ms: int) -> str:
        return await wait_for_ms(self._log_in(), limit_ms)

    async def _log_in(self) -> str:
        line = self._line
        assert line is not None
        answer = await self._awaited(line, (wire.Connected, wire.Refused))
        if isinstance(answer, wire.Refused):
            self._say("link", "refused", answer.name)
            return link.DENIED if answer.code in DENIALS else link.FAILED
        _, data = self._client.subscribe(down_filter(self._device), self._uptime())
        await line.write(data, WRITE_MS)
        granted = await self._awaited(line, (wire.Subscribed,))
        return link.DONE if granted.codes == (1,) else link.DENIED

    async def _awaited(self, line: net.Line, kinds: tuple):
        """The first event of these kinds; messages that come before it are taken in."""
        while True:
            events = self._client.receive(await line.read())
            found = [event for event in events if isinstance(event, kinds)]
            self._take_in(events)
            if found:
                return found[0]

    async def _serve(self, _limit_ms: int) -> str:
        line = self._line
        assert line is not None
        self._say("link", "up")
        self._ended.clear()
        self._desk.link_is(True, self._uptime())
        try:
            await self._carry(line)
        finally:  # also where the heap had no room for the end of a task
            self._desk.link_is(False, self._uptime())
        return link.FAILED

    async def _carry(self, line: net.Line) -> None:
        """Read and write until the line ends."""
        tasks = [
            asyncio.create_task(self._until_fault(work)) for work in (self._reads(line), self._writes(line))
        ]
        await self._ended.wait()
        for task in tasks:
            task.cancel()
        for task in tasks:
            await _finished(task)

    async def _until_fault(self, work) -> None:
        try:
            await work
        except FAULTS as error:
            self._say("link", "lost", repr(error))
        finally:
            self._ended.set()

    async def _reads(self, line: net.Line) -> None:
        while True:
            self._take_in(self._client.receive(await line.read()))

    async def _writes(self, line: net.Line) -> None:
        while True:
            self._alive()
            self.wake.clear()
            now_ms = self._uptime()
            out = self._acks + self._client.check(now_ms)
            self._acks = b""
            out += self._letters(now_ms, OUT_BYTES - len(out))
            if out:
                await line.write(out, WRITE_MS)
            else:
                await self._sleep(self._idle_ms(now_ms))

    def _take_in(self, events: list) -> None:
        """Act on messages, acknowledge them, and let the writer look again."""
        for event in events:
            if isinstance(event, wire.Message):
                self._desk.received(event.topic, event.payload, self._uptime())
                if event.packet_id is not None:
                    self._acks += self._client.acknowledge(event.packet_id, self._uptime())
        self.wake.set()

    def _letters(self, now_ms: int, room_bytes: int) -> bytes:
        """The packets of what is due, as far as the broker's window and `room_bytes` go."""
        out = b""
        while self._client.room and len(out) < room_bytes:
            letter = self._desk.next_letter(now_ms)
            if letter is None:
                break
            out += self._client.publish(letter.topic, letter.payload, now_ms, letter.qos, letter.retain)[1]
            self._desk.posted(letter, now_ms)
        return out

    def _idle_ms(self, now_ms: int) -> int:
        """How long the writer may sleep; without a window only a PUBACK or `check` can change that."""
        idle_ms = self._client.wait_ms(now_ms)
        if self._client.room:
            idle_ms = min(idle_ms, self._desk.wait_ms(now_ms))
        return max(1, idle_ms)

    async def _sleep(self, ms: int) -> None:
        try:
            await wait_for_ms(self.wake.wait(), ms)
        except TimedOut:
            return

    async def _pause(self, pause_ms: int) -> str:
        while pause_ms > 0:
            await sleep_ms(min(pause_ms, ALIVE_EVERY_MS))
            pause_ms -= ALIVE_EVERY_MS
            self._alive()
        return link.DONE if self._wifi.is_up() else link.NO_WIFI

    async def _leave(self, _limit_ms: int) -> str:
        self._wifi.leave()
        return link.DONE

    def _drop(self) -> None:
        """Give the socket back, whatever stage it reached."""
        for holder in (self._line, self._sock):
            if holder is not None:
                holder.close()
                break
        self._line = self._sock = None


def _ending(action: str, error: Exception) -> str:
    if isinstance(error, OSError):
        if action == link.DIAL and net.refused(error):
            return link.REFUSED
        if action in (link.SECURE, link.ENTER) and net.denied(error):
            return link.DENIED
    return link.FAILED


async def _finished(task) -> None:
    """The task's end, cancelled or not; what it could not handle is raised here."""
    try:
        await task
    except asyncio.CancelledError:
        return
