"""Doors of accounts and withdrawals: buyers see and move their own, staff see all, put right and pay out."""

from typing import Any
from uuid import UUID

from flask import Response

from core import (
    Customer,
    admin_blueprint,
    answer,
    buyers_only,
    current_customer_id,
    current_merchant,
    get,
    idempotent,
    needs,
    page,
    paged,
    reading,
    shop_blueprint,
    transaction,
)
from plugins.balance_points import accounts, adjusting, withdrawals
from plugins.balance_points.accounts import Purse, balance_of, points_of
from plugins.balance_points.models import BalancePointsEntry, BalancePointsWithdrawal
from plugins.balance_points.passwords.routes import prove
from plugins.balance_points.schemas import (
    AccountAdjustmentIn,
    AccountEntriesQuery,
    AccountEntryForStaffOut,
    AccountEntryOut,
    CustomerAccountOut,
    CustomerAccountsOut,
    WithdrawalApprovalIn,
    WithdrawalForStaffOut,
    WithdrawalIn,
    WithdrawalOut,
    WithdrawalPaidIn,
    WithdrawalRefusalIn,
    WithdrawalsQuery,
)
from plugins.balance_points.terms import BALANCE

shop = shop_blueprint("balance_points_shop", __name__, "The buyer's balance and points.")
admin = admin_blueprint("balance_points_admin", __name__, "Balance and points of customers, and what is paid out.")


# ---------------------------------------------------------------------------------------------- buyers
@shop.get("/accounts")
@buyers_only
@shop.response(200, CustomerAccountsOut)
def show_accounts() -> Response:
    """What the buyer has: balance and points."""
    with reading():
        return answer(CustomerAccountsOut, {"data": _both(current_customer_id())})


@shop.get("/entries")
@buyers_only
@shop.arguments(AccountEntriesQuery, location="query")
@shop.response(200, AccountEntryOut(many=True))
@paged
def list_entries(query: dict[str, Any]) -> Response:
    """What changed one of the buyer's accounts, newest first."""
    with reading():
        return page(AccountEntryOut, BalancePointsEntry, *_entries_of(current_customer_id(), query["kind"]))


@shop.post("/withdrawals")
@buyers_only
@shop.arguments(WithdrawalIn)
@shop.response(201, WithdrawalOut)
@idempotent
def ask_for_withdrawal(body: dict[str, Any]) -> Response:
    """Ask for balance to be paid out: it is set aside until staff decide. Bonus is spent in the shop only."""
    prove(current_customer_id(), body["password"])
    with transaction():
        row = withdrawals.ask(current_customer_id(), body["amount"], body["destination"])
        return answer(WithdrawalOut, row, 201)


@shop.get("/withdrawals")
@buyers_only
@shop.response(200, WithdrawalOut(many=True))
@paged
def list_own_withdrawals() -> Response:
    """The buyer's withdrawals, newest first."""
    with reading():
        mine = BalancePointsWithdrawal.customer_id == current_customer_id()
        return page(WithdrawalOut, BalancePointsWithdrawal, mine)


@shop.post("/withdrawals/<uuid:withdrawal_id>/cancel")
@buyers_only
@shop.response(200, WithdrawalOut)
@idempotent
def cancel_withdrawal(withdrawal_id: UUID) -> Response:
    """Take it back, as long as nobody decided: the balance is free again."""
    with transaction():
        return answer(WithdrawalOut, withdrawals.cancel(withdrawal_id, current_customer_id()))


# ---------------------------------------------------------------------------------------------- staff
@admin.get("/customers/<uuid:customer_id>/accounts")
@needs("balance_points.read")
@admin.response(200, CustomerAccountsOut)
def show_accounts_of(customer_id: UUID) -> Response:
    """What a customer has: balance and points."""
    with reading():
        get(Customer, current_merchant().id, customer_id)
        return answer(CustomerAccountsOut, {"data": _both(customer_id)})


