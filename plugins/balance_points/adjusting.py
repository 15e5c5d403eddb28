"""Staff put an account right: with a remark, an entry under their name, and never below nothing."""

from uuid import UUID, uuid4

from sqlalchemy.exc import IntegrityError

from core import Customer, Invalid, Refused, current_merchant, flush, get, post
from plugins.balance_points import accounts
from plugins.balance_points.accounts import Purse, Why, balance_of, points_of
from plugins.balance_points.terms import ADJUSTED, BALANCE, BALANCES, NAME


def adjust(customer_id: UUID, kind: str, change: int, remark: str, reference: str | None) -> Purse:
    """Add *change* (signed) to an account. The same *reference* is taken once.

    :raises NotFound: no such customer. :raises Invalid: a change of nothing.
    :raises Refused: ``not_enough`` is there, or the reference is used.
    """
    get(Customer, current_merchant().id, customer_id)
    if not change:
        raise Invalid.field("/change", "Say what to add, or to take away with '-'; nothing else is a change.", "zero")
    currency = current_merchant().currency
    purse = balance_of(customer_id, currency) if kind == BALANCE else points_of(customer_id)
    why = Why("adjustment", reference or uuid4().hex, remark=remark)
    accounts.change(purse, why, available=change)
    if kind == BALANCE:
        post("adjustment", {ADJUSTED: change, BALANCES: -change}, source=NAME, currency=currency, reference=reference)
    try:
        flush()
    except IntegrityError as error:
        if "balance_points_entries" not in str(error.orig):
            raise
        raise Refused(f"The adjustment {reference} was made before.", code="adjustment_made") from None
    return purse
