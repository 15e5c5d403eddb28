"""The row of a pay password: which hash is kept, how many tries are left, until when it is locked."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from core import Customer, Refused, add, current_actor, current_merchant, db, get, now, settings_of
from plugins.balance_points.models import BalancePointsPassword
from plugins.balance_points.terms import NAME

HOW_TO_SET = f"POST /v1/shop/<merchant>/{NAME}/password sets one"


def kept_hash(customer_id: UUID) -> str | None:
    """What is kept of the customer's pay password; None: there is none."""
    row = _row(customer_id)
    return row.hash if row else None


def take(customer_id: UUID) -> str:
    """Use one try up before anybody looks at the password: of many tries at once not all may be the first.

    The last try locks it at once; a right password opens it again.

    :returns: the hash to compare with.
    :raises Refused: ``pay_password_not_set`` or ``pay_password_locked``.
    """
    row = _row(customer_id, lock=True)
    if row is None or row.hash is None:
        raise Refused(f"There is no pay password yet: {HOW_TO_SET}.", code="pay_password_not_set")
    settings = settings_of(NAME)
    if row.locked_until is not None:
        if row.locked_until > now():
            raise _locked(row.locked_until)
        row.tries, row.locked_until = 0, None
    row.tries += 1
    if row.tries >= settings["password_tries"]:
        row.locked_until = now() + timedelta(minutes=settings["password_lock_minutes"])
    return row.hash


def forgive(customer_id: UUID, kept: str) -> None:
    """The password was right: earlier tries are forgotten, unless it has been changed meanwhile."""
    row = _row(customer_id, lock=True)
    if row is not None and row.hash == kept:
        row.tries, row.locked_until = 0, None


def wrong(customer_id: UUID) -> Refused:
    """The refusal of a wrong password, which says how many tries are left."""
    row = _row(customer_id)
    if row is not None and row.locked_until is not None and row.locked_until > now():
        return _locked(row.locked_until)
    left = settings_of(NAME)["password_tries"] - (row.tries if row else 0)
    return Refused(f"The pay password is wrong; {left} tries are left.", code="pay_password_wrong", tries_left=left)


def keep(customer_id: UUID, hashed: str, before: str | None) -> None:
    """Keep a new password in place of *before*.

    :raises Refused: it has been changed meanwhile.
    """
    # there may be no row to lock yet: whoever sets a first password waits for whoever sets it too
    get(Customer, current_merchant().id, customer_id, lock=True)
    row = _row(customer_id, lock=True)
    if (row.hash if row else None) != before:
        raise Refused("The pay password was changed at this moment: try again.", code="pay_password_changed")
    if row is None:
        row = add(BalancePointsPassword(merchant_id=current_merchant().id, customer_id=customer_id))
    row.hash, row.tries, row.locked_until = hashed, 0, None


def reset(customer_id: UUID, remark: str) -> None:
    """Take the password away: the customer sets a new one without the old. Who did it, and why, is kept.

    :raises NotFound: there is no such customer. :raises Refused: there is no password to take away.
    """
    get(Customer, current_merchant().id, customer_id)
    row = _row(customer_id, lock=True)
    if row is None or row.hash is None:
        raise Refused("This customer has no pay password.", code="pay_password_not_set")
    row.hash, row.tries, row.locked_until = None, 0, None
    row.reset_at, row.reset_by, row.reset_remark = now(), current_actor().name, remark


def _locked(until: datetime) -> Refused:
    return Refused(
        f"Too many wrong pay passwords: locked until {until.isoformat()}.",
        code="pay_password_locked",
        locked_until=until.isoformat(),
    )


def _row(customer_id: UUID, *, lock: bool = False) -> BalancePointsPassword | None:
    password = BalancePointsPassword
    query = select(password).where(password.merchant_id == current_merchant().id, password.customer_id == customer_id)
    return db.session().scalar(query.with_for_update() if lock else query)
