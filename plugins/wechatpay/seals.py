"""What WeChat Pay seals: notices and certificates with the APIv3 key, single fields with RSA. Pure functions."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1

AEAD = "AEAD_AES_256_GCM"


class Sealed(Exception):
    """None of our APIv3 keys opens it, or it is not sealed as we know it."""


def open_resource(resource: Mapping[str, Any], apiv3_keys: Sequence[str]) -> bytes:
    """The plain bytes of a sealed *resource*: ``nonce``, ``associated_data``, ``ciphertext``.

    :param apiv3_keys: tried in their order; the key's 32 characters are the key.
    :raises Sealed: it does not open.
    """
    if resource.get("algorithm", AEAD) != AEAD:
        raise Sealed(f"sealed with {str(resource['algorithm'])[:40]!r}; {AEAD} is what we open")
    try:
        nonce = str(resource["nonce"]).encode()
        known = str(resource.get("associated_data") or "").encode()
        text = base64.b64decode(str(resource["ciphertext"]), validate=True)
    except (KeyError, binascii.Error, ValueError):
        raise Sealed("the sealed resource is not shaped as one") from None
    for key in apiv3_keys:
        try:
            return AESGCM(key.encode()).decrypt(nonce, text, known)
        except (InvalidTag, ValueError):
            continue
    raise Sealed("the APIv3 key does not open it: compare apiv3_key with the console's")


def encrypt_field(key: RSAPublicKey, text: str) -> str:
    """One sensitive field for WeChat Pay, in base64. OAEP is with SHA-1 here, whatever is used elsewhere."""
    return base64.b64encode(key.encrypt(text.encode(), _oaep())).decode()


def decrypt_field(key: RSAPrivateKey, text: str) -> str:
    """One sensitive field that WeChat Pay encrypted for us.

    :raises Sealed: it is not for this key.
    """
    try:
        return key.decrypt(base64.b64decode(text, validate=True), _oaep()).decode()
    except (binascii.Error, ValueError):
        raise Sealed("a field was not encrypted for the account's private_key") from None


def _oaep() -> OAEP:
    return OAEP(MGF1(SHA1()), SHA1(), None)
