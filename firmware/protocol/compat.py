"""What both Pythons must agree on before anything else: `const` and `TYPE_CHECKING`.

MicroPython has no `typing`; CPython has no `micropython`. MicroPython's compiler folds `const(...)` by the
name alone, so importing it from here keeps the folding.
"""

TYPE_CHECKING = False

if TYPE_CHECKING:

    def const(value: int) -> int:
        """The value itself; MicroPython puts it into the code instead of a look-up."""
        return value
else:
    try:
        from micropython import const
    except ImportError:

        def const(value):
            """The value itself; CPython has nothing to fold."""
            return value
