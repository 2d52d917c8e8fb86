"""What the pure core refuses: a stored or received event that is not what it claims to be."""


class EventError(Exception):
    """`reason` is a constant name; `detail` names the field or number, never a person."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail
