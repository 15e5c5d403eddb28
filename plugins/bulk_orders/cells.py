"""One cell: what spreadsheets did to it is mended where nothing is lost, and refused where something is."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from core import current_merchant, now

#: what a spreadsheet keeps exact of a number; the digits behind become 0
EXACT_DIGITS: Final = 15
#: a number that only happens to end in so many noughts is rare
SURE_LOSS: Final = 3
_SCIENTIFIC: Final = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?[eE][+-]?[0-9]{1,3}")
_DECIMAL: Final = re.compile(r"[0-9]+[.,]0*")
_ERROR: Final = re.compile(r"#(N/A|REF!|VALUE!|NAME\?|DIV/0!|NULL!|NUM!|####*)")
_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_UNSEEN: Final = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
_TIMES: Final = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d")


class Wrong(Exception):
    """A cell that cannot be used. :param column: as we call it; None = the row as a whole."""

    def __init__(self, code: str, column: str | None, message: str) -> None:
        super().__init__(message)
        self.code, self.column, self.message = code, column, message[:500]


@dataclass
class Cell:
    """A cell as it is used.

    :param kept: it was marked as text, so that nothing was lost. :param notes: what was mended.
    """

    text: str
    kept: bool = False
    notes: list[str] = field(default_factory=list)


def cleaned(given: str) -> Cell:
    """*given* without what spreadsheets, input methods and copying leave around it."""
    cell = Cell(given)
    _step(cell, "unseen_characters", _UNSEEN.sub("", cell.text))
    _step(cell, "spaces", cell.text.strip(" \t\r\n\u00a0\u3000"))
    if marked := re.fullmatch(r'="(.*)"|[\'‘’`](.*)', cell.text, re.DOTALL):
        cell.kept = True
        _step(cell, "text_mark", (marked[1] or marked[2] or "").strip())
    return cell


def code_of(given: str, column: str, longest: int) -> Cell:
    """A number that people and programs share: of an order, a parcel, an article.

    :raises Wrong: digits were lost, or it holds what no such number holds.
    """
    cell = cleaned(given)
    _step(cell, "full_width", unicodedata.normalize("NFKC", cell.text))
    text = cell.text
    if not text:
        return cell
    if _SCIENTIFIC.fullmatch(text) and not cell.kept:
        raise Wrong(
            "scientific", column, f"{text} is what a spreadsheet made of a long number: its digits are lost. {_AS_TEXT}"
        )
    if _ERROR.fullmatch(text):
        raise Wrong("formula_error", column, f"{text} is an error of a spreadsheet, not a number.")
    if _DECIMAL.fullmatch(text) and not cell.kept:
        raise Wrong("decimal", column, f"{text} was taken for a number, so noughts before it may be lost. {_AS_TEXT}")
    if not _CODE.fullmatch(text) or len(text) > longest:
        raise Wrong(
            "bad_characters", column, f"{text[:60]!r} holds more than {longest} letters, digits, '.', '_' and '-'."
        )
    _look_at_digits(cell, column)
    return cell


def whole_of(given: str, column: str, most: int) -> int | None:
    """A number of units; None = nothing is said.

    :raises Wrong: it is none from 1 to *most*.
    """
    text = unicodedata.normalize("NFKC", cleaned(given).text)
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,9}(\.0+)?", text) or not 1 <= int(text.partition(".")[0]) <= most:
        raise Wrong("bad_quantity", column, f"{text[:40]!r} is no whole number from 1 to {most}.")
    return int(text.partition(".")[0])


def moment_of(given: str, column: str) -> datetime | None:
    """A moment in the merchant's own zone, as a spreadsheet writes it; None = nothing is said.

    :raises Wrong: it is none, or is still to come.
    """
    text = unicodedata.normalize("NFKC", cleaned(given).text)
    if not text:
        return None
    if re.fullmatch(r"[0-9]{5}(\.[0-9]+)?", text):
        raise Wrong(
            "bad_moment", column, f"{text} is a day as a spreadsheet counts them: write it as 2026-01-31 16:30."
        )
    plain = re.sub(r"\s+", " ", text.replace("/", "-").replace("年", "-").replace("月", "-").replace("日", ""))
    read = next(filter(None, (_read_time(plain, shape) for shape in _TIMES)), None)
    if read is None:
        raise Wrong("bad_moment", column, f"{text[:40]!r} is no moment such as 2026-01-31 16:30.")
    moment = read.replace(tzinfo=ZoneInfo(current_merchant().timezone))
    if moment > now():
        raise Wrong("bad_moment", column, f"{text} is still to come.")
    return moment


def text_of(given: str, column: str, longest: int) -> str | None:
    """A few words; None = nothing is said.

    :raises Wrong: they are too long, or hold a character that no text may hold.
    """
    text = cleaned(given).text
    if len(text) > longest:
        raise Wrong("too_long", column, f"{len(text)} characters; {longest} is the most.")
    if any(unicodedata.category(one) in ("Cc", "Cs") and one not in "\t\r\n" for one in text):
        raise Wrong("bad_characters", column, "Holds a control character, which no text may.")
    return text or None


def with_noughts(text: str, is_known: Callable[[str], Any]) -> str | None:
    """*text* with the noughts before it that a spreadsheet may have taken, if that makes it one that is known."""
    if not text.isdigit():
        return None
    return next((longer for many in (1, 2, 3, 4) if is_known(longer := "0" * many + text)), None)


_AS_TEXT: Final = "Format the column as text and copy the numbers once more."


def _look_at_digits(cell: Cell, column: str) -> None:
    """Behind the fifteenth digit a spreadsheet writes noughts."""
    lost = len(cell.text) - EXACT_DIGITS
    if cell.kept or lost <= 0 or not cell.text.isdigit() or cell.text[EXACT_DIGITS:].strip("0"):
        return
    if lost >= SURE_LOSS:
        raise Wrong("digits_lost", column, f"{cell.text} ends in {lost} noughts, as a spreadsheet rounds. {_AS_TEXT}")
    cell.notes.append("look_at_last_digits")


def _read_time(text: str, shape: str) -> datetime | None:
    try:
        return datetime.strptime(text, shape)  # noqa: DTZ007
    except ValueError:
        return None


def _step(cell: Cell, note: str, text: str) -> None:
    if text != cell.text:
        cell.text = text
        cell.notes.append(note)
