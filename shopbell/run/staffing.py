"""The sample staff's PINs, set at the first start: a till that nobody can sign in to shows nothing.

One PIN for all of them, printed and shown on the bench page; whoever keeps the store changes it.
"""

import json
import secrets
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from samples.shop import Clerk
from shopbell.errors import ShopbellError

SAMPLE_PIN: Final = "2580"
KNOWN_WAIT_S_MAX: Final = 60.0  # until HQ's first snapshot has brought the staff to the store
ASK_EVERY_S: Final = 0.5
ANSWER_WAIT_S: Final = 10.0
OK, NOT_KNOWN_YET = 200, 404


class Gateway(NamedTuple):
    """Where the gateway answers, and its token."""

    url: str
    token: str


def in_words(staff: Sequence[Clerk]) -> str:
    """Who may sign in, and with what: "S01 沈佳宜 (manager), ... PIN 2580"."""
    people = ", ".join(f"{one.staff_no} {one.name} ({one.role})" for one in staff)
    return f"{people} · PIN {SAMPLE_PIN}"


def give_pins(
    gateway: Gateway,
    staff: Sequence[Clerk],
    mark: Path,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Set everybody's PIN, once; blocks. Raises ShopbellError where the gateway does not take it."""
    if mark.exists():
        return
    waited_s = 0.0
    for one in staff:
        while (status := _set_pin(gateway, one.staff_no)) == NOT_KNOWN_YET and waited_s < KNOWN_WAIT_S_MAX:
            pause(ASK_EVERY_S)
            waited_s += ASK_EVERY_S
        if status != OK:
            hint = "look into log/gateway.log and log/bridge.log"
            raise ShopbellError(f"the gateway does not take a PIN of {one.staff_no} ({status})", hint)
    mark.write_text("set\n", "ascii")


def give_tag(gateway: Gateway, code: str, tag: str, mark: Path) -> None:
    """Link a member's tag, by their card's code, once; blocks. Raises ShopbellError if it is not taken."""
    if mark.exists():
        return
    status, found = _ask(gateway, f"/v1/lookup?code={code}")
    member = found.get("member") or {}
    if status == OK and member:
        body = {"key": f"run-{tag}", "kind": "ble.tag", "value": tag}
        status, _ = _ask(gateway, f"/v1/members/{member['id']}/instruments", body)
    if status != OK:
        hint = "look into log/gateway.log and log/bridge.log"
        raise ShopbellError(f"the gateway does not take the tag {tag} ({status})", hint)
    mark.write_text("linked\n", "ascii")


def _set_pin(gateway: Gateway, staff: str) -> int:
    """The status of the answer; 0 for none."""
    body = {"key": "run-" + secrets.token_hex(8), "pin": SAMPLE_PIN}
    return _ask(gateway, f"/v1/staff/{staff}/pin", body)[0]


def _ask(gateway: Gateway, path: str, body: Mapping[str, str] | None = None) -> tuple[int, Mapping[str, Any]]:
    """The status of the answer and what it says; 0 for none. With a body it is a POST."""
    headers = {"authorization": f"Bearer {gateway.token}", "content-type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(gateway.url + path, data, headers)
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_WAIT_S) as answer:
            return int(answer.status), json.loads(answer.read())
    except urllib.error.HTTPError as refused:
        return refused.code, {}
    except OSError:
        return 0, {}
