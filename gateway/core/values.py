"""The base of every value that a decision reads or makes."""

import msgspec


class Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """Immutable, equal by content, strict when decoded."""
