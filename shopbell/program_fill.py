"""Fill-in templates: a sentence with blanks that becomes programs. Pure: values in, values out.

A template is JSON: `sentence` in both languages with {blank} where a figure goes; `blanks` with each one's
kind and bounds; `programs` and `templates` as in a bundle, where {"blank": name} stands for a value and a
text's {name} for its words. `less` lists pairs of blanks of which the first must be below the second. Other
braces in texts are left to the program itself.

Kinds, as typed -> as in the program: money (yuan, "499.50") -> minor units; percent ("12.5") -> basis points;
number -> itself; day ("2026-12-31"); time ("18:00"); choice, one of `of`, which may stand for what `means`
says. Bounds are of the latter. Every template also knows `version`, `first_day`, `last_day` and, where it
makes one program, `id`; none of these must be given.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, Final, Literal, NamedTuple

import msgspec

from gateway.core.programs import figures
from gateway.core.programs.model import Text
from gateway.core.values import Model

LANGUAGES: Final = ("zh-CN", "en")
AMOUNT_MAX: Final = 10**12
ID_PATTERN: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,47}")
_BRACES: Final = re.compile(r"\{([a-z_]+)\}")
_TWO_PLACES: Final = re.compile(r"([0-9]{1,10})(?:\.([0-9]{1,2}))?")
_TIME: Final = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")

Value = int | str
Kind = Literal["money", "percent", "number", "day", "time", "choice", "id"]


class Blank(Model, frozen=True, omit_defaults=True):
    """One thing to fill in; `usual` is what is typed where nothing is said, None: it must be said."""

    kind: Kind
    label: Text
    at_least: int = 0
    at_most: int = AMOUNT_MAX
    of: dict[str, Text] = {}
    means: dict[str, Any] = {}
    usual: str | None = None


class FillIn(Model, frozen=True, omit_defaults=True):
    """A template as its file has it."""

    template: str
    name: Text
    sentence: Text
    blanks: dict[str, Blank]
    programs: tuple[dict[str, Any], ...]
    less: tuple[tuple[str, str], ...] = ()
    templates: tuple[dict[str, Any], ...] = ()


class Fault(NamedTuple):
    """What is wrong with one blank: a word "fill.<code>" with these values."""

    blank: str
    code: str
    values: dict[str, object]


class Filled(NamedTuple):
    """What came of it; `sentence` by language, ready to be read."""

    sentence: Text
    programs: tuple[dict[str, Any], ...]
    templates: tuple[dict[str, Any], ...]


class FillError(Exception):
    """Blanks that cannot be filled so; `faults` names each."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(", ".join(f"{fault.blank}: {fault.code}" for fault in faults))
        self.faults = faults


def read_template(body: bytes) -> FillIn:
    """The template of these bytes. Raises ValueError that says where it is wrong."""
    try:
        fill_in = msgspec.json.decode(body, type=FillIn)
    except msgspec.DecodeError as fault:
        raise ValueError(str(fault)) from None
    for language in LANGUAGES:
        named = set(_BRACES.findall(fill_in.sentence.get(language, "")))
        if named != set(fill_in.blanks):
            problem = f"the sentence names {sorted(named)}, the blanks are {sorted(fill_in.blanks)}"
            raise ValueError(f"{language}: {problem}")
    return fill_in


def fill(fill_in: FillIn, typed: Mapping[str, str]) -> Filled:
    """The programs and the sentence that these words make. Raises FillError."""
    blanks = {**fill_in.blanks, **_common(fill_in)}
    values, faults = _values(blanks, typed)
    faults += [Fault(name, "unknown", {"known": ", ".join(blanks)}) for name in typed if name not in blanks]
    faults += list(_orders(fill_in, values)) if not faults else []
    if faults:
        raise FillError(faults)
    pen = _Pen(fill_in.blanks, values)
    programs = tuple(_with_common(pen.filled(program), values) for program in fill_in.programs)
    sentence = {language: pen.text(fill_in.sentence[language], language) for language in LANGUAGES}
    return Filled(sentence, programs, tuple(pen.filled(one) for one in fill_in.templates))


