"""Staff, API keys and customers: making them, editing them, and the owner who must stay."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from core import clock, plugins
from core.current import current_actor, current_merchant
from core.db import add, all_of, find, flush, get
from core.db import db as database
from core.errors import Forbidden, Invalid, NotFound, Refused
from core.ids import hash_token, new_id, secret_token
from core.models import ApiKey, Customer, CustomerIdentity, Staff, StaffStore, Store
from core.plugin_catalog import permissions_by_role
from core.services import roles, sign_in

#: the kind of identity under which a merchant's own server names its customers
OWN_IDS = "external"


# ---------------------------------------------------------------------------------------------- staff
def create_member(
    login: str, name: str, password_hash: str, role_names: Iterable[str], stores: Iterable[UUID] = ()
) -> Staff:
    """A new member of staff.

    :param password_hash: from :func:`core.services.sign_in.hash_password`, made outside the transaction.
    :raises Refused: the login is taken. :raises Invalid: a store is not there.
    :raises Forbidden: the caller gives a role above its own.
    """
    wanted = list(role_names)
    _may_give(roles.permissions_of(wanted, plugins.permissions(), permissions_by_role()))
    member = Staff(
        merchant_id=current_merchant().id,
        login=login,
        name=name,
        password_hash=password_hash,
        roles=wanted,
        created_at=clock.now(),
    )
    add(member)
    _flush_or_refuse(f"There is a member of staff with the login {login!r} already.")
    _bind_stores(member.id, stores)
    return member


def locked_member(staff_id: UUID) -> Staff:
    """The member of staff, locked for an edit, with all owners: two edits must not remove two last owners at once."""
    merchant_id = current_merchant().id
    owners = [one.id for one in all_of(Staff, merchant_id) if "owner" in one.roles]
    for one in sorted({*owners, staff_id}):
        if find(Staff, merchant_id, one) is None:
            raise NotFound("There is no such staff here.")
        get(Staff, merchant_id, one, lock=True)
    return get(Staff, merchant_id, staff_id)


def change_member(member: Staff, changes: Mapping[str, Any]) -> Staff:
    """Change what *changes* names: name, roles, enabled, password_hash, store_ids.

    A new password and a disabled member end its sessions.

    :raises Refused: the last owner would be gone. :raises Forbidden: a role above the caller's own is given or taken.
    """
    for wanted in (
        changes.get("roles"),
        member.roles if {"roles", "password_hash", "enabled"} & set(changes) else None,
    ):
        if wanted is not None:
            _may_give(roles.permissions_of(wanted, plugins.permissions(), permissions_by_role()))
    for name in ("name", "roles", "enabled", "password_hash"):
        if name in changes:
            setattr(member, name, changes[name])
    _keep_an_owner(member)
    if "store_ids" in changes:
        _bind_stores(member.id, changes["store_ids"])
    if "password_hash" in changes or not member.enabled:
        sign_in.close_sessions_of(member.id)
    member.version += 1
    return member


def member_views(members: Sequence[Staff]) -> list[dict[str, Any]]:
    """Members of staff as they are shown, with the stores each is bound to; none = every store."""
    flush()
    ids = [member.id for member in members]
    bound: dict[UUID, list[UUID]] = {one: [] for one in ids}
    for row in all_of(StaffStore, current_merchant().id, StaffStore.staff_id.in_(ids)):
        bound[row.staff_id].append(row.store_id)
    names = ("id", "login", "name", "roles", "enabled", "version", "created_at")
    return [{name: getattr(one, name) for name in names} | {"store_ids": bound[one.id]} for one in members]


def member_view(member: Staff) -> dict[str, Any]:
    """One member of staff as it is shown."""
    return member_views([member])[0]


def _bind_stores(staff_id: UUID, stores: Iterable[UUID]) -> None:
    merchant_id = current_merchant().id
    gone = delete(StaffStore).where(StaffStore.merchant_id == merchant_id, StaffStore.staff_id == staff_id)
    database.session().connection().execute(gone)
    for number, store_id in enumerate(stores):
        if find(Store, merchant_id, store_id) is None:
            raise Invalid.field(f"/store_ids/{number}", "There is no such store.", "unknown_store")
        add(StaffStore(merchant_id=merchant_id, staff_id=staff_id, store_id=store_id))


def _keep_an_owner(changed: Staff) -> None:
    if changed.enabled and "owner" in changed.roles:
        return
    others = [one for one in all_of(Staff, changed.merchant_id) if one.id != changed.id]
    if not any(one.enabled and "owner" in one.roles for one in others):
        raise Refused("This is the last owner: make somebody else an owner first.", code="last_owner")


def _may_give(permissions: Iterable[str]) -> None:
    """Nobody hands out more than they have themselves."""
    giver = current_actor()
    if giver.kind not in ("staff", "api_key"):
        return
    above = sorted(one for one in permissions if not giver.may(one))
    if above:
        raise Forbidden(f"You cannot give, change or take what you do not have yourself: {', '.join(above[:5])}.")


# ---------------------------------------------------------------------------------------------- API keys
def create_key(name: str, scopes: Iterable[str], expires_at: datetime | None = None) -> tuple[ApiKey, str]:
    """A new API key and its token, which is shown once.

    :raises Invalid: a scope is no permission here. :raises Forbidden: the caller does not have it either.
    """
    wanted = sorted(set(scopes))
    known = {*roles.PERMISSIONS, *plugins.permissions()}
    for scope in wanted:
        if scope not in known:
            raise Invalid.field(
                "/scopes", f"There is no permission {scope!r}; GET me lists them.", "unknown_permission"
            )
    _may_give(wanted)
    if expires_at is not None and expires_at <= clock.now():
        raise Invalid.field("/expires_at", "Must lie in the future.", "in_the_past")
    token = roles.KEY_PREFIX + secret_token()
    key = ApiKey(
        merchant_id=current_merchant().id,
        name=name,
        token_hash=hash_token(token),
        last4=token[-4:],
        scopes=wanted,
        expires_at=expires_at,
        created_at=clock.now(),
    )
    return add(key), token


def revoke_key(key_id: UUID) -> ApiKey:
    """Refuse the key from now on; a second time changes nothing. :raises NotFound: there is none."""
    key = get(ApiKey, current_merchant().id, key_id, lock=True)
    key.revoked_at = key.revoked_at or clock.now()
    return key


# ---------------------------------------------------------------------------------------------- customers
def create_customer(
    *,
    email: str | None = None,
    phone: str | None = None,
    name: str | None = None,
    password_hash: str | None = None,
    language: str | None = None,
) -> Customer:
    """A new customer. :raises Refused: the e-mail address or the telephone number belongs to somebody."""
    customer = Customer(
        merchant_id=current_merchant().id,
        email=email,
        phone=phone,
        name=name,
        password_hash=password_hash,
        language=language,
        created_at=clock.now(),
    )
    add(customer)
    _flush_or_refuse("Somebody has registered with this e-mail address or telephone number already.")
    return customer


def change_customer(customer: Customer, changes: Mapping[str, Any]) -> Customer:
    """Change what *changes* names. :raises Refused: the address or number belongs to somebody else."""
    for name, value in changes.items():
        setattr(customer, name, value)
    if not (customer.email or customer.phone or customer.password_hash is None):
        raise Invalid.field("", "An e-mail address or a telephone number must stay, to sign in with.", "required")
    _flush_or_refuse("Somebody has registered with this e-mail address or telephone number already.")
    return customer


def customer_for(external_id: str, *, app_id: str = "", **new: Any) -> Customer:
    """The customer the merchant's own server calls *external_id*; made, with what *new* says, if not known yet."""
    merchant_id = current_merchant().id
    rows = CustomerIdentity
    known = all_of(rows, merchant_id, rows.kind == OWN_IDS, rows.app_id == app_id, rows.external_id == external_id)
    if known:
        return get(Customer, merchant_id, known[0].customer_id)
    customer = create_customer(**new)
    add(
        CustomerIdentity(
            merchant_id=merchant_id,
            id=new_id(),
            customer_id=customer.id,
            kind=OWN_IDS,
            app_id=app_id,
            external_id=external_id,
        )
    )
    _flush_or_refuse("This customer is being made at this very moment; try again.")
    return customer


def _flush_or_refuse(sentence: str) -> None:
    try:
        flush()
    except IntegrityError:
        raise Refused(sentence, code="already_exists") from None
