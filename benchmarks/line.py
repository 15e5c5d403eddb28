"""One HTTP connection of the load client, as thin as can be: what it costs is taken from the server it measures."""

import socket
from collections.abc import Mapping


class Line:
    """A connection that is kept open, and opened again when it was closed."""

    def __init__(self, port: int, timeout: float = 60) -> None:
        self._port, self._timeout = port, timeout
        self._socket: socket.socket | None = None

    def ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """One request.

        :returns: status and body of the answer. :raises OSError: the server hung up.
        """
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), self._timeout)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._stream = self._socket.makefile("rb")
        told = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nContent-Length: {len(body)}\r\n{told}\r\n"
        self._socket.sendall(head.encode() + body)
        return self._read()

    def hang_up(self) -> None:
        """The next request opens another."""
        if self._socket is not None:
            self._stream.close()
            self._socket.close()
            self._socket = None

    def _read(self) -> tuple[int, bytes]:
        first = self._stream.readline()
        if not first:
            raise ConnectionError("the server hung up")
        length = 0
        while (line := self._stream.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return int(first.split()[1]), self._stream.read(length)
