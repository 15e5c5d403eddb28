"""Accounts, entries, pay passwords and withdrawals on the wire."""

from typing import Any

from core import fields

#: a number of six digits is a pay password, and so is a sentence
SHORTEST = 6
LONGEST = 100


def password_field(**options: Any) -> fields.Text:
    """A pay password that comes in."""
    about = {"writeOnly": True, "description": "The pay password."}
    return fields.Text(LONGEST, metadata=about, **options)


class PayIn(fields.In):
    """What paying with balance takes."""

    password = password_field(load_default=None, allow_none=True)


class PayPasswordIn(fields.In):
    """A new pay password."""

    password = fields.Text(LONGEST, min=SHORTEST, required=True, metadata={"writeOnly": True})
    current_password = password_field(load_default=None, allow_none=True)


class PayPasswordOut(fields.Out):
    """Whether there is a pay password, and whether one is needed."""

    set = fields.Flag()
    required = fields.Flag()


class PayPasswordResetIn(fields.In):
    """Why a pay password is taken away."""

    remark = fields.Text(500, required=True)


class CustomerAccountOut(fields.Out):
    """One account: balance in minor units of `currency`, or whole points."""

    kind = fields.Choice("balance", "points")
    currency = fields.Text(3, allow_none=True)
    available = fields.Money(min=-(10**12))
    held = fields.Money()
    withdrawable = fields.Money(allow_none=True)


class CustomerAccountsOut(fields.Out):
    """Everything a customer has here."""

    data = fields.ListOf(CustomerAccountOut)


class AccountEntriesQuery(fields.QueryIn):
    """Of which account."""

    kind = fields.Choice("balance", "points", load_default="balance")


class AccountEntryOut(fields.Out):
    """One change of an account, signed."""

    id = fields.Identifier()
    kind = fields.Text(40)
    available = fields.Money(min=-(10**12))
    held = fields.Money(min=-(10**12))
    order_id = fields.Identifier(allow_none=True)
    remark = fields.Text(500, allow_none=True)
    at = fields.Moment()


class AccountEntryForStaffOut(AccountEntryOut):
    """One change of an account, with who made it."""

    reference = fields.Text(100)
    actor_name = fields.Text()


class AccountAdjustmentIn(fields.In):
    """What staff put right, and why. The same `reference` is taken once."""

    kind = fields.Choice("balance", "points", required=True)
    change = fields.Money(min=-(10**9), max=10**9, required=True, metadata={"description": "signed; never 0"})
    remark = fields.Text(500, required=True)
    reference = fields.Code(max=60, load_default=None, allow_none=True)


class WithdrawalIn(fields.In):
    """What the buyer wants paid out, and where to."""

    amount = fields.Money(min=1, required=True)
    destination = fields.Text(500, required=True)
    password = password_field(load_default=None, allow_none=True)


class WithdrawalOut(fields.Out):
    """A withdrawal as the buyer sees it."""

    id = fields.Identifier()
    number = fields.Text(40)
    amount = fields.Money()
    currency = fields.Text(3)
    destination = fields.Text(500)
    status = fields.Choice("asked", "approved", "paid", "refused", "cancelled")
    remark = fields.Text(500, allow_none=True)
    reference = fields.Text(100, allow_none=True)
    asked_at = fields.Moment()
    decided_at = fields.Moment(allow_none=True)
    paid_at = fields.Moment(allow_none=True)


class WithdrawalForStaffOut(WithdrawalOut):
    """A withdrawal with whose it is and who decided."""

    customer_id = fields.Identifier()
    decided_by = fields.Text(allow_none=True)
    paid_by = fields.Text(allow_none=True)


class WithdrawalsQuery(fields.QueryIn):
    """Filters of the withdrawals' list."""

    status = fields.Choice("asked", "approved", "paid", "refused", "cancelled")
    customer_id = fields.Identifier()


class WithdrawalApprovalIn(fields.In):
    """A word to go with it."""

    remark = fields.Text(500, load_default=None, allow_none=True)


class WithdrawalRefusalIn(fields.In):
    """Why not: the buyer reads it."""

    remark = fields.Text(500, required=True)


class WithdrawalPaidIn(fields.In):
    """The evidence: how the bank's statement names the transfer."""

    reference = fields.Text(100, required=True)
    note = fields.Text(500, load_default=None, allow_none=True)
