"""Attempts to bring cash, and the cash itself: attempts are written before a channel hears of them; money is a fact."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from core import clock, plugins, queue
from core.contracts.payment_channel import PaymentChannel, PaymentRequest, Receipt, Started
from core.current import current_merchant
from core.db import add, db, find, with_rows
from core.errors import Invalid, NotFound, Refused
from core.models import Account, Instalment, Order, Payment, Share, Store
from core.money import allocate
from core.services import axes, cases, deadlines, events, guards, ledger, moves, numbers
from core.services.pictures import picture

#: the door that booked the money concludes at once; this is for a door that died in between
CONCLUDE_WITHIN = timedelta(seconds=10)


def current_instalment(order: Order) -> Instalment:
    """The instalment that is due now: the first that is not settled.

    :raises Refused: all are paid, or its window is not open yet.
    """
    due = next((row for row in order.instalments if row.settled_at is None), None)
    if due is None:
        raise Refused(f"Order {order.number} is paid.", code="already_paid")
    if due.opens_at and due.opens_at > clock.now():
        raise Refused(f"Instalment {due.position} can be paid from {due.opens_at.isoformat()}.", code="window_not_open")
    return due


def open_attempt(
    order: Order, channel_name: str, product: str | None, given: Mapping[str, Any], idempotency_key: str | None
) -> Payment:
    """Write a new attempt at the instalment's missing cash; nobody outside has heard of it yet.

    :param given: what the buyer gave, loaded by the channel's ``input_schema``.
    :raises Invalid: a channel or product that is not offered. :raises Refused: a plugin says no, or it is late.
    """
    channel = offered_channel(channel_name)
    instalment = current_instalment(order)
    amount = instalment.amount - instalment.paid
    if product not in (channel.products or (None,)):
        offered = ", ".join(channel.products) or "none: leave it out"
        raise Invalid.field("/tenders/0/product", f"{product!r} is not a way of {channel_name}; {offered}.", "product")
    if channel.currencies and order.currency not in channel.currencies:
        raise Refused(f"{channel_name} does not take {order.currency}.", code="currency")
    _refuse_late(order)
    plugins.check("check_payment", order=picture(order), channel=channel_name, amount=amount)
    deadlines.set_deadline(order, "pay", deadlines.ask(order, "pay", channel_name) or _due(order))
    account = choose_account(order, channel_name)
    payment = Payment(
        merchant_id=order.merchant_id,
        order_id=order.id,
        instalment_id=instalment.id,
        account_id=account.id,
        channel=channel_name,
        product=product,
        out_trade_no=numbers.trade_number(),
        amount=amount,
        currency=order.currency,
        idempotency_key=idempotency_key,
        expires_at=_due(order),
        input=dict(given),
        settled_amount=0,
        created_at=clock.now(),
    )
    moves.birth(with_rows(payment, account=account), "create")
    order.payments.append(payment)
    return payment


def request_for(order: Order, payment: Payment) -> PaymentRequest:
    """What the channel is asked; the same for every repeat of the attempt."""
    return PaymentRequest(
        out_trade_no=payment.out_trade_no,
        order_number=order.number,
        amount=payment.amount,
        currency=payment.currency,
        description=f"{current_merchant().name} {order.number}",
        product=payment.product,
        expires_at=payment.expires_at,
        input=payment.input,
        now=clock.now(),
    )


def note_started(order: Order, payment: Payment, started: Started) -> None:
    """Write down what the channel said; an attempt that moved on meanwhile stays where it is."""
    if payment.state not in ("created", "unsure"):
        return
    payment.client = dict(started.client)
    if started.outcome in ("pending", "done"):
        moves.move(payment, "open", by="system")
    elif started.outcome == "unsure":
        moves.move(payment, "lose_sight", by="system")
    else:
        payment.failure = started.failure
        moves.move(payment, "fail", by="system", remark=started.failure)
        events.announce("order.payment_failed", order, number=order.number, move="fail", state=order.state)


def record(order: Order, payment: Payment, receipt: Receipt) -> bool:
    """The fact: money arrived. Runs no plugin code; a repeat changes nothing. *order* is locked.

    Writes the payment, its shares, the books, the instalment and the payment axis, and the job that draws the
    conclusion (:func:`conclude`) if nobody does so within ten seconds.

    :returns: whether it is news.
    :raises Refused: the amount or the currency is not the attempt's; nothing is written.
    """
    if payment.state == "settled":
        if payment.provider_ref == receipt.provider_ref:
            return False
        raise Refused(f"Payment {payment.out_trade_no} has settled with other money.", code="settled_before")
    if (receipt.amount, receipt.currency) != (payment.amount, payment.currency):
        wanted = f"{payment.amount} {payment.currency}"
        raise Refused(f"{receipt.amount} {receipt.currency} came, {wanted} was asked for.", code="amount_mismatch")
    payment.provider_ref = receipt.provider_ref
    payment.settled_amount, payment.settled_at = receipt.amount, receipt.at
    moves.move(payment, "settle", by="payment")
    _settle(order, payment)
    ledger.book_receipt(order, payment)
    axes.money_changed(order)
    queue.later(
        "core.conclude",
        clock.now() + CONCLUDE_WITHIN,
        key=f"conclude-{payment.id}",
        fresh=True,
        order_id=order.id,
        payment_id=payment.id,
    )
    events.tell_after("after_payment_settled", payment_id=payment.id, order_id=order.id)
    return True


def conclude(order: Order, payment: Payment) -> None:
    """What follows from money that is booked: the order's move. A repeat changes nothing."""
    if payment.concluded_at is not None:
        return
    payment.concluded_at = clock.now()
    queue.forget(f"conclude-{payment.id}")
    taken = moves.take(order, "payment")
    if taken is not None and order.payment_axis == "part":
        deadlines.start_paying(order)
    if taken is None:
        cases.open_case(
            "money_without_order",
            f"{payment.settled_amount} {payment.currency} came for order {order.number}, which is {order.state}.",
            thing_kind="payment",
            thing_id=payment.id,
            key=f"money_without_order:{payment.id}",
            order_id=order.id,
        )
    if not guards.no_live_attempt(order):
        queue.soon("core.close_attempts", key=f"close-attempts-{order.id}", order_id=order.id)


