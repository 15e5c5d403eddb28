"""Money that has arrived: the fact in one transaction, the order's move in the next."""

import logging
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from core.contracts.payment_channel import Receipt
from core.current import current_merchant
from core.db import get, refuse_transaction, transaction
from core.errors import Contradiction
from core.models import Payment
from core.services import cases, moves, receipts

log = logging.getLogger("merx.payments")


def receive(order_id: UUID, payment_id: UUID, receipt: Receipt) -> str:
    """Book *receipt* of an attempt, then let the order move. A repeat changes nothing.

    A raise or a crash in between leaves the rest to the job that the fact has written.

    :returns: ``news``, ``known``, or ``refused``: it contradicts the attempt, and a case says how.
    """
    refuse_transaction()
    try:
        with transaction():
            order = moves.lock_order(order_id)
            payment = get(Payment, current_merchant().id, payment_id, lock=True)
            news = receipts.record(order, payment, receipt)
    except Contradiction as wrong:
        contradicted(order_id, payment_id, receipt, wrong)
        return "refused"
    except IntegrityError as error:
        if "provider_ref" not in str(error.orig):
            raise
        told = f"{receipt.provider_ref} is told of payment {receipt.out_trade_no}, and has paid another before."
        contradicted(order_id, payment_id, receipt, Contradiction(told, code="reference_used"))
        return "refused"
    conclude(order_id, payment_id)
    return "news" if news else "known"


def conclude(order_id: UUID, payment_id: UUID) -> None:
    """Let the order move on money that is booked. May be called twice."""
    refuse_transaction()
    try:
        _conclude(order_id, payment_id, may_revive=True)
    except receipts.NotRevived as why:
        log.info("payment %s goes back: %s", payment_id, why)
        _conclude(order_id, payment_id, may_revive=False)


def _conclude(order_id: UUID, payment_id: UUID, *, may_revive: bool) -> None:
    with transaction():
        order = moves.lock_order(order_id)
        payment = get(Payment, current_merchant().id, payment_id, lock=True)
        receipts.conclude(order, payment, may_revive=may_revive)


def contradicted(order_id: UUID, payment_id: UUID, receipt: Receipt, wrong: Contradiction) -> None:
    """A channel told what cannot be: nothing is booked, and one case says what was told."""
    with transaction():
        # told by many at once, it is one case
        moves.lock_order(order_id)
        cases.open_case(
            "payment_contradiction",
            f"{wrong.detail} Nothing was booked: look at the channel, then give it back or settle it by hand.",
            thing_kind="payment",
            thing_id=payment_id,
            key=f"{wrong.code}:{payment_id}:{receipt.provider_ref}"[:200],
            order_id=order_id,
            code=wrong.code,
            out_trade_no=receipt.out_trade_no,
            provider_ref=receipt.provider_ref,
            amount=receipt.amount,
            currency=receipt.currency,
        )
