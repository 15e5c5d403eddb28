"""Which browsers' pages may call: those of the origins that a merchant lists, at that merchant's own doors."""

import time
from typing import Final

from flask import Flask, Response, current_app, g, request
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from core.current import current_merchant
from core.db import db, in_transaction, reading
from core.models import Merchant
from core.schemas.settings import filled

#: seconds for which a merchant's list is believed where the request did not read the merchant anyway
KEPT: Final = 30.0
_MOST: Final = 10_000
_DOORS: Final = ("shop", "admin")
_SEEN_BY_BROWSERS: Final = (
    "ETag, Link, Location, Retry-After, RateLimit, RateLimit-Policy, Idempotent-Replayed, X-Request-Id"
)
_SENT_BY_BROWSERS: Final = (
    "Authorization, Content-Type, Idempotency-Key, If-Match, X-CSRF-Token, X-Request-Id, Accept-Language"
)
_NOBODY: Final[frozenset[str]] = frozenset()


def install(app: Flask) -> None:
    """Give *app* its memory of who allows whom: code -> (until when it is believed, origins)."""
    app.extensions["merx_cors"] = {}


def allow(response: Response) -> None:
    """Tell the browser whether the page it shows may read this answer. Cookies are never allowed along."""
    # whoever keeps the answer must know that it depends on who asks
    response.headers.add("Vary", "Origin")
    origin = request.headers.get("Origin")
    if not origin or origin not in _allowed():
        return
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Expose-Headers"] = _SEEN_BY_BROWSERS
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "")
        response.headers["Access-Control-Allow-Headers"] = _SENT_BY_BROWSERS
        response.headers["Access-Control-Max-Age"] = "600"


def _allowed() -> "frozenset[str] | list[str]":
    parts = request.path.split("/", 4)
    if len(parts) < 4 or parts[1] != "v1":
        installation: list[str] = current_app.config["CORS_ORIGINS"]
        return installation
    return _of_merchant(parts[3]) if parts[2] in _DOORS else _NOBODY


def _of_merchant(code: str) -> frozenset[str]:
    known: dict[str, tuple[float, frozenset[str]]] = current_app.extensions["merx_cors"]
    now = time.monotonic()
    if "acting" in g and current_merchant().code == code:
        settings: dict[str, list[str]] = dict(current_merchant().settings)
        found = frozenset(settings["cors_origins"])
    elif code in known and known[code][0] > now:
        return known[code][1]
    else:
        # a preflight carries no token, and a refusal may come before the merchant was read
        found = _read(code)
    if len(known) >= _MOST:
        known.clear()
    known[code] = now + KEPT, found
    return found


def _read(code: str) -> frozenset[str]:
    if in_transaction() or "\0" in code:
        return _NOBODY
    try:
        with reading():
            settings = db.session().scalar(select(Merchant.settings).where(Merchant.code == code))
    except SQLAlchemyError:
        # the answer says already that the database is away; nobody needs to read more of it
        return _NOBODY
    return frozenset(filled(settings)["cors_origins"]) if settings is not None else _NOBODY
