"""One letter over SMTP: what the server said, and whether it may have the letter although its answer was lost."""

import smtplib
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Final

from core import Invalid, Sent
from plugins.notifications.outside import client as outside

PATIENCE: Final = 15.0


class _At:
    """Connects to the address that was looked up and checked, whatever the name leads to by now."""

    address: str

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return socket.create_connection((self.address, port), timeout)


class _Plain(_At, smtplib.SMTP):
    def __init__(self, address: str, **options: Any) -> None:
        self.address = address
        super().__init__(**options)


class _Sealed(_At, smtplib.SMTP_SSL):
    def __init__(self, address: str, **options: Any) -> None:
        self.address = address
        super().__init__(**options)

    def _get_socket(self, host: str, port: int, timeout: float) -> ssl.SSLSocket:
        # the certificate must be the name's, not the address's
        return self.context.wrap_socket(super()._get_socket(host, port, timeout), server_hostname=host)


def context(settings: Mapping[str, Any]) -> ssl.SSLContext:
    """What certificates are checked with. :raises ssl.SSLError: smtp_ca is no certificate."""
    return ssl.create_default_context(cadata=settings["smtp_ca"] or None)


def knock(settings: Mapping[str, Any]) -> str | None:
    """Why the server does not let us in; None = it does."""
    try:
        with _signed_in(settings):
            return None
    except _OUTSIDE as trouble:
        return told(trouble)


def send(settings: Mapping[str, Any], to: str, letter: bytes) -> Sent:
    """Hand one letter over."""
    handed_over = False
    try:
        with _signed_in(settings) as server:
            refused = _envelope(server, settings["smtp_from"], to)
            if refused is not None:
                return refused
            handed_over = True
            return _answered(*server.data(letter))
    except smtplib.SMTPDataError as refused_data:
        return _answered(refused_data.smtp_code, refused_data.smtp_error)
    except _OUTSIDE as trouble:
        # with the letter under way, nobody knows whether it was taken
        return Sent("unsure" if handed_over else "later", told(trouble))


_OUTSIDE: Final = (Invalid, OSError, smtplib.SMTPException, ssl.SSLError)


@contextmanager
def _signed_in(settings: Mapping[str, Any]) -> Iterator[smtplib.SMTP]:
    host, port = settings["smtp_host"], settings["smtp_port"]
    me = str(settings["smtp_from"]).rpartition("@")[2] or "localhost"
    how: dict[str, Any] = {"host": host, "port": port, "timeout": PATIENCE, "local_hostname": me}
    address = outside.look_up(host, port)
    kind, security = _Plain, settings["smtp_security"]
    server: smtplib.SMTP = (
        _Sealed(address, context=context(settings), **how) if security == "ssl" else kind(address, **how)
    )
    try:
        if security == "starttls":
            server.starttls(context=context(settings))
        if settings["smtp_login"]:
            server.login(settings["smtp_login"], settings["smtp_password"])
        yield server
    finally:
        with suppress(OSError, smtplib.SMTPException):
            server.quit()
        server.close()


def _envelope(server: smtplib.SMTP, sender: str, to: str) -> Sent | None:
    """Name sender and receiver; the refusal, if there is one."""
    server.ehlo_or_helo_if_needed()
    code, said = server.mail(sender)
    if code != 250:
        # a sender that is not taken is the merchant's setting: it can be mended
        return Sent("later", f"the sender was not taken: {_words(code, said)}")
    code, said = server.rcpt(to)
    if code in (250, 251):
        return None
    return Sent("failed" if 500 <= code < 600 else "later", f"the address was not taken: {_words(code, said)}")


def _answered(code: int, said: bytes | str) -> Sent:
    if code == 250:
        return Sent("sent", reference=_words(code, said)[:200])
    return Sent("failed" if 500 <= code < 600 else "later", f"the letter was not taken: {_words(code, said)}")


def _words(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return f"{code} {' '.join(text.split())}"[:300]


def told(trouble: Exception) -> str:
    """What went wrong, as staff may read it."""
    if isinstance(trouble, Invalid):
        return trouble.detail
    if isinstance(trouble, smtplib.SMTPResponseException):
        return _words(trouble.smtp_code, trouble.smtp_error)
    return f"{type(trouble).__name__}: {trouble}"[:300]
