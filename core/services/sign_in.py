"""Passwords, sessions and tokens: who may come in, and how often a wrong password may be tried."""

import threading
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Final
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from flask import current_app
from sqlalchemy import delete

from core import clock, counters
from core.current import current_merchant
from core.db import add, all_of, db
from core.errors import TooMany, Unauthenticated
from core.ids import hash_token, secret_token
from core.models import Customer, Session, Staff

TRIES: Final = 10
WINDOW_SECONDS: Final = 15 * 60
BUYER_DAYS: Final = 30
STAFF_HOURS: Final = 12
# each hash takes 64 MiB: a crowd at the door must not eat the memory
_hashing = threading.BoundedSemaphore(2)


@dataclass(frozen=True)
class Opened:
    """A new session. The tokens are shown now and never again: only their hashes are kept.

    :param csrf: for sessions carried by a cookie: what X-CSRF-Token must say.
    """

    session: Session
    token: str
    csrf: str | None


# ---------------------------------------------------------------------------------------------- passwords
def hash_password(password: str) -> str:
    """What is kept of a password. Slow on purpose: never call it inside a transaction."""
    with _hashing:
        return _hasher().hash(_normal(password))


def password_matches(kept: str | None, password: str) -> bool:
    """Whether *password* is the one *kept* came from. As slow for somebody who is not there as for anybody."""
    with _hashing:
        try:
            return _hasher().verify(kept or _nobody(_cost()), _normal(password)) and kept is not None
        except (Argon2Error, InvalidHashError):
            return False


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def _cost() -> int:
    return int(current_app.config.get("PASSWORD_COST", 64 * 1024))


def _hasher() -> PasswordHasher:
    return _hasher_of(_cost())


@lru_cache
def _hasher_of(kibibytes: int) -> PasswordHasher:
    # RFC 9106's low-memory profile; tests ask for less
    if kibibytes < 1024:
        return PasswordHasher(time_cost=1, memory_cost=max(kibibytes, 8), parallelism=1)
    return PasswordHasher(time_cost=3, memory_cost=kibibytes, parallelism=4)


@lru_cache
def _nobody(kibibytes: int) -> str:
    return _hasher_of(kibibytes).hash("nobody has this password")


# ---------------------------------------------------------------------------------------------- tries
def count_try(who: str, address: str) -> None:
    """One more try of *who* (``staff:mei``) from *address*; outside of transactions, before the password is looked at.

    :raises TooMany: this name or this address has used its tries. :raises Unavailable: nobody can count.
    """
    _count(_from(address), TRIES - 1, "Too many failed sign-ins", amount=0)
    # counted before the answer is known: many tries at once must not all be the first
    _count(_of(who), TRIES, "Too many failed sign-ins")


def end_try(who: str, address: str, *, right: bool) -> None:
    """How it ended: a right password takes the try back, a wrong one counts against the address too."""
    if right:
        counters.count(_of(who), WINDOW_SECONDS, -1)
    else:
        counters.count(_from(address), WINDOW_SECONDS)


def _of(who: str) -> str:
    return f"sign_in:{current_merchant().id}:{hash_token(who)}"


def _from(address: str) -> str:
    return f"sign_in_from:{current_merchant().id}:{address}"


def count_registration(address: str) -> None:
    """One more registration from *address*.

    :raises TooMany: there were too many. :raises Unavailable: nobody can count.
    """
    most = int(current_app.config["REGISTRATIONS_PER_ADDRESS"])
    _count(f"register_from:{current_merchant().id}:{address}", most, "Too many registrations")


def _count(name: str, most: int, complaint: str, amount: int = 1) -> None:
    reading = counters.count(name, WINDOW_SECONDS, amount)
    if reading.count > most:
        wait = reading.seconds_left
        raise TooMany(
            f"{complaint}; try again in {wait} seconds.",
            retry_after=wait, policy=name.partition(":")[0], quota=most + 1 - amount, window=WINDOW_SECONDS,
        )  # fmt: skip


def bad_credentials() -> Unauthenticated:
    """The one answer to a wrong name, a wrong password and a disabled account."""
    return Unauthenticated("The name or the password is wrong.", code="bad_credentials")


# ---------------------------------------------------------------------------------------------- people
def find_member(login: str) -> Staff | None:
    """The enabled member of staff called *login*."""
    found = all_of(Staff, current_merchant().id, Staff.login == login, Staff.enabled)
    return found[0] if found else None


def find_customer(email: str | None, phone: str | None) -> Customer | None:
    """The customer with this e-mail address or telephone number."""
    where = Customer.email == email if email else Customer.phone == phone
    found = all_of(Customer, current_merchant().id, where)
    return found[0] if found else None


# ---------------------------------------------------------------------------------------------- sessions
def open_buyer_session(customer_id: UUID) -> Opened:
    """A buyer is signed in for 30 days; in the sandbox without end."""
    return _open(timedelta(days=BUYER_DAYS), kind="buyer", customer_id=customer_id)


def open_staff_session(staff_id: UUID, *, cookie: bool = False) -> Opened:
    """A member of staff is signed in for 12 hours; in the sandbox without end.

    :param cookie: a browser will carry the token in a cookie: a CSRF token comes with it.
    """
    return _open(timedelta(hours=STAFF_HOURS), kind="staff", staff_id=staff_id, with_csrf=cookie)


def _open(lasts: timedelta, *, with_csrf: bool = False, **whose: object) -> Opened:
    token, csrf = secret_token(), secret_token() if with_csrf else None
    now = clock.now()
    session = add(
        Session(
            merchant_id=current_merchant().id,
            token_hash=hash_token(token),
            csrf_hash=hash_token(csrf) if csrf else None,
            # the sandbox's clock is moved by weeks; its demo tokens must live through that
            expires_at=None if current_app.config.get("SANDBOX") else now + lasts,
            created_at=now,
            **whose,
        )
    )
    return Opened(session, token, csrf)


def close_session(session_id: UUID) -> None:
    """End one session; its token is refused from now on."""
    mine = Session.merchant_id == current_merchant().id
    db.session().connection().execute(delete(Session).where(mine, Session.id == session_id))


def close_sessions_of(staff_id: UUID) -> None:
    """End every session of a member of staff."""
    mine = Session.merchant_id == current_merchant().id
    db.session().connection().execute(delete(Session).where(mine, Session.staff_id == staff_id))
