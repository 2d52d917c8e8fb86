"""Display, light and buzzer follow the session; a dead display is drawn again."""

from firmware.core import face, tap
from firmware.protocol.messages import SHAPES, Screen, build

SCREEN_SHAPE = SHAPES["show"][1][1][1]
LIN = Screen(3000, 0x00FF00, 1, ((0, 0, 8, 8, b"\x01" * 8),))
REST = Screen(0, 0x000010, 0, ((0, 0, 8, 8, b"\x02" * 8),))


class Parts:
    """A display, a light and a buzzer that write down what they are told; the display may be dead."""

    def __init__(self):
        self.drawn = []
        self.lights = []
        self.tones = []
        self.alive = True

    def show(self, strips):
        self.drawn.append(strips)
        return self.alive

    def set(self, rgb):
        self.lights.append(rgb)

    def play(self, tone):
        assert tone
        self.tones.append(tone)


def made():
    parts = Parts()
    return face.Face(parts, parts, parts), parts, tap.Session()


def strips(name):
    return face.picture(name).strips


def test_every_picture_fits_the_display_and_has_its_light():
    for name in face._OWN:
        build(SCREEN_SHAPE, face.picture(name))


def test_a_tap_from_light_to_greeting_to_rest():
    shown, parts, session = made()
    shown.show(session, "ready", None)
    assert (parts.drawn, parts.lights, parts.tones) == ([strips("ready")], [0], [])
    session.recorded(1, True)
    shown.show(session, "ready", None)
    assert len(parts.drawn) == 1 and parts.lights[-1] == face.READ_LIGHT
    session.answered(1, LIN)
    shown.show(session, "ready", None)
    assert (parts.drawn[-1], parts.lights[-1], parts.tones) == (LIN.strips, LIN.light, [1])
    session.elapsed()
    shown.show(session, "ready", REST)
    assert (parts.drawn[-1], parts.lights[-1], parts.tones) == (REST.strips, REST.light, [1])


def test_the_same_state_is_not_drawn_twice():
    shown, parts, session = made()
    for _ in range(3):
        shown.show(session, "ready", REST)
    assert len(parts.drawn) == len(parts.lights) == 1


def test_the_same_greeting_twice_sounds_twice():
    shown, parts, session = made()
    for record_id in (1, 2):
        session.recorded(record_id, True)
        shown.show(session, "ready", None)
        session.answered(record_id, LIN)
        shown.show(session, "ready", None)
    assert parts.tones == [1, 1]


def test_an_answer_without_a_screen_puts_the_light_out():
    shown, parts, session = made()
    shown.show(session, "ready", None)
    session.recorded(1, True)
    shown.show(session, "ready", None)
    session.answered(1, Screen(0, 0, 0, ()))
    shown.show(session, "ready", None)
    assert parts.lights == [0, face.READ_LIGHT, 0]


def test_states_without_the_gateway_have_pictures():
    shown, parts, session = made()
    session.recorded(1, True)
    for name in ("wait", "saved"):
        session.elapsed()
        shown.show(session, "ready", None)
        assert parts.drawn[-1] == strips(name)
    session.refused()
    shown.show(session, "ready", None)
    assert parts.drawn[-1] == strips("full")
    assert parts.tones == [3, 2]


def test_the_idle_screen_is_for_a_terminal_that_works():
    shown, parts, session = made()
    for rest in ("starting", "offline", "broken"):
        shown.show(session, rest, REST)
        assert parts.drawn[-1] == strips(rest)
    shown.show(session, "ready", REST)
    assert parts.drawn[-1] == REST.strips


def test_what_rests_on_the_display():
    assert face.resting(False, False, False, 0) == "starting"
    assert face.resting(False, False, False, face.STARTING_MS) == "offline"
    assert face.resting(False, False, True, 0) == "offline"
    assert face.resting(False, True, True, 0) == "ready"
    assert face.resting(True, True, True, 0) == face.resting(True, False, False, 0) == "broken"


def test_a_dead_display_is_drawn_again_light_and_tone_are_not():
    shown, parts, session = made()
    parts.alive = False
    shown.show(session, "ready", None)
    shown.retry()
    parts.alive = True
    shown.retry()
    shown.retry()
    assert parts.drawn == [strips("ready")] * 3
    assert (len(parts.lights), parts.tones) == (1, [])


def test_a_heap_without_room_for_a_picture_draws_it_later():
    """The light and the tone come at once; nothing is raised, or the taps would go."""
    shown, parts, session = made()
    room = [False, False, True]

    def narrow(drawn):
        if not room.pop(0):
            raise MemoryError
        parts.drawn.append(drawn)
        return True

    parts.show = narrow
    session.refused()
    shown.show(session, "ready", None)
    shown.retry()
    assert (parts.drawn, shown.heap_faults, len(parts.lights), parts.tones) == ([], 2, 1, [2])
    shown.retry()
    shown.retry()
    assert (parts.drawn, shown.heap_faults, len(parts.lights)) == ([strips("full")], 2, 1)


def test_a_question_stands_before_the_session_and_sounds_once():
    shown, parts, session = made()
    shown.show(session, "ready", None, LIN)
    assert (parts.drawn[-1], parts.lights[-1], parts.tones) == (LIN.strips, LIN.light, [LIN.tone])
    shown.show(session, "ready", None, LIN)
    assert len(parts.drawn) == 1
    shown.show(session, "ready", None, "wait")
    assert parts.drawn[-1] == strips("wait")
    shown.show(session, "ready", REST, None)
    assert parts.drawn[-1] == REST.strips
