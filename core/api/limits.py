"""What a request may look like before anything reads it: its size, its type, JSON without surprises, known names."""

import json
import math
from collections.abc import Callable
from typing import Any, Final, NoReturn, TypeVar

from flask import g, request
from marshmallow import RAISE, Schema
from webargs import missing
from webargs.flaskparser import FlaskParser

from core.errors import BadRequest, FieldError, Invalid, MerxError, Unsupported

#: bytes of a body, unless the view says otherwise with :func:`body_up_to`
MAX_BODY: Final = 1024 * 1024
MAX_DEPTH: Final = 20
#: the largest whole number that every JSON reader keeps exact
MAX_INTEGER: Final = 2**53 - 1
PAGE_NAMES: Final = frozenset({"cursor", "limit"})
_View = TypeVar("_View", bound=Callable[..., Any])


class LengthRequired(BadRequest):
    """A body whose length is not told in advance."""

    status = 411
    code = "length_required"


def body_up_to(size: int) -> Callable[[_View], _View]:
    """Let this view take a body of *size* bytes instead of MAX_BODY."""

    def mark(view: _View) -> _View:
        view.__dict__["max_body"] = size
        return view

    return mark


def raw_body_up_to(size: int) -> Callable[[_View], _View]:
    """This view reads the bytes of its body itself, *size* of them at most, whatever their type."""

    def mark(view: _View) -> _View:
        view.__dict__.update(max_body=size, raw=True)
        return view

    return mark


def paged(view: _View) -> _View:
    """This view answers with :func:`core.api.paging.page`: it takes ``?cursor=`` and ``?limit=``."""
    view.__dict__["paged"] = True
    return view


def check_shape(view: Callable[..., Any]) -> None:
    """Refuse what this *view* cannot want; afterwards ``g.body`` is the JSON that came, or missing.

    :raises MerxError: 400, 411, 413, 415 or 422.
    """
    wants = _wants(view)
    unknown = [name for name in request.args if name not in wants["query"]]
    if unknown:
        accepted = ", ".join(sorted(wants["query"])) or "none"
        message = f"There is no such query name. Accepted here: {accepted}."
        raise Invalid.field(unknown[0][:100], message, "unknown_field", "query")
    if "Transfer-Encoding" in request.headers and request.content_length is None:
        raise LengthRequired("A body needs the header Content-Length; chunked bodies are not taken.")
    request.max_content_length = view.__dict__.get("max_body", MAX_BODY)
    g.body = missing
    if view.__dict__.get("raw"):
        return
    if wants["form"]:
        if request.mimetype != "multipart/form-data":
            raise Unsupported("The body must be a form with the header Content-Type: multipart/form-data.")
    elif request.content_length:
        g.body = read_json()
        if not wants["json"] and g.body not in ({}, None):
            raise Invalid.field("", "This takes no body; send none, or {}.", "unknown_field")


def read_json() -> Any:
    """The body as JSON, read strictly.

    :raises MerxError: 415 another content type; 400 not JSON, a name twice, too deep; 422 a NUL, half a surrogate, a
        number that is not exact.
    """
    if request.mimetype != "application/json" and not request.mimetype.endswith("+json"):
        given = request.mimetype or "none"
        raise Unsupported(f"The body must be JSON with the header Content-Type: application/json (it was {given}).")
    try:
        value = json.loads(request.get_data().decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise BadRequest("The body is not UTF-8.", code="bad_json") from None
    except RecursionError:
        raise BadRequest(f"The body is nested deeper than {MAX_DEPTH} levels.", code="bad_json") from None
    except json.JSONDecodeError as wrong:
        where = f"line {wrong.lineno}, column {wrong.colno}"
        raise BadRequest(f"The body is not JSON: {wrong.msg} at {where}.", code="bad_json") from None
    except ValueError:
        raise BadRequest("The body holds a number that is far too long.", code="bad_json") from None
    _inspect(value, "", 0)
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise BadRequest(f"The name {twice[:60]!r} stands twice in one object.", code="bad_json")
    return found


def _no_constant(name: str) -> NoReturn:
    raise BadRequest(f"{name} is not JSON; numbers must be finite.", code="bad_json")


def _inspect(value: Any, pointer: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise BadRequest(f"The body is nested deeper than {MAX_DEPTH} levels.", code="bad_json")
    if isinstance(value, dict):
        for name, inner in value.items():
            _inspect_text(name, pointer)
            _inspect(inner, f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}", depth + 1)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _inspect(inner, f"{pointer}/{index}", depth + 1)
    elif isinstance(value, str):
        _inspect_text(value, pointer)
    elif isinstance(value, float) and not math.isfinite(value):
        raise _bad(pointer, "This number is too large.", "out_of_range")
    elif isinstance(value, int) and abs(value) > MAX_INTEGER:
        raise _bad(pointer, f"Whole numbers go up to {MAX_INTEGER}.", "out_of_range")


def _inspect_text(text: str, pointer: str) -> None:
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise _bad(pointer, "Holds NUL or half a surrogate, which no text may.", "unfit_character")


def _bad(pointer: str, message: str, code: str) -> MerxError:
    # half a surrogate in the pointer itself could not be sent back
    shown = pointer.encode("utf-8", "replace").decode()
    return Invalid(message, code="invalid", errors=(FieldError(shown, message, code),))


# ---------------------------------------------------------------------------------------------- what a view wants
def _wants(view: Callable[..., Any]) -> dict[str, Any]:
    known: dict[str, Any] | None = view.__dict__.get("wants")
    if known is None:
        given = view.__dict__.get("_apidoc", {}).get("arguments", {}).get("parameters", [])
        places = {one["in"] for one in given}
        names = {name for one in given if one["in"] == "query" for name in _names(one["schema"])}
        known = {
            "query": frozenset(names | (PAGE_NAMES if view.__dict__.get("paged") else set())),
            "json": "json" in places,
            "form": bool(places & {"form", "files"}),
        }
        view.__dict__["wants"] = known
    return known


def _names(schema: Schema | type[Schema]) -> list[str]:
    shape = schema() if isinstance(schema, type) else schema
    return [field.data_key or name for name, field in shape.load_fields.items()]


class StrictParser(FlaskParser):
    """webargs' parser over our strict JSON; unknown names are refused everywhere."""

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": RAISE, "querystring": RAISE}

    def load_json(self, req: Any, schema: Schema) -> Any:
        """The body that :func:`check_shape` read."""
        return g.get("body", missing)

    def load_querystring(self, req: Any, schema: Schema) -> Any:
        """The query without the page's names.

        :raises Invalid: a name that takes one value stands there twice.
        """
        mine = {name for name in req.args if name in schema.load_fields or name not in PAGE_NAMES}
        for name in mine:
            if len(req.args.getlist(name)) > 1:
                raise Invalid.field(name, "This query name may stand there once only.", "repeated", "query")
        return {name: req.args[name] for name in mine}
