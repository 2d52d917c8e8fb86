"""What display, light and buzzer do: the session's state first, else the state of the terminal itself.

Screens of the gateway come as they are; what the terminal says by itself is a picture of pictures.py. Nothing
is told by colour alone: every light comes with words, every change that matters with a tone.
"""

from firmware.core import tap
from firmware.core.modules import borrowed
from firmware.protocol.messages import TONE_ATTENTION, TONE_NO, TONE_NONE, Screen, Strip

_DARK = 0x000000
_WHITE = 0x404040  # "I have read it": at once, before any answer
_AMBER = 0x806000
_RED = 0xC00000

READ_LIGHT = _WHITE
STARTING_MS = 15000  # as long as joining a network may take; after that the customer is told there is none

_OWN = {  # picture -> light, tone
    "starting": (_DARK, TONE_NONE),
    "ready": (_DARK, TONE_NONE),
    "offline": (_AMBER, TONE_NONE),
    "broken": (_RED, TONE_NONE),
    "wait": (_WHITE, TONE_NONE),
    "saved": (_AMBER, TONE_ATTENTION),
    "full": (_RED, TONE_NO),
}
_OF_STATE = (None, None, "wait", "saved", "full")  # tap.SLOW, SAVED, FULL


def picture(name: str) -> Screen:
    """The terminal's own screen of this name. Read from flash each time, and alone: rare, and all of them are
    5 KB of heap, which a full outbox leaves no room for."""
    light, tone = _OWN[name]
    strips = borrowed("firmware.core.pictures." + name, "STRIPS")
    return Screen(0, light, tone, tuple([Strip(*strip) for strip in strips]))


def resting(broken: bool, linked: bool, been_linked: bool, now_ms: int) -> str:
    """The picture shown to nobody in particular; "ready" gives way to the gateway's idle screen."""
    if broken:
        return "broken"
    if linked:
        return "ready"
    return "offline" if been_linked or now_ms >= STARTING_MS else "starting"


class Face:
    """The three parts together. It draws when what it shows changes, and again while the display is dead or
    the heap has no room for the picture; `heap_faults` counts the times it had none."""

    def __init__(self, display, light, buzzer) -> None:
        self._display = display
        self._light = light
        self._buzzer = buzzer
        self.heap_faults = 0
        self._shown = None
        self._drawn = True

    def show(self, session: tap.Session, rest: str, idle: "Screen | None", question=None) -> None:
        """Bring the parts to the session's state, or at rest to `rest`; `idle`: the gateway's idle screen.
        A `question` (a Screen, or a picture's name) stands before all else."""
        if question is not None:
            if question is not self._shown:
                self._put(question)
            return
        if session.state == tap.WAITING:
            self._light.set(READ_LIGHT)
            self._shown = tap.WAITING  # the display stays as it is: usually the answer comes at once
            return
        wanted = self._wanted(session, rest, idle)
        if wanted is not self._shown:
            self._put(wanted)

    def retry(self) -> None:
        """Draw again what a dead display or a full heap missed."""
        if not self._drawn and self._shown != tap.WAITING:
            self._draw(self._shown)

    def _wanted(self, session: tap.Session, rest: str, idle: "Screen | None"):
        if session.screen is not None:
            return session.screen
        if session.state == tap.IDLE:
            return idle if rest == "ready" and idle is not None else rest
        return _OF_STATE[session.state]

    def _put(self, wanted) -> None:
        self._draw(wanted)
        self._shown = wanted
        light, tone = _OWN[wanted] if isinstance(wanted, str) else (wanted.light, wanted.tone)
        self._light.set(light)
        if tone:
            self._buzzer.play(tone)

    def _draw(self, wanted) -> None:
        """A heap without room is the outbox at work: what it holds must not go for a picture."""
        try:
            screen = picture(wanted) if isinstance(wanted, str) else wanted
            self._drawn = self._display.show(screen.strips)
        except MemoryError:
            self.heap_faults += 1
            self._drawn = False
