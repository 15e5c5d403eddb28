"""A report as a table to download: CSV that Excel opens in Chinese, with no cell that it would run as a formula."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final

from flask import Response, request, stream_with_context
from marshmallow import Schema
from marshmallow.fields import Field, List, Nested

from core.api.wire import answer, shape
from core.current import acting, current_actor, current_merchant
from core.money import exponent
from core.schemas.fields import MapOf, Money

#: without it Excel reads UTF-8 as the system's own code page
BOM: Final = "\ufeff"
#: what a spreadsheet would take for the beginning of a formula
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def wants_csv(query: Mapping[str, Any]) -> bool:
    """Whether the caller asked for a table, by ``?format=`` or else by the header Accept."""
    if "format" in query:
        return bool(query["format"] == "csv")
    return request.accept_mimetypes.best_match(["application/json", "text/csv"]) == "text/csv"


def answer_report(schema: type[Schema], report: Mapping[str, Any], query: Mapping[str, Any], name: str) -> Response:
    """*report* as JSON, or as a table called *name* with one line for each row of its sections."""
    if not wants_csv(query):
        return answer(schema, report)
    told = [report[key] for key in ("day", "from", "to") if key in report]
    response = Response(_lines(shape(schema), report, current_merchant().language), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{"_".join([name, *told])}.csv"'
    return response


def answer_table(name: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """*rows* as a table called *name*, sent as they come; a text in them is never run as a formula.

    :param rows: reads them in scopes of its own; an error before the first row is answered as one.
    """
    lines = (_line([plain_cell(value) for value in row]) for row in _in_the_callers_name(rows))
    first = next(lines, "")
    parts = chain((BOM + _line(list(head)), first), lines)
    response = Response(stream_with_context(parts), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _in_the_callers_name(rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    """*rows*, which are read when the request is over: merchant and actor stay who they were."""
    merchant, actor, left = current_merchant(), current_actor(), iter(rows)
    while True:
        with acting(merchant, actor):
            row = next(left, None)
        if row is None:
            return
        yield row


def plain_cell(value: Any) -> str:
    """What stands in a cell: a number is a number, a text that would be run gets a mark before it."""
    text = "" if value is None else str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(FORMULA) else text


def _lines(schema: Schema, report: Mapping[str, Any], language: str) -> Iterator[str]:
    """The columns of all sections; with several sections, the first column says of which a line is."""
    sections = {name: inner for name, field in schema.dump_fields.items() if (inner := _inside(field)) is not None}
    fields = {name: field for inner in sections.values() for name, field in inner.dump_fields.items()}
    several = len(sections) > 1
    yield BOM + _line((["section"] if several else []) + list(fields))
    for section, inner in sections.items():
        found = report[section]
        for row in [found] if isinstance(found, Mapping) else found:
            cells = [
                _cell(fields[name], row.get(name), row, language) if name in inner.dump_fields else ""
                for name in fields
            ]
            yield _line(([section] if several else []) + cells)


def _inside(field: Field[Any]) -> Schema | None:
    inner = field.inner if isinstance(field, List) else field
    return inner.schema if isinstance(inner, Nested) else None


def _cell(field: Field[Any], value: Any, row: Mapping[str, Any], language: str) -> str:
    if value is None:
        return ""
    if isinstance(field, Money):
        return decimal(value, exponent(row["currency"]))
    if isinstance(field, MapOf):
        value = value.get(language) or value.get("en") or next(iter(value.values()), "")
    return plain_cell(str(value))


def plain_money(amount: int, currency: str) -> str:
    """*amount* minor units as a cell: 49.00."""
    return decimal(amount, exponent(currency))


def decimal(amount: int, places: int) -> str:
    """*amount* minor units as plain digits with a point: -5 with two places is -0.05."""
    digits = str(abs(amount)).zfill(places + 1)
    number = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return f"-{number}" if amount < 0 else number


def _line(cells: list[str]) -> str:
    sheet = io.StringIO()
    csv.writer(sheet, lineterminator="\r\n").writerow(cells)
    return sheet.getvalue()
