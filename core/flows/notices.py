"""What a channel tells by itself: written down before it is acknowledged, then applied: facts first, moves second."""

import logging
from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from core import clock, plugins
from core.contracts.payment_channel import Fact, Notice, Receipt, RefundReceipt, Reply
from core.contracts.people import Actor
from core.current import acting, current_merchant
from core.db import across_merchants, get, reading, refuse_transaction, transaction
from core.errors import ChannelTrouble, Contradiction, Distrusted
from core.flows import money, refund
from core.models import Notice as Row
from core.models import Payment
from core.services import accounts, merchants, moves, notices, receipts

log = logging.getLogger("merx.notices")


def take(account_id: UUID, channel: str, notice: Notice, body: bytes) -> str:
    """Make a genuine *notice* durable, and apply it. Returns once it may be acknowledged; a repeat changes nothing.

    The usual one, a receipt of an attempt we know, is written down and booked in one transaction, which runs no plugin
    code. Any other is written down first. What cannot be applied at once is left to the job written with it.

    :returns: what became of it: ``applied``, ``repeat``, ``parked``, ``refused``, ``idle`` or ``later``.
    """
    refuse_transaction()
    told = notice.facts[0] if len(notice.facts) == 1 else None
    if isinstance(told, Receipt) and (booked := _book_at_once(account_id, channel, notice, body, told)):
        _conclude(*booked)
        return "applied"
    try:
        with transaction():
            row_id = notices.write(account_id, channel, notice, body).id
    except IntegrityError:
        with reading():
            if not notices.known(account_id, notice.event_id):
                raise
        return "repeat"
    try:
        return apply(row_id, 0)
    except Exception:
        log.exception("notice %s is kept and could not be applied yet; its job will", row_id)
        return "later"


def apply(notice_id: UUID, step: int) -> str:
    """Apply a notice of the inbox: each fact in a transaction of its own. May be called twice.

    :param step: how often it was parked before.
    """
    refuse_transaction()
    with reading():
        row = get(Row, current_merchant().id, notice_id)
        account_id, told, status = row.account_id, notices.facts_of(row), row.status
    if status not in ("new", "parked"):
        return status
    results = [(_apply_one(account_id, fact), fact) for fact in told]
    with transaction():
        row = get(Row, current_merchant().id, notice_id, lock=True)
        lost = [_subject(fact) for result, fact in results if result == "lost"]
        if lost:
            notices.park(row, step, ", ".join(lost))
            return "parked"
        outcomes = {result for result, _ in results}
        ended = "refused" if "refused" in outcomes else "applied" if outcomes & {"news", "known"} else "idle"
        notices.end(row, ended, "; ".join(getattr(fact, "why", "") for _, fact in results) or None)
        return ended


def _book_at_once(
    account_id: UUID, channel: str, notice: Notice, body: bytes, receipt: Receipt
) -> tuple[UUID, UUID] | None:
    """Inbox row and fact together; None = nothing was written, take the long way."""
    try:
        with transaction():
            found = notices.payment_of(account_id, receipt.out_trade_no)
            if found is None:
                return None
            order = moves.lock_order(found.order_id)
            payment = get(Payment, order.merchant_id, found.id, lock=True)
            receipts.record(order, payment, receipt)
            notices.write(account_id, channel, notice, body, status="applied")
            return order.id, payment.id
    except (Contradiction, IntegrityError):
        # a notice that is there already, or one that contradicts what we know
        return None


def _conclude(order_id: UUID, payment_id: UUID) -> None:
    try:
        money.conclude(order_id, payment_id)
    except Exception:
        log.exception("payment %s is booked, its order could not move yet; its job will", payment_id)


def _apply_one(account_id: UUID, fact: Fact) -> str:
    """``news``, ``known``, ``refused``, ``lost`` (nobody knows its number) or ``idle``."""
    if isinstance(fact, Receipt):
        with reading():
            payment = notices.payment_of(account_id, fact.out_trade_no)
        return money.receive(payment.order_id, payment.id, fact) if payment else "lost"
    if isinstance(fact, RefundReceipt):
        with reading():
            part = notices.part_of(account_id, fact.out_refund_no)
        return refund.note(part.order_id, part.id, fact) if part else "lost"
    return "idle"


def _subject(fact: Fact) -> str:
    return (
        f"payment {fact.out_trade_no}" if isinstance(fact, Receipt) else f"refund {getattr(fact, 'out_refund_no', '')}"
    )


def hear(token: str, headers: Mapping[str, str], body: bytes, request_id: str) -> tuple[Reply, str, str] | None:
    """One knock at the door of notices: verified before anything is looked up, durable before it is acknowledged.

    :param headers: names in lower case.
    :returns: what to answer, the channel, and what became of it; None = nobody has this address.
    """
    refuse_transaction()
    with reading():
        with across_merchants():
            found = notices.account_of(token)
        if found is None:
            return None
        merchant = merchants.view(found[0])
        plugins.refresh(merchant.id, merchant.plugin_version)
    name, channel = plugins.reporting_channel(found[1].plugin)
    with acting(merchant, Actor("channel", None, name, "webhook", request_id)):
        account = accounts.view(found[1])
        try:
            notice = channel.read_notice(account, headers, body, clock.now())
        except (Distrusted, ChannelTrouble) as why:
            log.warning("a notice to account %s of %s is refused: %s", account.id, name, why.detail)
            refused = "distrusted" if isinstance(why, Distrusted) else "unverified"
            return channel.acknowledge(False, why.detail), name, refused
        return channel.acknowledge(True), name, take(account.id, name, notice, body)
