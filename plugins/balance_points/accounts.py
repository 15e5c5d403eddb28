"""What is on an account: it changes here alone, by one statement that cannot overdraw it, with an entry beside it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, bindparam, func, or_, select, update

# both databases read what this one says of conflicts
from sqlalchemy.dialects.postgresql import insert

from core import Refused, add, current_actor, current_merchant, db, now
from plugins.balance_points.models import BalancePointsAccount, BalancePointsEntry
from plugins.balance_points.terms import BALANCE, POINTS

_table: Any = BalancePointsAccount.__table__
_BY_AVAILABLE: Any = bindparam("by_available", type_=BigInteger)
_BY_HELD: Any = bindparam("by_held", type_=BigInteger)
_THIS = (
    _table.c.merchant_id == bindparam("merchant"),
    _table.c.customer_id == bindparam("customer"),
    _table.c.kind == bindparam("kind_of_account"),
    _table.c.currency == bindparam("currency_of_account"),
)
_DONE = (
    update(_table)
    .values(available=_table.c.available + _BY_AVAILABLE, held=_table.c.held + _BY_HELD)
    .returning(_table.c.id)
)
#: the guard: what goes must be there, less what must stay
_ENOUGH = or_(_BY_AVAILABLE >= 0, _table.c.available + _BY_AVAILABLE >= bindparam("keep", type_=BigInteger))
_HELD_ENOUGH = or_(_BY_HELD >= 0, _table.c.held + _BY_HELD >= 0)
CHANGE = _DONE.where(*_THIS, _ENOUGH, _HELD_ENOUGH)
#: for points that are taken back although they are spent
OWE = _DONE.where(*_THIS, _HELD_ENOUGH)


@dataclass(frozen=True)
class Purse:
    """Whose account, and which: *currency* is empty for points."""

    customer_id: UUID
    kind: str
    currency: str = ""

    def values(self) -> dict[str, Any]:
        """The parameters that name it in a statement."""
        return {
            "merchant": current_merchant().id,
            "customer": self.customer_id,
            "kind_of_account": self.kind,
            "currency_of_account": self.currency,
        }

    def where(self) -> tuple[Any, ...]:
        """The conditions that name its row."""
        account = BalancePointsAccount
        return (
            account.merchant_id == current_merchant().id,
            account.customer_id == self.customer_id,
            account.kind == self.kind,
            account.currency == self.currency,
        )


@dataclass(frozen=True)
class Why:
    """Why an account changes, for its entry. *reference* makes it happen once per *kind*."""

    kind: str
    reference: str
    payment_id: UUID | None = None
    order_id: UUID | None = None
    remark: str | None = None
    basis: int | None = None


def balance_of(customer_id: UUID, currency: str) -> Purse:
    """The customer's balance in *currency*."""
    return Purse(customer_id, BALANCE, currency)


def points_of(customer_id: UUID) -> Purse:
    """The customer's points."""
    return Purse(customer_id, POINTS)


def change(purse: Purse, why: Why, *, available: int = 0, held: int = 0, keep: int = 0, may_owe: bool = False) -> None:
    """Add signed amounts to a purse and write the entry, in the caller's transaction.

    :param keep: what must be left of what is free, if something of it goes.
    :param may_owe: take more than is there, so that less than nothing is left.
    :raises Refused: ``not_enough`` is there.
    """
    values = {**purse.values(), "by_available": available, "by_held": held}
    statement = OWE if may_owe else CHANGE
    values |= {} if may_owe else {"keep": keep}
    found = _run(statement, values).first()
    if found is None and available > 0 and held == 0:
        _open(purse)
        found = _run(statement, values).first()
    if found is None and available < 0:
        raise not_enough(purse, -available, keep)
    if found is None:
        raise RuntimeError(f"a {why.kind} of {-held} ({why.reference}): less is set aside on the account")
    add(
        BalancePointsEntry(
            merchant_id=current_merchant().id,
            account_id=found.id,
            kind=why.kind,
            available=available,
            held=held,
            reference=why.reference,
            payment_id=why.payment_id,
            order_id=why.order_id,
            basis=why.basis,
            remark=why.remark,
            actor_id=current_actor().id,
            actor_name=current_actor().name,
            at=now(),
        )
    )


def not_enough(purse: Purse, wanted: int, keep: int = 0) -> Refused:
    """The one answer to who wants more than there is."""
    there = max(available(purse) - keep, 0)
    what = "points" if purse.kind == POINTS else f"{purse.currency} (minor units)"
    return Refused(f"{there} {what} can be used, {wanted} are wanted.", code="not_enough", available=there)


def available(purse: Purse, *, lock: bool = False) -> int:
    """What is free to spend; with *lock* nobody else changes it before this transaction ends."""
    query = select(BalancePointsAccount.available).where(*purse.where())
    return int(db.session().scalar(query.with_for_update() if lock else query) or 0)


def find(purse: Purse) -> BalancePointsAccount | None:
    """Its row as it is now, or None: nothing ever came."""
    query = select(BalancePointsAccount).where(*purse.where()).execution_options(populate_existing=True)
    return db.session().scalar(query)


def is_done(purse: Purse, why: Why) -> bool:
    """Whether this change was made before."""
    query = _of(select(BalancePointsEntry.id), purse, why.kind, why.order_id)
    return db.session().scalar(query.where(BalancePointsEntry.reference == why.reference)) is not None


def total(purse: Purse, kind: str, order_id: UUID | None = None) -> int:
    """What the entries of one *kind* (of one order) have added to what is free."""
    return _sum(BalancePointsEntry.available, purse, kind, order_id)


def taken(purse: Purse, kind: str) -> int:
    """What the entries of one *kind* have taken out of what was set aside."""
    return -_sum(BalancePointsEntry.held, purse, kind, None)


def first(purse: Purse, kind: str, order_id: UUID) -> BalancePointsEntry | None:
    """The first entry of one *kind* for an order."""
    query = _of(select(BalancePointsEntry), purse, kind, order_id).order_by(BalancePointsEntry.id)
    found: BalancePointsEntry | None = db.session().scalars(query).first()
    return found


def _sum(column: Any, purse: Purse, kind: str, order_id: UUID | None) -> int:
    return int(db.session().scalar(_of(select(func.coalesce(func.sum(column), 0)), purse, kind, order_id)) or 0)


def _of(query: Any, purse: Purse, kind: str, order_id: UUID | None) -> Any:
    account, entry = BalancePointsAccount, BalancePointsEntry
    query = query.join(account, (account.merchant_id == entry.merchant_id) & (account.id == entry.account_id))
    query = query.where(*purse.where(), entry.merchant_id == current_merchant().id, entry.kind == kind)
    return query if order_id is None else query.where(entry.order_id == order_id)


def _open(purse: Purse) -> None:
    """The first that comes opens the account; of many at once, one."""
    row = {
        "merchant_id": current_merchant().id,
        "customer_id": purse.customer_id,
        "kind": purse.kind,
        "currency": purse.currency,
        "available": 0,
        "held": 0,
    }
    _run(insert(_table).values(row).on_conflict_do_nothing(), {})


def _run(statement: Any, values: dict[str, Any]) -> Any:
    return db.session().connection().execute(statement, values)
