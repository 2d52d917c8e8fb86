"""How warm the chip is, where it can tell: it hangs in a store, so that is some degrees above the room."""

_STEPS = 256  # a degree's


def steps() -> "int | None":
    """In 1/256 degree Celsius, None where the chip cannot tell."""
    try:
        from esp32 import mcu_temperature  # pyright: ignore[reportAttributeAccessIssue]
    except ImportError:
        return None
    return int(mcu_temperature() * _STEPS)
