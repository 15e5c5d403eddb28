"""A file as rows of cells: which encoding, which separator, which columns; nothing is understood of them yet."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from core import Invalid
from plugins.bulk_orders.terms import COLUMNS, MOST_ROWS, PASSED_OVER, REQUIRED

#: the right one, and what programs write in its place
SEPARATORS: Final = (",", ";", "\t", "，", "；", "|")
#: characters of one cell; what is longer is no cell but a quote that never ends
LONGEST: Final = 4000
_HEADINGS: Final[Mapping[str, str]] = {heading: name for name, all_of in COLUMNS.items() for heading in all_of}


@dataclass(frozen=True)
class Line:
    """One row of the file. :param number: as an editor counts. :param trouble: the row cannot be told apart."""

    number: int
    cells: Mapping[str, str]
    trouble: str | None = None


@dataclass(frozen=True)
class Sheet:
    """A file that was read."""

    encoding: str
    separator: str
    lines: tuple[Line, ...]


def read(content: bytes) -> Sheet:
    """The rows of a CSV file in UTF-8 (with its mark or without) or GBK.

    :raises Invalid: it is no such file, lacks a column that must be there, has one nobody knows, or too many rows.
    """
    encoding, text = _decoded(content)
    if "\0" in text:
        raise _wrong("The file holds NUL bytes: it is no text. Save it as CSV (UTF-8).", "not_text")
    separator = _separator(text)
    rows = _rows(text, separator)
    if not rows:
        raise _wrong("The file is empty: the first line names the columns.", "empty_file")
    names = _names(rows[0][1], separator)
    filled = [(number, cells) for number, cells in rows[1:] if any(cell.strip() for cell in cells)]
    if not filled:
        raise _wrong("The file has no rows below its headings.", "no_rows")
    if len(filled) > MOST_ROWS:
        raise _wrong(f"The file has {len(filled)} rows; {MOST_ROWS} is the most. Cut it into several.", "too_many_rows")
    return Sheet(encoding, separator, tuple(_line(number, cells, names, separator) for number, cells in filled))


def _decoded(content: bytes) -> tuple[str, str]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _wrong("The file is UTF-16, which Excel calls Unicode text. Save it as CSV (UTF-8).", "bad_encoding")
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise _wrong("This is an Excel workbook. Save it as CSV (UTF-8).", "workbook")
    for name, codec in (("utf-8-bom", "utf-8-sig"), ("utf-8", "utf-8"), ("gbk", "gb18030")):
        if name == "utf-8-bom" and not content.startswith(b"\xef\xbb\xbf"):
            continue
        try:
            return name, content.decode(codec)
        except UnicodeDecodeError:
            continue
    raise _wrong("The file is neither UTF-8 nor GBK. Save it as CSV (UTF-8).", "bad_encoding")


def _separator(text: str) -> str:
    """The one that stands in the headings most often; what a quoted heading holds does not count."""
    heading = text.lstrip("\r\n").split("\n", 1)[0]
    return max(SEPARATORS, key=lambda one: (heading.count(one), -SEPARATORS.index(one)))


def _rows(text: str, separator: str) -> list[tuple[int, list[str]]]:
    """Each row with the line it begins on."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    found: list[tuple[int, list[str]]] = []
    begins = 1
    try:
        for cells in reader:
            if any(len(cell) > LONGEST for cell in cells):
                raise _wrong(f"Line {begins}: a cell has over {LONGEST} characters; is a quote not closed?", "bad_csv")
            if found or any(cell.strip() for cell in cells):
                found.append((begins, cells))
            begins = reader.line_num + 1
    except csv.Error as wrong:
        raise _wrong(f"Line {begins}: this is not CSV ({wrong}).", "bad_csv") from None
    return found


def _names(headings: list[str], separator: str) -> list[str]:
    """What each column says; "" = it is passed over."""
    read = [heading.strip().strip("*＊ ").lower().replace(" ", "_") for heading in headings]
    while read and not read[-1]:
        read.pop()
    unknown = [heading for heading in read if heading not in _HEADINGS and heading not in PASSED_OVER]
    names = [_HEADINGS.get(heading, "") for heading in read]
    twice = {name for name in names if name and names.count(name) > 1}
    missing = [name for name in REQUIRED if name not in names]
    if missing or unknown or twice:
        raise _wrong_headings(separator, missing, unknown, sorted(twice))
    return names


def _line(number: int, cells: list[str], names: list[str], separator: str) -> Line:
    extra = [cell for cell in cells[len(names) :] if cell.strip()]
    told = {COLUMNS[name][0]: cell for name, cell in zip(names, cells, strict=False) if name}
    # what is left out at the end is empty
    if extra or len(cells) <= max(names.index(name) for name in REQUIRED):
        others = [one for one in SEPARATORS if one != separator and any(one in cell for cell in cells)]
        message = f"The row has {len(cells)} cells, the headings have {len(names)}."
        if len(cells) == 1 and others:
            message += f" It is separated by {others[0]!r}, the headings by {separator!r}."
        return Line(number, told, message)
    return Line(number, told)


def _wrong_headings(separator: str, missing: list[str], unknown: list[str], twice: list[str]) -> Invalid:
    said = []
    if missing:
        said.append(f"The headings lack {', '.join(_spelt(name) for name in missing)}.")
    if unknown:
        said.append(f"Nobody knows the headings {', '.join(repr(heading[:40]) for heading in unknown[:5])}.")
    if twice:
        said.append(f"Several columns say {', '.join(twice)}.")
    known = ", ".join(_spelt(name) for name in COLUMNS)
    return _wrong(f"{' '.join(said)} Separated by {separator!r}, they may be: {known}.", "bad_headings")


def _spelt(name: str) -> str:
    chinese = next(heading for heading in COLUMNS[name] if not heading.isascii())
    return f"{COLUMNS[name][0]} ({chinese})"


def _wrong(message: str, code: str) -> Invalid:
    return Invalid.field("/file", message, code)
