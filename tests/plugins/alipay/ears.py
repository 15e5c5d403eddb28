"""A merchant's notice door: keeps what it hears, and answers as it is told (success by itself)."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl

from core.commands.sandbox_server import SandboxServer


class Ear:
    """What was heard, and what shall be answered next: (status, body)."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.answers: list[tuple[int, bytes]] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        """Hear one notice."""
        self.heard.append(environ["wsgi.input"].read())
        status, body = self.answers.pop(0) if self.answers else (200, b"success")
        start_response(f"{status} Said", [("Location", "/elsewhere")] if 300 <= status < 400 else [])
        return [body]

    def last(self, encoding: str = "utf-8") -> dict[str, str]:
        """The parameters of the last notice."""
        return dict(parse_qsl(self.heard[-1].decode(), keep_blank_values=True, encoding=encoding))


@contextmanager
def listening() -> Iterator[tuple[str, Ear]]:
    """An ear behind a real socket, and its URL."""
    server, ear = SandboxServer(0), Ear()
    server.application = ear
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"{server.url}/notify", ear
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
