"""A small HTTP/1.1 server for simulators: keeps connections open, hands on what was sent, and lets one be cut."""

import contextlib
import socket
import sys
import threading
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes

Application = Callable[..., Iterable[bytes]]
BIGGEST = 2_000_000


class SandboxServer(ThreadingHTTPServer):
    """Serves one WSGI application on 127.0.0.1, a thread for each connection.

    The environment has ``REQUEST_URI``, the target exactly as sent, and ``werkzeug.socket``, the connection itself.
    """

    daemon_threads = True
    request_queue_size = 128
    application: Application

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        super().__init__((host, port), _Handler)
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{self.server_address[0]!s}:{self.server_port}"

    def process_request(self, request: Any, client_address: Any) -> None:
        """As usual, and remember the connection."""
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """As usual, and forget the connection."""
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        """Stop listening, and end the connections that wait for a next request."""
        super().server_close()
        with self._lock:
            left = list(self._open)
        for connection in left:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of callers who hung up; tell everything else."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60
    server: SandboxServer

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def _answer(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > BIGGEST or self.headers.get("Transfer-Encoding"):
            self.send_error(411)
            self.close_connection = True
            return
        body = self.rfile.read(int(length))
        begun: list[tuple[str, list[tuple[str, str]]]] = []
        chunks = self.server.application(
            self._environ(body), lambda status, headers, trouble=None: begun.append((status, headers))
        )
        if not begun:  # the application has cut the connection
            self.close_connection = True
            return
        status, headers = begun[0]
        known = {name.lower() for name, _ in headers}
        if "content-length" not in known and not status.startswith("204"):
            chunks = [b"".join(chunks)]
            headers = [*headers, ("Content-Length", str(len(chunks[0])))]
        head = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers), "", ""]
        waiting = "\r\n".join(head).encode("latin-1")
        for chunk in chunks:
            self.wfile.write(waiting + chunk)
            waiting = b""
        if waiting:
            self.wfile.write(waiting)

    def _environ(self, body: bytes) -> dict[str, Any]:
        path, _, query = self.path.partition("?")
        environ = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "REQUEST_URI": self.path,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": str(self.server.server_port),
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": self.client_address[0],
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(body),
            "wsgi.errors": None,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "werkzeug.socket": self.connection,
        }
        for name, value in self.headers.items():
            key = "HTTP_" + name.upper().replace("-", "_")
            environ[key] = f"{environ[key]},{value}" if key in environ else value
        return environ

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: requests are the caller's business."""
