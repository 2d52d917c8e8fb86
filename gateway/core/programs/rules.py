"""What programs of a bundle must mean, each by itself and together; the shapes are right already. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from gateway.core.errors import EventError
from gateway.core.model import Bundle
from gateway.core.programs.because import BRACES, LANGUAGES, figures
from gateway.core.programs.book import step_of
from gateway.core.programs.civil import is_day
from gateway.core.programs.condition_rules import condition_faults, opposed
from gateway.core.programs.effect_rules import effect_faults, validity_faults
from gateway.core.programs.faults import Problem
from gateway.core.programs.figures import SCALE_MAX
from gateway.core.programs.model import Program, Role, Show, Template, Text
from gateway.core.units import POLICIES, check_units

PROGRAMS_MAX: Final = 500
TEMPLATES_MAX: Final = 500
ROLES_MAX: Final = 50
EFFECTS_MAX: Final = 8
WORDS_MAX: Final = 200  # characters: a line on a page and on paper
MAY: Final = ("sell", "return", "void", "price", "grant", "enrol", "pin", "shift", "approve")


def bundle_faults(bundle: Bundle) -> Iterator[Problem]:
    """What is wrong with a whole bundle."""
    programs, templates, roles = bundle.programs or (), bundle.templates or (), bundle.roles or ()
    yield from _listed("/programs", [program.id for program in programs], PROGRAMS_MAX)
    yield from _listed("/templates", [template.code for template in templates], TEMPLATES_MAX)
    yield from _listed("/roles", [role.code for role in roles], ROLES_MAX)
    yield from _listed("/tiers", [tier.code for tier in bundle.tiers], ROLES_MAX)
    yield from _tier_faults(bundle)
    try:
        check_units(bundle)
    except EventError as fault:
        yield Problem("/units", "bad_unit", fault.detail)
    for place, unit in enumerate(bundle.units or ()):
        if unit.scale > SCALE_MAX:
            yield Problem(f"/units/{place}/scale", "too_many", f"at most {SCALE_MAX} decimal places")
    for place, template in enumerate(templates):
        yield from _template_faults(template, f"/templates/{place}")
    for place, role in enumerate(roles):
        yield from _role_faults(role, f"/roles/{place}")
    for place, program in enumerate(programs):
        yield from program_faults(program, f"/programs/{place}", bundle, True)
    yield from _class_faults(programs)


def program_faults(program: Program, pointer: str, bundle: Bundle, known: bool) -> Iterator[Problem]:
    """What is wrong with one program; `known`: the bundle's tiers, templates and roles are all there are."""
    yield from _word_faults(program.name, pointer + "/name")
    yield from _word_faults(program.because, pointer + "/because")
    yield from _figure_faults(program, pointer, bundle, known)
    yield from _day_faults(program, pointer)
    yield from _effects_faults(program, pointer, bundle, known)
    if program.when is not None:
        yield from condition_faults(program, pointer + "/when", bundle, known)
    if opposed(program):
        yield Problem(pointer + "/when", "never", "its effects need a member, its condition wants none")
    if program.limits.period != "ever" and program.limits.per_member is None:
        yield Problem(pointer + "/limits/period", "empty", "it needs per_member")
    if program.offline.kind not in POLICIES:
        yield Problem(pointer + "/offline/kind", "bad_policy", f"one of {', '.join(POLICIES)}")


def _listed(pointer: str, codes: list[str], most: int) -> Iterator[Problem]:
    if len(codes) > most:
        yield Problem(pointer, "too_many", f"{len(codes)}, at most {most}")
    seen: Counter[str] = Counter()
    for place, code in enumerate(codes):
        seen[code] += 1
        if seen[code] == 2:
            yield Problem(f"{pointer}/{place}", "twice", f"{code!r} is there before it")


def _tier_faults(bundle: Bundle) -> Iterator[Problem]:
    for place, (lower, upper) in enumerate(zip(bundle.tiers, bundle.tiers[1:], strict=False), 1):
        if upper.threshold < lower.threshold:
            hint = f"{upper.threshold} after {lower.threshold}"
            yield Problem(f"/tiers/{place}/threshold", "not_rising", hint)


