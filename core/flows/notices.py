"""What channels and couriers tell: written down before it is acknowledged, then applied: facts first, moves second."""

import logging
from collections.abc import Mapping
from typing import cast
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from core import clock, plugins
from core.contracts.courier import NotifyingCourier, is_telling_courier
from core.contracts.payment_channel import AccountView, Fact, Notice, NotifyingChannel, Receipt, RefundReceipt, Reply
from core.contracts.people import Actor
from core.contracts.track import TrackUpdate
from core.current import acting, current_merchant
from core.db import get, reading, refuse_transaction, transaction
from core.errors import ChannelTrouble, Contradiction, Distrusted, TooLarge
from core.flows import money, refund, tracking
from core.models import Notice as Row
from core.services import accounts, moves, notices, payments, receipts

log = logging.getLogger("merx.notices")
#: bytes of a notice: no channel's comes near it; a courier tells whole trails of ten parcels at once
MAX_NOTICE, MAX_TRAILS = 64 * 1024, 1024 * 1024


def take(account_id: UUID, channel: str, notice: Notice, body: bytes) -> str:
    """Make a genuine *notice* durable, and apply it. Returns once it may be acknowledged; a repeat changes nothing.

    The usual one, a receipt of an attempt we know, is written down and booked in one transaction, which runs no plugin
    code. Where no plugin has a word in what follows, that is drawn in the same. Any other notice is written down first.
    What cannot be applied at once is left to the job written with it.

    :returns: what became of it: ``applied``, ``repeat``, ``parked``, ``refused``, ``idle`` or ``later``.
    """
    refuse_transaction()
    told = notice.facts[0] if len(notice.facts) == 1 else None
    if isinstance(told, Receipt) and _book_at_once(account_id, channel, notice, body, told):
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


def _book_at_once(account_id: UUID, channel: str, notice: Notice, body: bytes, receipt: Receipt) -> bool:
    """Inbox row and fact together, and what follows; False = nothing was written, take the long way."""
    if moves.nobody_else_speaks():
        try:
            return _book(account_id, channel, notice, body, receipt, conclude=True) is not None
        except Exception:
            log.exception("payment %s could not be booked with what follows: the fact alone", receipt.out_trade_no)
    booked = _book(account_id, channel, notice, body, receipt, conclude=False)
    if booked is None:
        return False
    try:
        money.conclude(*booked)
    except Exception:
        log.exception("payment %s is booked, its order could not move yet; its job will", booked[1])
    return True


def _book(
    account_id: UUID, channel: str, notice: Notice, body: bytes, receipt: Receipt, *, conclude: bool
) -> tuple[UUID, UUID] | None:
    """One transaction. :returns: the order's and the payment's id; None if it is not the usual case."""
    try:
        with transaction():
            order = moves.lock_of_attempt(account_id, receipt.out_trade_no)
            if order is None:
                return None
            payment = payments.find_attempt(order, receipt.out_trade_no)
            receipts.record(order, payment, receipt)
            notices.write(account_id, channel, notice, body, status="applied")
            if conclude:
                receipts.conclude(order, payment)
            return order.id, payment.id
    except (Contradiction, IntegrityError):
        # one that is there already, or that contradicts what we know
        return None


def _apply_one(account_id: UUID, fact: Fact) -> str:
    """``news``, ``known``, ``refused``, ``lost`` (nobody knows its number), ``stranger`` (a parcel not of ours) or
    ``idle``."""
    if isinstance(fact, TrackUpdate):
        return tracking.note(fact)
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
    found = notices.account_of(token)
    if found is None:
        return None
    merchant, row = found
    if not plugins.is_known(merchant.id, merchant.plugin_version):
        with reading():
            plugins.refresh(merchant.id, merchant.plugin_version)
    name, reporter = plugins.reporter(row.plugin)
    most = MAX_TRAILS if is_telling_courier(reporter) else MAX_NOTICE
    if len(body) > most:
        raise TooLarge(f"A notice of {name} has {most} bytes at most, not {len(body)}.")
    with acting(merchant, Actor("channel", None, name, "webhook", request_id)):
        account = accounts.view(row)
        try:
            notice = reporter.read_notice(account, headers, body, clock.now())
        except (Distrusted, ChannelTrouble) as why:
            log.warning("a notice to account %s of %s is refused: %s", account.id, name, why.detail)
            refused = "distrusted" if isinstance(why, Distrusted) else "unverified"
            return _answer(reporter, account, why.detail), name, refused
        return _answer(reporter, account), name, take(account.id, name, notice, body)


def _answer(reporter: NotifyingChannel | NotifyingCourier, account: AccountView, why: str | None = None) -> Reply:
    """The reporter's own words: accepted for good, or send it again because *why*."""
    if is_telling_courier(reporter):
        return reporter.acknowledge(account, why is None, why or "", clock.now())
    return cast("NotifyingChannel", reporter).acknowledge(why is None, why or "")
