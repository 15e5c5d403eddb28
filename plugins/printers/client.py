"""The way to a printer: bytes over TCP, text over HTTP, or a file; and whether paper may lie there all the same."""

import os
import socket
import time
from functools import cache
from pathlib import Path
from typing import Final

import httpx
from flask import current_app

from core import http_client

PATIENCE: Final = 10.0


class PrinterTrouble(Exception):
    """It was not printed, or not surely.

    :param doubtful: something of it may have been printed.
    """

    def __init__(self, why: str, *, doubtful: bool = False) -> None:
        super().__init__(why)
        self.why, self.doubtful = why, doubtful


def over_tcp(host: str, port: int, content: bytes) -> None:
    """Send *content* to a printer. :raises PrinterTrouble: it was not taken whole."""
    try:
        line = socket.create_connection((host, port), PATIENCE)
    except OSError as trouble:
        raise PrinterTrouble(f"{host}:{port} cannot be reached: {trouble}") from None
    with line:
        try:
            line.sendall(content)
            line.shutdown(socket.SHUT_WR)
            # it hangs up when it has taken everything; what it says on the way is its status, however long it talks
            over = time.monotonic() + PATIENCE
            while (left := over - time.monotonic()) > 0:
                line.settimeout(left)
                if not line.recv(1024):
                    return
        except TimeoutError:
            # many printers keep the line open: the bytes are with them
            return
        except OSError as trouble:
            raise PrinterTrouble(f"{host}:{port} broke off: {trouble}", doubtful=True) from None


def over_http(url: str, name: str, document: str, text: str) -> None:
    """Post *text* to an endpoint, which must print a name once. :raises PrinterTrouble: it was not taken."""
    headers = {"Content-Type": "text/plain; charset=utf-8", "Idempotency-Key": name, "X-Merx-Document": document}
    try:
        answer = _client().post(url, content=text.encode(), headers=headers)
    except (httpx.ConnectError, httpx.ConnectTimeout):
        raise PrinterTrouble("the endpoint cannot be reached") from None
    except httpx.HTTPError as lost:
        raise PrinterTrouble(f"the endpoint gave no answer: {type(lost).__name__}", doubtful=True) from None
    if not answer.is_success:
        raise PrinterTrouble(f"the endpoint answered {answer.status_code}")


def to_file(merchant_id: int, device: str, name: str, text: str) -> None:
    """Put *text* whole under VAR/printouts/<merchant>/<device>, readable by the owner only; the same name again is the
    same file. :raises PrinterTrouble: the disk refuses."""
    folder = Path(current_app.config["VAR"]) / "printouts" / str(merchant_id) / device
    fresh = folder / f".{name}.new"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(handle, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, folder / f"{name}.txt")
    except OSError as trouble:
        raise PrinterTrouble(f"the file cannot be written: {trouble.strerror}") from None


@cache
def _client() -> httpx.Client:
    return http_client(timeout=PATIENCE, name="printers")
