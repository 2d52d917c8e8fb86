"""Shortens a failing story: leaves operations out while it still fails in the same way."""

from collections.abc import Callable

from tests.simulation.story import Story

TRIES_MAX = 400  # plays of a story; most shrink to a dozen operations in half of that


def shrink(story: Story, fails: Callable[[Story], bool], tries: int = TRIES_MAX) -> Story:
    """A part of the story that still fails, and of which no single operation can be left out.

    The last holds only if `tries` plays were enough.
    """
    size = max(1, len(story) // 2)
    while True:
        shorter, tries = _leave_out(story, size, fails, tries)
        if tries <= 0 or (size == 1 and shorter == story):
            return shorter
        story, size = shorter, size if shorter != story and size == 1 else max(1, size // 2)


def _leave_out(story: Story, size: int, fails: Callable[[Story], bool], tries: int) -> tuple[Story, int]:
    """Try to do without each run of `size` operations, the last first: what came late caused least."""
    end = len(story)
    while end > 0 and tries > 0:
        start = max(0, end - size)
        without = story[:start] + story[end:]
        tries -= 1
        if fails(without):
            story = without
        end = start
    return story, tries
