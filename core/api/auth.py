"""Who is at the door: the token is looked up together with its merchant, in one statement."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from uuid import UUID

from flask import g, request
from sqlalchemy import and_, bindparam, select

from core import clock, plugins
from core.api.envelope import current_request_id
from core.contracts.people import Actor, MerchantView
from core.current import current_actor
from core.db import ask
from core.errors import Forbidden, NotFound, Unauthenticated
from core.ids import hash_token
from core.models import ApiKey, Customer, Merchant, Session, Staff, StaffStore
from core.plugin_catalog import permissions_by_role
from core.services import merchants, roles

_View = TypeVar("_View", bound=Callable[..., Any])
COOKIE: Final = "merx_session"
_SAFE: Final = ("GET", "HEAD", "OPTIONS")


# ---------------------------------------------------------------------------------------------- who may use a view
def needs(permission: str) -> Callable[[_View], _View]:
    """For staff and API keys that have *permission*."""
    return _mark("staff", permission)


def staff_only(view: _View) -> _View:
    """For every member of staff and every API key, whatever they may do."""
    return _mark("staff", None)(view)


def buyers_only(view: _View) -> _View:
    """For a buyer who is signed in."""
    return _mark("buyer", None)(view)


def anyone(view: _View) -> _View:
    """For everybody, signed in or not."""
    return _mark("anyone", None)(view)


@dataclass(frozen=True)
class Access:
    """What a view says about its callers: ``staff`` (with a permission), ``buyer`` or ``anyone``."""

    who: str
    permission: str | None


def access_of(view: Callable[..., Any]) -> Access | None:
    """What *view* says about its callers, if it does."""
    found: Access | None = view.__dict__.get("access")
    return found


def _mark(who: str, permission: str | None) -> Callable[[_View], _View]:
    def mark(view: _View) -> _View:
        view.__dict__["access"] = Access(who, permission)
        return view

    return mark


# ---------------------------------------------------------------------------------------------- asked by views
def current_customer_id() -> UUID:
    """The buyer who is signed in.

    :raises Unauthenticated: nobody is.
    """
    actor = current_actor()
    if actor.kind != "buyer" or actor.id is None:
        raise _please_sign_in()
    return actor.id


def current_session_id() -> UUID:
    """The session the caller came with.

    :raises Forbidden: it came with an API key, which has none.
    """
    found: UUID | None = g.get("session_id")
    if found is None:
        raise Forbidden("An API key has no session to end.")
    return found


# ---------------------------------------------------------------------------------------------- the look-up
_merchant = Merchant.__table__.columns
_session = (Session.id.label("session_id"), Session.expires_at)
# fmt: off
_BUYER = (
    select(*_merchant, *_session, Customer.id.label("customer_id"), Customer.name.label("customer_name"))
    .select_from(Merchant)
    .outerjoin(Session, and_(Session.merchant_id == Merchant.id, Session.token_hash == bindparam("hash"),
                             Session.kind == "buyer"))
    .outerjoin(Customer, and_(Customer.merchant_id == Merchant.id, Customer.id == Session.customer_id))
    .where(Merchant.code == bindparam("code"))
)
_STAFF = (
    select(*_merchant, *_session, Session.csrf_hash, Staff.id.label("staff_id"), Staff.name.label("staff_name"),
           Staff.roles, StaffStore.store_id)
    .select_from(Merchant)
    .outerjoin(Session, and_(Session.merchant_id == Merchant.id, Session.token_hash == bindparam("hash"),
                             Session.kind == "staff"))
    .outerjoin(Staff, and_(Staff.merchant_id == Merchant.id, Staff.id == Session.staff_id, Staff.enabled))
    .outerjoin(StaffStore, and_(StaffStore.merchant_id == Merchant.id, StaffStore.staff_id == Staff.id))
    .where(Merchant.code == bindparam("code"))
)
_KEY = (
    select(*_merchant, ApiKey.id.label("key_id"), ApiKey.name.label("key_name"), ApiKey.scopes, ApiKey.revoked_at,
           ApiKey.expires_at)
    .select_from(Merchant)
    .outerjoin(ApiKey, and_(ApiKey.merchant_id == Merchant.id, ApiKey.token_hash == bindparam("hash")))
    .where(Merchant.code == bindparam("code"))
)
_NOBODY = select(*_merchant).where(Merchant.code == bindparam("code"))
# fmt: on


def identify(door: str, code: str, access: Access) -> tuple[MerchantView, Actor]:
    """The merchant called *code* and whoever asks, in one statement of its own, outside of any scope.

    :param door: ``shop``, ``admin``, or ``link`` (no token is looked at).
    :raises NotFound: a shop that is not there. :raises Unauthenticated: no token, or one that is not valid here; an
        admin's door does not tell whether there is such a merchant. :raises Forbidden: the permission is missing.
    """
    g.session_id = None
    token = None if door == "link" else _token(door, access)
    found = _ask(door, code, token)
    if not found:
        raise _please_sign_in() if door == "admin" else NotFound("There is no such shop.")
    merchant = merchants.view(found[0])
    if token is None:
        kind = "staff" if door == "admin" else "buyer"
        actor = Actor(kind, None, "anonymous", "api", current_request_id())
    elif door == "shop":
        actor = _buyer(found[0])
    elif token.startswith(roles.KEY_PREFIX):
        actor = _key(found[0])
    else:
        actor = _member(found)
    _admit(actor, access)
    return merchant, actor


def _ask(door: str, code: str, token: str | None) -> Sequence[Any]:
    if token is None:
        return ask(_NOBODY, code=code)
    if door == "shop":
        return ask(_BUYER, code=code, hash=hash_token(token))
    return ask(_KEY if token.startswith(roles.KEY_PREFIX) else _STAFF, code=code, hash=hash_token(token))


def _admit(actor: Actor, access: Access) -> None:
    if access.who == "anyone":
        return
    if actor.id is None:
        raise _please_sign_in()
    if access.permission and not actor.may(access.permission):
        raise Forbidden(f"This needs the permission {access.permission}.", permission=access.permission)


def _token(door: str, access: Access) -> str | None:
    header = request.headers.get("Authorization")
    if header is not None:
        kind, _, token = header.partition(" ")
        if kind.lower() != "bearer" or not token.strip():
            raise Unauthenticated("The header Authorization must read: Bearer <token>.")
        return token.strip()
    if door == "admin" and access.who != "anyone":
        return request.cookies.get(COOKIE)
    return None


def _buyer(found: Any) -> Actor:
    if found.session_id is None or found.customer_id is None or _over(found):
        raise _please_sign_in()
    g.session_id = found.session_id
    return Actor("buyer", found.customer_id, found.customer_name or "buyer", "api", current_request_id())


def _member(rows: Sequence[Any]) -> Actor:
    found = rows[0]
    if found.session_id is None or found.staff_id is None or _over(found):
        raise _please_sign_in()
    by_cookie = "Authorization" not in request.headers
    if by_cookie and request.method not in _SAFE and not _csrf_holds(found):
        raise Forbidden("Send the header X-CSRF-Token with the token you got at sign-in.", code="bad_csrf_token")
    g.session_id = found.session_id
    stores = frozenset(row.store_id for row in rows if row.store_id)
    return Actor(
        "staff",
        found.staff_id,
        found.staff_name,
        "api",
        current_request_id(),
        roles.permissions_of(found.roles, plugins.permissions(), permissions_by_role()),
        stores,
    )


def _key(found: Any) -> Actor:
    if found.key_id is None or found.revoked_at or _over(found):
        raise _please_sign_in()
    return Actor("api_key", found.key_id, found.key_name, "api", current_request_id(), frozenset(found.scopes))


def _over(found: Any) -> bool:
    return found.expires_at is not None and bool(found.expires_at <= clock.now())


def _csrf_holds(found: Any) -> bool:
    # both sides are SHA-256 of random tokens: comparing them tells nothing
    given = hash_token(request.headers.get("X-CSRF-Token", ""))
    return found.csrf_hash is not None and bool(found.csrf_hash == given)


def _please_sign_in() -> Unauthenticated:
    return Unauthenticated("Send a valid token of this merchant: Authorization: Bearer <token>.")
