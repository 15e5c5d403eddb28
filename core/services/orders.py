"""What people do to an order besides paying, sending and refunding. Each function wants the order locked."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from core import plugins
from core.current import current_actor, current_merchant, setting
from core.db import add, db, flush
from core.errors import Invalid, NotFound, Refused
from core.models import Adjustment, Order, OrderLine, Refund, RefundPart, Share, Shipment
from core.money import MAX_AMOUNT, allocate, format_money
from core.reasons import CLOSE_REASONS, check_reason
from core.services import axes, deadlines, guards, ledger, moves, refunds
from core.services.pictures import picture


def read_numbered(number: str, *, customer_id: UUID | None = None, whole: bool = True) -> Order:
    """The order of that number, unlocked; with *customer_id* another buyer's, or a hidden one, is none.

    :param whole: with everything of it, for showing.

    :raises NotFound: there is none.
    """
    query = select(Order).where(Order.merchant_id == current_merchant().id, Order.number == number)
    if customer_id is not None:
        query = query.where(Order.customer_id == customer_id, Order.hidden.is_(False))
    order = db.session().scalar(query.options(*with_all()) if whole else query)
    if order is None:
        raise NotFound(f"There is no order {number} here.")
    return order


def with_all() -> tuple[Any, ...]:
    """Loader options that bring everything of an order in a constant number of statements."""
    return (
        selectinload(Order.lines),
        selectinload(Order.adjustments),
        selectinload(Order.instalments),
        selectinload(Order.payments),
        selectinload(Order.refunds).selectinload(Refund.parts).selectinload(RefundPart.payment),
        selectinload(Order.refunds).selectinload(Refund.lines),
        selectinload(Order.shipments).selectinload(Shipment.lines),
        selectinload(Order.shipments).selectinload(Shipment.parcels),
        selectinload(Order.deadlines),
    )


def reprice(order: Order, *, goods_delta: int, freight_delta: int, remark: str) -> None:
    """Change the price by hand; the deltas (signed minor units) fall on goods and on freight.

    Running attempts are closed at their channels by the door before. The pay deadline stays.

    :raises Invalid: the payable would fall below 1 or the freight below 0.
    :raises MoveRefused: something is paid, or an attempt is still alive.
    """
    moves.find_row(order, "reprice", "staff")
    payable = new_payable(order, goods_delta, freight_delta)
    before = {"payable": order.payable}
    _spread(order, order.goods_lines, goods_delta, remark)
    if order.freight_line:
        _spread(order, [order.freight_line], freight_delta, remark)
    order.payable = payable
    _rescale_instalments(order)
    moves.move(order, "reprice", remark=remark, before=before, after={"payable": payable})


def new_payable(order: Order, goods_delta: int, freight_delta: int) -> int:
    """What *order* would come to with these deltas, signed minor units.

    :raises Invalid: the payable would fall below 1 or the freight below 0.
    """
    goods, freight = _goods_total(order), order.freight_line.net if order.freight_line else 0
    if goods + goods_delta < 0:
        raise Invalid.field("/goods_delta", f"The goods cost {goods}: take off {goods} at most.", "too_low")
    if freight + freight_delta < 0:
        raise Invalid.field("/freight_delta", f"The freight is {freight}: it cannot be below 0.", "too_low")
    payable = order.payable + goods_delta + freight_delta
    if not 1 <= payable <= MAX_AMOUNT:
        raise Invalid.field("/goods_delta", f"The new payable would be {payable}: 1 is the least.", "too_low")
    return payable


def edit_receiver(order: Order, receiver: Mapping[str, Any], remark: str | None = None) -> None:
    """Correct where it goes. Freight is not charged anew. The log keeps both, masked.

    :raises MoveRefused: something is sent, or nothing will be, or the buyer may not.
    """
    moves.find_row(order, "edit_receiver", current_actor().plays)
    before, after = mask(order.receiver or {}), mask(receiver)
    order.receiver = dict(receiver)
    moves.move(order, "edit_receiver", remark=remark, before=before, after=after)


def write_remark(order: Order, remark: str | None) -> None:
    """A word among staff about the order; the buyer never sees it."""
    order.remark = remark


def hold(order: Order, why: str) -> None:
    """Keep a paid order back until staff free it."""
    row = moves.find_row(order, "hold", "staff")
    order.risk_hold = why
    moves.write(order, row, remark=why)


def free(order: Order, remark: str | None) -> None:
    """Nothing is wrong with it: the order goes on in the same transaction, if nothing else holds it."""
    row = moves.find_row(order, "free", "staff")
    before = {"risk_hold": order.risk_hold}
    order.risk_hold = None
    moves.write(order, row, remark=remark, before=before, after={"risk_hold": None})


def extend(order: Order, days: int | None = None) -> None:
    """Give more time to receive: the merchant's days, or as many as staff say."""
    row = moves.find_row(order, "extend", current_actor().plays)
    confirm = deadlines.find(order, "confirm")
    if confirm is None or confirm.paused_left is not None:
        raise Refused("The time to confirm stands still: a refund is open.", code="deadline_paused")
    before = {"confirm_at": confirm.due_at.isoformat()}
    more = timedelta(days=days or int(str(setting("extend_days"))))
    due_at = confirm.due_at + more
    order.extended += 1
    deadlines.set_deadline(order, "confirm", due_at)
    if reminder := deadlines.find(order, "confirm_reminder"):
        deadlines.set_deadline(order, "confirm_reminder", reminder.due_at + more)
    moves.write(order, row, before=before, after={"confirm_at": due_at.isoformat()})


