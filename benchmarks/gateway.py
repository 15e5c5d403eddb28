"""The gateway of the load client: real keys and signatures, no checks, and nothing remembered without need."""

import base64
import json
import secrets
import socket
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from threading import Thread
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MCHID, APPID = "1900000109", "wx0000000000000000"
KEY_ID = "PUB_KEY_ID_0001"


@dataclass(frozen=True)
class Keys:
    """Everybody's keys as text: they cross to another process."""

    merchant: str
    gateway: str
    apiv3: str

    @property
    def plain(self) -> dict[str, str]:
        """For another process."""
        return asdict(self)

    def account(self, port: int) -> dict[str, Any]:
        """The settings of an account of the plugin that pays here."""
        public = _load(self.gateway).public_key()
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return {
            "mchid": MCHID,
            "appid": APPID,
            "serial_no": "0123456789ABCDEF",
            "private_key": self.merchant,
            "apiv3_key": self.apiv3,
            "public_key": public.public_bytes(serialization.Encoding.PEM, form).decode(),
            "public_key_id": KEY_ID,
            "base_url": f"http://127.0.0.1:{port}",
        }


def new_keys() -> Keys:
    """Keys for one run."""
    return Keys(_new(), _new(), secrets.token_hex(16))


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Gateway:
    """Answers orders and refunds on *port*, and writes the notices of what it was asked for.

    Entered, it serves; left, it is gone.
    """

    def __init__(self, port: int, keys: Mapping[str, str]) -> None:
        self._key, self._apiv3, self._port = _load(keys["gateway"]), AESGCM(keys["apiv3"].encode()), port
        #: our number -> what was asked for
        self.asked: dict[str, dict[str, Any]] = {}
        self._token_of: tuple[int, bytes] = (0, b"")

    def __enter__(self) -> "Gateway":
        self._socket = socket.create_server(("127.0.0.1", self._port), backlog=256)
        Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        # shutdown wakes the thread that accepts; close alone would not
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def paid(self, out_trade_no: str) -> tuple[str, dict[str, str], bytes]:
        """The notice that this order is paid: path, headers, body."""
        asked = self.asked[out_trade_no]
        told = {
            "mchid": MCHID,
            "appid": asked["appid"],
            "out_trade_no": out_trade_no,
            "transaction_id": f"42{secrets.randbelow(10**26):026}",
            "trade_type": "NATIVE",
            "trade_state": "SUCCESS",
            "success_time": _moment(),
            "amount": {"total": asked["amount"]["total"], "payer_total": asked["amount"]["total"], "currency": "CNY"},
        }
        return self._notice(asked["notify_url"], "TRANSACTION.SUCCESS", "transaction", told)

    def refunded(self, out_refund_no: str) -> tuple[str, dict[str, str], bytes]:
        """The notice that this refund is done: path, headers, body."""
        asked = self.asked[out_refund_no]
        told = {
            "mchid": MCHID,
            "out_trade_no": asked["out_trade_no"],
            "out_refund_no": out_refund_no,
            "refund_id": f"50{secrets.randbelow(10**26):026}",
            "refund_status": "SUCCESS",
            "success_time": _moment(),
            "amount": {"total": asked["amount"]["total"], "refund": asked["amount"]["refund"]},
        }
        return self._notice(asked["notify_url"], "REFUND.SUCCESS", "refund", told)

    def _notice(self, url: str, event: str, kind: str, told: dict[str, Any]) -> tuple[str, dict[str, str], bytes]:
        nonce = secrets.token_hex(6)
        sealed = self._apiv3.encrypt(nonce.encode(), json.dumps(told).encode(), kind.encode())
        resource = {
            "original_type": kind,
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": base64.b64encode(sealed).decode(),
            "associated_data": kind,
            "nonce": nonce,
        }
        body = {"id": secrets.token_hex(16), "event_type": event, "resource_type": "encrypt-resource"}
        text = json.dumps(body | {"create_time": _moment(), "summary": event, "resource": resource}).encode()
        return url.split("/", 3)[3], {"Content-Type": "application/json", **self._signed(text)}, text

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection, connection.makefile("rb") as stream:
            while line := stream.readline():
                length = 0
                while (header := stream.readline()) not in (b"\r\n", b""):
                    name, _, value = header.partition(b":")
                    if name.lower() == b"content-length":
                        length = int(value)
                body = json.loads(stream.read(length)) if length else {}
                connection.sendall(self._answer(line.split()[1].decode(), body))

    def _answer(self, path: str, asked: dict[str, Any]) -> bytes:
        if path.endswith("/refunds"):
            self.asked[asked["out_refund_no"]] = asked
            told = {"refund_id": "50", "status": "PROCESSING", **asked}
        elif "out_trade_no" in asked:
            self.asked[asked["out_trade_no"]] = asked
            return self._token()
        else:
            told = {}
        return self._letter(told)

    def _token(self) -> bytes:
        """The same QR code for everybody, signed anew each second: signing is dear, and is not what is measured."""
        moment = int(time.time())
        if moment != self._token_of[0]:
            self._token_of = moment, self._letter({"code_url": "weixin://wxpay/bizpayurl?pr=bench"})
        return self._token_of[1]

    def _letter(self, told: dict[str, Any]) -> bytes:
        text = json.dumps(told).encode()
        head = {"Content-Type": "application/json", "Content-Length": str(len(text)), "Request-ID": "bench-0"}
        lines = [f"{name}: {value}" for name, value in (head | self._signed(text)).items()]
        return ("HTTP/1.1 200 OK\r\n" + "\r\n".join(lines) + "\r\n\r\n").encode() + text

    def _signed(self, text: bytes) -> dict[str, str]:
        moment, nonce = str(int(time.time())), secrets.token_hex(16)
        message = f"{moment}\n{nonce}\n".encode() + text + b"\n"
        signature = self._key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        return {
            "Wechatpay-Timestamp": moment,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Serial": KEY_ID,
            "Wechatpay-Signature": base64.b64encode(signature).decode(),
            "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
        }


def _new() -> str:
    key = rsa.generate_private_key(65537, 2048)
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, form, plain).decode()


def _load(text: str) -> rsa.RSAPrivateKey:
    key = serialization.load_pem_private_key(text.encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


def _moment() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
