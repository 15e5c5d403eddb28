"""One call as it came over the wire, and what is answered to it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote

from plugins.wechatpay.simulator.merchants import Merchant
from plugins.wechatpay.simulator.refusal import bad_parameter

BIGGEST = 1_000_000


@dataclass
class Call:
    """A request: *target* is path and query exactly as sent, *body* the bytes exactly as sent."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    merchant: Merchant | None = None

    @property
    def path(self) -> str:
        """The path as sent, still percent-encoded."""
        return self.target.partition("?")[0]

    def query(self) -> dict[str, str]:
        """The parameters of the query string.

        :raises Refusal: one stands there twice.
        """
        pairs = parse_qsl(self.target.partition("?")[2], keep_blank_values=True)
        found = dict(pairs)
        if len(found) != len(pairs):
            raise bad_parameter("query", "", "a parameter stands there twice", location="query")
        return found

    def json(self) -> Any:
        """The JSON of the body.

        :raises Refusal: it is none.
        """
        if not self.headers.get("content-type", "").lower().startswith("application/json"):
            raise bad_parameter("Content-Type", "", "must be application/json", location="header")
        try:
            return json.loads(self.body)
        except ValueError:  # UnicodeDecodeError is one too
            raise bad_parameter("/", "", "must be JSON in UTF-8") from None


@dataclass
class Answer:
    """What a handler says: a JSON object, or nothing (204); *raw*: a file, which goes out unsigned."""

    content: Mapping[str, Any] | None
    status: int = 200
    tail: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None


def read_call(environ: Mapping[str, Any]) -> Call:
    """The call behind a WSGI environment."""
    headers = {
        name[5:].replace("_", "-").lower(): str(value) for name, value in environ.items() if name.startswith("HTTP_")
    }
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[name.replace("_", "-").lower()] = str(environ[name])
    length = min(int(environ.get("CONTENT_LENGTH") or 0), BIGGEST)
    body = environ["wsgi.input"].read(length) if length else b""
    return Call(str(environ["REQUEST_METHOD"]), _target(environ), headers, body)


def _target(environ: Mapping[str, Any]) -> str:
    raw = str(environ.get("REQUEST_URI") or environ.get("RAW_URI") or "")
    if raw.startswith("/"):
        return raw
    if "://" in raw:  # a proxy was asked for the whole URL
        return "/" + raw.split("://", 1)[1].partition("/")[2]
    # a server that does not say what was sent: the usual way to write it
    path = quote((environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")).encode("latin-1"))
    return f"{path}?{environ['QUERY_STRING']}" if environ.get("QUERY_STRING") else path
