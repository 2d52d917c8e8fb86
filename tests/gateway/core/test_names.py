"""Masked names: one character and two stars."""

import pytest

from gateway.core.names import mask_name


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("林晓雯", "林**"),
        ("欧阳修", "欧**"),
        ("Mia T.", "M**"),
        ("mia", "M**"),
        ("  Li ", "L**"),
        ("Å", "Å**"),
        ("(小) 王", "小**"),
        ("7-Up", "7**"),
        ("", None),
        ("…", None),
        (None, None),
    ],
)
def test_mask_name(name: str | None, masked: str | None) -> None:
    assert mask_name(name) == masked


def test_the_mask_does_not_tell_the_length() -> None:
    assert mask_name("林") == mask_name("林晓雯雯雯")
