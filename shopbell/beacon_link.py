"""Gives a tag to a member: asks the store's gateway, which alone may book it."""

import json
import secrets
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from gateway.core.evidence import BLE_TAG
from gateway.settings import GatewaySettings
from gateway.web import TOKEN_FILE
from shopbell.errors import ShopbellError

WAIT_S = 10  # the answer is durable: a commit, and perhaps a question to HQ
ANYWHERE = ("0.0.0.0", "::", "")  # what a server that listens everywhere is told


def link(settings: GatewaySettings, tag: str, member: str) -> dict[str, Any]:
    """The gateway's verdict (docs/contract/gateway-openapi.json, Verdict). Raises ShopbellError."""
    host = "127.0.0.1" if settings.http_host in ANYWHERE else settings.http_host
    url = f"http://{host}:{settings.http_port}/v1/members/{member}/instruments"
    body = {"key": f"tag.{secrets.token_hex(8)}", "kind": BLE_TAG, "value": tag}
    request = urllib.request.Request(url, json.dumps(body).encode(), _headers(settings), method="POST")
    try:
        with urllib.request.urlopen(request, timeout=WAIT_S) as answer:
            return _object(answer.read())
    except urllib.error.HTTPError as refusal:
        raise ShopbellError(f"the gateway did not link the tag ({_said(refusal)})", _again(tag)) from None
    except OSError as problem:
        raise ShopbellError(f"the gateway at {host} does not answer ({problem})", _again(tag)) from None


def _headers(settings: GatewaySettings) -> dict[str, str]:
    path = Path(settings.token_file or f"{settings.run_dir}/{TOKEN_FILE}")
    try:
        token = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise ShopbellError(
            f"cannot read the gateway's token in {path}", "start the gateway, run this as its user"
        ) from None
    return {"authorization": f"Bearer {token}", "content-type": "application/json"}


def _said(refusal: urllib.error.HTTPError) -> str:
    problem = _object(refusal.read())
    return f"{refusal.code} {problem.get('error', '')}".strip()


def _object(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _again(tag: str) -> str:
    return f"the tag itself is kept: say `shopbell device tag {tag} --member ID` again"
