"""How programs read on a terminal: checked, listed, filled in; in the terminal's language."""

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import NamedTuple

from gateway.core.model import Bundle
from gateway.core.orders.model import Quote
from gateway.core.programs import because
from gateway.core.programs.check import words as fault_words
from gateway.core.programs.explain import Line
from gateway.core.programs.faults import Problem
from gateway.core.programs.figures import count, money, percent
from gateway.core.programs.model import Program
from shopbell.look.words import say
from shopbell.program_fill import Blank, Fault, FillIn
from shopbell.program_words import WORDS


class View(NamedTuple):
    """Says things in one language."""

    language: str

    def word(self, key: str, **values: object) -> str:
        """A line of the catalogue."""
        return say("program." + key, self.language, WORDS, **values)


def problem_line(view: View, file: str, pointer: str | None, problem: Problem) -> str:
    """One fault; `pointer` None: it is in the bundle in force and not in the file."""
    where = problem.pointer if pointer is None else pointer
    if pointer is None:
        file = view.word("check.in_force", file=file, pointer="").rstrip()
    what = fault_words(problem)[view.language]
    return view.word(
        "check.problem", file=file, pointer=where or view.word("check.whole"), what=what, hint=problem.hint
    )


def list_lines(view: View, bundle: Bundle) -> Iterator[str]:
    """Every program in one line, with its figures filled in."""
    programs = bundle.programs or ()
    yield view.word("list.head", programs=len(programs))
    for program in programs:
        yield "  " + _listed(view, program, bundle)


def _listed(view: View, program: Program, bundle: Bundle) -> str:
    named = because.figures(program, bundle)
    days = ""
    if program.first_day or program.last_day:
        days = view.word("list.days", first=program.first_day or "…", last=program.last_day or "…")
    return view.word(
        "list.line",
        id=program.id,
        version=program.version,
        trigger=program.trigger,
        name=program.name[view.language],
        because=because.fill(program.because, named)[view.language],
        days=days,
        paused=view.word("list.paused") if program.paused else "",
    )


def template_lines(view: View, fill_in: FillIn) -> Iterator[str]:
    """A template: its sentence, and what each blank takes."""
    yield f"{fill_in.template}  {fill_in.name[view.language]}"
    yield "  " + fill_in.sentence[view.language]
    for name, blank in fill_in.blanks.items():
        yield "  " + _blank(view, name, blank)


def _blank(view: View, name: str, blank: Blank) -> str:
    usual = "" if blank.usual is None else view.word("fill.usual", value=blank.usual)
    label = blank.label[view.language]
    return view.word("fill.blank", blank=name, label=label, bounds=bounds(view, blank), usual=usual)


def bounds(view: View, blank: Blank) -> str:
    """What a blank takes."""
    shown = _SHOWN.get(blank.kind, count)
    choices = ", ".join(f"{code} ({words[view.language]})" for code, words in blank.of.items())
    least, most = (shown(edge, view.language) for edge in (blank.at_least, blank.at_most))
    kind = "fill.kind." + blank.kind
    if blank.kind == "choice":
        return view.word(kind, choices=choices)
    if blank.kind in ("money", "percent", "number"):
        return view.word(kind, least=least, most=most)
    return view.word(kind)


def _plain_percent(value: int, language: str) -> str:
    return percent(value, language).removesuffix("%")


_SHOWN: dict[str, Callable[[int, str], str]] = {"money": money, "percent": _plain_percent}


def fault_line(view: View, fault: Fault) -> str:
    """What is wrong with one blank, and what it takes."""
    blank = fault.values.get("bounds")
    shown = {"bounds": bounds(view, blank)} if isinstance(blank, Blank) else {}
    return view.word("fill." + fault.code, blank=fault.blank, **{**fault.values, **shown})


def try_lines(view: View, lines: Iterable[Line], bundle: Bundle, mine: Collection[str]) -> Iterator[str]:
    """Every program in one line: + it happened, - it did not and why; `mine` are marked."""
    programs = {program.id: program for program in bundle.programs or ()}
    for line in lines:
        # One that was not even tried comes without its figures.
        named = because.figures(programs[line.program], bundle)
        happened = line.reason is None
        yield view.word(
            "try.happened" if happened else "try.missed",
            mark="*" if line.program in mine else " ",
            id=line.program,
            said=line.words[view.language],
            because=because.fill(line.because, named)[view.language],
        )


def quote_lines(view: View, quote: Quote) -> Iterator[str]:
    """A basket priced."""
    for line in quote.lines:
        name = line.name.get(view.language, line.sku)
        figures = {key: amount(getattr(line, key)) for key in ("gross", "discount", "net")}
        yield view.word("try.line", name=name, quantity=line.quantity, **figures)
    points = sum(line.points for line in quote.lines)
    if points:
        yield view.word("try.points", amount=amount(points))
    yield view.word("try.total", total=amount(quote.total), tax=amount(quote.tax))


def amount(minor: int) -> str:
    """Money with two places, in columns."""
    sign = "-" if minor < 0 else ""
    return f"{sign}{abs(minor) // 100:,}.{abs(minor) % 100:02d}"
