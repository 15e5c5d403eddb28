"""Attempts to bring cash: written before a channel hears of them, looked up until their end is known."""

from collections.abc import Mapping, Sequence
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
from core.contracts.splits import can_split
from core.current import current_merchant
from core.db import fetch, find, with_rows
from core.errors import Invalid, NotFound, Refused
from core.models import Account, Instalment, Order, Payment, Store
from core.services import accounts, axes, deadlines, events, guards, moves, numbers, tenders
from core.services.pictures import picture
from core.services.wishes import Wish

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
        opens = clock.as_text(due.opens_at)
        raise Refused(f"Instalment {due.position} can be paid from {opens}.", code="window_not_open", opens_at=opens)
    return due


def set_aside(order: Order, wish: Wish) -> tuple[list[Payment], int]:
    """Have the tenders of *wish* hold their parts of the instalment that is due, once: what is held already stays.

    :returns: what is held, and the cash that is still missing, minor units.
    :raises Refused: there is not enough, a plugin says no, or it is late.
    """
    instalment = current_instalment(order)
    _refuse_late(order)
    held = tenders.held(order, instalment) or tenders.hold(order, instalment, wish.tenders)
    return held, instalment.amount - instalment.paid - sum(row.amount for row in held)


def open_attempt(order: Order, wish: Wish, name: str, held: Sequence[Payment] = ()) -> Payment:
    """Write a new attempt at the instalment's missing cash; nobody outside has heard of it yet.

    :param name: the channel that brings it. :param held: what tenders pay beside it, see :func:`set_aside`.
    :raises Invalid: a channel or product that is not offered. :raises Refused: a plugin says no, or it is late.
    """
    channel = offered_channel(name, wish.where)
    instalment = current_instalment(order)
    amount = instalment.amount - instalment.paid - sum(row.amount for row in held)
    _check_offer(channel, wish, order.currency)
    plugins.check("check_payment", order=picture(order), channel=name, amount=amount)
    deadlines.set_deadline(order, "pay", instalment.due_at or deadlines.ask(order, "pay", name) or _due(order))
    account, terms = choose_account(order, name)
    payment = Payment(
        merchant_id=order.merchant_id,
        order_id=order.id,
        instalment_id=instalment.id,
        account_id=account.id,
        channel=name,
        product=wish.product,
        out_trade_no=numbers.trade_number(),
        amount=amount,
        currency=order.currency,
        idempotency_key=wish.idempotency_key,
        expires_at=_due(order),
        input=dict(wish.given),
        beside=wish.beside({row.channel: row.amount for row in held}),
        note=_note(order, channel),
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


def _check_offer(channel: PaymentChannel, wish: Wish, currency: str) -> None:
    if wish.product not in (channel.products or (None,)):
        offered = ", ".join(channel.products) or "none: leave it out"
        told = f"{wish.product!r} is not a way of {channel.name}; {offered}."
        raise Invalid.field(f"/tenders/{wish.where}/product", told, "product")
    if channel.currencies and currency not in channel.currencies:
        raise Refused(f"{channel.name} does not take {currency}.", code="currency")


def _note(order: Order, channel: PaymentChannel) -> dict[str, Any]:
    """Whether the money shall be held until it is split; a repeat asks the channel the same."""
    if not can_split(channel) or not plugins.hearers("choose_split"):
        return {}
    wanted = plugins.choose("choose_split", order=picture(order), channel=channel.name)
    return {"to_split": True} if wanted else {}


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
        to_split=bool(payment.note.get("to_split")),
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
        attempt_ended(order)
    elif status.state in ("closed", "failed") and payment.state in ("open", "unsure"):
        fail(order, payment, status.failure or "closed at the channel")


def fail(order: Order, payment: Payment, why: str | None) -> None:
    """An attempt came to nothing: the order stays payable, and the buyer is asked to try again."""
    _fail(payment, why)
    after_failure(order)


def after_failure(order: Order) -> None:
    """What follows from an attempt that failed: tenders let go, and the buyer is asked to try again."""
    attempt_ended(order)
    events.announce("order.payment_failed", order, number=order.number, move="fail", state=order.state)


def attempt_ended(order: Order) -> None:
    """Cash that tenders were to pay beside will not come: they let go, unless another attempt still may bring it."""
    if guards.no_live_attempt(order):
        tenders.release_payable(order)


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
    tenders.settle_adjustments(order)
    tenders.capture_all(order)


def offered_channel(name: str, where: int = 0) -> PaymentChannel:
    """A channel that buyers of this merchant may use now. *where*: its place in the request.

    :raises Invalid: it is not offered; the message names those that are.
    """
    offered = plugins.channels()
    if name not in offered:
        listed = ", ".join(offered) or "none"
        raise Invalid.field(
            f"/tenders/{where}/channel", f"{name!r} is not offered; these are: {listed}.", "not_offered"
        )
    channel: PaymentChannel = offered[name]
    return channel


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
