"""Keys and certificates out of PEM texts, however they were pasted; loading costs, so it is done once a process."""

import re
from datetime import datetime
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

#: keys kept of each kind: one per account in use
KEPT = 512
_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----", re.DOTALL)
#: white space, and line breaks that somebody's form has written out as a backslash and a letter
_GAP = re.compile(r"\s|\\r|\\n")


@lru_cache(KEPT)
def private_key(text: str) -> RSAPrivateKey:
    """The RSA private key of *text*: PKCS#8 or PKCS#1, with any line ends or none.

    :raises ValueError: it is none, is locked by a password, or is too short.
    """
    try:
        key = load_pem_private_key(_tidy(text), password=None)
    except (TypeError, UnsupportedAlgorithm):
        raise ValueError("the private key cannot be opened: give one without a password") from None
    except ValueError:
        raise ValueError("this is no private key: paste the whole of apiclient_key.pem") from None
    if not isinstance(key, RSAPrivateKey) or key.key_size < 2048:
        raise ValueError("WeChat Pay takes RSA keys of 2048 bits or more")
    return key


@lru_cache(KEPT)
def public_key(text: str) -> RSAPublicKey:
    """The RSA public key of *text*.

    :raises ValueError: it is none.
    """
    try:
        key = load_pem_public_key(_tidy(text))
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("this is no public key: paste the whole of pub_key.pem") from None
    if not isinstance(key, RSAPublicKey):
        raise ValueError("WeChat Pay's public key is an RSA key")
    return key


@lru_cache(KEPT)
def certificate(text: str) -> x509.Certificate:
    """The certificate of *text*.

    :raises ValueError: it is none, or not one of an RSA key.
    """
    try:
        found = x509.load_pem_x509_certificate(_tidy(text))
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("this is no certificate: paste the whole of apiclient_cert.pem") from None
    if not isinstance(found.public_key(), RSAPublicKey):
        raise ValueError("WeChat Pay's certificates are of RSA keys")
    return found


def serial_of(found: x509.Certificate) -> str:
    """Its serial number as WeChat Pay writes it: hexadecimal, upper case."""
    return f"{found.serial_number:X}"


def ends_at(found: x509.Certificate) -> datetime:
    """The last moment it is good; aware UTC."""
    return found.not_valid_after_utc


def _tidy(text: str) -> bytes:
    block = _BLOCK.search(text)
    if block is None:
        raise ValueError("no PEM block")
    body = _GAP.sub("", block[2])
    lines = [body[start : start + 64] for start in range(0, len(body), 64)]
    return "\n".join([f"-----BEGIN {block[1]}-----", *lines, f"-----END {block[1]}-----", ""]).encode()
