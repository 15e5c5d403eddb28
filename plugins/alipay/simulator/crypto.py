"""Signatures, names of certificates and content encryption, written from the public description of the gateway."""

import base64
import binascii
import hashlib
import secrets

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def sign(key: RSAPrivateKey, message: bytes, *, sha1: bool = False) -> str:
    """The signature of *message* in base64. :param sha1: with the digest that nobody should take any more."""
    digest = hashes.SHA1() if sha1 else hashes.SHA256()
    return base64.b64encode(key.sign(message, padding.PKCS1v15(), digest)).decode()


def is_signed(key: RSAPublicKey, message: bytes, signature: str) -> bool:
    """Whether *signature* is the base64 of this key's signature of *message*."""
    try:
        key.verify(base64.b64decode(signature, validate=True), message, padding.PKCS1v15(), hashes.SHA256())
    except (binascii.Error, ValueError, InvalidSignature):
        return False
    return True


def word(length: int = 32) -> str:
    """A random word of letters and digits."""
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def aes_key() -> str:
    """A key of content encryption, as the console shows it."""
    return base64.b64encode(secrets.token_bytes(16)).decode()


def seal(key: str, text: str) -> str:
    """*text* under AES-128-CBC, from a vector of zeros."""
    raw = text.encode()
    left = 16 - len(raw) % 16
    worker = _aes(key).encryptor()
    return base64.b64encode(worker.update(raw + bytes([left]) * left) + worker.finalize()).decode()


def unseal(key: str, text: str) -> str | None:
    """What was sealed, or None if this key does not open it."""
    worker = _aes(key).decryptor()
    try:
        raw = worker.update(base64.b64decode(text, validate=True)) + worker.finalize()
        left = raw[-1] if raw else 0
        return raw[:-left].decode() if 1 <= left <= 16 and raw.endswith(bytes([left]) * left) else None
    except (binascii.Error, ValueError):
        return None


def sn(text: str) -> str:
    """The name of a certificate: MD5 of its issuer, from the back, and its serial number."""
    found = x509.load_pem_x509_certificate(text.encode())
    issuer = ",".join(f"{part.rfc4514_attribute_name}={part.value!s}" for part in reversed(list(found.issuer)))
    return hashlib.md5(f"{issuer}{found.serial_number}".encode(), usedforsecurity=False).hexdigest()


def _aes(key: str) -> Cipher[modes.CBC]:
    return Cipher(algorithms.AES(base64.b64decode(key)), modes.CBC(bytes(16)))