@admin.get("/customers/<uuid:customer_id>/entries")
@needs("balance_points.read")
@admin.arguments(AccountEntriesQuery, location="query")
@admin.response(200, AccountEntryForStaffOut(many=True))
@paged
def list_entries_of(query: dict[str, Any], customer_id: UUID) -> Response:
    """What changed one of a customer's accounts and who did it, newest first."""
    with reading():
        get(Customer, current_merchant().id, customer_id)
        return page(AccountEntryForStaffOut, BalancePointsEntry, *_entries_of(customer_id, query["kind"]))


@admin.post("/customers/<uuid:customer_id>/adjustments")
@needs("balance_points.adjust")
@admin.arguments(AccountAdjustmentIn)
@admin.response(201, CustomerAccountOut)
@idempotent
def adjust(body: dict[str, Any], customer_id: UUID) -> Response:
    """Put an account right: add or take away, with a remark, never below nothing."""
    with transaction():
        purse = adjusting.adjust(customer_id, **body)
        return answer(CustomerAccountOut, _shown(purse), 201)


@admin.get("/withdrawals")
@needs("balance_points.read")
@admin.arguments(WithdrawalsQuery, location="query")
@admin.response(200, WithdrawalForStaffOut(many=True))
@paged
def list_withdrawals(query: dict[str, Any]) -> Response:
    """What customers want paid out, newest first."""
    with reading():
        where = (getattr(BalancePointsWithdrawal, name) == value for name, value in query.items())
        return page(WithdrawalForStaffOut, BalancePointsWithdrawal, *where)


@admin.post("/withdrawals/<uuid:withdrawal_id>/approve")
@needs("balance_points.decide")
@admin.arguments(WithdrawalApprovalIn)
@admin.response(200, WithdrawalForStaffOut)
@idempotent
def approve(body: dict[str, Any], withdrawal_id: UUID) -> Response:
    """It shall be paid out."""
    with transaction():
        return answer(WithdrawalForStaffOut, withdrawals.decide(withdrawal_id, "approve", body["remark"]))


@admin.post("/withdrawals/<uuid:withdrawal_id>/refuse")
@needs("balance_points.decide")
@admin.arguments(WithdrawalRefusalIn)
@admin.response(200, WithdrawalForStaffOut)
@idempotent
def refuse(body: dict[str, Any], withdrawal_id: UUID) -> Response:
    """It is not paid out: the balance is free again."""
    with transaction():
        return answer(WithdrawalForStaffOut, withdrawals.decide(withdrawal_id, "refuse", body["remark"]))


@admin.post("/withdrawals/<uuid:approved_id>/paid")
@needs("balance_points.pay")
@admin.arguments(WithdrawalPaidIn)
@admin.response(200, WithdrawalForStaffOut)
@idempotent
def pay(body: dict[str, Any], approved_id: UUID) -> Response:
    """The transfer was made; one transfer pays one withdrawal."""
    with transaction():
        return answer(WithdrawalForStaffOut, withdrawals.pay(approved_id, body["reference"], body["note"]))


# ---------------------------------------------------------------------------------------------- shown
def _both(customer_id: UUID) -> list[dict[str, Any]]:
    return [_shown(purse) for purse in _purses(customer_id)]


def _purses(customer_id: UUID) -> tuple[Purse, Purse]:
    return balance_of(customer_id, current_merchant().currency), points_of(customer_id)


def _shown(purse: Purse) -> dict[str, Any]:
    row = accounts.find(purse)
    return {
        "kind": purse.kind,
        "currency": purse.currency or None,
        "available": row.available if row else 0,
        "held": row.held if row else 0,
        "withdrawable": withdrawals.withdrawable(purse) if purse.kind == BALANCE else None,
    }


def _entries_of(customer_id: UUID, kind: str) -> tuple[Any, ...]:
    purse = next(purse for purse in _purses(customer_id) if purse.kind == kind)
    row = accounts.find(purse)
    # an account that was never opened has no entries
    return (BalancePointsEntry.account_id == (row.id if row else None),)
