"""A small WeChat Pay of one script: a real server that signs with the vectors' keys, and can be told to misbehave."""

import base64
import json
import secrets
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core import clock
from plugins.wechatpay import pem
from plugins.wechatpay.signature import holds, lines, sign
from tests.plugins.wechatpay.vectors import KEYS, VECTORS, decoded

MERCHANT = pem.private_key(KEYS["merchant_private_key_pem"]).public_key()
#: serial -> the key that WeChat Pay signs with under it
SIGNERS = {
    KEYS["wechatpay_public_key_id"]: pem.private_key(KEYS["wechatpay_private_key_pem"]),
    KEYS["platform_cert_serial_no"]: pem.private_key(KEYS["platform_private_key_pem"]),
}
PUBLIC_KEY, CERTIFICATE = KEYS["wechatpay_public_key_id"], KEYS["platform_cert_serial_no"]


@dataclass
class Reply:
    """One answer of the script.

    :param fault: how it goes wrong: ``unsigned``, ``bad_signature``, ``probe``, ``stale``, ``unknown_serial``;
        ``cut``, ``half`` and ``silent`` = the line breaks, in the middle of the answer, or nothing comes.
    """

    status: int = 200
    body: Any = None
    fault: str | None = None
    serial: str = PUBLIC_KEY
    signed: bool = True
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Asked:
    """One call that came in, as it was."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def signed(self) -> dict[str, str]:
        """The pairs of its Authorization."""
        pairs = self.headers["authorization"].partition(" ")[2].split(",")
        return {name: value.strip('"') for name, _, value in (pair.partition("=") for pair in pairs)}

    @property
    def is_authentic(self) -> bool:
        """Whether it is signed by the vectors' merchant, byte for byte."""
        told = self.signed
        message = lines(self.method, self.target, told["timestamp"], told["nonce_str"], self.body)
        return holds(MERCHANT, message, told["signature"])


class StandIn:
    """What is said next, and what was asked."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.url = ""
        self._script: list[Reply] = []
        self._always: Callable[[Asked], Reply] | None = None
        self._lock = Lock()

    def says(self, *replies: Reply) -> None:
        """Answer with *replies*, one a call; the last one over and over."""
        self._script, self._always = list(replies), None

    def answers_by(self, rule: Callable[[Asked], Reply]) -> None:
        """Answer each call by *rule*."""
        self._always = rule

    def next(self, asked: Asked) -> Reply:
        """What to answer now."""
        with self._lock:
            self.asked.append(asked)
            if self._always is not None:
                return self._always(asked)
            return self._script.pop(0) if len(self._script) > 1 else self._script[0]


def signature(serial: str, body: bytes, moment: datetime | None = None) -> dict[str, str]:
    """The headers that prove *body*."""
    timestamp, nonce = str(int((moment or clock.now()).timestamp())), secrets.token_hex(16)
    return {
        "Wechatpay-Timestamp": timestamp,
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Serial": serial,
        "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
        "Wechatpay-Signature": sign(SIGNERS[serial], lines(timestamp, nonce, body)),
    }


def notice(
    original_type: str, event_type: str, resource: dict[str, Any], serial: str = PUBLIC_KEY
) -> tuple[dict[str, str], bytes, datetime]:
    """A genuine notice: headers as core hands them on, body, and the moment it comes."""
    nonce = secrets.token_hex(6)
    sealed = AESGCM(KEYS["apiv3_key"].encode()).encrypt(nonce.encode(), json.dumps(resource).encode(), b"notice")
    body = json.dumps(
        {
            "id": secrets.token_hex(16),
            "event_type": event_type,
            "resource_type": "encrypt-resource",
            "resource": {
                "original_type": original_type,
                "algorithm": "AEAD_AES_256_GCM",
                "ciphertext": base64.b64encode(sealed).decode(),
                "associated_data": "notice",
                "nonce": nonce,
            },
        }
    ).encode()
    moment = clock.now()
    headers = {name.lower(): value for name, value in signature(serial, body, moment).items()}
    return headers, body, moment


def sealed_certificates() -> Reply:
    """The vectors' certificate, as ``/v3/certificates`` sends it."""
    return Reply(body=json.loads(decoded(VECTORS["certificates_download"], "body")), serial=CERTIFICATE)


@contextmanager
def standing_in() -> Iterator[StandIn]:
    """Serve on a free port of 127.0.0.1."""
    stand_in = StandIn()
    handler = type("Handler", (_Handler,), {"stand_in": stand_in})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    stand_in.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, name="stand-in")
    thread.start()
    try:
        yield stand_in
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def free_port() -> str:
    """An address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


class _Handler(BaseHTTPRequestHandler):
    stand_in: StandIn
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def _answer(self, body: bytes) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.stand_in.next(Asked(self.command, self.path, headers, body))
        if reply.fault == "cut":
            self._cut()
            return
        if reply.fault == "silent":
            # until the other side gives up
            self.connection.recv(1)
            self.close_connection = True
            return
        out = b"" if reply.body is None else json.dumps(reply.body).encode()
        self.send_response_only(reply.status)
        for name, value in {**_proof(reply, out), "Request-ID": "REQ-0", **reply.headers}.items():
            self.send_header(name, value)
        if reply.status != 204:
            self.send_header("Content-Length", str(len(out) + (10 if reply.fault == "half" else 0)))
        self.end_headers()
        self.wfile.write(out)
        self.close_connection = reply.fault == "half"

    def _cut(self) -> None:
        # a reset, as when a firewall forgets the line
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()


def _proof(reply: Reply, body: bytes) -> dict[str, str]:
    if not reply.signed or reply.fault == "unsigned":
        return {}
    moment = datetime.fromtimestamp(clock.now().timestamp() - 301, clock.now().tzinfo)
    proof = signature(reply.serial, body, moment if reply.fault == "stale" else None)
    if reply.fault == "bad_signature":
        proof["Wechatpay-Signature"] = proof["Wechatpay-Signature"][::-1]
    if reply.fault == "probe":
        proof["Wechatpay-Signature"] = "WECHATPAY/SIGNTEST/" + proof["Wechatpay-Signature"][19:]
    if reply.fault == "unknown_serial":
        proof["Wechatpay-Serial"] = "PUB_KEY_ID_0000"
    return proof
