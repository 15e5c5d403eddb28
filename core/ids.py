"""Names that nobody can guess or mix up: time-ordered ids, secret tokens and their hashes, random digits."""

import hashlib
import os
import secrets
import threading
import time
import uuid

_lock = threading.Lock()
_last_tick = 0


def new_id() -> uuid.UUID:
    """A new UUID version 7; within one process each is greater than the one before, from whatever thread.

    Bits: 48 of Unix milliseconds, 12 of the millisecond's fraction (1/4096 ms; RFC 9562 §6.2 method 3), 62 random.
    When two calls fall into one tick, or the system clock steps back, the tick counts on from the last one.

    Source: https://www.rfc-editor.org/rfc/rfc9562#section-5.7
    """
    global _last_tick
    # The machine's own clock, never core.clock: ids are not business time. A frozen clock would wear its ticks out,
    # and a sandbox moved a week ahead and set back again would sort next week's rows after today's.
    tick = time.time_ns() * 4096 // 1_000_000
    with _lock:
        if tick <= _last_tick:
            tick = _last_tick + 1
        _last_tick = tick
    # Random bits are asked from the kernel each time: a pool of our own would be copied into forked workers.
    tail = int.from_bytes(os.urandom(8), "big") >> 2
    return uuid.UUID(int=(tick >> 12) << 80 | 0x7 << 76 | (tick & 0xFFF) << 64 | 0b10 << 62 | tail)


def _renew_lock() -> None:
    global _lock
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    # A child forked while another thread held the lock would wait for it for ever.
    os.register_at_fork(after_in_child=_renew_lock)


def secret_token(nbytes: int = 32) -> str:
    """A secret of *nbytes* random bytes, as URL-safe text (43 characters for 32 bytes).

    :raises ValueError: fewer than 16 bytes; such a secret could be guessed.
    """
    if nbytes < 16:
        raise ValueError(f"a secret needs at least 16 bytes, got {nbytes}")
    return secrets.token_urlsafe(nbytes)


def hash_token(token: str) -> str:
    """What the database keeps of a :func:`secret_token`: its SHA-256 as 64 hex digits.

    A fast hash is enough only because such a token has too many values to try; passwords need argon2.
    """
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def digits(n: int) -> str:
    """*n* random decimal digits from a CSPRNG, leading zeros kept.

    :raises ValueError: *n* is below 1.
    """
    if n < 1:
        raise ValueError(f"at least one digit, got {n}")
    return f"{secrets.randbelow(10**n):0{n}d}"
