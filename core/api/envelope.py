"""What every request and every answer carries: a request id, its time, security headers, and what browsers may read."""

import logging
import re
from time import perf_counter
from typing import Final

from flask import Flask, Response, current_app, g, request

from core import metrics
from core.api import cors
from core.ids import new_id

log = logging.getLogger("merx.requests")

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
#: unless the view has said something else of it; by their names in small letters
_ALWAYS: Final = {
    "x-content-type-options": ("X-Content-Type-Options", "nosniff"),
    "x-frame-options": ("X-Frame-Options", "DENY"),
    "referrer-policy": ("Referrer-Policy", "no-referrer"),
    "content-security-policy": ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    "cache-control": ("Cache-Control", "no-store"),
}
#: for a year, where the request came over TLS: as the proxy in front says
_TLS_ONLY: Final = "max-age=31536000"
#: seconds after which an answer is worth a line in the log
_SLOW: Final = 2.0


def current_request_id() -> str:
    """This request's id: the caller's own where it is well formed, else a new one."""
    if "request_id" not in g:
        wished = request.headers.get("X-Request-Id", "")
        g.request_id = wished if _REQUEST_ID.fullmatch(wished) else new_id().hex
    return str(g.request_id)


def wrap(app: Flask) -> None:
    """Give every answer of *app* its envelope."""
    cors.install(app)
    app.before_request(_open)
    app.after_request(_seal)


def _open() -> None:
    g.began = perf_counter()
    current_request_id()


def _seal(response: Response) -> Response:
    headers = response.headers
    # one look at what is there already: asking for each by name costs more than all the rest
    present = set(headers.keys(lower=True))
    headers.add("X-Request-Id", current_request_id())
    for lower, (name, value) in _ALWAYS.items():
        if lower not in present:
            headers.add(name, value)
    if request.scheme == "https":
        headers["Strict-Transport-Security"] = _TLS_ONLY
    cors.allow(response)
    _measure(response)
    return response


def _measure(response: Response) -> None:
    route = request.url_rule.rule if request.url_rule is not None else "none"
    # an address that cannot be taken apart is refused before its time begins
    seconds = perf_counter() - g.get("began", perf_counter())
    metrics.request(route, request.method, response.status_code, seconds)
    if seconds > _SLOW or current_app.config.get("LOG_REQUESTS"):
        told = {"method": request.method, "route": route, "status": response.status_code}
        log.info("answered", extra={**told, "ms": round(seconds * 1000)})
