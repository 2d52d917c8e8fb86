"""A borrowed module is gone behind its loan, whole or half loaded."""

import sys

from firmware.core.modules import borrowed


def test_a_loan_leaves_nothing_behind():
    assert borrowed("firmware.core.pictures.ready", "STRIPS")
    assert "firmware.core.pictures.ready" not in sys.modules


def test_a_module_that_did_not_load_to_its_end_is_not_kept():
    """A heap that fills up while it loads leaves a module without its last names in MicroPython's table."""
    try:
        borrowed("firmware.core.pictures.ready", "NOT_THERE_YET")
    except AttributeError:
        assert "firmware.core.pictures.ready" not in sys.modules
    else:
        raise AssertionError("there is no such name")
    assert borrowed("firmware.core.pictures.ready", "STRIPS")