def remind(order: Order, remark: str | None = None) -> None:
    """Ask the buyer to confirm."""
    moves.move(order, "remind", remark=remark)


def receive(order: Order, remark: str | None = None) -> None:
    """It is there, says the buyer or a member of staff."""
    moves.move(order, "receive", remark=remark)


def hide(order: Order) -> None:
    """The buyer does not want to see it any more; the merchant still does."""
    moves.find_row(order, "hide", "buyer")
    order.hidden = True
    moves.move(order, "hide")


def closing_move(order: Order, move: str, *, forfeit: bool) -> str:
    """*move*, or ``forfeit`` where the buyer cancels an order of which an instalment is paid.

    :raises Refused: they did not say that they give up what is kept of it.
    """
    paid = [row for row in order.instalments if row.settled_at is not None and row.paid]
    if move != "cancel" or not paid or not guards.not_paid_whole(order):
        return move
    kept = sum(row.paid for row in paid if row.refundable != "always")
    if not forfeit:
        amount = format_money(sum(row.paid for row in paid), order.currency)
        told = f"{format_money(kept, order.currency)} of it is kept" if kept else "all of it goes back"
        said = f"{amount} of order {order.number} is paid, and {told}: cancel with forfeit true if that is meant."
        raise Refused(said, code="deposit_paid", kept=kept)
    return "forfeit"


def close(order: Order, move: str, *, by: str, reason: str, remark: str | None = None) -> None:
    """End an order that is not paid whole. Paid instalments go back, or are kept, as each says.

    :param move: ``cancel``, ``forfeit``, ``close`` or ``expire``; its attempts were closed at their channels before.
    """
    check_reason(reason, CLOSE_REASONS)
    moves.find_row(order, move, by)
    order.close_reason = reason
    moves.move(order, move, by=by, remark=remark, after={"reason": reason})
    for instalment in order.instalments:
        if instalment.settled_at is None or not instalment.paid:
            continue
        if instalment.refundable == "always" or (instalment.refundable == "merchant_fault" and by == "staff"):
            flush()
            for payment in order.payments:
                if payment.instalment_id == instalment.id and payment.state == "settled":
                    refunds.give_back(order, payment)
        else:
            ledger.book_forfeit(order, instalment)
    axes.refunds_changed(order)


def reject(order: Order, *, reason: str, note: str | None) -> Refund:
    """The merchant cannot supply a paid order: everything goes back."""
    return refunds.request_refund(order, "reject", reason=reason, note=note)


def cancel_paid(order: Order, *, reason: str, note: str | None) -> Refund:
    """The buyer cancels a paid order of which nothing was sent: everything goes back."""
    return refunds.request_refund(order, "cancel", reason=reason, note=note)


def mask(receiver: Mapping[str, Any]) -> dict[str, Any]:
    """A receiver as a log may show it: enough to recognise, too little to misuse."""
    name, phone, address = (str(receiver.get(key) or "") for key in ("name", "phone", "address"))
    return {
        "name": name[:1] + "*" * max(0, len(name) - 1),
        "phone": "*" * max(0, len(phone) - 4) + phone[-4:],
        "region": receiver.get("region"),
        "address": address[:6] + "…" if len(address) > 6 else address,
    }


def open_holds(order: Order) -> list[str]:
    """Why the order waits in `paid`: staff's hold and the plugins'."""
    own = [f"risk:{order.risk_hold}"] if order.risk_hold else []
    return own + [str(reason) for reason in plugins.add("add_hold_reasons", order=picture(order))]


def _goods_total(order: Order) -> int:
    return sum(line.net for line in order.goods_lines)


def _spread(order: Order, lines: list[OrderLine], delta: int, remark: str) -> None:
    """One adjustment by hand, spread over *lines* by what they cost now."""
    if not delta:
        return
    nets = [line.net for line in lines]
    parts = allocate(delta, nets if any(nets) else [line.quantity for line in lines], nets if delta < 0 else None)
    row = add(
        Adjustment(
            merchant_id=order.merchant_id,
            order_id=order.id,
            position=len(order.adjustments),
            layer="reprice",
            source="core",
            title=remark[:200],
            amount=delta,
        )
    )
    order.adjustments.append(row)
    for line, part in zip(lines, parts, strict=True):
        line.net += part
        add(
            Share(
                merchant_id=order.merchant_id,
                order_id=order.id,
                line_id=line.id,
                adjustment_id=row.id,
                amount=part,
            )
        )


def _rescale_instalments(order: Order) -> None:
    """The new payable in the old proportions; nothing of it is paid yet."""
    amounts = [row.amount for row in order.instalments]
    for row, amount in zip(order.instalments, allocate(order.payable, amounts), strict=True):
        row.amount = amount
