"""A provider's stand-in: a small web server that a plugin ships, so that everything can be tried offline."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol


class Simulator(Protocol):
    """A WSGI application that plays the provider."""

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""

    def close(self) -> None:
        """Stop whatever runs beside the requests."""


@dataclass(frozen=True)
class Sandbox:
    """A simulator that ``merx sandbox serve`` starts, on a port of 127.0.0.1; never in production.

    :param name: snake_case, unique in the installation.
    :param title: one sentence: what it plays, and where its control page is.
    :param make: called with a folder of its own (keys, state) and the base URL it will answer at.
    """

    name: str
    title: str
    make: Callable[[Path, str], Simulator]