def _template_faults(template: Template, pointer: str) -> Iterator[Problem]:
    yield from _word_faults(template.name, pointer + "/name")
    yield from validity_faults(template.validity, pointer + "/validity")
    if (template.service is None) != (template.visits == 0):
        yield Problem(pointer, "not_one", "a pass has a service and visits, a coupon has neither")


def _role_faults(role: Role, pointer: str) -> Iterator[Problem]:
    yield from _word_faults(role.name, pointer + "/name")
    for place, name in enumerate(role.may):
        if name not in MAY:
            yield Problem(f"{pointer}/may/{place}", "unknown_name", f"{name!r}, one of {', '.join(MAY)}")


def _word_faults(text: Text, pointer: str) -> Iterator[Problem]:
    for language in LANGUAGES:
        if not text.get(language, "").strip():
            yield Problem(pointer, "words_missing", f"no words in {language}")
    for language, words in text.items():
        if language not in LANGUAGES:
            yield Problem(f"{pointer}/{language}", "unknown_name", f"one of {', '.join(LANGUAGES)}")
        elif len(words) > WORDS_MAX or not words.isprintable():
            yield Problem(f"{pointer}/{language}", "shape", f"at most {WORDS_MAX} printable characters")


def _figure_faults(program: Program, pointer: str, bundle: Bundle, known: bool) -> Iterator[Problem]:
    named = figures(program, bundle)
    texts = [(program.because, pointer + "/because")]
    for place, effect in enumerate(program.then):
        if isinstance(effect, Show):
            yield from _word_faults(effect.words, f"{pointer}/then/{place}/words")
            texts.append((effect.words, f"{pointer}/then/{place}/words"))
    for text, where in texts:
        for language, words in text.items():
            yield from _braces(words, f"{where}/{language}", named, known)
    for language, words in program.name.items():
        if "{" in words or "}" in words:
            yield Problem(f"{pointer}/name/{language}", "unknown_figure", "a name has no figures")


def _braces(words: str, pointer: str, named: Any, known: bool) -> Iterator[Problem]:
    rest = BRACES.sub("", words)
    if "{" in rest or "}" in rest:
        yield Problem(pointer, "braces", words)
    for name in BRACES.findall(words):
        if name not in named:
            if known or name not in ("face", "visits", "valid_days", "until"):
                yield Problem(pointer, "unknown_figure", f"{{{name}}}, one of {_names(named)}")
        elif named[name] is None:
            yield Problem(pointer, "unclear_figure", f"{{{name}}}, say which: {_names(named, name)}")


def _names(named: Any, of: str | None = None) -> str:
    """Names of figures that are clear; those that end in one name, or the short ones."""
    clear = [name for name, figure in named.items() if figure is not None]
    wanted: Callable[[str], bool] = (
        (lambda name: name.endswith("." + of)) if of is not None else (lambda name: "." not in name)
    )
    return ", ".join(sorted(name for name in clear if wanted(name))) or "none"


def _day_faults(program: Program, pointer: str) -> Iterator[Problem]:
    for field in ("first_day", "last_day"):
        text = getattr(program, field)
        if text is not None and not is_day(text):
            yield Problem(f"{pointer}/{field}", "no_such_day", text)
    if (
        program.first_day is not None
        and program.last_day is not None
        and program.last_day < program.first_day
    ):
        yield Problem(pointer + "/last_day", "reversed", f"{program.last_day} before {program.first_day}")


def _effects_faults(program: Program, pointer: str, bundle: Bundle, known: bool) -> Iterator[Problem]:
    if not program.then:
        yield Problem(pointer + "/then", "no_effect", "name at least one effect")
    if len(program.then) > EFFECTS_MAX:
        yield Problem(pointer + "/then", "too_many", f"at most {EFFECTS_MAX} effects")
    yield from effect_faults(program, pointer, bundle, known)


def _class_faults(programs: Iterable[Program]) -> Iterator[Problem]:
    first: dict[str, tuple[str, int]] = {}
    for place, program in enumerate(programs):
        if program.exclusive is None:
            continue
        here = (program.trigger, step_of(program) if program.trigger == "order.quoted" else 0)
        if first.setdefault(program.exclusive, here) != here:
            hint = f"{program.exclusive!r} is also of another trigger or step"
            yield Problem(f"/programs/{place}/exclusive", "class_spans", hint)
