"""Writes docs/contract/hq-openapi.json: `python -m cloud_bridge.hq.openapi`. A test keeps it true."""

import json
import tempfile
from pathlib import Path
from typing import Any, Final

from cloud_bridge.hq.app import build
from cloud_bridge.hq.settings import HqSettings, Tokens
from cloud_bridge.log import open_log

DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "contract" / "hq-openapi.json"


def document() -> dict[str, Any]:
    """The document of an HQ as it is built, without serving it."""
    with tempfile.TemporaryDirectory() as folder:
        settings = HqSettings(database_url=f"sqlite:///{folder}/hq.db", token_file="")
        hq = build(settings, Tokens({}, "nobody asks this one"), open_log("openapi"))
        try:
            return hq.site.openapi()
        finally:
            hq.close()


def main() -> None:
    """Write the file."""
    DOCUMENT.write_text(json.dumps(document(), ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    main()
