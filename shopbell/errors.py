"""The one error of the `shopbell` command that is meant for people: one line, and what to do about it."""


class ShopbellError(Exception):
    """Something the person at the keyboard can put right: `message` says what, `hint` what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}: {self.hint}" if self.hint else self.message
