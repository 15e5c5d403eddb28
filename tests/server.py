"""A real HTTP server in a thread of the test: stories go through sockets, headers and bytes like everybody else."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server


class _Quiet(WSGIRequestHandler):
    """Requests are the test's business, not the log's."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """Serve *app* on a free port of 127.0.0.1; gives its base URL."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    server.daemon_threads = False  # type: ignore[attr-defined]  # so that closing waits for requests in hand
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, name="test server")
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
