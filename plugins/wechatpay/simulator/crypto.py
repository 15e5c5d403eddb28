"""Signatures, sealed resources and sensitive fields, written from the public description of APIv3."""

import base64
import binascii
import secrets

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SIGNATURE_TYPE = "WECHATPAY2-SHA256-RSA2048"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_OAEP = padding.OAEP(mgf=padding.MGF1(hashes.SHA1()), algorithm=hashes.SHA1(), label=None)


def lines(*parts: str | bytes) -> bytes:
    """What is signed: every part on a line of its own, the last one too."""
    return b"".join((part.encode() if isinstance(part, str) else part) + b"\n" for part in parts)


def sign(key: RSAPrivateKey, message: bytes) -> str:
    """The signature of *message* in base64."""
    return base64.b64encode(key.sign(message, padding.PKCS1v15(), hashes.SHA256())).decode()


def is_signed(key: RSAPublicKey, message: bytes, signature: str) -> bool:
    """Whether *signature* is exactly the base64 of this key's signature of *message*."""
    try:
        raw = base64.b64decode(signature, validate=True)
        key.verify(raw, message, padding.PKCS1v15(), hashes.SHA256())
    except (binascii.Error, ValueError, InvalidSignature):
        return False
    # the last character has bits that decode to nothing: only one way to write them is right
    return base64.b64encode(raw).decode() == signature


def nonce(length: int = 32) -> str:
    """A random word of letters and digits."""
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def seal(apiv3_key: str, text: str, associated_data: str) -> dict[str, str]:
    """*text* under AEAD_AES_256_GCM, as it stands in a notice or a list of certificates."""
    word = nonce(12)
    sealed = AESGCM(apiv3_key.encode()).encrypt(word.encode(), text.encode(), associated_data.encode())
    return {
        "algorithm": "AEAD_AES_256_GCM",
        "nonce": word,
        "associated_data": associated_data,
        "ciphertext": base64.b64encode(sealed).decode(),
    }


def hide(key: RSAPublicKey, text: str) -> str:
    """A sensitive field for the owner of *key*."""
    return base64.b64encode(key.encrypt(text.encode(), _OAEP)).decode()


def reveal(key: RSAPrivateKey, hidden: str) -> str | None:
    """A sensitive field that was meant for *key*, or None if it was not."""
    try:
        return key.decrypt(base64.b64decode(hidden, validate=True), _OAEP).decode()
    except ValueError:  # binascii.Error and UnicodeDecodeError are ValueErrors too
        return None
