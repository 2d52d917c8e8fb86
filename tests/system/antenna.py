"""What a test can see of the air between reader and card: looks for cards, and a card being chosen."""

import threading

from hardware_tests.virtual.chips.cards_air import AirFrame, Card, State


class Antenna(Card):
    """Not a card but an ear in the reader's field: it never answers, and counts how often the field went off,
    which it does behind each look for cards."""

    def __init__(self) -> None:
        super().__init__(b"\x00" * 4, 0, 0)
        self.polls = 0

    def receive(self, frame: AirFrame) -> AirFrame | None:
        return None

    def power_off(self) -> None:
        self.polls += 1


def watch(card: Card) -> threading.Event:
    """An event that is set once a reader has selected this card."""
    chosen, receive = threading.Event(), card.receive

    def watched(frame: AirFrame) -> AirFrame | None:
        answer = receive(frame)
        if card.state is State.ACTIVE:
            chosen.set()
        return answer

    card.receive = watched  # type: ignore[method-assign]
    return chosen
