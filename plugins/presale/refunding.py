"""What may go back when: no deposit while the final is missing, and the whole price once it is paid, or nearly."""

from uuid import UUID

from sqlalchemy import or_, select

from core import Order, OrderView, RefundDraft, Refused, current_merchant, db, format_money, lock_order
from plugins.presale import counting
from plugins.presale.following import activity_of, row_of
from plugins.presale.models import PresaleLine
from plugins.presale.terms import ENTRY, MERCHANTS_REFUNDS

#: where an order holds nothing any more
OVER = ("closed", "refunded")
#: orders looked at in one run
MOST = 200


def check(refund: RefundDraft) -> None:
    """:raises Refused: the deposit is not given back now (code ``deposit_non_refundable``)."""
    order = refund.order
    if order.entry != ENTRY:
        return
    row = row_of(order)
    if order.state == "pending_payment":
        if row.phase in ("waiting", "final_due"):
            told = (
                f"Only the deposit of order {order.number} is paid, which is not given back on request: close the order"
            )
            raise Refused(f"{told} if you cannot supply.", code="deposit_non_refundable", refundable=0)
        return
    merchants = refund.reason in MERCHANTS_REFUNDS or order.fulfilment_axis != "none"
    if not merchants and not activity_of(row).deposit_after_final:
        _keep_deposit(order, row.deposit, refund.amount)


def _keep_deposit(order: OrderView, deposit: int, wanted: int) -> None:
    rows = lock_order(order.id).lines
    left = order.paid - deposit - sum(line.refunded_amount + line.refunding_amount for line in rows)
    if wanted > left:
        kept, rest = format_money(deposit, order.currency), format_money(max(0, left), order.currency)
        told = f"The deposit of {kept} is kept: {rest} of order {order.number} can be given back."
        raise Refused(told, code="deposit_non_refundable", refundable=max(0, left))


def recount(order_id: UUID) -> None:
    """Units that were given back are free for others; an order that is over holds none. May be called twice."""
    order = lock_order(order_id)
    if order.entry != ENTRY:
        return
    if order.state in OVER:
        counting.move_to(order.merchant_id, order.id, "free")
    else:
        counting.keep_only(
            order.merchant_id, order.id, {line.id: line.quantity - line.refunded for line in order.lines}
        )


def left_over() -> list[UUID]:
    """Orders that hold units though they are over: they moved while nobody listened."""
    line, here = PresaleLine, current_merchant().id
    query = (
        select(line.order_id)
        .join(Order, (Order.merchant_id == line.merchant_id) & (Order.id == line.order_id))
        .where(line.merchant_id == here, Order.merchant_id == here, line.tier != "free", line.units > 0)
        .where(or_(Order.state.in_(OVER), Order.refund_axis == "part"))
        .distinct()
        .limit(MOST)
    )
    return list(db.session().scalars(query))
