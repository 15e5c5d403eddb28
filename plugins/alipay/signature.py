"""RSA2: which text is signed, how, and whether a signature holds. Pure functions."""

import base64
import binascii
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

SIGN_TYPE = "RSA2"


def signed_text(params: Mapping[str, str], *, without: tuple[str, ...] = ("sign",), blanks: bool = False) -> str:
    """The text that is signed: ``name=value`` in the order of the names, joined by ``&``, nothing percent-encoded.

    :param without: names that are left out. :param blanks: whether empty values stand in it.
    """
    told = {name: value for name, value in params.items() if name not in without and (value or blanks)}
    return "&".join(f"{name}={told[name]}" for name in sorted(told))


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
