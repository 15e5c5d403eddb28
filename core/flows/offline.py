"""Money that people see and move by hand: confirmed by staff, booked like any other fact."""

from uuid import UUID

from core import clock, plugins
from core.contracts.payment_channel import OfflineChannel, OfflineConfirmation, OfflineRefund, RefundReceipt, is_offline
from core.db import flush, get, reading, refuse_transaction, transaction
from core.errors import Invalid, PluginTrouble, Refused
from core.flows import close
from core.flows import refund as refund_flow
from core.models import File, Order, Payment, RefundPart
from core.services import (
    accounts,
    guards,
    moves,
    orders,
    payments,
    receipts,
    refund_ends,
    refund_facts,
    refunds,
    tenders,
)
from core.services.wishes import Wish


def confirm_offline(
    number: str, *, channel: str, amount: int, reference: str, note: str, out_trade_no: str | None = None
) -> str | None:
    """Staff saw the money of an order on the merchant's own account: the fact is booked, the order has not moved yet.

    Whoever calls draws the conclusion in the next transaction (``receipts.conclude``); a crash in between leaves it to
    the job that the fact has written.

    :param amount: what came, minor units; it must be what is due.
    :param reference: the line on the bank's statement: one line pays once.
    :param out_trade_no: which attempt; None = the channel's open one, or a new one.
    :returns: the number of the payment that is booked, or None when a second person must confirm it.
    :raises Invalid: the amount is not what is due, or nobody brings the channel. :raises Refused: the line has paid
        before, or the channel reports its money itself.
    """
    refuse_transaction()
    # asked first, for other channels' attempts must not be closed for a mistyped name
    _require_offline(channel)
    _close_others(number, channel, amount)
    with transaction():
        order = moves.lock_numbered(number)
        row = moves.find_row(order, "confirm_offline", "staff")
        payment = _attempt(order, channel, out_trade_no)
        _check_amount(order, payment.amount, amount)
        moves.write(order, row, remark=note, after={"amount": amount, "reference": reference})
        receipt = _offline(channel).confirm(
            accounts.of_payment(payment),
            OfflineConfirmation(
                out_trade_no=payment.out_trade_no,
                order_id=order.id,
                payment_id=payment.id,
                amount=amount,
                currency=payment.currency,
                reference=reference,
                note=note,
                at=clock.now(),
            ),
        )
        if receipt is None:
            return None
        receipts.record(order, payment, receipt)
        return payment.out_trade_no


def refund_done(number: str, refund_number: str, *, reference: str, note: str, file_id: UUID | None) -> None:
    """Staff made the transfers of a refund by hand; *reference* and *note* (and a file) prove it.

    :raises Refused: a part is not one that people transfer, or is not waiting for it.
    """
    refuse_transaction()
    with transaction():
        order = moves.lock_numbered(number)
        if file_id is not None:
            get(File, order.merchant_id, file_id)
        refund = refunds.find(order, refund_number)
        if refund.status != "open":
            raise Refused(f"Refund {refund.number} is {refund.status}: no transfer is waited for.", code="refund_ended")
        to_make = [
            part for part in refund_ends.live_parts(refund) if part.state != "done" and not tenders.pays_back(part)
        ]
        if not to_make:
            # its money is back, and the end that follows from it is on its way
            raise Refused(f"Refund {refund.number} is done: no transfer is waited for.", code="refund_ended")
        for part in to_make:
            refund_facts.record(order, refund, part, _made_by_hand(part, reference, note, file_id))
        order_id, refund_id = order.id, refund.id
    refund_flow.conclude(order_id, refund_id)


def _made_by_hand(part: RefundPart, reference: str, note: str, file_id: UUID | None) -> RefundReceipt:
    """Staff sent the money themselves: the usual way of an offline channel, the last way of any other.

    :raises Refused: its channel may still give it back: only what failed there is made by hand.
    """
    channel = plugins.channel(part.payment.channel)[1]
    needed = "pending" if is_offline(channel) else "failed"
    if part.state != needed:
        raise Refused(
            f"The refund part {part.out_refund_no} by {part.payment.channel} is {part.state}: only a {needed} one is "
            "made by hand.",
            code="not_by_hand",
        )
    part.evidence = {"reference": reference, "note": note, "file_id": str(file_id) if file_id else None}
    if is_offline(channel):
        made = OfflineRefund(part.id, part.out_refund_no, part.amount, reference, note, file_id, clock.now())
        return channel.refunded(accounts.of_payment(part.payment), made)
    return RefundReceipt(part.out_refund_no, "done", part.amount, at=clock.now())


def _check_amount(order: Order, due: int, amount: int) -> None:
    if amount != due:
        raise Invalid.field("/amount", f"{due} {order.currency} is due, not {amount}.", "amount")


def _close_others(number: str, channel: str, amount: int) -> None:
    """Attempts at other channels are asked and closed first: paid meanwhile, the payment wins.

    What would be refused anyhow is refused before anything is closed.
    """
    with reading():
        order = orders.read_numbered(number, whole=False)
        moves.find_row(order, "confirm_offline", "staff")
        _check_amount(order, _due(order, channel), amount)
        others = [row.id for row in order.payments if guards.is_live(row) and row.channel != channel]
        order_id = order.id
    for payment_id in others:
        close.close_one(order_id, payment_id)


def _due(order: Order, channel: str) -> int:
    """What the channel's open attempt asks for, for tenders may pay the rest; else all that is missing."""
    instalment = payments.current_instalment(order)
    waiting = [row.amount for row in order.payments if row.channel == channel and row.state == "open"]
    return waiting[0] if waiting else instalment.amount - instalment.paid


def _attempt(order: Order, channel: str, out_trade_no: str | None) -> Payment:
    if out_trade_no is not None:
        return payments.find_attempt(order, out_trade_no)
    for payment in order.payments:
        if payment.channel == channel and payment.state == "open":
            return payment
    wish = Wish(channel)
    payment = payments.open_attempt(order, wish, channel, payments.set_aside(order, wish)[0])
    moves.move(payment, "open", by="system")
    flush()
    return payment


def _require_offline(name: str) -> None:
    try:
        _offline(name)
    except PluginTrouble:
        raise Invalid.field("/channel", f"There is no channel {name!r}.", "unknown_channel") from None


def _offline(name: str) -> OfflineChannel:
    channel = plugins.channel(name)[1]
    if not is_offline(channel):
        raise Refused(f"{name} reports its money itself: nobody confirms it by hand.", code="not_offline")
    return channel
