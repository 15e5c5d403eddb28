"""Content encryption, where an account has an AES key: AES-128-CBC from a vector of zeros, in base64."""

import base64
import binascii

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

_BITS = 128


class Sealed(Exception):
    """The AES key does not open it."""


def read_key(text: str) -> bytes:
    """The key of *text*, as the console shows it.

    :raises ValueError: it is none.
    """
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != _BITS // 8:
        raise ValueError("the AES key is 16 bytes in base64, as the console shows it")
    return key


def seal(key: str, text: str) -> str:
    """*text*, encrypted."""
    padder = PKCS7(_BITS).padder()
    worker = _cipher(key).encryptor()
    padded = padder.update(text.encode()) + padder.finalize()
    return base64.b64encode(worker.update(padded) + worker.finalize()).decode()


def unseal(key: str, text: str) -> str:
    """The text that was encrypted as *text*.

    :raises Sealed: this key does not open it.
    """
    worker, unpadder = _cipher(key).decryptor(), PKCS7(_BITS).unpadder()
    try:
        plain = worker.update(base64.b64decode(text, validate=True)) + worker.finalize()
        return (unpadder.update(plain) + unpadder.finalize()).decode()
    except (binascii.Error, ValueError):
        raise Sealed("the AES key does not open it: compare aes_key with the console's") from None


def _cipher(key: str) -> Cipher[CBC]:
    return Cipher(AES(read_key(key)), CBC(bytes(_BITS // 8)))
