"""Withdrawals: asked by the buyer, decided by staff, paid by hand; set aside from the first moment to the last."""

import secrets
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from core import (
    Invalid,
    NotFound,
    Refused,
    add,
    announce,
    current_actor,
    current_merchant,
    db,
    find,
    now,
    post,
    settings_of,
)
from plugins.balance_points import accounts
from plugins.balance_points.accounts import Purse, Why, balance_of
from plugins.balance_points.models import BalancePointsWithdrawal
from plugins.balance_points.terms import BALANCES, BY_HAND, NAME

_table: Any = BalancePointsWithdrawal.__table__
#: word -> from which statuses, to which
STEPS = {
    "approve": (("asked",), "approved"),
    "refuse": (("asked", "approved"), "refused"),
    "cancel": (("asked",), "cancelled"),
    "pay": (("approved",), "paid"),
}


def bonus_left(purse: Purse) -> int:
    """What of the bonus is not spent yet: it is spent first, and never paid out."""
    spent = accounts.taken(purse, "capture") - accounts.total(purse, "give_back")
    return max(accounts.total(purse, "grant") - spent, 0)


def withdrawable(purse: Purse) -> int:
    """What could be paid out now."""
    return max(accounts.available(purse) - bonus_left(purse), 0)


def ask(customer_id: UUID, amount: int, destination: str) -> BalancePointsWithdrawal:
    """Set *amount* aside to be paid out.

    :raises Invalid: less than the merchant pays out. :raises Refused: ``not_enough``, bonus left out.
    """
    least = settings_of(NAME)["withdraw_min"]
    if amount < least:
        raise Invalid.field("/amount", f"{least} is the least that is paid out.", "too_little")
    currency = current_merchant().currency
    purse = balance_of(customer_id, currency)
    number = f"W{secrets.randbelow(10**14):014d}"
    accounts.change(purse, Why("withdrawal_hold", number), available=-amount, held=amount, keep=bonus_left(purse))
    row = add(
        BalancePointsWithdrawal(
            merchant_id=current_merchant().id,
            number=number,
            customer_id=customer_id,
            amount=amount,
            currency=currency,
            destination=destination,
            status="asked",
            asked_at=now(),
        )
    )
    announce(f"{NAME}.withdrawal_asked", None, number=number, amount=amount, currency=currency)
    return row


def decide(withdrawal_id: UUID, word: str, remark: str | None) -> BalancePointsWithdrawal:
    """Staff ``approve`` or ``refuse`` it. :raises Refused: it does not stand where that is possible."""
    decided = {"decided_at": now(), "decided_by": current_actor().name, "remark": remark}
    row = _step(_found(withdrawal_id), word, decided)
    if word == "refuse":
        _free(row)
    return row


def cancel(withdrawal_id: UUID, customer_id: UUID) -> BalancePointsWithdrawal:
    """The buyer does not want it any more. :raises NotFound: it is not theirs. :raises Refused: it is decided."""
    row = _found(withdrawal_id)
    if row.customer_id != customer_id:
        raise _nowhere()
    _free(_step(row, "cancel", {"decided_at": now()}))
    return row


def pay(withdrawal_id: UUID, reference: str, note: str | None) -> BalancePointsWithdrawal:
    """Staff made the transfer. :raises Refused: it is not approved, or *reference* has paid another one."""
    row = _found(withdrawal_id)
    paid = {"reference": reference, "paid_at": now(), "paid_by": current_actor().name}
    try:
        _step(row, "pay", paid | ({"remark": note} if note else {}))
    except IntegrityError as error:
        if "reference" not in str(error.orig):
            raise
        raise Refused(f"The transfer {reference} has paid another withdrawal.", code="reference_used") from None
    accounts.change(_purse(row), Why("withdrawal", row.number, remark=reference), held=-row.amount)
    post(
        "withdrawal",
        {BALANCES: row.amount, BY_HAND: -row.amount},
        source=NAME,
        currency=row.currency,
        reference=row.number,
    )
    return row


def _step(row: BalancePointsWithdrawal, word: str, values: dict[str, Any]) -> BalancePointsWithdrawal:
    """From one status to the next, by whoever is first."""
    before, after = STEPS[word]
    this = (_table.c.merchant_id == row.merchant_id, _table.c.id == row.id, _table.c.status.in_(before))
    statement = update(_table).where(*this).values(status=after, version=_table.c.version + 1, **values)
    session = db.session()
    done = session.connection().execute(statement).rowcount == 1
    session.refresh(row)
    if not done:
        told = f"Withdrawal {row.number} is {row.status}: to {word} it, it must be {' or '.join(before)}."
        raise Refused(told, code="withdrawal_status", status_now=row.status)
    return row


def _free(row: BalancePointsWithdrawal) -> None:
    accounts.change(_purse(row), Why("withdrawal_release", row.number), available=row.amount, held=-row.amount)


def _purse(row: BalancePointsWithdrawal) -> Purse:
    return balance_of(row.customer_id, row.currency)


def _found(withdrawal_id: UUID) -> BalancePointsWithdrawal:
    row = find(BalancePointsWithdrawal, current_merchant().id, withdrawal_id)
    if row is None:
        raise _nowhere()
    return row


def _nowhere() -> NotFound:
    return NotFound("There is no such withdrawal here.")
