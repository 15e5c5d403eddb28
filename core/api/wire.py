"""How an answer is made: inside the scope that read it, and kept for a repetition of the same request."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import orjson
from flask import Response
from marshmallow import Schema

from core.api import idempotency
from core.schemas.dumping import dumper


def answer(
    schema: type[Schema], thing: Any, status: int = 200, *, headers: Mapping[str, str] | None = None
) -> Response:
    """*thing* in the shape of *schema*, made inside ``transaction()`` or ``reading()``.

    Its ``version``, if it has one, becomes the ETag. A request with an Idempotency-Key has its answer kept in the
    same transaction.
    """
    response = plain(dumper(schema)(thing), status, headers)
    version = thing.get("version") if isinstance(thing, Mapping) else getattr(thing, "version", None)
    if isinstance(version, int):
        response.headers["ETag"] = f'"v{version}"'
    idempotency.keep(response)
    return response


def answer_all(schema: type[Schema], things: Sequence[Any]) -> Response:
    """A short list that needs no pages, as ``{"data": [...]}``; long lists are for :func:`core.api.paging.page`."""
    return plain({"data": document_of_all(schema, things)})


def document_of_all(schema: type[Schema], things: Iterable[Any]) -> list[Any]:
    """*things* in the shape of *schema*, for :func:`plain`."""
    dump = dumper(schema)
    return [dump(thing) for thing in things]


def nothing() -> Response:
    """Done, and there is nothing to show: 204."""
    response = Response(status=204)
    del response.headers["Content-Type"]
    idempotency.keep(response)
    return response


def plain(document: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer of a document that is ready to be sent; ids and moments may stand in it as they are."""
    body = orjson.dumps(document, option=orjson.OPT_UTC_Z)
    return Response(body, status, dict(headers or {}), content_type="application/json")


@cache
def shape(schema: type[Schema]) -> Schema:
    """The one instance of *schema*: building one costs more than using it."""
    return schema()
