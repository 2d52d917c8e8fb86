"""One row of the API's description: openapi.py makes the document of these."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

JSON: Final = "application/json"
TOKEN: Final = ("token",)
STAFF: Final = ("token", "session")  # also for members of staff who have signed in
NO_IDS: Final[Mapping[str, tuple[str, str]]] = {}
NO_PATTERNS: Final[Mapping[str, str]] = {}


class Parameter(NamedTuple):
    """One of the address's query; with `highest` a whole number, of which `example` is the default."""

    name: str
    text: str
    example: Any
    highest: int | None = None
    required: bool = False


class Operation(NamedTuple):
    """One method of one address: shape None means that the answer is not JSON.

    `body` is what is sent, with an example; `faults` the statuses of act_shapes.Fault, with the key of words;
    `refused` the shape that 409 and 202 have as well; `ids` tells each {name} of the path: text and example,
    `patterns` those that are no ids of ours. `access` names who may ask, () everybody; `status`: of answers.
    """

    path: str
    summary: str
    text: str
    shape: Any
    media_type: str
    example: Any
    method: str = "get"
    body: tuple[Any, Any] | None = None
    faults: tuple[tuple[str, str], ...] = ()
    access: tuple[str, ...] = TOKEN
    query: tuple[Parameter, ...] = ()
    ids: Mapping[str, tuple[str, str]] = NO_IDS
    refused: Any = None
    status: str = "200"
    patterns: Mapping[str, str] = NO_PATTERNS
