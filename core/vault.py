"""Merchants' secrets, encrypted at rest and bound to their purpose: a token moved elsewhere opens nothing."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from flask import current_app

from core.errors import MerxError

PREFIX = "enc:v1:"
KEY_SHAPE = "32 random bytes in URL-safe base64 (44 characters)"


class VaultTrouble(MerxError):
    """A secret cannot be opened; the message says where to look and never what was inside."""

    code = "vault_trouble"


def encrypt(text: str, purpose: str) -> str:
    """*text* sealed with the newest key.

    :param purpose: whose and what it is (``"1:bank_transfer:settings"``); opening asks for the same one. It stands
        inside the plaintext, for Fernet has no associated data.
    :raises VaultTrouble: the configuration has no usable key.
    """
    sealed = json.dumps([purpose, text]).encode()
    return PREFIX + _fernet().encrypt(sealed).decode("ascii")


def decrypt(token: str, purpose: str) -> str:
    """What :func:`encrypt` was given.

    :raises VaultTrouble: no key opens it, it is damaged, or it was sealed for another purpose.
    """
    if not token.startswith(PREFIX):
        raise VaultTrouble(f"The secret for {purpose!r} is not an {PREFIX} token: the row was written by other means.")
    try:
        found, text = json.loads(_fernet().decrypt(token.removeprefix(PREFIX).encode("utf-8", "replace")))
    except (InvalidToken, ValueError):
        raise VaultTrouble(
            f"The secret for {purpose!r} cannot be opened: no key in SECRET_KEYS fits. "
            "Put the key it was written with back at the end of the list."
        ) from None
    if found != purpose:
        raise VaultTrouble(f"The secret for {purpose!r} was sealed for something else: its row was copied or moved.")
    return str(text)


def renew(token: str, purpose: str) -> str:
    """The same secret under the newest key: for rotation.

    :raises VaultTrouble: as :func:`decrypt`.
    """
    return encrypt(decrypt(token, purpose), purpose)


def key_position(token: str, purpose: str) -> int:
    """Which of the configured keys opens *token*: 0 is the newest.

    :raises VaultTrouble: as :func:`decrypt`.
    """
    decrypt(token, purpose)
    sealed = token.removeprefix(PREFIX).encode()
    return next(position for position, key in enumerate(_keys()) if _opens(_fernet_of((key,)), sealed))


def seal(values: Mapping[str, Any], purpose: str) -> str:
    """A whole JSON object as one token. :raises VaultTrouble: as :func:`encrypt`."""
    return encrypt(json.dumps(dict(values)), purpose)


def unseal(token: str | None, purpose: str) -> dict[str, Any]:
    """The JSON object in *token*; empty if there is none. :raises VaultTrouble: as :func:`decrypt`."""
    return {} if token is None else dict(json.loads(decrypt(token, purpose)))


def _fernet() -> MultiFernet:
    return _fernet_of(_keys())


def _keys() -> tuple[bytes, ...]:
    keys: Sequence[str | bytes] = current_app.config.get("SECRET_KEYS") or ()
    return tuple(key.encode() if isinstance(key, str) else key for key in keys)


def _opens(fernet: MultiFernet, sealed: bytes) -> bool:
    try:
        fernet.decrypt(sealed)
    except InvalidToken:
        return False
    return True


@lru_cache(maxsize=32)
def _fernet_of(keys: tuple[bytes, ...]) -> MultiFernet:
    if not keys:
        raise VaultTrouble(f"SECRET_KEYS is empty: configure at least one key of {KEY_SHAPE}, the newest first.")
    fernets = []
    for number, key in enumerate(keys):
        try:
            fernets.append(Fernet(key))
        except ValueError:
            raise VaultTrouble(f"SECRET_KEYS[{number}] is no key: each is {KEY_SHAPE}.") from None
    return MultiFernet(fernets)
