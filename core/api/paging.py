"""Long lists by the page: opaque cursors over time-ordered ids, bound to the caller and the filters."""

import base64
import hashlib
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from flask import Response, current_app, request
from marshmallow import Schema
from sqlalchemy import select

from core.api.limits import PAGE_NAMES
from core.api.wire import document_of_all, plain
from core.current import current_actor, current_merchant
from core.db import db
from core.errors import BadRequest, Invalid
from core.signing import is_signed, sign
from core.tables import Base

DEFAULT_LIMIT: Final = 20
MAX_LIMIT: Final = 100


class Page(NamedTuple):
    """Where the caller is: after which id, how many."""

    after: UUID | None
    limit: int


def page(
    schema: type[Schema],
    model: type[Base],
    *where: Any,
    newest_first: bool = True,
    options: Sequence[Any] = (),
    show: Callable[[list[Any]], Sequence[Any]] | None = None,
) -> Response:
    """One page of the current merchant's rows of *model* that meet *where*, inside ``reading()``.

    The view carries ``@paged``. *options* are loader options; *show* turns the page's rows into what *schema* dumps.

    :raises Invalid: the limit is out of range.
    :raises BadRequest: the cursor is not ours, or of another list.
    """
    columns: Any = model
    asked = read_page()
    query = select(model).where(columns.merchant_id == current_merchant().id, *where).options(*options)
    if asked.after:
        query = query.where(columns.id < asked.after if newest_first else columns.id > asked.after)
    order = columns.id.desc() if newest_first else columns.id
    rows = list(db.session().scalars(query.order_by(order).limit(asked.limit + 1)).unique())
    more, rows = len(rows) > asked.limit, rows[: asked.limit]
    following = cursor_for(getattr(rows[-1], "id")) if more else None  # noqa: B009
    return paged_answer(document_of_all(schema, show(rows) if show else rows), following)


def paged_answer(data: Any, following: str | None) -> Response:
    """The answer of a list: *data* is ready to be sent, *following* the next page's cursor."""
    response = plain({"data": data, "page": {"has_more": following is not None, "next_cursor": following}})
    if following:
        names = {name: value for name, value in request.args.items(multi=True) if name != "cursor"}
        response.headers["Link"] = f'<{request.path}?{urlencode({**names, "cursor": following})}>; rel="next"'
    return response


def read_page() -> Page:
    """What ``?cursor=`` and ``?limit=`` ask for.

    :raises Invalid: the limit is out of range. :raises BadRequest: the cursor is not ours, or of another list.
    """
    view = current_app.view_functions[request.endpoint or ""]
    if not view.__dict__.get("paged"):
        raise RuntimeError(f"{request.endpoint} answers with pages: decorate it with @paged")
    limit = request.args.get("limit", str(DEFAULT_LIMIT))
    if not (limit.isascii() and limit.isdigit() and len(limit) < 5 and 1 <= int(limit) <= MAX_LIMIT):
        raise Invalid.field("limit", f"Must be a whole number from 1 to {MAX_LIMIT}.", "out_of_range", "query")
    cursor = request.args.get("cursor")
    return Page(_id_in(cursor) if cursor is not None else None, int(limit))


def cursor_for(row_id: UUID) -> str:
    """The cursor that continues this very list after the row *row_id*."""
    text = base64.urlsafe_b64encode(row_id.bytes).rstrip(b"=").decode()
    return f"{text}.{sign(_purpose(), text)}"


def _id_in(cursor: str) -> UUID:
    text, _, signature = cursor.partition(".")
    if not is_signed(_purpose(), text, signature):
        raise BadRequest(
            "The cursor is not of this list: use next_cursor as it was given, with the same filters.",
            code="invalid_cursor",
        )
    return UUID(bytes=base64.urlsafe_b64decode(text + "=="))


def _purpose() -> str:
    filters = sorted((name, value) for name, value in request.args.items(multi=True) if name not in PAGE_NAMES)
    actor = current_actor()
    bound = repr((current_merchant().id, actor.kind, str(actor.id), request.path, filters))
    return "cursor:" + hashlib.sha256(bound.encode("utf-8", "surrogatepass")).hexdigest()
