"""Sending a refund part: written before, asked, written after; the same number for every repeat."""

from uuid import UUID

from core import clock, plugins
from core.contracts.payment_channel import AccountView, PaymentChannel, RefundReceipt, RefundRequest
from core.current import current_merchant
from core.db import get, reading, refuse_transaction, transaction
from core.errors import ChannelTrouble, ChannelUnsure
from core.models import Order, Refund, RefundPart
from core.services import accounts, moves, refunds

ASKABLE = ("planned", "waiting", "failed")


def send_refund(order_id: UUID, part_id: UUID) -> None:
    """Ask the channel to give a part back, and write down what it says. May be called twice.

    :raises ChannelTrouble: it could not be reached, or gave no clear answer; the job comes again.
    """
    refuse_transaction()
    with transaction():
        order = moves.lock_order(order_id)
        part = get(RefundPart, current_merchant().id, part_id, lock=True)
        if part.state in ("done", "withdrawn", "pending"):
            return
        unsure = part.state == "unsure"
        if part.state in ASKABLE:
            moves.move(part, "send", by="system")
        channel, account, request = _prepared(order, part)
    receipt = _query(channel, account, request) if unsure else _ask(channel, account, request)
    note(order_id, part_id, receipt)
    if receipt.outcome in ("unsure", "failed", "rejected"):
        raise ChannelTrouble(receipt.failure or "The refund is not settled yet.")


def note(order_id: UUID, part_id: UUID, receipt: RefundReceipt) -> None:
    """Write down what a channel, or a person, says of a refund part."""
    with transaction():
        order = moves.lock_order(order_id)
        part = get(RefundPart, order.merchant_id, part_id, lock=True)
        refund = next(row for row in order.refunds if row.id == part.refund_id)
        refunds.note(order, refund, next(row for row in refund.parts if row.id == part.id), receipt)


def query_refund(order_id: UUID, part_id: UUID) -> None:
    """Ask the channel what became of a part, and write it down."""
    refuse_transaction()
    with reading():
        order = get(Order, current_merchant().id, order_id)
        channel, account, request = _prepared(order, get(RefundPart, order.merchant_id, part_id))
    note(order_id, part_id, _query(channel, account, request))


def _ask(channel: PaymentChannel, account: AccountView, request: RefundRequest) -> RefundReceipt:
    try:
        return channel.refund(account, request)
    except ChannelUnsure as error:
        return RefundReceipt(request.out_refund_no, "unsure", request.amount, failure=error.detail)


def _query(channel: PaymentChannel, account: AccountView, request: RefundRequest) -> RefundReceipt:
    return channel.query_refund(account, request.out_trade_no, request.out_refund_no)


def _prepared(order: Order, part: RefundPart) -> tuple[PaymentChannel, AccountView, RefundRequest]:
    """Whom to ask, for which account, and what: the same for every repeat of the part."""
    payment = part.payment
    request = RefundRequest(
        out_trade_no=payment.out_trade_no,
        provider_ref=payment.provider_ref,
        out_refund_no=part.out_refund_no,
        amount=part.amount,
        paid_amount=payment.settled_amount,
        currency=payment.currency,
        reason=get(Refund, order.merchant_id, part.refund_id).reason,
        now=clock.now(),
    )
    return plugins.channel(payment.channel)[1], accounts.of_payment(payment), request