class _Pen:
    """Writes values and their words where a template has blanks; language "" is for names and codes."""

    def __init__(self, blanks: Mapping[str, Blank], values: Mapping[str, Value]) -> None:
        self._blanks, self._values = blanks, values
        self._words = {
            language: {name: _word(blank, values[name], language) for name, blank in blanks.items()}
            for language in (*LANGUAGES, "")
        }

    def filled(self, value: Any, language: str = "") -> Any:
        """The JSON with its blanks filled; texts below a language's key are in that language."""
        if isinstance(value, dict):
            if value.keys() == {"blank"}:
                return self._value(value["blank"])
            return {
                key: self.filled(inner, key if key in LANGUAGES else language) for key, inner in value.items()
            }
        if isinstance(value, list):
            return [self.filled(inner, language) for inner in value]
        return self.text(value, language) if isinstance(value, str) else value

    def text(self, text: str, language: str) -> str:
        """A text with the words of its blanks; other braces stay."""
        words = self._words[language]
        return _BRACES.sub(lambda found: words.get(found[1], found[0]), text)

    def _value(self, name: str) -> Any:
        value = self._values[name]
        return self._blanks[name].means.get(str(value), value)


def _values(blanks: Mapping[str, Blank], typed: Mapping[str, str]) -> tuple[dict[str, Value], list[Fault]]:
    values: dict[str, Value] = {}
    faults = []
    for name, blank in blanks.items():
        text = typed.get(name, blank.usual)
        if text is None:
            faults.append(Fault(name, "missing", {"bounds": blank}))
        elif text or name in typed:
            value = _READERS[blank.kind](text.strip(), blank)
            if value is None:
                faults.append(Fault(name, "wrong", {"value": text[:40], "bounds": blank}))
            else:
                values[name] = value
    return values, faults


def _orders(fill_in: FillIn, values: Mapping[str, Value]) -> Iterator[Fault]:
    """Pairs that stand the wrong way round."""
    pairs = [*fill_in.less, ("first_day", "last_day")]
    for less, more in pairs:
        if less in values and more in values and not _below(values[less], values[more], less):
            yield Fault(less, "not_below", {"other": more})


def _below(less: Value, more: Value, name: str) -> bool:
    if isinstance(less, int) and isinstance(more, int):
        return less < more
    return str(less) <= str(more) if name == "first_day" else str(less) < str(more)


def _common(fill_in: FillIn) -> dict[str, Blank]:
    """What every template knows; a name can only be given to a single program."""
    return {name: blank for name, blank in _COMMON.items() if name != "id" or len(fill_in.programs) == 1}


def _word(blank: Blank, value: Value, language: str) -> str:
    if blank.kind == "choice":
        return blank.of[str(value)][language] if language else str(value)
    if isinstance(value, str):
        return value
    if blank.kind == "number":
        return figures.count(value, language)
    shown = figures.money if blank.kind == "money" else figures.percent
    return shown(value, language).removesuffix("%")


def _with_common(program: dict[str, Any], values: Mapping[str, Value]) -> dict[str, Any]:
    """The program with its version first, the days that were given, and another id where that was."""
    days = {name: values[name] for name in ("first_day", "last_day") if name in values}
    first = {"id": values.get("id", program["id"]), "version": values["version"]}
    return {**first, **{key: value for key, value in program.items() if key != "id"}, **days}


def _money(text: str, blank: Blank) -> Value | None:
    found = _TWO_PLACES.fullmatch(text)
    return (
        None if found is None else _bounded(int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")), blank)
    )


def _number(text: str, blank: Blank) -> Value | None:
    return _bounded(int(text), blank) if text.isascii() and text.isdecimal() and len(text) < 14 else None


def _bounded(value: int, blank: Blank) -> int | None:
    return value if blank.at_least <= value <= blank.at_most else None


def _day(text: str, _: Blank) -> Value | None:
    try:
        return date.fromisoformat(text).isoformat() if len(text) == 10 else None
    except ValueError:
        return None


def _time(text: str, _: Blank) -> Value | None:
    return text if _TIME.fullmatch(text) else None


def _choice(text: str, blank: Blank) -> Value | None:
    for code, words in blank.of.items():
        if text == code or text in words.values():
            return code
    return None


def _id(text: str, _: Blank) -> Value | None:
    return text if ID_PATTERN.fullmatch(text) else None


_READERS: Final[dict[str, Callable[[str, Blank], Value | None]]] = {
    "money": _money, "percent": _money, "number": _number, "day": _day, "time": _time, "choice": _choice,
    "id": _id,
}  # fmt: skip
_COMMON: Final = {
    "id": Blank("id", {"zh-CN": "编号", "en": "id"}, usual=""),
    "version": Blank("number", {"zh-CN": "版本", "en": "version"}, 1, 2**31, usual="1"),
    "first_day": Blank("day", {"zh-CN": "开始日", "en": "first day"}, usual=""),
    "last_day": Blank("day", {"zh-CN": "结束日", "en": "last day"}, usual=""),
}
