"""What every request and every answer carries: a request id, security headers, and CORS for the origins allowed."""

import re
from typing import Final

from flask import Flask, Response, current_app, g, request

from core.ids import new_id

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_ALWAYS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
_SEEN_BY_BROWSERS: Final = "ETag, Link, Location, Retry-After, Idempotent-Replayed, X-Request-Id"
_SENT_BY_BROWSERS: Final = (
    "Authorization, Content-Type, Idempotency-Key, If-Match, X-CSRF-Token, X-Request-Id, Accept-Language"
)


def current_request_id() -> str:
    """This request's id: the caller's own where it is well formed, else a new one."""
    if "request_id" not in g:
        wished = request.headers.get("X-Request-Id", "")
        g.request_id = wished if _REQUEST_ID.fullmatch(wished) else new_id().hex
    return str(g.request_id)


def wrap(app: Flask) -> None:
    """Give every answer of *app* its envelope."""
    app.after_request(_seal)


def _seal(response: Response) -> Response:
    response.headers["X-Request-Id"] = current_request_id()
    for name, value in _ALWAYS.items():
        response.headers.setdefault(name, value)
    origin = request.headers.get("Origin")
    if origin and origin in current_app.config["CORS_ORIGINS"]:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = _SEEN_BY_BROWSERS
        response.headers.add("Vary", "Origin")
        if request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "")
            response.headers["Access-Control-Allow-Headers"] = _SENT_BY_BROWSERS
            response.headers["Access-Control-Max-Age"] = "600"
    return response
