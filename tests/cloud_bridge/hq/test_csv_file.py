"""The file as bytes: any split gives the same lines, any damage of structure is a fault."""

import csv
import io
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud_bridge.hq.csv_file import COLUMNS, LINE_BYTES_MAX, CsvFile, FileFault, Line
from cloud_bridge.hq.words import WORDS
from shopbell.look.words import say

HEAD = ",".join(COLUMNS) + "\n"
ROW = "A1,林晓雯,,zh-CN,active,,10,river,,,\n"


def read(pieces: Iterable[bytes]) -> list[Line]:
    file = CsvFile()
    lines = [line for piece in pieces for line in file.feed(piece)]
    file.finish()
    return lines


def fault_of(data: bytes) -> FileFault:
    with pytest.raises(FileFault) as caught:
        read([data])
    return caught.value


def test_every_split_gives_the_same_lines() -> None:
    data = (HEAD + ROW + '"B,2","x ""y""",,en,active,,1,river,,,\r\n' + "\n" + ROW).encode()
    whole = read([data])
    assert [line.number for line in whole] == [2, 3, 5]
    assert whole[1].fields[:2] == ("B,2", 'x "y"')
    for cut in range(len(data) + 1):
        assert read([data[:cut], data[cut:]]) == whole
    assert read(bytes([byte]) for byte in data) == whole


def test_a_byte_order_mark_and_crlf_are_what_excel_writes() -> None:
    data = b"\xef\xbb\xbf" + (HEAD + ROW).replace("\n", "\r\n").encode()
    assert read([data])[0].fields[1] == "林晓雯"


@pytest.mark.parametrize(
    ("data", "code", "line"),
    [
        (b"", "empty_file", 1),
        (HEAD.encode(), "no_lines", 1),
        (HEAD.encode()[:-1], "cut_off", 1),
        ((HEAD + ROW).encode()[:-1], "cut_off", 2),
        ((HEAD + ROW).encode("utf-16"), "utf_16", 1),
        ((HEAD + ROW).encode("utf-16-le"), "nul_byte", 1),
        ((HEAD + ROW).encode("gbk"), "not_utf_8", 2),
        ((HEAD + ROW + "B\0,").encode() + b"\n", "nul_byte", 3),
        ((HEAD + ROW).replace("\n", "\r").encode() + b"\n", "bare_return", 1),
        (ROW.encode(), "no_header", 1),
        (b"<!doctype html>\n", "no_header", 1),
        (HEAD.replace("phone", "tel").encode() + ROW.encode(), "wrong_columns", 1),
        (HEAD.replace(",phone", "").encode() + ROW.encode(), "wrong_columns", 1),
        (HEAD.replace("\n", ",extra\n").encode(), "wrong_columns", 1),
        (HEAD.replace("member_no,name", "name,member_no").encode(), "columns_out_of_order", 1),
        (HEAD.replace("member_no,name", "member_no,member_no,name").encode(), "columns_out_of_order", 1),
        ((HEAD + 'A,"open,,\n' + ROW).encode(), "quote_open", 2),
        ((HEAD + 'A,"two\nlines",\n').encode(), "quote_open", 2),
        ((HEAD + 'A,mid"dle,\n').encode(), "quote_out_of_place", 2),
        ((HEAD + 'A,"x"y,\n').encode(), "quote_out_of_place", 2),
        ((HEAD + "A" * (LINE_BYTES_MAX + 2) + "\n").encode(), "line_too_long", 2),
        (b"A" * (LINE_BYTES_MAX + 2), "line_too_long", 1),
    ],
)
def test_a_fault_of_structure_is_named_with_its_line(data: bytes, code: str, line: int) -> None:
    fault = fault_of(data)
    assert (fault.code, fault.line) == (code, line)
    for language in ("zh-CN", "en"):
        assert say(f"file.{code}", language, WORDS, **fault.values)
        assert say(f"file.{code}.do", language, WORDS, **fault.values)


def test_a_line_without_end_is_found_out_before_it_fills_the_memory() -> None:
    file = CsvFile()
    list(file.feed(HEAD.encode()))
    fed = 0
    with pytest.raises(FileFault, match="line_too_long"):
        while fed < 10 * 2**20:
            fed += 1024
            list(file.feed(b"x" * 1024))
    assert fed <= LINE_BYTES_MAX + 2048


@given(
    st.lists(
        st.lists(
            st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n"), max_size=12),
            min_size=2,
            max_size=5,
        ),
        min_size=1,
        max_size=6,
    )
)
def test_what_python_writes_is_read_as_it_was(rows: list[list[str]]) -> None:
    """csv is the independent judge of quoting."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    assert [list(line.fields) for line in read([HEAD.encode() + text.getvalue().encode()])] == rows
