"""Attempts to bring cash: written before a channel hears of them, looked up until their end is known."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select

from core import clock, plugins, queue
from core.contracts.payment_channel import (
    PaymentChannel,
    PaymentRequest,
    PaymentStatus,
    Started,
    is_offline,
    reports_by_notices,
)
from core.current import current_merchant
from core.db import db, fetch, find, with_rows
from core.errors import Invalid, NotFound, Refused
from core.models import Account, Instalment, Order, Payment, Store
from core.services import accounts, axes, deadlines, events, guards, moves, numbers
from core.services.pictures import picture

#: seconds from one look at a silent channel to the next: 10 s, 30 s, 1, 5 and 15 min after the attempt was made; the
#: pay deadline asks once more (domain rules §3.6)
LOOKS = (10, 20, 30, 240, 600)


_OPEN_ACCOUNTS = (
    select(*Account.__table__.columns)
    .where(Account.merchant_id == bindparam("merchant"), Account.plugin == bindparam("plugin"), Account.enabled)
    .order_by(Account.id)
)


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


@dataclass(frozen=True)
class Wish:
    """How somebody wants to pay.

    :param given: what the buyer gave, loaded by the channel's ``input_schema``.
    :param idempotency_key: of the request; the attempt is remembered by it.
    :param client_ip: the buyer's own address, if a buyer asks.
    """

    channel: str
    product: str | None = None
    given: Mapping[str, Any] = field(default_factory=dict)
    idempotency_key: str | None = None
    client_ip: str | None = None

    def is_met_by(self, row: Payment) -> bool:
        """Whether *row* was made for it, or waits for the same already: one live attempt per method."""
        if self.idempotency_key is not None and row.idempotency_key == self.idempotency_key:
            # a rerun after a crash goes on under the same number; one after a failure is a new try
            return row.state not in ("failed", "closed")
        same = (row.channel, row.product, row.input) == (self.channel, self.product, self.given)
        return same and row.state in guards.PAYABLE

    def is_overtaken_by(self, row: Payment) -> bool:
        """Whether *row* is another way of the same channel that somebody may still pay."""
        return row.channel == self.channel and row.state in guards.LIVE


def open_attempt(order: Order, wish: Wish) -> Payment:
    """Write a new attempt at the instalment's missing cash; nobody outside has heard of it yet.

    :raises Invalid: a channel or product that is not offered. :raises Refused: a plugin says no, or it is late.
    """
    channel = offered_channel(wish.channel)
    instalment = current_instalment(order)
    amount = instalment.amount - instalment.paid
    _check_offer(channel, wish.product, order.currency)
    _refuse_late(order)
    plugins.check("check_payment", order=picture(order), channel=wish.channel, amount=amount)
    deadlines.set_deadline(order, "pay", deadlines.ask(order, "pay", wish.channel) or _due(order))
    account, terms = choose_account(order, wish.channel)
    payment = Payment(
        merchant_id=order.merchant_id,
        order_id=order.id,
        instalment_id=instalment.id,
        account_id=account.id,
        channel=wish.channel,
        product=wish.product,
        out_trade_no=numbers.trade_number(),
        amount=amount,
        currency=order.currency,
        idempotency_key=wish.idempotency_key,
        expires_at=_due(order),
        input=dict(wish.given),
        client_ip=wish.client_ip,
        store_terms=terms,
        payee=_payee(channel, account, terms, wish.product),
        settled_amount=0,
        created_at=clock.now(),
    )
    moves.birth(with_rows(payment, account=account), "create")
    order.payments.append(payment)
    if not is_offline(channel):
        look_later(payment, 0)
    return payment


def _check_offer(channel: PaymentChannel, product: str | None, currency: str) -> None:
    if product not in (channel.products or (None,)):
        offered = ", ".join(channel.products) or "none: leave it out"
        raise Invalid.field("/tenders/0/product", f"{product!r} is not a way of {channel.name}; {offered}.", "product")
    if channel.currencies and currency not in channel.currencies:
        raise Refused(f"{channel.name} does not take {currency}.", code="currency")


def _payee(channel: PaymentChannel, account: Account, terms: Mapping[str, Any], product: str | None) -> dict[str, str]:
    """Who must be paid, as the channel says it of this account and store."""
    return dict(channel.payee(accounts.view(account, terms), product)) if reports_by_notices(channel) else {}


def look_later(payment: Payment, step: int) -> None:
    """Ask the channel of an attempt when look number *step* is due, unless it has told its end by then."""
    if step < len(LOOKS):
        queue.later(
            "core.query_payment",
            clock.now() + timedelta(seconds=LOOKS[step]),
            key=f"query-{payment.id}",
            fresh=step == 0 and payment.version == 1,
            order_id=payment.order_id,
            payment_id=payment.id,
            step=step,
        )


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
        client_ip=payment.client_ip,
    )


def wants_asking(payment: Payment) -> bool:
    """Whether the channel must be asked to start it (again): it never answered, or its client is stale."""
    if payment.state in ("created", "unsure"):
        return True
    stale = payment.client is None or (payment.client_until is not None and payment.client_until <= clock.now())
    return payment.state == "open" and stale


def note_started(payment: Payment, started: Started) -> None:
    """Write down what the channel said; an attempt that moved on meanwhile stays where it is."""
    if payment.state not in ("created", "unsure", "open"):
        return
    if started.outcome in ("pending", "done"):
        payment.client, payment.client_until = dict(started.client), started.good_until
        if payment.state != "open":
            moves.move(payment, "open", by="system")
    elif payment.state == "open":
        # only a fresh client was wanted: what the channel knows of the attempt is for queries to find out
        return
    elif started.outcome == "unsure":
        if payment.state != "unsure":
            moves.move(payment, "lose_sight", by="system")
        look_later(payment, 0)
    else:
        _fail(payment, started.failure)


def note_status(order: Order, payment: Payment, status: PaymentStatus) -> None:
    """Write down what the channel knows of an attempt that is not paid. A repeat changes nothing."""
    if status.state == "waiting" and payment.state == "unsure":
        moves.move(payment, "open", by="system")
    elif status.state == "waiting" and payment.state == "closing":
        moves.move(payment, "reopen", by="system")
    elif status.state in ("closed", "unknown", "failed") and payment.state == "closing":
        moves.move(payment, "closed", by="system", remark=status.failure)
    elif status.state in ("closed", "failed") and payment.state in ("open", "unsure"):
        fail(order, payment, status.failure or "closed at the channel")


def fail(order: Order, payment: Payment, why: str | None) -> None:
    """An attempt came to nothing: the order stays payable, and the buyer is asked to try again."""
    _fail(payment, why)
    tell_failed(order)


def tell_failed(order: Order) -> None:
    """Ask the buyer to try again."""
    events.announce("order.payment_failed", order, number=order.number, move="fail", state=order.state)


def _fail(payment: Payment, why: str | None) -> None:
    payment.failure = why
    moves.move(payment, "fail", by="system", remark=why)


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


def choose_account(order: Order, channel_name: str) -> tuple[Account, dict[str, Any]]:
    """The account whose store map names the order's store by code; else the first without a map.

    :returns: the account, and what it says of the store.
    :raises Refused: the merchant has no open account for it.
    """
    plugin, _ = plugins.channel(channel_name)
    known = [accounts.of_row(row) for row in fetch(_OPEN_ACCOUNTS, merchant=order.merchant_id, plugin=plugin)]
    store = find(Store, order.merchant_id, order.store_id)
    named = [row for row in known if store is not None and store.code in row.stores]
    free = [row for row in known if not row.stores]
    if not (named or free):
        raise Refused(f"{channel_name} has no open account for this store.", code="no_account")
    account = (named or free)[0]
    return account, accounts.terms_of_store(account, store)


def find_attempt(order: Order, out_trade_no: str) -> Payment:
    """One of the order's own attempts.

    :raises NotFound: not one of them.
    """
    for payment in order.payments:
        if payment.out_trade_no == out_trade_no:
            return payment
    raise NotFound(f"Order {order.number} has no payment {out_trade_no}.")


def _refuse_late(order: Order) -> None:
    due = _due(order)
    if due is not None and due <= clock.now():
        raise Refused(f"The time to pay order {order.number} ended at {due.isoformat()}.", code="too_late")


def _due(order: Order) -> datetime | None:
    row = deadlines.find(order, "pay")
    return row.due_at if row else None
