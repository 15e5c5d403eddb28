"""A real SMTP server on this machine, with TLS and a login, that can be shut, and can be told to misbehave."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as Server
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from core.commands.serve import free_port

HOST, LOGIN, PASSWORD = "127.0.0.1", "postman", "Kanari-smtp-password-77"


@dataclass
class PostOffice:
    """What came in, and how it behaves: *bad_addresses* are refused, *loses_answers* takes a letter and hangs up."""

    folder: Path
    port: int = field(default_factory=lambda: free_port(HOST, 0))
    letters: list[EmailMessage] = field(default_factory=list)
    receivers: list[str] = field(default_factory=list)
    bad_addresses: set[str] = field(default_factory=set)
    refuses_with: str | None = None
    loses_answers: bool = False
    connections: int = 0
    _controller: Controller | None = None

    def opens(self) -> None:
        """Letters are taken from now on."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate(self.folder))
        self._controller = Controller(
            self, hostname=HOST, port=self.port, tls_context=context, require_starttls=True, auth_required=True,
            authenticator=_authenticate,
        )  # fmt: skip
        self._controller.start()

    def shuts(self) -> None:
        """Nobody answers any more."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def settings(self) -> dict[str, Any]:
        """What a merchant sets to use it."""
        return {
            "smtp_host": HOST, "smtp_port": self.port, "smtp_security": "starttls", "smtp_login": LOGIN,
            "smtp_password": PASSWORD, "smtp_from": "shop@acme.example", "smtp_from_name": "Acme 商店",
            "smtp_ca": certificate(self.folder)[0].read_text(),
        }  # fmt: skip

    def to(self, address: str) -> list[EmailMessage]:
        """The letters to *address*, oldest first."""
        return [one for one, to in zip(self.letters, self.receivers, strict=True) if to == address]

    def subjects(self, address: str) -> list[str]:
        """Of the letters to *address*."""
        return [str(one["Subject"]) for one in self.to(address)]

    # -------------------------------------------------------------------------------------- asked by the server
    async def handle_EHLO(  # noqa: N802
        self, server: Server, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Somebody comes in."""
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802
        self, server: Server, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Somebody names a receiver."""
        if address in self.bad_addresses:
            return f"550 5.1.1 {address} is nobody here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Server, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """A letter comes."""
        if self.refuses_with:
            return self.refuses_with
        assert isinstance(envelope.content, bytes)
        letter = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        self.receivers += envelope.rcpt_tos
        if self.loses_answers:
            assert server.transport is not None
            server.transport.abort()
        return "250 2.0.0 taken"


@contextmanager
def post_office(folder: Path) -> Iterator[PostOffice]:
    """An open one, shut in the end."""
    office = PostOffice(folder)
    office.opens()
    try:
        yield office
    finally:
        office.shuts()


def _authenticate(server: Server, session: Session, envelope: Envelope, mechanism: str, given: Any) -> AuthResult:
    good = isinstance(given, LoginPassword) and (given.login, given.password) == (LOGIN.encode(), PASSWORD.encode())
    return AuthResult(success=good, handled=False)


def certificate(folder: Path) -> tuple[Path, Path]:
    """Certificate and key of 127.0.0.1, signed by itself."""
    paths = folder / "post.crt", folder / "post.key"
    if not paths[0].exists():
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "post office")])
        today = datetime.now(UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(today - timedelta(days=1))
            .not_valid_after(today + timedelta(days=2))
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(key, hashes.SHA256())
        )
        paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
        plain = serialization.NoEncryption()
        paths[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return paths
