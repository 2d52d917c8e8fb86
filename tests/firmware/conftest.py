"""Firmware on CPython: its own collections go through what it made, not through what other tests left."""

import gc

import pytest


@pytest.fixture(autouse=True, scope="module")
def small_heap() -> None:
    """What a worker holds by now stays out of the collector's rounds: by the hundredth file that is a million
    objects, 0.15 s for each time that the firmware collects; two tests took a minute each so."""
    gc.freeze()
