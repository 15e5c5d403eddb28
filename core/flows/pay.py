"""Starting a payment and looking after it: the attempt is written, the channel is asked, its answer is written."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from core import plugins
from core.contracts.payment_channel import AccountView, PaymentChannel, PaymentRequest, PaymentStatus, Started
from core.current import current_merchant
from core.db import get, reading, refuse_transaction, transaction
from core.errors import ChannelDown, ChannelRefused, ChannelTrouble, ChannelUnsure, Refused
from core.flows import authorise, close
from core.models import Payment
from core.services import accounts, guards, moves, payments, receipts
from core.services.wishes import Wish

log = logging.getLogger("merx.payments")
Answer = TypeVar("Answer")


def start_payment(number: str, wish: Wish, *, customer_id: UUID | None, answer: Callable[[Payment], Answer]) -> Answer:
    """Begin to pay what is due of an order: tenders hold their parts, a channel is asked for the rest in cash.

    A rerun under the same Idempotency-Key goes on under the same number, and so does the same wish while its attempt
    waits. Attempts at other channels may live beside it: the first money wins. Another way of the same channel is
    closed there first: nobody shall have two codes of one channel in hand.

    :param wish: as the storefront says it; what the buyer gave is not loaded yet.
    :param customer_id: the buyer who asks; another buyer's order is none. None = staff ask.
    :param answer: asked for what is returned, in the transaction that knows what came of the attempt.
    :raises ChannelDown: it was never reached. :raises ChannelUnsure: it was, and the outcome is not known yet.
    :raises ChannelRefused: it said no.
    """
    refuse_transaction()
    wish = authorise.loaded(wish, customer_id)
    prepared = _prepare(number, customer_id, wish, answer)
    if isinstance(prepared, list):
        close.close_all(*prepared)
        prepared = _prepare(number, customer_id, wish, answer)
    if isinstance(prepared, list):
        raise Refused("Another payment of this order was begun at this moment: try again.", code="payment_begun")
    if isinstance(prepared, Prepared):
        return _ask(prepared, plugins.channel(prepared.channel)[1], answer)
    return prepared.value


@dataclass(frozen=True)
class Ready(Generic[Answer]):
    """Nobody had to be asked: the answer."""

    value: Answer


@dataclass(frozen=True)
class Prepared:
    """An attempt that is written, and what its channel is to be asked."""

    order_id: UUID
    payment_id: UUID
    channel: str
    account: AccountView
    request: PaymentRequest


def _prepare(
    number: str, customer_id: UUID | None, wish: Wish, answer: Callable[[Payment], Answer]
) -> Prepared | Ready[Answer] | list[tuple[UUID, UUID]]:
    """Write the attempt; or nothing, and name the attempts that must be closed at their channel first."""
    with transaction():
        order = moves.lock_numbered(number, customer_id=customer_id)
        payment = next((row for row in order.payments if wish.is_met_by(row)), None)
        if payment is None:
            in_the_way = [(order.id, row.id) for row in order.payments if wish.is_overtaken_by(row)]
            if in_the_way:
                moves.find_row(order, "pay", "buyer")
                return in_the_way
            moves.move(order, "pay", by="buyer")
            held, missing = payments.set_aside(order, wish)
            if missing == 0 and held:
                receipts.pay_by_tenders(order, held)
                return Ready(answer(held[0]))
            if wish.channel is None:
                raise Refused(f"{missing} {order.currency} is missing: name a channel for it.", code="cash_missing")
            payment = payments.open_attempt(order, wish, wish.channel, held)
        elif not payments.wants_asking(payment):
            return Ready(answer(payment))
        request = payments.request_for(order, payment)
        return Prepared(order.id, payment.id, payment.channel, accounts.of_payment(payment), request)


def _ask(prepared: Prepared, channel: PaymentChannel, answer: Callable[[Payment], Answer]) -> Answer:
    failed: ChannelTrouble | None = None
    try:
        started = channel.start(prepared.account, prepared.request)
    except ChannelDown as error:
        started, failed = Started("failed", failure=error.detail), error
    except ChannelUnsure as error:
        started, failed = Started("unsure", failure=error.detail), error
    if failed is None and started.outcome not in ("pending", "done"):
        failed = ChannelRefused(started.failure or "The channel did not take the payment.")
    with transaction():
        payment = moves.lock_attempt(prepared.order_id, prepared.payment_id)
        asked_in = payment.state
        payments.note_started(payment, started)
        if payment.state == "failed" != asked_in:
            payments.after_failure(moves.lock_order(prepared.order_id))
        overtaken = payment.state in ("closing", "closed")
        if failed is None and not overtaken:
            return answer(payment)
    if overtaken:
        # it was closed while we asked: the channel may have heard of it after the closing
        close.close_one(prepared.order_id, prepared.payment_id)
    if failed is not None:
        raise failed
    with transaction():
        return answer(get(Payment, current_merchant().id, prepared.payment_id))


def query(order_id: UUID, payment_id: UUID) -> PaymentStatus:
    """Ask the channel what became of an attempt and write it down.

    :returns: what the channel says. :raises ChannelTrouble: it could not be asked, or gave no clear answer.
    """
    refuse_transaction()
    with reading():
        payment = get(Payment, current_merchant().id, payment_id)
        account, number, name = accounts.of_payment(payment), payment.out_trade_no, payment.channel
    status = plugins.channel(name)[1].query(account, number)
    close.note_status(order_id, payment_id, status)
    return status


def look_up(order_id: UUID, payment_id: UUID, step: int) -> None:
    """The channel has told nothing yet: ask it, and look again later if it still waits. May be called twice."""
    refuse_transaction()
    with reading():
        payment = get(Payment, current_merchant().id, payment_id)
        if payment.state not in guards.PAYABLE:
            return
    try:
        query(order_id, payment_id)
    except ChannelTrouble as trouble:
        log.warning("payment %s could not be looked up: %s", payment.out_trade_no, trouble.detail)
    with transaction():
        moves.lock_order(order_id)
        payment = get(Payment, current_merchant().id, payment_id, lock=True)
        if payment.state in guards.PAYABLE:
            payments.look_later(payment, step + 1)
