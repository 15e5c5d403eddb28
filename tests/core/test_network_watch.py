"""No network inside a transaction: core's own client refuses, and so does a socket that a library opens itself."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import httpx
import pytest
from flask import Flask

from core.db import reading, transaction
from core.network import http_client

Scope = Callable[[], AbstractContextManager[Any]]
SCOPES = pytest.mark.parametrize("scope", [transaction, reading], ids=["transaction", "reading"])


@pytest.fixture
def provider() -> Iterator[tuple[str, int]]:
    """Somebody who says 204 to everybody who comes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(20)
        open_for_business = True

        def serve() -> None:
            while open_for_business:
                line, _ = listener.accept()
                with line:
                    if line.recv(4096):
                        line.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")

        thread = threading.Thread(target=serve)
        thread.start()
        address: tuple[str, int] = listener.getsockname()
        yield address
        open_for_business = False
        socket.create_connection(address).close()
        thread.join()


@pytest.mark.both_databases
@SCOPES
def test_the_client_of_core_refuses_inside_and_works_outside(
    app: Flask, provider: tuple[str, int], scope: Scope
) -> None:
    url = "http://{}:{}/".format(*provider)
    with app.app_context(), http_client(timeout=5) as client:
        assert client.get(url).status_code == 204
        with scope(), pytest.raises(RuntimeError, match="inside a transaction"):
            client.get(url)
        assert client.get(url).status_code == 204


@pytest.mark.both_databases
@SCOPES
def test_a_library_with_a_socket_of_its_own_is_refused_inside(
    app: Flask, provider: tuple[str, int], scope: Scope
) -> None:
    url = "http://{}:{}/".format(*provider)
    ways: list[Callable[[], Any]] = [
        lambda: socket.create_connection(provider, timeout=5),
        lambda: socket.getaddrinfo("localhost", 80),
        lambda: socket.gethostbyname("localhost"),
        lambda: httpx.get(url, trust_env=False),
    ]
    with app.app_context():
        with scope():
            for way in ways:
                with pytest.raises(RuntimeError, match="inside a transaction"):
                    way()
        socket.create_connection(provider, timeout=5).close()
        assert httpx.get(url, trust_env=False).status_code == 204


def test_a_connection_kept_from_before_is_refused_inside_too(app: Flask) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, app.app_context(), http_client(timeout=5) as client:
        served = threading.Thread(target=_serve_two_on_one_line, args=(listener,))
        served.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        assert client.get(url).status_code == 204
        with transaction(), pytest.raises(RuntimeError, match="127.0.0.1 inside a transaction"):
            client.get(url)
        assert client.get(url).status_code == 204
        served.join()


def _serve_two_on_one_line(listener: socket.socket) -> None:
    listener.settimeout(20)
    line, _ = listener.accept()
    with line:
        for _ in range(2):
            line.recv(4096)
            line.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")


def test_another_thread_may_talk_while_this_one_writes(app: Flask, provider: tuple[str, int]) -> None:
    said: list[int] = []

    def call() -> None:
        with http_client(timeout=5) as client:
            said.append(client.get("http://{}:{}/".format(*provider)).status_code)

    with app.app_context(), transaction():
        thread = threading.Thread(target=call)
        thread.start()
        thread.join()
    assert said == [204]


def test_the_door_is_open_again_after_a_transaction_that_failed(app: Flask, provider: tuple[str, int]) -> None:
    with app.app_context():
        with pytest.raises(ZeroDivisionError), transaction():
            _ = 1 / 0
        socket.create_connection(provider, timeout=5).close()
