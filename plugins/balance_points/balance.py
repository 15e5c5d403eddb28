"""The tender `balance`: money a customer has with the shop, spent with a pay password."""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from marshmallow import Schema

from core import Credit, GiveBack, Held, Hold, HoldRequest
from plugins.balance_points import accounts
from plugins.balance_points.accounts import Purse, Why, balance_of
from plugins.balance_points.passwords.routes import prove
from plugins.balance_points.schemas import PayIn
from plugins.balance_points.terms import BALANCE


class Balance:
    """Pays a part of an order, or all of it; refunds of other money may be paid into it. Core posts its books."""

    name = BALANCE
    title: Mapping[str, str] = {"en": "Balance", "zh": "余额"}
    role: Literal["payable", "adjustment"] = "payable"
    position = 20
    input_schema: type[Schema] | None = PayIn

    def authorise(self, customer_id: UUID, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Check the pay password; nothing of it is kept."""
        prove(customer_id, given.get("password"))
        return {}

    def balance(self, customer_id: UUID, currency: str) -> int | None:
        """What could be spent now."""
        return accounts.available(balance_of(customer_id, currency))

    def hold(self, request: HoldRequest) -> Held:
        """Set it aside. :raises Refused: ``not_enough`` is there."""
        purse = balance_of(request.customer_id, request.currency)
        amount = request.amount
        if not request.exact:
            amount = min(amount, accounts.available(purse, lock=True))
            if amount < 1:
                raise accounts.not_enough(purse, request.amount)
        why = Why("hold", str(request.payment_id), request.payment_id, request.order_id)
        accounts.change(purse, why, available=-amount, held=amount)
        return Held(amount)

    def capture(self, hold: Hold) -> None:
        """It is spent."""
        accounts.change(_purse(hold), _why("capture", hold), held=-hold.amount)

    def release(self, hold: Hold) -> None:
        """It is free again."""
        accounts.change(_purse(hold), _why("release", hold), available=hold.amount, held=-hold.amount)

    def give_back(self, back: GiveBack) -> None:
        """A part of it comes back."""
        why = _why("give_back", back.hold, back.out_refund_no)
        accounts.change(_purse(back.hold), why, available=back.amount)

    def credit(self, credit: Credit) -> None:
        """Money that was paid another way comes here instead."""
        why = Why("credit", credit.out_refund_no, order_id=credit.order_id)
        accounts.change(balance_of(credit.customer_id, credit.currency), why, available=credit.amount)


def _purse(hold: Hold) -> Purse:
    return balance_of(hold.customer_id, hold.currency)


def _why(kind: str, hold: Hold, reference: str | None = None) -> Why:
    return Why(kind, reference or str(hold.payment_id), hold.payment_id, hold.order_id)
