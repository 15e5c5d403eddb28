"""A merchant's side of the wire, for the simulator's tests: calls it, checks it, and hears its notices."""

import base64
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.clock import now
from core.commands.sandbox_server import SandboxServer

Said = dict[str, Any]
PKCS1, SHA256 = padding.PKCS1v15(), hashes.SHA256()
OAEP = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)
NOBODY = "http://127.0.0.1:9/notify"


@dataclass
class Caller:
    """Calls as one merchant. *trusted* are WeChat Pay's keys by serial; *serial* asks for one of them."""

    url: str
    settings: Said
    trusted: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.key: Any = serialization.load_pem_private_key(
            self.settings["private_key"].encode(), None, unsafe_skip_rsa_key_validation=True
        )
        self.http = httpx.Client(timeout=10, verify=False)
        if "public_key" in self.settings:
            public = serialization.load_pem_public_key(self.settings["public_key"].encode())
            self.trusted[self.settings["public_key_id"]] = public

    @property
    def serial(self) -> str:
        """The public key's id, which a merchant that has one names in every call."""
        return str(self.settings.get("public_key_id", ""))

    def headers(self, method: str, target: str, body: bytes, **changes: str) -> dict[str, str]:
        """The signed headers of a call. *changes*: timestamp, nonce_str, mchid, serial_no, signature."""
        pairs = {
            "mchid": self.settings["mchid"],
            "nonce_str": secrets.token_hex(16),
            "timestamp": str(int(now().timestamp())),
            "serial_no": self.settings["serial_no"],
        } | changes
        message = f"{method}\n{target}\n{pairs['timestamp']}\n{pairs['nonce_str']}\n".encode() + body + b"\n"
        pairs.setdefault("signature", base64.b64encode(self.key.sign(message, PKCS1, SHA256)).decode())
        joined = ",".join(f'{name}="{value}"' for name, value in pairs.items())
        return {
            "Authorization": f"WECHATPAY2-SHA256-RSA2048 {joined}",
            "Accept": "application/json",
            "User-Agent": "a test",
            "Content-Type": "application/json",
            "Wechatpay-Serial": self.serial,
        }

    def send(self, method: str, target: str, body: Any = None, **changes: str) -> httpx.Response:
        """Sign and send; *body* is JSON, or bytes as they are."""
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return self.http.request(
            method, self.url + target, content=raw, headers=self.headers(method, target, raw, **changes)
        )

    def ask(self, method: str, target: str, body: Any = None) -> Said:
        """What is answered, if it was 200 and signed as it must be."""
        answer = self.send(method, target, body)
        assert answer.status_code == 200, answer.text
        assert self.trusts(answer.headers, answer.content)
        return dict(answer.json())

    def trusts(self, headers: Any, body: bytes) -> bool:
        """Whether headers and body are signed by one of WeChat Pay's keys."""
        low = {name.lower(): value for name, value in dict(headers).items()}
        key = self.trusted.get(low.get("wechatpay-serial", ""))
        if key is None:
            return False
        message = f"{low['wechatpay-timestamp']}\n{low['wechatpay-nonce']}\n".encode() + body + b"\n"
        try:
            key.verify(base64.b64decode(low["wechatpay-signature"]), message, PKCS1, SHA256)
        except (ValueError, InvalidSignature):
            return False
        return True

    def open(self, resource: Said) -> str:
        """What is sealed with the APIv3 key."""
        sealed = base64.b64decode(resource["ciphertext"])
        aes = AESGCM(self.settings["apiv3_key"].encode())
        return aes.decrypt(resource["nonce"].encode(), sealed, resource["associated_data"].encode()).decode()

    def hear(self, headers: Any, body: bytes, notice: Said) -> Said:
        """A notice that is signed as it must be, with what it holds under ``content``."""
        assert self.trusts(headers, body)
        return notice | {"content": json.loads(self.open(notice["resource"]))}

    def fetch_certificates(self) -> list[str]:
        """Trust the listed platform certificates; their serials."""
        answer = self.send("GET", "/v3/certificates")
        serials = []
        for listed in answer.json()["data"]:
            certificate = x509.load_pem_x509_certificate(self.open(listed["encrypt_certificate"]).encode())
            self.trusted[listed["serial_no"]] = certificate.public_key()
            serials.append(listed["serial_no"])
        assert self.trusts(answer.headers, answer.content)
        return serials

    def hide(self, text: str) -> str:
        """A sensitive field for WeChat Pay's public key."""
        return base64.b64encode(self.trusted[self.serial].encrypt(text.encode(), OAEP)).decode()

    def reveal(self, hidden: str) -> str:
        """A sensitive field for us."""
        return str(self.key.decrypt(base64.b64decode(hidden), OAEP).decode())

    def order(self, number: str, channel: str = "native", total: int = 1290, **more: Any) -> Said:
        """The body of a prepay."""
        body: Said = {
            "description": "Order 1001",
            "out_trade_no": number,
            "notify_url": NOBODY,
            "amount": {"total": total, "currency": "CNY"},
        }
        if self.settings["mode"] == "partner":
            body |= {"sp_appid": self.settings["appid"], "sp_mchid": self.settings["mchid"], "sub_mchid": "1900000201"}
        else:
            body |= {"appid": self.settings["appid"], "mchid": self.settings["mchid"]}
        if channel == "jsapi":
            body["payer"] = {"sp_openid" if "sp_mchid" in body else "openid": "oBUYER"}
        if channel == "h5":
            body["scene_info"] = {"payer_client_ip": "203.0.113.7", "h5_info": {"type": "Wap"}}
        return body | more

    @property
    def root(self) -> str:
        """Where transactions live."""
        return "/v3/pay/partner/transactions" if self.settings["mode"] == "partner" else "/v3/pay/transactions"

    @property
    def whose(self) -> Said:
        """Whose transaction it is, as queries and closes say."""
        if self.settings["mode"] == "partner":
            return {"sp_mchid": self.settings["mchid"], "sub_mchid": "1900000201"}
        return {"mchid": self.settings["mchid"]}

    def prepay(self, number: str, channel: str = "native", **more: Any) -> httpx.Response:
        """Place an order."""
        return self.send("POST", f"{self.root}/{channel}", self.order(number, channel, **more))

    def query(self, number: str, kind: str = "out-trade-no") -> httpx.Response:
        """Ask for an order."""
        words = "&".join(f"{name}={value}" for name, value in self.whose.items())
        return self.send("GET", f"{self.root}/{kind}/{number}?{words}")

    def close_order(self, number: str) -> httpx.Response:
        """Close an order."""
        return self.send("POST", f"{self.root}/out-trade-no/{number}/close", self.whose)

    def refund(self, number: str, refund_number: str, refund: int, total: int = 1290, **more: Any) -> httpx.Response:
        """Ask for money back."""
        amount = {"refund": refund, "total": total, "currency": "CNY"}
        body = {"out_trade_no": number, "out_refund_no": refund_number, "amount": amount} | more
        if self.settings["mode"] == "partner":
            body.setdefault("sub_mchid", "1900000201")
        return self.send("POST", "/v3/refund/domestic/refunds", body)

    def query_refund(self, refund_number: str) -> httpx.Response:
        """Ask for a refund."""
        sub = "?sub_mchid=1900000201" if self.settings["mode"] == "partner" else ""
        return self.send("GET", f"/v3/refund/domestic/refunds/{refund_number}{sub}")


class Ear:
    """A merchant's notice door: keeps what it hears, answers as it is told (204 by itself)."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        self.together = threading.Barrier(1)
        self.on_notice: Callable[[], None] = lambda: None

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        """Hear one notice."""
        headers = {
            name[5:].replace("_", "-").title(): value for name, value in environ.items() if name.startswith("HTTP_")
        }
        self.heard.append((headers, environ["wsgi.input"].read()))
        self.on_notice()
        self.together.wait(10)
        status = self.answers.pop(0) if self.answers else 204
        location = [("Location", "/elsewhere")] if 300 <= status < 400 else []
        start_response(f"{status} Said", location)
        return [] if status == 204 else [b'{"code":"FAIL","message":"as the test wants"}']

    def last(self) -> tuple[dict[str, str], bytes, Said]:
        """Headers, body and JSON of the last notice."""
        headers, body = self.heard[-1]
        return headers, body, json.loads(body)


@contextmanager
def listening() -> Iterator[tuple[str, Ear]]:
    """An ear behind a real socket, and its URL."""
    server, ear = SandboxServer(0), Ear()
    server.application = ear
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"{server.url}/notify", ear
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
