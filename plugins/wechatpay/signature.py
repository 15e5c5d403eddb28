"""Signatures of WeChat Pay: what is signed, how, and who claims to have signed what came in. Pure functions."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from core import Distrusted

SCHEME = "WECHATPAY2-SHA256-RSA2048"
#: how far the clock of who signed may be from ours, in seconds
WINDOW = 300


@dataclass(frozen=True)
class Claim:
    """What an answer or a notice says of its signature; nothing of it is proved yet."""

    serial: str
    message: bytes
    signature: str


def lines(*parts: str | bytes) -> bytes:
    """*parts* as lines, each ended by a line feed, the last one too."""
    return b"".join((part.encode() if isinstance(part, str) else part) + b"\n" for part in parts)


def sign(key: RSAPrivateKey, message: bytes) -> str:
    """The signature of *message*, in base64: RSASSA-PKCS1-v1_5 with SHA-256."""
    return base64.b64encode(key.sign(message, PKCS1v15(), SHA256())).decode()


def holds(key: RSAPublicKey, message: bytes, signature: str) -> bool:
    """Whether *signature* is that of *message*; a text that is no base64 is a wrong signature, not a crash."""
    try:
        key.verify(base64.b64decode(signature, validate=True), message, PKCS1v15(), SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def authorization(key: RSAPrivateKey, mchid: str, serial_no: str, timestamp: str, nonce: str, message: bytes) -> str:
    """The value of the header ``Authorization`` for a request whose five lines are *message*."""
    pairs = {
        "mchid": mchid,
        "nonce_str": nonce,
        "signature": sign(key, message),
        "timestamp": timestamp,
        "serial_no": serial_no,
    }
    return f"{SCHEME} " + ",".join(f'{name}="{value}"' for name, value in pairs.items())


def claimed(headers: Mapping[str, str], body: bytes, moment: datetime) -> Claim:
    """Read what *headers* claim, and refuse what is too old before any key is looked for.

    :param headers: names in lower case. :param body: the raw bytes.
    :raises Distrusted: a header is missing or unreadable, or the clock of who signed is too far away.
    """
    found = {name: headers.get(f"wechatpay-{name}", "").strip() for name in ("timestamp", "nonce", "serial")}
    found["signature"] = headers.get("wechatpay-signature", "").strip()
    if lacking := [name for name, value in found.items() if not value]:
        raise Distrusted(f"Not signed by WeChat Pay: no header Wechatpay-{lacking[0].title()}.", code="unsigned")
    scheme = headers.get("wechatpay-signature-type", "").strip() or SCHEME
    if scheme != SCHEME:
        raise Distrusted(f"Signed as {scheme[:40]!r}; {SCHEME} is what we verify.", code="signature_type")
    if not (found["timestamp"].isascii() and found["timestamp"].isdigit() and len(found["timestamp"]) <= 12):
        raise Distrusted("The header Wechatpay-Timestamp is no time.", code="bad_timestamp")
    away = abs(int(found["timestamp"]) - moment.timestamp())
    if away > WINDOW:
        raise Distrusted(f"Signed {away:.0f} s away from our clock; at most {WINDOW} s.", code="stale_timestamp")
    message = lines(found["timestamp"], found["nonce"], body)
    return Claim(canonical(found["serial"]), message, found["signature"])


def canonical(serial: str) -> str:
    """*serial* in the one spelling we compare: upper case. It is a text, never a number."""
    return serial.strip().upper()
