"""Starting a payment: the attempt is written, the channel is asked, its answer is written."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from marshmallow import ValidationError

from core import plugins
from core.contracts.payment_channel import AccountView, PaymentChannel, PaymentRequest, Started
from core.current import current_merchant
from core.db import get, reading, refuse_transaction, transaction
from core.errors import ChannelDown, ChannelRefused, ChannelUnsure, FieldError, Invalid
from core.flows import close
from core.models import Order, Payment
from core.services import accounts, guards, moves, payments


def start_payment(
    number: str,
    *,
    customer_id: UUID | None,
    channel: str,
    product: str | None = None,
    given: Mapping[str, Any] | None = None,
    idempotency_key: str | None = None,
) -> UUID:
    """Begin to bring the cash that is due of an order through *channel*.

    :param customer_id: the buyer who asks; another buyer's order is none. None = staff ask.
    :param given: what the buyer gave, as the channel's ``input_schema`` wants it.
    :param idempotency_key: a rerun under it goes on under the same number, and so does the same wish while its
        attempt waits.
    :returns: the payment's id; read its state for what came of it.
    :raises ChannelDown: it was never reached. :raises ChannelUnsure: it was, and the outcome is not known yet.
    """
    refuse_transaction()
    with transaction():
        order = moves.lock_numbered(number, customer_id=customer_id)
        loaded = _load(channel, given or {})
        payment = _same_attempt(order, channel, product, loaded, idempotency_key)
        if payment is None:
            moves.move(order, "pay", by="buyer")
            payment = payments.open_attempt(order, channel, product, loaded, idempotency_key)
        payment_id, state = payment.id, payment.state
        account, request = accounts.of_payment(payment), payments.request_for(order, payment)
    if state in ("created", "unsure"):
        _ask(order.id, payment_id, plugins.channel(channel)[1], account, request)
    return payment_id


def _ask(
    order_id: UUID, payment_id: UUID, channel: PaymentChannel, account: AccountView, request: PaymentRequest
) -> None:
    failed: ChannelDown | ChannelUnsure | None = None
    try:
        started = channel.start(account, request)
    except ChannelDown as error:
        started, failed = Started("failed", failure=error.detail), error
    except ChannelUnsure as error:
        started, failed = Started("unsure", failure=error.detail), error
    with transaction():
        order = moves.lock_order(order_id)
        payment = get(Payment, current_merchant().id, payment_id, lock=True)
        payments.note_started(order, payment, started)
        overtaken = payment.state in ("closing", "closed")
    if overtaken:
        # it was closed while we asked: the channel may have heard of it after the closing
        close.close_one(order_id, payment_id)
    if failed:
        raise failed
    if started.outcome in ("failed", "rejected"):
        raise ChannelRefused(started.failure or "The channel did not take the payment.")


def _same_attempt(
    order: Order, channel: str, product: str | None, given: Mapping[str, Any], idempotency_key: str | None
) -> Payment | None:
    """The attempt of the same key, or the one that waits for the same already: one live attempt per method."""
    for row in order.payments:
        if idempotency_key is not None and row.idempotency_key == idempotency_key:
            return row
        same = (row.channel, row.product, row.input) == (channel, product, given)
        if same and row.state in guards.PAYABLE:
            return row
    return None


def _load(channel_name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    channel = payments.offered_channel(channel_name)
    if channel.input_schema is None:
        if given:
            raise Invalid.field("/tenders/0/input", f"{channel_name} takes no input: leave it out.", "unknown_field")
        return {}
    try:
        loaded: dict[str, Any] = channel.input_schema().load(given)
    except ValidationError as error:
        wrong = [
            FieldError(f"/tenders/0/input/{name}", "; ".join(map(str, texts)), "invalid")
            for name, texts in error.messages_dict.items()
        ]
        raise Invalid(f"{channel_name} cannot use this input.", errors=wrong) from None
    return loaded


def query(order_id: UUID, payment_id: UUID) -> str:
    """Ask the channel what became of an attempt and write it down.

    :returns: the attempt's state then.
    """
    refuse_transaction()
    with reading():
        payment = get(Payment, current_merchant().id, payment_id)
        account, number, name = accounts.of_payment(payment), payment.out_trade_no, payment.channel
    status = plugins.channel(name)[1].query(account, number)
    return close.note_status(order_id, payment_id, status)
