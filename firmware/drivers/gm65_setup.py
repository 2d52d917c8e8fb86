"""Sets a scanner up: found, silenced, its settings written, its setup codes locked, saved, read back.

Printed setup codes are obeyed from the factory on and could change rate, mode or output. So the scanner is
made to read only after they are switched off and read back as off, and nothing it read before counts. Only a
start needs this module: it is loaded for the start alone.
"""

from firmware.drivers import gm65_frames as frames
from firmware.drivers.gm65_link import ScannerError, ScannerLink
from firmware.protocol.compat import TYPE_CHECKING, const

if TYPE_CHECKING:
    from firmware.drivers.gm65_models import Model

PROBE_BAUDS = (9600, 115200, 9600, 115200)  # from the factory; as saved by us; each once more
# An ESP32 hands bytes on 120 at a time (rxfifo_full_thresh, micropython issue 7833): 125 ms at 9600 baud,
# which looks like the silence after a code, but 10 ms at this rate.
WORK_BAUD = const(115200)
WORK_BAUD_BYTES = b"\x1a\x00"


async def set_up(link: ScannerLink, model: "Model") -> None:
    """Make the scanner read as the model's fields say; raises ScannerError."""
    if model.lock is None:
        raise ScannerError("setup_codes_on", model.name)
    await find(link, model)
    for field in model.stop:
        await link.put(field)
    changed = False
    for field in model.settings + (model.lock,):
        changed = await link.put(field, always=False) or changed
    if await speed_up(link, model) or changed:
        await link.ask(frames.save_frame(), 1)  # not at every start: it wears the scanner's flash
    await verify(link, model)
    link.stream.codes.clear()
    for field in model.start:
        await link.put(field)  # also what has its value already: a trigger is an order


async def find(link: ScannerLink, model: "Model") -> None:
    """Find the rate at which it answers."""
    for baud in PROBE_BAUDS:
        link.set_baud(baud)
        if await link.attempt(frames.read_frame(model.version_zone, 1), 1) is not None:
            return
    raise ScannerError("silent")


async def speed_up(link: ScannerLink, model: "Model") -> bool:
    """Move to WORK_BAUD if the scanner follows; True when it did."""
    slow = link.baud
    if slow == WORK_BAUD:
        return False
    # No manual says at which rate this is answered, so only what follows is believed.
    await link.attempt(frames.write_frame(model.baud_zone, WORK_BAUD_BYTES), 1)
    for baud in (WORK_BAUD, slow, WORK_BAUD, slow):
        link.set_baud(baud)
        answer = await link.attempt(frames.read_frame(model.baud_zone, 2), 2)
        if answer is not None:
            return answer == WORK_BAUD_BYTES
    raise ScannerError("silent", "baud")


async def verify(link: ScannerLink, model: "Model") -> None:
    """Read every setting back; while it is stopped, any byte but a reply makes the reading void."""
    heard = link.stream.heard()
    await link.require(model.lock, "setup_codes_on")
    for field in model.stop + model.settings:
        await link.require(field, "settings_refused")
    if link.stream.heard() != heard or link.stream.quiet_ms() is not None:
        raise ScannerError("noise")
