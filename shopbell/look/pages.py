"""Pages and their files: one Jinja environment, and the stylesheet, scripts and pictures read once at start.

A program gives its own folders of templates and files; the shared ones of this package come after them. A
template gets icon(name), asset(name), and in the page's language say(key, **values), age(ms) and span(ms).
"""

import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import jinja2
from markupsafe import Markup

from shopbell.look import icons
from shopbell.look.ages import age_in_words, span_in_words
from shopbell.look.languages import switch_links
from shopbell.look.words import Language, Words, say

LOOK: Final = Path(__file__).parent
ASSET_PATH: Final = "/look/"
# For ever, because the address holds the version.
ASSET_HEADERS: Final = {"cache-control": "public, max-age=31536000, immutable"}
_MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


class Asset(NamedTuple):
    """One file as it is served; version changes with its bytes."""

    body: bytes
    media_type: str
    version: str


class Pages:
    """Renders a program's templates and holds its files; folders are searched in order, then this package."""

    def __init__(self, folders: Sequence[Path] = (), table: Words | None = None) -> None:
        self._table = table
        self._assets = _read_assets([*folders, LOOK])
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader([*folders, LOOK]),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,  # else each page asks the disk after each of its templates
        )
        self._environment.globals.update(icon=_icon, asset=self.asset_address)

    def render(self, template: str, language: Language, **values: object) -> str:
        """The page as text in language."""
        return self._environment.get_template(template).render(
            language=language,
            languages=switch_links(language),
            say=lambda key, **words: say(key, language, self._table, **words),
            age=lambda age_ms: age_in_words(age_ms, language),
            span=lambda span_ms: span_in_words(span_ms, language),
            **values,
        )

    def asset(self, name: str) -> Asset | None:
        """The file of that name, None if there is none; only what was read at start is ever served."""
        return self._assets.get(name)

    def asset_address(self, name: str) -> str:
        """The address of a file with its version; KeyError for a file that is not there."""
        return f"{ASSET_PATH}{name}?v={self._assets[name].version}"


def _read_assets(folders: Sequence[Path]) -> dict[str, Asset]:
    files = (file for folder in reversed(folders) for file in sorted(folder.iterdir()))
    return {file.name: _read_asset(file) for file in files if file.suffix in _MEDIA_TYPES}


def _read_asset(file: Path) -> Asset:
    body = file.read_bytes()
    return Asset(body, _MEDIA_TYPES[file.suffix], hashlib.sha256(body).hexdigest()[:12])


@cache
def _icon(name: str) -> Markup:
    return Markup(icons.svg(name))
