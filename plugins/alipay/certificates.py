"""Certificate mode: the serial names (SN) that Alipay gives to certificates, and whether one hangs on the root."""

import hashlib
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from plugins.alipay import pem

#: the signature algorithms of RSA begin like this; others do not count into the roots' name
_RSA = "1.2.840.113549.1.1."


def sn(found: x509.Certificate) -> str:
    """Its name: MD5 of the issuer, read from the back, and the serial number."""
    return hashlib.md5(sn_text(found).encode(), usedforsecurity=False).hexdigest()


def sn_text(found: x509.Certificate) -> str:
    """What the name is made of."""
    parts = [f"{part.rfc4514_attribute_name}={_text(part.value)}" for part in reversed(list(found.issuer))]
    return ",".join(parts) + str(found.serial_number)


def root_sn(text: str) -> str:
    """The name of a bundle of roots: those of RSA, in their order."""
    return "_".join(sn(one) for one in pem.bundle(text) if one.signature_algorithm_oid.dotted_string.startswith(_RSA))


def is_rooted(found: x509.Certificate, text: str) -> bool:
    """Whether a file's leaf was signed by a root of the bundle *text*, perhaps by way of the others in the bundle."""
    return any(_issued(found, root) for root in pem.bundle(text))


def chain_is_rooted(leaf_text: str, root_text: str) -> bool:
    """Whether the first certificate of *leaf_text* hangs on a root, over the certificates that follow it."""
    here = pem.certificate(leaf_text)
    between = [one for one in pem.bundle(leaf_text) if one != here]
    for _ in range(len(between) + 1):
        if is_rooted(here, root_text):
            return True
        issuer = next((one for one in between if one != here and _issued(here, one)), None)
        if issuer is None:
            return False
        here = issuer
    return False


def ends_at(found: x509.Certificate) -> datetime:
    """The last moment it is good; aware UTC."""
    return found.not_valid_after_utc


def _issued(found: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        found.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
