"""What a merchant owes who takes a deposit and does not supply: a share of it on top, paid into a tender."""

from uuid import UUID

from core import (
    Order,
    Refused,
    all_of,
    announce,
    current_merchant,
    format_money,
    lock_order,
    now,
    open_case,
    pay_in,
    settings_of,
    soon,
)
from plugins.presale.models import PresaleActivity, PresaleOrder
from plugins.presale.terms import COMPENSATION, NAME


def owe(row: PresaleOrder, activity: PresaleActivity) -> None:
    """Note it, once; a job pays it, so that an account in trouble keeps no order from being closed."""
    amount = row.deposit * activity.compensation_percent // 100
    if amount and not row.compensation:
        row.compensation = amount
        soon("presale.compensate", order_id=row.order_id)


def pay(order_id: UUID) -> None:
    """Pay what is owed. May be called twice. Where no tender takes it, people are asked to."""
    order = lock_order(order_id)
    (row,) = all_of(PresaleOrder, current_merchant().id, PresaleOrder.order_id == order_id)
    if not row.compensation or row.compensated_at is not None:
        return
    tender = str(settings_of(NAME)["compensation_tender"])
    try:
        pay_in(
            order,
            tender,
            row.compensation,
            source=NAME,
            book=COMPENSATION,
            reference=f"{NAME}-{order.number}",
        )
    except Refused as refused:
        _ask_people(order, row, refused.detail)
        return
    row.compensated_at = now()
    announce("presale.compensated", order, number=order.number, amount=_money(order, row), tender=tender)


def _ask_people(order: Order, row: PresaleOrder, why: str) -> None:
    open_case(
        "presale_compensation",
        f"Pay {_money(order, row)} to the buyer of order {order.number}, on top of the deposit: {why}",
        thing_kind="order",
        thing_id=order.id,
        key=f"presale_compensation:{order.id}",
        order_id=order.id,
    )


def _money(order: Order, row: PresaleOrder) -> str:
    return format_money(row.compensation, order.currency)
