"""What presence needs of others; gateway/app.py joins them."""

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from gateway.acting import Request, Verdict


class Person(NamedTuple):
    """Whose a tag is: the member's id, and their name masked, None where none is known."""

    member: str
    name: str | None = None


Ask = Callable[[Request], Awaitable[Verdict]]  # the teller's
Whose = Callable[[Sequence[str]], dict[str, Person]]  # by tag; tags of nobody, and blocked, are left out
