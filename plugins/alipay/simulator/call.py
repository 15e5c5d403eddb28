"""One call as it came over the wire: every parameter, wherever it stood."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote

from plugins.alipay.simulator.refusal import wrong

BIGGEST = 1_000_000


@dataclass(frozen=True)
class Call:
    """A request; *target* is path and query exactly as sent."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The path as sent, still percent-encoded."""
        return self.target.partition("?")[0]

    def query(self) -> dict[str, str]:
        """The parameters of the URL alone."""
        return dict(parse_qsl(self.target.partition("?")[2], keep_blank_values=True))

    def form(self) -> dict[str, str]:
        """The parameters of the body alone."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    def params(self) -> dict[str, str]:
        """URL and form together: what stands there twice must be the same both times.

        :raises Refusal: it is not, or it is no text.
        """
        found: dict[str, str] = {}
        try:
            texts = [self.target.partition("?")[2], self.body.decode("utf-8") if self._is_form else ""]
            pairs = [pair for text in texts for pair in parse_qsl(text, keep_blank_values=True, errors="strict")]
        except ValueError:  # UnicodeDecodeError is one too
            raise wrong("charset", "must be UTF-8") from None
        for name, value in pairs:
            if found.setdefault(name, value) != value:
                raise wrong("parameter", f"{name} stands there twice")
        return found

    @property
    def _is_form(self) -> bool:
        return self.headers.get("content-type", "").lower().startswith("application/x-www-form-urlencoded")


def read_call(environ: Mapping[str, Any]) -> Call:
    """The call behind a WSGI environment."""
    headers = {
        name[5:].replace("_", "-").lower(): str(value) for name, value in environ.items() if name.startswith("HTTP_")
    }
    headers["content-type"] = str(environ.get("CONTENT_TYPE") or "")
    length = min(int(environ.get("CONTENT_LENGTH") or 0), BIGGEST)
    body = environ["wsgi.input"].read(length) if length else b""
    return Call(str(environ["REQUEST_METHOD"]), _target(environ), headers, body)


def _target(environ: Mapping[str, Any]) -> str:
    raw = str(environ.get("REQUEST_URI") or "")
    if raw.startswith("/"):
        return raw
    if "://" in raw:  # a client that writes the whole URL, as the official one does
        return "/" + raw.split("://", 1)[1].partition("/")[2]
    path = quote((environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")).encode("latin-1"))
    return f"{path}?{environ['QUERY_STRING']}" if environ.get("QUERY_STRING") else path
