"""Keys and certificates as they are pasted: PEM or the console's one line; loading costs, so it is done once."""

import base64
import binascii
import re
import warnings
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_der_public_key

#: keys kept of each kind: one per account in use
KEPT = 512
_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----", re.DOTALL)
#: white space, and line breaks that somebody's form has written out as a backslash and a letter
_GAP = re.compile(r"\s|\\r|\\n")


@lru_cache(KEPT)
def private_key(text: str) -> RSAPrivateKey:
    """The application's private key: PKCS#8 or PKCS#1, as PEM or as one line of base64.

    :raises ValueError: it is none, is locked by a password, or is too short.
    """
    if "ENCRYPTED" in text:
        raise ValueError("the private key cannot be opened: give one without a password")
    try:
        key = load_der_private_key(_plain(text), password=None)
    except TypeError:
        raise ValueError("the private key cannot be opened: give one without a password") from None
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("this is no private key: paste the whole application private key (应用私钥)") from None
    if not isinstance(key, RSAPrivateKey) or key.key_size < 2048:
        raise ValueError("RSA2 takes RSA keys of 2048 bits or more")
    return key


@lru_cache(KEPT)
def public_key(text: str) -> RSAPublicKey:
    """Alipay's public key: PEM or one line of base64.

    :raises ValueError: it is none, or too short.
    """
    try:
        key = load_der_public_key(_plain(text))
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("this is no public key: paste the whole Alipay public key (支付宝公钥)") from None
    if not isinstance(key, RSAPublicKey) or key.key_size < 2048:
        raise ValueError("Alipay's public key is an RSA key of 2048 bits or more")
    return key


@lru_cache(KEPT)
def certificate(text: str) -> x509.Certificate:
    """The first certificate of *text*: files of Alipay's begin with the leaf.

    :raises ValueError: there is none, or not one of an RSA key.
    """
    for kind, body in _BLOCK.findall(text):
        if kind == "CERTIFICATE":
            found = _certificate(body)
            if found is None or not isinstance(found.public_key(), RSAPublicKey):
                break
            return found
    raise ValueError("this is no certificate of an RSA key: paste the whole .crt file")


@lru_cache(KEPT)
def bundle(text: str) -> tuple[x509.Certificate, ...]:
    """The certificates of *text* that can be read, in their order: Alipay's roots hold some that no library reads.

    :raises ValueError: there is none.
    """
    found = [_certificate(body) for kind, body in _BLOCK.findall(text) if kind == "CERTIFICATE"]
    if readable := tuple(one for one in found if one is not None):
        return readable
    raise ValueError("there is no certificate in it: paste the whole alipayRootCert.crt")


def _certificate(body: str) -> x509.Certificate | None:
    try:
        with warnings.catch_warnings():
            # old roots are written in ways that newer rules frown upon
            warnings.simplefilter("ignore")
            return x509.load_der_x509_certificate(_decoded(body))
    except (ValueError, UnsupportedAlgorithm):
        return None


def _plain(text: str) -> bytes:
    block = _BLOCK.search(text)
    return _decoded(block[2] if block else text)


def _decoded(body: str) -> bytes:
    try:
        return base64.b64decode(_GAP.sub("", body), validate=True)
    except binascii.Error:
        raise ValueError("no base64") from None
