"""Sending a refund part: written before, asked, written after; the same number for every repeat."""

import logging
from datetime import timedelta
from uuid import UUID

from core import clock, plugins, queue
from core.contracts.payment_channel import AccountView, PaymentChannel, RefundReceipt, RefundRequest
from core.current import current_merchant
from core.db import get, reading, refuse_transaction, transaction
from core.errors import ChannelTrouble, ChannelUnsure, Contradiction, Refused
from core.models import Order, Refund, RefundPart
from core.services import accounts, cases, moves, orders, refund_facts, refunds, tenders
from core.services.pictures import picture

log = logging.getLogger("merx.refunds")

ASKABLE = ("planned", "waiting", "failed")
#: plugins that make a part wait are asked again
ASK_AGAIN = timedelta(minutes=30)


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
        into_account = tenders.pays_back(part)
        if not into_account and _must_wait(order, part):
            return
        if part.state in ASKABLE:
            moves.move(part, "send", by="system")
        if not into_account:
            channel, account, request = _prepared(order, part)
    if into_account:
        _give_back(order_id, part_id)
        return
    receipt = _query(channel, account, request) if unsure else _ask(channel, account, request)
    note(order_id, part_id, receipt)
    if receipt.outcome == "unsure":
        raise ChannelTrouble(receipt.failure or "The refund is not settled yet.")


def resume_refund(order_id: UUID, part_id: UUID) -> None:
    """What a part waited for is done: it is sent now, or waits again if somebody still has a reason."""
    refuse_transaction()
    with transaction():
        moves.lock_order(order_id)
        if get(RefundPart, current_merchant().id, part_id, lock=True).state == "waiting":
            queue.soon("core.send_refund", key=f"refund-{part_id}", order_id=order_id, part_id=part_id)


def _must_wait(order: Order, part: RefundPart) -> bool:
    """Whether a plugin wants something done first; if nobody resumes it, they are asked again."""
    if part.state not in ("planned", "waiting") or not plugins.hearers("add_refund_waits"):
        return False
    view, payment_id = picture(order), part.payment_id
    reasons = plugins.add(
        "add_refund_waits", order=view, refund_part_id=part.id, payment_id=payment_id, amount=part.amount
    )
    if not reasons:
        return False
    if part.state == "planned":
        moves.move(part, "wait", by="system", remark=", ".join(reasons)[:500])
    ask_at = clock.now() + ASK_AGAIN
    queue.later("core.send_refund", ask_at, key=f"refund-{part.id}", order_id=order.id, part_id=part.id)
    return True


def _give_back(order_id: UUID, part_id: UUID) -> None:
    """A tender pays the part into a customer's account: at once, with what follows."""
    try:
        with transaction():
            order = moves.lock_order(order_id)
            part = get(RefundPart, order.merchant_id, part_id, lock=True)
            if part.state != "sending":
                return
            refund = next(row for row in order.refunds if row.id == part.refund_id)
            tenders.give_back(order, part)
            done = RefundReceipt(part.out_refund_no, "done", part.amount, at=clock.now())
            refund_facts.record(order, refund, part, done)
            refund_facts.conclude(order, refund)
    except Refused as why:
        with reading():
            part = get(RefundPart, current_merchant().id, part_id)
            failed = RefundReceipt(part.out_refund_no, "failed", part.amount, failure=why.detail)
        note(order_id, part_id, failed)


def redirect(number: str, refund_number: str, destination: str) -> None:
    """Pay what a channel could not give back into a tender instead; the channel is asked once more before.

    :raises ChannelTrouble: it gives no clear answer now. :raises Refused: nothing has failed, or went back after all.
    """
    refuse_transaction()
    with reading():
        refund = refunds.find(orders.read_numbered(number), refund_number)
        asked = [(part.order_id, part.id) for part in refunds.failed_parts(refund)]
    for order_id, part_id in asked:
        query_refund(order_id, part_id)
    with transaction():
        order = moves.lock_numbered(number)
        refunds.redirect(order, refunds.find(order, refund_number), destination)


def note(order_id: UUID, part_id: UUID, receipt: RefundReceipt) -> str:
    """Write down what a channel says of a refund part: the fact in one transaction, what follows in the next.

    :returns: ``news``, ``known``, or ``refused``: it contradicts the part, and a case says how.
    """
    refuse_transaction()
    try:
        with transaction():
            order = moves.lock_order(order_id)
            part = get(RefundPart, order.merchant_id, part_id, lock=True)
            refund = next(row for row in order.refunds if row.id == part.refund_id)
            news = refund_facts.record(order, refund, next(row for row in refund.parts if row.id == part.id), receipt)
            refund_id = refund.id
    except Contradiction as wrong:
        _contradicted(order_id, part_id, receipt, wrong)
        return "refused"
    if news:
        conclude(order_id, refund_id)
    return "news" if news else "known"


def conclude(order_id: UUID, refund_id: UUID) -> None:
    """Let the order move on a refund's facts. May be called twice."""
    refuse_transaction()
    with transaction():
        order = moves.lock_order(order_id)
        refund_facts.conclude(order, next(row for row in order.refunds if row.id == refund_id))


def query_refund(order_id: UUID, part_id: UUID) -> None:
    """Ask the channel what became of a part, and write it down."""
    refuse_transaction()
    with reading():
        order = get(Order, current_merchant().id, order_id)
        channel, account, request = _prepared(order, get(RefundPart, order.merchant_id, part_id))
    note(order_id, part_id, _query(channel, account, request))


def look_up(order_id: UUID, part_id: UUID, step: int) -> None:
    """A refund is on its way: ask for it, and look again later if it still is. May be called twice."""
    refuse_transaction()
    with reading():
        part = get(RefundPart, current_merchant().id, part_id)
        if part.state != "pending":
            return
    try:
        query_refund(order_id, part_id)
    except ChannelTrouble as trouble:
        log.warning("refund %s could not be looked up: %s", part.out_refund_no, trouble.detail)
    with transaction():
        moves.lock_order(order_id)
        part = get(RefundPart, current_merchant().id, part_id, lock=True)
        if part.state == "pending":
            refund_facts.look_later(part, step + 1)


def _contradicted(order_id: UUID, part_id: UUID, receipt: RefundReceipt, wrong: Contradiction) -> None:
    with transaction():
        # told by many at once, it is one case
        moves.lock_order(order_id)
        cases.open_case(
            "refund_contradiction",
            f"{wrong.detail} Nothing was booked: look at the channel.",
            thing_kind="refund_part",
            thing_id=part_id,
            key=f"{wrong.code}:{part_id}",
            order_id=order_id,
            code=wrong.code,
            out_refund_no=receipt.out_refund_no,
            provider_ref=receipt.provider_ref,
            amount=receipt.amount,
        )


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
