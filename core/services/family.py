"""An order with everything that belongs to it, locked and read in two statements, so that nothing is read twice."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, select

from core.current import current_merchant
from core.db import connection, current_session, fetch, flush, hold, made, notes, with_rows
from core.db_loading import Branch, read_branches
from core.models import (
    Account,
    Adjustment,
    Case,
    Deadline,
    Instalment,
    Order,
    OrderLine,
    Parcel,
    Payment,
    Refund,
    RefundLine,
    RefundPart,
    Reservation,
    Shipment,
    ShipmentLine,
)

_OF_ORDER = "t.merchant_id = ?1 AND t.order_id = ?2"


def _through(table: str, column: str, other: str = "id") -> str:
    inner = f"SELECT o.{other} FROM {table} AS o WHERE o.merchant_id = ?1 AND o.order_id = ?2"
    return f"t.merchant_id = ?1 AND t.{column} IN ({inner})"


#: what the lock on the order covers: only whoever holds it writes these
COVERED = (
    Branch(Order, "t.merchant_id = ?1 AND t.id = ?2"),
    Branch(OrderLine, _OF_ORDER),
    Branch(Adjustment, _OF_ORDER),
    Branch(Instalment, _OF_ORDER),
    Branch(Payment, _OF_ORDER),
    Branch(Refund, _OF_ORDER),
    Branch(RefundPart, _OF_ORDER),
    Branch(RefundLine, _through("refunds", "refund_id")),
    Branch(Shipment, _OF_ORDER),
    Branch(ShipmentLine, _through("shipments", "shipment_id")),
    Branch(Parcel, _through("shipments", "shipment_id")),
    Branch(Reservation, _OF_ORDER),
    Branch(Deadline, _OF_ORDER),
)
#: what is read beside it
BESIDE = (Branch(Account, _through("payments", "id", "account_id")), Branch(Case, _OF_ORDER))

BRANCHES = (*COVERED, *BESIDE)

_ATTEMPT = Branch(Payment, "t.merchant_id = ?1 AND t.id = ?2")

_ID, _POSITION = attrgetter("id"), attrgetter("position")
_mine = (Order.merchant_id == bindparam("merchant"),)
_BY_ID = select(Order.id).where(*_mine, Order.id == bindparam("order")).with_for_update()
_BY_NUMBER = select(Order.id).where(*_mine, Order.number == bindparam("number")).with_for_update()
_attempt = select(Payment.order_id).where(
    Payment.merchant_id == bindparam("merchant"),
    Payment.out_trade_no == bindparam("attempt"),
    Payment.account_id == bindparam("account"),
)
_BY_ATTEMPT = select(Order.id).where(*_mine, Order.id == _attempt.scalar_subquery()).with_for_update()
_OWN_BY_NUMBER = _BY_NUMBER.where(Order.customer_id == bindparam("customer"))


def lock(order_id: UUID) -> Order | None:
    """The order, locked and read anew with all that belongs to it; None if there is none."""
    known: Order | None = _locked_here().get(order_id)
    return known or _lock(_BY_ID, order=order_id)


def lock_numbered(number: str, customer_id: UUID | None) -> Order | None:
    """As :func:`lock`, by number; with *customer_id* another buyer's order is none."""
    if customer_id is None:
        return _lock(_BY_NUMBER, number=number)
    return _lock(_OWN_BY_NUMBER, number=number, customer=customer_id)


def lock_of_attempt(account_id: UUID, out_trade_no: str) -> Order | None:
    """As :func:`lock`, by the number of an attempt to pay it that was made with this account."""
    return _lock(_BY_ATTEMPT, account=account_id, attempt=out_trade_no)


def is_at_hand(order: Order) -> bool:
    """Whether all that belongs to *order* is in memory as it will be written: it was locked or made here."""
    return order.id in _locked_here() or any(row is order for row in made(Order))


def is_flagged(order: Order) -> bool:
    """Whether a case of an *order* that is at hand is open."""
    known: list[Case] = notes().get("cases", [])
    return any(row.order_id == order.id and row.status == "open" for row in (*known, *made(Case)))


def lock_attempt(order_id: UUID, payment_id: UUID) -> Payment | None:
    """One attempt alone, under its order's lock: for what touches nothing else of the order."""
    flush()
    merchant_id = current_merchant().id
    if not fetch(_BY_ID, merchant=merchant_id, order=order_id):
        return None
    rows = read_branches(current_session(), connection(), (_ATTEMPT,), merchant_id, payment_id)[Payment]
    hold(rows)
    return rows[0] if rows else None


def _locked_here() -> dict[UUID, Order]:
    known: dict[UUID, Order] = notes().setdefault("families", {})
    return known


def _lock(statement: Select[Any], **values: Any) -> Order | None:
    flush()
    found = fetch(statement, merchant=current_merchant().id, **values)
    if not found:
        return None
    order_id: UUID = found[0].id
    here = _locked_here()
    if order_id not in here:
        # a statement of its own: its picture must be younger than the lock, which may have been waited for
        here[order_id] = _read(order_id)
    return here[order_id]


def _read(order_id: UUID) -> Order:
    rows = read_branches(current_session(), connection(), BRANCHES, current_merchant().id, order_id)
    hold(row for branch in COVERED for row in rows[branch.model])
    notes().setdefault("cases", []).extend(rows[Case])
    refund, shipment = attrgetter("refund_id"), attrgetter("shipment_id")
    refund_lines, parts = _grouped(rows[RefundLine], refund), _grouped(rows[RefundPart], refund)
    shipment_lines, parcels = _grouped(rows[ShipmentLine], shipment), _grouped(rows[Parcel], shipment)
    accounts = {row.id: row for row in rows[Account]}
    payments = {row.id: with_rows(row, account=accounts.get(row.account_id)) for row in rows[Payment]}
    for part in rows[RefundPart]:
        with_rows(part, payment=payments[part.payment_id])
    for row in rows[Refund]:
        with_rows(row, lines=refund_lines[row.id], parts=parts[row.id])
    for row in rows[Shipment]:
        with_rows(row, lines=shipment_lines[row.id], parcels=parcels[row.id])
    order: Order = rows[Order][0]
    return with_rows(
        order,
        lines=sorted(rows[OrderLine], key=_POSITION),
        adjustments=sorted(rows[Adjustment], key=_POSITION),
        instalments=sorted(rows[Instalment], key=_POSITION),
        payments=sorted(rows[Payment], key=_ID),
        refunds=sorted(rows[Refund], key=_ID),
        shipments=sorted(rows[Shipment], key=_POSITION),
        reservations=sorted(rows[Reservation], key=_ID),
        deadlines=sorted(rows[Deadline], key=_ID),
    )


def _grouped(rows: Iterable[Any], parent: Callable[[Any], UUID]) -> Mapping[UUID, list[Any]]:
    groups: dict[UUID, list[Any]] = defaultdict(list)
    for row in sorted(rows, key=_ID):
        groups[parent(row)].append(row)
    return groups
