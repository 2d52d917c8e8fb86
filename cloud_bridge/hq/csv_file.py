"""The bytes of a file of members, goods or staff as lines of fields: pure, fed in pieces, strict, bounded.

One record is one line; it ends with LF or CRLF, the last one too. UTF-8, with or without a byte order mark.
A field may stand in double quotes, "" inside them is one; nothing may follow the closing quote but a comma.
What breaks these rules is a fault of the whole file (FileFault), because whoever wrote such a file wrote
something else than it seems; a line's wrong content is not judged here.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

COLUMNS: Final = (
    "member_no",
    "name",
    "phone",
    "language",
    "status",
    "tier",
    "qualifying_points",
    "home_store",
    "card_uid",
    "qr_code",
    "instrument_status",
)
POINTS: Final = "points"  # the balance a member brings along
BIRTHDAY: Final = "birthday"  # MM-DD
LINE_BYTES_MAX: Final = 4_096  # a full line is some 200 bytes; a file without line ends is found out here
FILE_BYTES_MAX: Final = 1024 * 1024 * 1024  # about 8 million members
LINES_MAX: Final = 8_000_000
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_UTF_16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")


class FileFault(Exception):
    """The file as a whole cannot be used: `code` is a word "file.<code>", `line` is 1 for the header."""

    def __init__(self, code: str, line: int, **values: str | int) -> None:
        super().__init__(f"{code} at line {line}")
        self.code = code
        self.line = line
        self.values = values


class Shape(NamedTuple):
    """What a kind of file has: columns in this order, then of the `optional` ones any, in any order."""

    columns: tuple[str, ...]
    optional: tuple[str, ...] = ()


MEMBERS: Final = Shape(COLUMNS, (POINTS, BIRTHDAY))


class Line(NamedTuple):
    """One record; `number` counts from 1, which is the header, and that has these `columns`."""

    number: int
    fields: tuple[str, ...]
    columns: tuple[str, ...] = COLUMNS


class CsvFile:
    """Takes the file's bytes in pieces of any size and gives its lines; the header is checked, not given."""

    def __init__(self, shape: Shape = MEMBERS) -> None:
        self._shape = shape
        self._rest = b""
        self._bytes = 0
        self._number = 0
        self._records = 0
        self._columns = shape.columns

    def feed(self, piece: bytes) -> Iterator[Line]:
        """The lines that this piece completes. Raises FileFault; then nothing more may be fed."""
        self._bytes += len(piece)
        if self._bytes > FILE_BYTES_MAX:
            raise FileFault("file_too_large", self._number + 1, mebibytes=FILE_BYTES_MAX // 2**20)
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for raw in lines:
            yield from self._take(raw)
        if len(self._rest) > LINE_BYTES_MAX:
            raise self._too_long()

    def finish(self) -> None:
        """Nothing, if the file was whole. Raises FileFault."""
        if self._rest:
            raise FileFault("cut_off", self._number + 1)
        if self._number == 0:
            raise FileFault("empty_file", 1)
        if self._records == 0:
            raise FileFault("no_lines", 1)

    def _take(self, raw: bytes) -> Iterator[Line]:
        self._number += 1
        if len(raw) > LINE_BYTES_MAX + 1:
            raise self._too_long()
        if self._number == 1:
            self._check_header(raw)
            return
        text = self._text(raw)
        if not text:
            return  # programs like to leave an empty line at the end
        self._records += 1
        if self._records > LINES_MAX:
            raise FileFault("too_many_lines", self._number, lines=LINES_MAX)
        yield Line(self._number, split_fields(text, self._number), self._columns)

    def _check_header(self, raw: bytes) -> None:
        if raw.startswith(_UTF_16_MARKS):
            raise FileFault("utf_16", 1)
        self._columns = split_fields(self._text(raw.removeprefix(_BYTE_ORDER_MARK)), 1)
        check_header(self._columns, self._shape)

    def _text(self, raw: bytes) -> str:
        line = raw.removesuffix(b"\r")
        if b"\0" in line:
            raise FileFault("nul_byte", self._number)
        if b"\r" in line:
            raise FileFault("bare_return", self._number)
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError as fault:
            raise FileFault("not_utf_8", self._number, byte=fault.start + 1) from None

    def _too_long(self) -> FileFault:
        return FileFault("line_too_long", self._number or 1, bytes=LINE_BYTES_MAX)


def check_header(names: tuple[str, ...], shape: Shape) -> None:
    """Nothing, if a file of this shape may have this header. Raises FileFault naming what is wrong."""
    columns, more = shape.columns, names[len(shape.columns) :]
    in_order = names[: len(columns)] == columns
    if in_order and set(more) <= set(shape.optional) and len(set(more)) == len(more):
        return
    wanted = ",".join(columns)
    if not set(names) & set(columns):
        raise FileFault("no_header", 1, columns=wanted)
    missing = [name for name in columns if name not in names]
    foreign = [name[:40] for name in names if name not in (*columns, *shape.optional)]
    if missing or foreign:
        listed = {"missing": ", ".join(missing) or "-", "foreign": ", ".join(foreign[:20]) or "-"}
        raise FileFault("wrong_columns", 1, columns=wanted, **listed)
    raise FileFault("columns_out_of_order", 1, columns=wanted)


def split_fields(text: str, number: int) -> tuple[str, ...]:
    """The fields of one line. Raises FileFault for a quote out of place."""
    if '"' not in text:
        return tuple(text.split(","))
    fields, start = [], 0
    while True:
        field, end = (
            _quoted(text, start, number) if text[start : start + 1] == '"' else _plain(text, start, number)
        )
        fields.append(field)
        if end == len(text):
            return tuple(fields)
        start = end + 1


def _plain(text: str, start: int, number: int) -> tuple[str, int]:
    """The field from start to the next comma or the end, and where that is."""
    end = text.find(",", start)
    end = len(text) if end < 0 else end
    if '"' in text[start:end]:
        raise FileFault("quote_out_of_place", number)
    return text[start:end], end


def _quoted(text: str, start: int, number: int) -> tuple[str, int]:
    """The quoted field from start, and where its comma or the end of the line is."""
    close = start + 1
    while True:
        close = text.find('"', close)
        if close < 0:
            raise FileFault("quote_open", number)
        if text[close + 1 : close + 2] != '"':
            break
        close += 2
    if text[close + 1 : close + 2] not in ("", ","):
        raise FileFault("quote_out_of_place", number)
    return text[start + 1 : close].replace('""', '"'), close + 1
