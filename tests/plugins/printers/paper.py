"""A printer on this machine: a TCP listener that keeps the bytes of each connection."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

HOST = "127.0.0.1"


class Printer:
    """Takes bytes; *breaks_off* hangs up in the middle of a page, with a reset."""

    def __init__(self) -> None:
        self.pages: list[bytes] = []
        self.breaks_off = False
        self._listener: socket.socket | None = None
        self._thread: Thread | None = None
        self.port = 0
        self.switches_on()

    def switches_on(self) -> None:
        """It listens, at the same port as before."""
        self._listener = socket.create_server((HOST, self.port))
        self.port = self._listener.getsockname()[1]
        self._thread = Thread(target=self._listen, args=(self._listener,))
        self._thread.start()

    def switches_off(self) -> None:
        """Nobody listens any more."""
        if self._listener is not None and self._thread is not None:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._thread.join()
            self._listener = None

    def _listen(self, listener: socket.socket) -> None:
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            with line:
                if self.breaks_off:
                    line.recv(10)
                    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                    continue
                page = b""
                while piece := line.recv(4096):
                    page += piece
                self.pages.append(page)


@contextmanager
def printer() -> Iterator[Printer]:
    """One that is on, and off in the end."""
    device = Printer()
    try:
        yield device
    finally:
        device.switches_off()


def device(**more: Any) -> dict[str, Any]:
    """The body of a device."""
    return {"code": "till", "name": "Till", "target": "file", "prints": [], **more}


def every(document: str, *nodes: str) -> list[dict[str, str]]:
    """What is printed by itself."""
    return [{"document": document, "node": node} for node in nodes]


Adds = Callable[..., Any]
