"""Names as an entrance may show them: one character, then two stars, whatever the name's length."""

import unicodedata

MASK = "**"


def mask_name(name: str | None) -> str | None:
    """ "林晓雯" -> "林**", "Mia T." -> "M**"; None where there is no letter to show."""
    letters = (letter for letter in unicodedata.normalize("NFC", name or "") if letter.isalnum())
    first = next(letters, None)
    return None if first is None else first.upper() + MASK