def settle_nothing(order: Order) -> None:
    """Nothing is payable: a payment of nothing, settled at once, so that every paid order has one."""
    for instalment in order.instalments:
        payment = Payment(
            merchant_id=order.merchant_id,
            order_id=order.id,
            instalment_id=instalment.id,
            account_id=None,
            channel="nothing",
            out_trade_no=numbers.trade_number(),
            amount=0,
            currency=order.currency,
            input={},
            settled_amount=0,
            settled_at=clock.now(),
            concluded_at=clock.now(),
            created_at=clock.now(),
        )
        moves.birth(payment, "create", by="system")
        moves.move(payment, "settle", by="payment")
        order.payments.append(payment)
        instalment.settled_at = clock.now()
    axes.money_changed(order)


def offered_channel(name: str) -> PaymentChannel:
    """A channel that buyers of this merchant may use now.

    :raises Invalid: it is not offered; the message names those that are.
    """
    offered = plugins.channels()
    if name not in offered:
        listed = ", ".join(offered) or "none"
        raise Invalid.field("/tenders/0/channel", f"{name!r} is not offered; these are: {listed}.", "not_offered")
    channel: PaymentChannel = offered[name]
    return channel


def payable_channels() -> list[PaymentChannel]:
    """The channels a buyer can really pay through now: those that have an open account."""
    query = select(Account.plugin).where(Account.merchant_id == current_merchant().id, Account.enabled).distinct()
    open_for = set(db.session().scalars(query))
    return [channel for name, channel in plugins.channels().items() if plugins.channel(name)[0] in open_for]


def choose_account(order: Order, channel_name: str) -> Account:
    """The account whose store map names the order's store by code; else the first without a map.

    :raises Refused: the merchant has no open account for it.
    """
    plugin, _ = plugins.channel(channel_name)
    query = select(Account).where(Account.merchant_id == order.merchant_id, Account.plugin == plugin, Account.enabled)
    accounts = list(db.session().scalars(query.order_by(Account.id)))
    store = find(Store, order.merchant_id, order.store_id)
    named = [row for row in accounts if store is not None and store.code in row.stores]
    free = [row for row in accounts if not row.stores]
    if not (named or free):
        raise Refused(f"{channel_name} has no open account for this store.", code="no_account")
    return (named or free)[0]


def find_attempt(order: Order, out_trade_no: str) -> Payment:
    """One of the order's own attempts.

    :raises NotFound: not one of them.
    """
    for payment in order.payments:
        if payment.out_trade_no == out_trade_no:
            return payment
    raise NotFound(f"Order {order.number} has no payment {out_trade_no}.")


def _settle(order: Order, payment: Payment) -> None:
    instalment = next(row for row in order.instalments if row.id == payment.instalment_id)
    instalment.paid = min(instalment.amount, instalment.paid + payment.settled_amount)
    if instalment.paid == instalment.amount:
        instalment.settled_at = clock.now()
    _share(order, payment)
    order.paid += payment.settled_amount


def _share(order: Order, payment: Payment) -> None:
    """Spread the cash over what is still unpaid of each line, freight among them."""
    unpaid = _unpaid(order)
    if not any(unpaid):
        return
    parts = allocate(min(payment.settled_amount, sum(unpaid)), unpaid, unpaid)
    for line, part in zip(order.lines, parts, strict=True):
        if part:
            add(
                Share(
                    merchant_id=order.merchant_id,
                    order_id=order.id,
                    line_id=line.id,
                    payment_id=payment.id,
                    amount=part,
                )
            )


def _unpaid(order: Order) -> list[int]:
    """Per line: its net less the cash that has fallen on it."""
    if order.paid == 0:
        return [line.net for line in order.lines]
    query = select(Share).where(
        Share.merchant_id == order.merchant_id, Share.order_id == order.id, Share.payment_id.is_not(None)
    )
    paid: dict[Any, int] = {}
    for share in db.session().scalars(query):
        paid[share.line_id] = paid.get(share.line_id, 0) + share.amount
    return [line.net - paid.get(line.id, 0) for line in order.lines]


def _refuse_late(order: Order) -> None:
    due = _due(order)
    if due is not None and due <= clock.now():
        raise Refused(f"The time to pay order {order.number} ended at {due.isoformat()}.", code="too_late")


def _due(order: Order) -> datetime | None:
    row = deadlines.find(order, "pay")
    return row.due_at if row else None
