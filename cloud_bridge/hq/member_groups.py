"""The lines of one member, gathered: they stand or fall together. Pure.

A member with two cards of different status has two lines, next to each other, alike in all but the card, code
and status of the instrument. A Group is either whole and right, or refused with every line of it reported.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from cloud_bridge.hq.csv_file import Line
from cloud_bridge.hq.lines import Refusal, RefusedGroup, Rule
from cloud_bridge.hq.member_lines import Known, MemberLine, Token, member_rules, read_line

LINES_PER_MEMBER_MAX: Final = 32


class Group(NamedTuple):
    """One member's lines, which agree; `tokens` of all of them, `numbers` of the lines."""

    first: MemberLine
    tokens: tuple[Token, ...]
    numbers: tuple[int, ...]


def gather(lines: Iterable[Line], known: Known) -> Iterator[Group | RefusedGroup]:
    """The file's members in order. Remembers which numbers passed, to find lines that are not together."""
    rules = member_rules(known)
    passed: set[int] = set()  # hashes: a set of 8 million numbers themselves would take a gigabyte
    waiting: list[Line] = []
    for line in lines:
        if waiting and (not _same_member(waiting[0], line) or len(waiting) > LINES_PER_MEMBER_MAX):
            yield _close(waiting, rules, passed)
            waiting = []
        waiting.append(line)
    if waiting:
        yield _close(waiting, rules, passed)


def _same_member(one: Line, other: Line) -> bool:
    return one.fields[0].strip() == other.fields[0].strip() != ""


def _close(lines: list[Line], rules: Mapping[str, Rule], passed: set[int]) -> Group | RefusedGroup:
    mark = hash(lines[0].fields[0].strip())
    seen = mark in passed and bool(lines[0].fields[0].strip())
    passed.add(mark)
    if seen:
        return _refuse_all(lines, "not_together")
    if len(lines) > LINES_PER_MEMBER_MAX:
        return _refuse_all(lines, "too_many_lines_of_member")
    read = [read_line(line, rules) for line in lines]
    wrong = {line.number: found for line, found in zip(lines, read, strict=True) if isinstance(found, list)}
    members = [found for found in read if isinstance(found, MemberLine)]
    if not wrong:
        wrong = _disagreements(members)
    return _refuse([line.number for line in lines], wrong) if wrong else _group(members)


def _disagreements(members: list[MemberLine]) -> dict[int, list[Refusal]]:
    """What the lines of a member have that they may not: different member columns, a token twice."""
    found: dict[int, list[Refusal]] = {}
    tokens: set[tuple[str, bytes]] = set()
    for member in members:
        if member.member_part() != members[0].member_part():
            found[member.line] = [Refusal(member.line, "member_no", "lines_differ", str(members[0].line))]
        mine = {token[:2] for token in member.tokens}
        if mine & tokens:
            found.setdefault(member.line, []).append(Refusal(member.line, "card_uid", "card_twice", ""))
        tokens |= mine
    return found


def _group(members: list[MemberLine]) -> Group:
    tokens = tuple(token for member in members for token in member.tokens)
    return Group(members[0], tokens, tuple(member.line for member in members))


def _refuse_all(lines: list[Line], code: str) -> RefusedGroup:
    numbers = tuple(line.number for line in lines)
    return RefusedGroup(tuple(Refusal(number, "member_no", code, "") for number in numbers), numbers)


def _refuse(numbers: Sequence[int], wrong: dict[int, list[Refusal]]) -> RefusedGroup:
    """All lines refused: the wrong ones for what is wrong, the others because of those."""
    first_wrong = str(min(wrong))
    refusals = [
        refusal
        for number in numbers
        for refusal in wrong.get(number) or [Refusal(number, "member_no", "other_line_refused", first_wrong)]
    ]
    return RefusedGroup(tuple(refusals), tuple(numbers))


def refuse_group(group: Group, column: str, code: str, value: str) -> RefusedGroup:
    """A group that was right in itself but does not fit what HQ has: refused for that, at its first line."""
    line = group.first.line
    return _refuse(group.numbers, {line: [Refusal(line, column, code, value)]})
