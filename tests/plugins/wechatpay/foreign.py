"""The way in for a client that only knows api.mch.weixin.qq.com: a certificate of that name, and a CONNECT proxy."""

import os
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from core import clock
from core.commands.sandbox_server import SandboxServer
from plugins.wechatpay import sandbox
from tests.plugins.wechatpay.simulators import Wechat, lend_keys
from tests.simulated import serving

PEM = serialization.Encoding.PEM
HOST = "api.mch.weixin.qq.com"


@contextmanager
def gateway(folder: Path) -> Iterator[tuple[Wechat, str]]:
    """A simulator that answers as https://api.mch.weixin.qq.com, and the proxy that leads there.

    Until it ends, ``requests`` trusts its authority and no other.
    """
    lend_keys(folder / "keys")
    authority = _certificates(folder)
    plain, secure = SandboxServer(0), SandboxServer(0)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    secure.socket = context.wrap_socket(secure.socket, server_side=True)
    app = sandbox.quiet_simulator(folder / "keys", f"https://{HOST}")
    before = os.environ.get("REQUESTS_CA_BUNDLE")
    os.environ["REQUESTS_CA_BUNDLE"] = str(authority)
    try:
        with serving(plain, app), serving(secure, app), _proxy(secure.server_port) as proxy:
            wechat = Wechat(plain.url, folder / "keys")
            try:
                yield wechat, proxy
            finally:
                wechat.close()
    finally:
        os.environ.pop("REQUESTS_CA_BUNDLE")
        if before is not None:
            os.environ["REQUESTS_CA_BUNDLE"] = before


class _Connect(StreamRequestHandler):
    """Connects whoever asks for our host to the simulator's TLS port, and nobody else to anything."""

    def handle(self) -> None:
        asked = self.rfile.readline().decode()
        while self.rfile.readline().strip():
            pass
        if asked.split(" ")[:2] != ["CONNECT", f"{HOST}:443"]:
            self.wfile.write(b"HTTP/1.1 403 Forbidden\r\n\r\n")
            return
        port: Any = self.server
        with socket.create_connection(("127.0.0.1", port.target)) as inner:
            self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            back = threading.Thread(target=_carry, args=(inner, self.connection))
            back.start()
            _carry(self.connection, inner)
            back.join()


def _carry(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:  # one side hung up: the other will too
        source.close()


@contextmanager
def _proxy(target: int) -> Iterator[str]:
    server: Any = ThreadingTCPServer(("127.0.0.1", 0), _Connect)
    server.target = target
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _certificates(folder: Path) -> Path:
    """Write ``server.pem`` (key and certificate) and the authority's certificate, whose path is returned."""
    authority, server = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
    hosts = [x509.DNSName(HOST), x509.DNSName("api2.mch.weixin.qq.com")]
    root = _certificate("authority of a test", authority)
    root = root.add_extension(x509.BasicConstraints(True, None), True)
    root = root.add_extension(x509.KeyUsage(False, False, False, False, False, True, True, False, False), True)
    leaf = _certificate(HOST, server)
    leaf = leaf.add_extension(x509.SubjectAlternativeName(hosts), False)
    for number, builder in enumerate((root, leaf)):
        key = (authority, server)[number].public_key()
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), False)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key())
        signed = builder.add_extension(issuer, False).sign(authority, hashes.SHA256())
        (folder / ("authority.pem", "leaf.pem")[number]).write_bytes(signed.public_bytes(PEM))
    secret = server.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "server.pem").write_bytes(secret + (folder / "leaf.pem").read_bytes())
    return folder / "authority.pem"


def _certificate(owner: str, key: rsa.RSAPrivateKey) -> x509.CertificateBuilder:
    today = clock.now()
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, owner)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority of a test")]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=2))
    )
