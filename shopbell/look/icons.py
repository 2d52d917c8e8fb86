"""Our icons: drawn on a grid of 24 with one round stroke, as inline SVG that takes the colour of its text.

An icon never stands alone: the word beside it says the same, so it is hidden from screen readers.
"""

from typing import Final

_PATHS: Final[dict[str, str]] = {
    "bell": (
        '<path d="M12 3.2v1.6"/>'
        '<path d="M5.2 16.2c1.3-1.3 1.5-3 1.6-5.3C7 7.4 9 4.8 12 4.8s5 2.6 5.2 6.1c.1 2.3.3 4 '
        '1.6 5.3z"/><path d="M10 18.9a2.1 2.1 0 0 0 4 0"/>'
    ),
    "wave": (
        '<path d="M12 20.5c-4.5-3-7.6-6-7.6-9.6A4.1 4.1 0 0 1 12 8.6a4.1 4.1 0 0 1 7.6 2.3c0 '
        '3.6-3.1 6.6-7.6 9.6z"/>'
    ),
    "question": (
        '<circle cx="12" cy="12" r="8.5"/>'
        '<path d="M9.5 9.7a2.5 2.5 0 1 1 3.6 2.3c-.8.4-1.1.9-1.1 1.8"/><path d="M12 16.6v.1"/>'
    ),
    "blocked": '<circle cx="12" cy="12" r="8.5"/><path d="M6.2 6.2l11.6 11.6"/>',
    "clock": '<circle cx="12" cy="12" r="8.5"/><path d="M12 7.2V12l3.2 2"/>',
    "eye": (
        '<path d="M3 12c2.3-3.9 5.3-5.9 9-5.9s6.7 2 9 5.9c-2.3 3.9-5.3 5.9-9 5.9S5.3 15.9 3 12'
        'z"/><circle cx="12" cy="12" r="2.6"/>'
    ),
    "check": '<circle cx="12" cy="12" r="8.5"/><path d="M8 12.3l2.7 2.7L16 9.5"/>',
    "cross": '<circle cx="12" cy="12" r="8.5"/><path d="M9 9l6 6M15 9l-6 6"/>',
    "heed": '<path d="M12 4.2l8.6 15H3.4z"/><path d="M12 10v4.2M12 16.7v.1"/>',
    "repeat": (
        '<path d="M5 11.5a7 7 0 0 1 12.2-4.2L19 9.2M19 5v4.2h-4.2"/>'
        '<path d="M19 12.5a7 7 0 0 1-12.2 4.2L5 14.8M5 19v-4.2h4.2"/>'
    ),
    "terminal": (
        '<rect x="5" y="3.5" width="14" height="17" rx="2.5"/>'
        '<rect x="8" y="6.5" width="8" height="4.5" rx=".8"/>'
        '<path d="M9.5 15.2a3.6 3.6 0 0 1 5 0M11.3 17.4a1.1 1.1 0 0 1 1.4 0"/>'
    ),
    "cloud": '<path d="M7.2 18.5a4.2 4.2 0 0 1-.4-8.4 5.4 5.4 0 0 1 10.4-.6 4.5 4.5 0 0 1-.4 9z"/>',
    "store": (
        '<path d="M4.5 10v9.5h15V10"/>'
        '<path d="M3.5 9l1.7-4.5h13.6L20.5 9a2.8 2.8 0 0 1-5.6 0 2.9 2.9 0 0 1-5.8 0 2.8 2.8 0 0 '
        '1-5.6 0z"/><path d="M9.8 19.5v-5h4.4v5"/>'
    ),
    "stack": (
        '<path d="M12 4l8.5 4.3L12 12.6 3.5 8.3z"/><path d="M3.5 12.2L12 16.5l8.5-4.3"/>'
        '<path d="M3.5 16L12 20.3l8.5-4.3"/>'
    ),
    "shield": (
        '<path d="M12 3.5l7 2.7v5.3c0 4.2-2.7 7.3-7 9-4.3-1.7-7-4.8-7-9V6.2z"/>'
        '<path d="M9 12l2.2 2.2 3.8-4"/>'
    ),
    "plug": (
        '<path d="M9 3.5v4.3M15 3.5v4.3"/><path d="M6.5 7.8h11v3.4a5.5 5.5 0 0 1-11 0z"/>'
        '<path d="M12 16.7v3.8"/>'
    ),
    "unplug": (
        '<path d="M9 3.5v3M15 3.5v3"/><path d="M6.5 6.5h11v2.7a5.5 5.5 0 0 1-11 0z"/>'
        '<path d="M9.5 18.2v-1a2.5 2.5 0 0 1 5 0v3.3" stroke-dasharray="1.5 2.6"/>'
    ),
    "power": '<path d="M12 3.5v8"/><path d="M7.5 6.5a7.5 7.5 0 1 0 9 0"/>',
    "card": '<rect x="3" y="5.5" width="18" height="13" rx="2.3"/><path d="M3 9.7h18M6.5 15h4"/>',
    "code": (
        '<rect x="4" y="4" width="6" height="6" rx="1"/>'
        '<rect x="14" y="4" width="6" height="6" rx="1"/>'
        '<rect x="4" y="14" width="6" height="6" rx="1"/>'
        '<path d="M14 14h2.5v2.5M20 14v6h-3.5M14 20v-.1"/>'
    ),
    "light": (
        '<path d="M9.5 17.5c0-2-2.7-3-2.7-6.6a5.2 5.2 0 0 1 10.4 0c0 3.6-2.7 4.6-2.7 6.6z"/>'
        '<path d="M10 20.5h4"/>'
    ),
    "sound": (
        '<path d="M4.5 9.8h3l4.3-3.6v11.6l-4.3-3.6h-3z"/>'
        '<path d="M15 9.3a4 4 0 0 1 0 5.4M17.5 7a7 7 0 0 1 0 10"/>'
    ),
    "silent": '<path d="M4.5 9.8h3l4.3-3.6v11.6l-4.3-3.6h-3z"/><path d="M15.5 10l4 4M19.5 10l-4 4"/>',
    "key": '<circle cx="8" cy="15.5" r="4"/><path d="M11 12.7l8-8M15.5 8.2l2.7 2.7"/>',
    "basket": (
        '<path d="M4 9.5h16l-1.6 9a1.6 1.6 0 0 1-1.6 1.3H7.2a1.6 1.6 0 0 1-1.6-1.3z"/>'
        '<path d="M8 9.5l3-5.3M16 9.5l-3-5.3M9.5 13v3.4M14.5 13v3.4"/>'
    ),
    "coins": (
        '<ellipse cx="9.5" cy="7" rx="5.5" ry="2.6"/><path d="M4 7v4.6c0 1.4 2.5 2.6 5.5 2.6"/>'
        '<ellipse cx="14.5" cy="13.4" rx="5.5" ry="2.6"/><path d="M9 13.4V18c0 1.4 2.5 2.6 5.5 2.6S20 '
        '19.4 20 18v-4.6M15 7v2.2"/>'
    ),
    "search": '<circle cx="10.8" cy="10.8" r="6"/><path d="M15.3 15.3l4.7 4.7"/>',
    "pause": '<circle cx="12" cy="12" r="8.5"/><path d="M10 9v6M14 9v6"/>',
    "undo": '<path d="M8.5 5L4.5 9l4 4"/><path d="M4.5 9h9a5.5 5.5 0 0 1 0 11H9"/>',
    "person": '<circle cx="12" cy="8.2" r="4"/><path d="M4.8 20c.6-4 3.4-6 7.2-6s6.6 2 7.2 6"/>',
    "printer": (
        '<path d="M7.5 9V4h9v5"/><path d="M7.5 17H5.6A1.6 1.6 0 0 1 4 15.4v-4.8A1.6 1.6 0 0 1 5.6 '
        '9h12.8a1.6 1.6 0 0 1 1.6 1.6v4.8a1.6 1.6 0 0 1-1.6 1.6h-1.9"/><path d="M7.5 14h9v6h-9z"/>'
    ),
    "phone": '<rect x="7" y="3.5" width="10" height="17" rx="2"/><path d="M11 17.6h2"/>',
    "gift": (
        '<path d="M4.5 11.5h15v8h-15zM3.5 8h17v3.5h-17zM12 8v11.5"/>'
        '<path d="M12 8c-1.2-3.2-5-4.4-5.4-2.2C6.4 7.2 9 8 12 8zM12 8c1.2-3.2 5-4.4 5.4-2.2C17.6 7.2 '
        '15 8 12 8z"/>'
    ),
    "ticket": (
        '<path d="M4 7h16v3.2a1.9 1.9 0 0 0 0 3.6V17H4v-3.2a1.9 1.9 0 0 0 0-3.6z"/>'
        '<path d="M14 7v1.8M14 11.1v1.8M14 15.2V17"/>'
    ),
    "keyboard": (
        '<rect x="3" y="6.5" width="18" height="11" rx="2"/>'
        '<path d="M6.8 10v.1M10.3 10v.1M13.8 10v.1M17.2 10v.1M8.5 14h7"/>'
    ),
    "arrow": '<path d="M4.5 12h15M13.5 6l6 6-6 6"/>',
}
NAMES: Final = tuple(_PATHS)


def svg(name: str) -> str:
    """The icon as SVG text, hidden from screen readers; KeyError for a name we have not drawn."""
    return (
        f'<svg class="icon" data-icon="{name}" viewBox="0 0 24 24" width="24" height="24" fill="none" '
        'stroke="currentColor" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round" '
        f'aria-hidden="true" focusable="false">{_PATHS[name]}</svg>'
    )
