"""How a pay password is kept, and compared as slowly for somebody who has none as for anybody."""

import threading
import unicodedata
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from flask import current_app

#: KiB a hash takes, with two passes: OWASP's least for argon2id; a payment must not wait as long as a sign-in
COST = 19 * 1024
# a crowd that pays at once must not eat the memory
_hashing = threading.BoundedSemaphore(4)


def hash_password(password: str) -> str:
    """What is kept of a password. Slow on purpose: never call it inside a transaction."""
    with _hashing:
        return _hasher(_cost()).hash(_normal(password))


def matches(kept: str | None, password: str) -> bool:
    """Whether *password* is the one *kept* came from; as slow if nothing was kept."""
    with _hashing:
        try:
            return _hasher(_cost()).verify(kept or _nobodys(_cost()), _normal(password)) and kept is not None
        except (Argon2Error, InvalidHashError):
            return False


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def _cost() -> int:
    # tests ask for less, as they do at sign-in
    return min(int(current_app.config.get("PASSWORD_COST", COST)), COST)


@lru_cache
def _hasher(kibibytes: int) -> PasswordHasher:
    passes = 1 if kibibytes < 1024 else 2
    return PasswordHasher(time_cost=passes, memory_cost=max(kibibytes, 8), parallelism=1)


@lru_cache
def _nobodys(kibibytes: int) -> str:
    return _hasher(kibibytes).hash("nobody has this password")
