"""What comes by itself: orders are split when their time has come, looked after, given back, and let go in the end."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, or_, select

from core import (
    ChannelRefused,
    JobSpec,
    Order,
    RefundPart,
    SplitStatus,
    add_split_receiver,
    all_of,
    ask_split,
    current_merchant,
    db,
    finish_split,
    later,
    lock_order,
    now,
    query_return,
    query_split,
    reading,
    resume_refund,
    return_split,
    settings_of,
    soon,
    transaction,
)
from plugins.profit_sharing import receivers, returning, shares
from plugins.profit_sharing.models import ProfitSharingReturn, ProfitSharingShare
from plugins.profit_sharing.shares import Asked
from plugins.profit_sharing.terms import LATEST, NAME, OPEN, SOONEST

#: shares that are taken up in one transaction
SLICE = 500


def paid(payment_id: UUID, order_id: UUID) -> None:
    """Money has arrived: what its channel holds is written down. May be called twice."""
    with transaction():
        order = lock_order(order_id)
        for payment in order.payments:
            if payment.id == payment_id:
                shares.opened(order, payment)


def split(order_id: UUID) -> None:
    """Split what was paid for a completed order, or wait until its time has come. May be called twice."""
    with transaction():
        order = lock_order(order_id)
        if order.state != "completed":
            return
        found = [share for payment in order.payments if (share := shares.opened(order, payment)) is not None]
        due = ripe_at(order, found)
        if due > now():
            later(f"{NAME}.split", due, key=split_key(order.id), order_id=order.id)
            return
        for share in found:
            if share.status == "frozen":
                soon(f"{NAME}.send", key=shares.send_key(share), share_id=share.id)


def ripe_at(order: Order, found: list[ProfitSharingShare]) -> datetime:
    """When the order's money may be split: its after-sales days are over, and channels are ready for it."""
    begin = (order.completed_at or now()) + timedelta(days=settings_of(NAME)["days"])
    return max([begin, *(share.paid_at + SOONEST for share in found)])


def send(share_id: UUID, step: int = 0, finish: bool = False) -> None:
    """Have a share split, or look what became of it. May be called twice.

    :param step: how often it was looked at. :param finish: nobody gets a part: all of it is let go.
    :raises ChannelDown: the channel was not reached.
    """
    with transaction():
        asked = shares.begin(share_id, unheard=False, finish=finish)
    if asked is not None and asked.again:
        known = query_split(asked.payment_id, asked.number)
        if known.state != "failed":
            with transaction():
                shares.note(share_id, known, step)
            return
        with transaction():
            asked = shares.begin(share_id, unheard=True, finish=finish)
    if asked is None:
        return
    said = _ask(asked)
    with transaction():
        # what was just taken is looked at soon, however often it was tried before
        shares.note(share_id, said, 0 if said.state == "pending" else step)


def _ask(asked: Asked) -> SplitStatus:
    if not asked.receivers:
        return finish_split(asked.payment_id, asked.number)
    with reading():
        strangers = receivers.unknown(asked.place, asked.receivers)
    try:
        for one in strangers:
            add_split_receiver(asked.payment_id, one)
    except ChannelRefused as why:
        return SplitStatus(asked.number, "failed", failure=why.detail)
    with transaction():
        receivers.remember(asked.place, strangers)
    return ask_split(asked.payment_id, asked.number, asked.receivers)


def give_back(return_id: UUID, step: int = 0) -> None:
    """Have a receiver give back, or look what became of it. May be called twice.

    :raises ChannelDown: the channel was not reached.
    """
    with transaction():
        asked = returning.begin(return_id)
    if asked is None:
        return
    said = query_return(asked.payment_id, asked.out_split_no, asked.number) if asked.again else None
    if said is None or said.state == "failed":
        # what failed, or never got there, is asked for again under its own number
        said = return_split(asked.payment_id, asked.out_split_no, asked.number, asked.receiver)
    with transaction():
        returning.note(return_id, said, step)


def resume(order_id: UUID) -> None:
    """Refunds that waited are sent, or find out that they still wait. May be called twice."""
    with reading():
        table = RefundPart
        rows = all_of(table, current_merchant().id, table.order_id == order_id, table.state == "waiting")
        waiting = [row.id for row in rows]
    for part_id in waiting:
        resume_refund(order_id, part_id)


def sweep() -> None:
    """What is held for too long is let go; what got stuck, or was completed while the plugin was off, goes on."""
    last: UUID | None = None
    while True:
        with transaction():
            rows = _left_over(last)
            for share in rows:
                _take_up(share)
            last = rows[-1].id if rows else None
        if len(rows) < SLICE:
            break
    with transaction():
        for row in all_of(ProfitSharingReturn, current_merchant().id, ProfitSharingReturn.status != "done"):
            soon(f"{NAME}.give_back", key=returning.key_of(row), return_id=row.id)


def _left_over(last: UUID | None) -> list[ProfitSharingShare]:
    """The next shares after *last* that should be further than they are."""
    share = ProfitSharingShare
    joined = and_(Order.merchant_id == share.merchant_id, Order.id == share.order_id)
    due = or_(share.status != "frozen", share.paid_at <= now() - LATEST, Order.state == "completed")
    query = select(share).join(Order, joined)
    query = query.where(share.merchant_id == current_merchant().id, share.status.in_(OPEN), due)
    if last is not None:
        query = query.where(share.id > last)
    return list(db.session().scalars(query.order_by(share.id).limit(SLICE)))


def _take_up(share: ProfitSharingShare) -> None:
    late = share.paid_at <= now() - LATEST
    if share.status == "frozen" and not late:
        soon(f"{NAME}.split", key=split_key(share.order_id), order_id=share.order_id)
    else:
        soon(f"{NAME}.send", key=shares.send_key(share), share_id=share.id, finish=late)


def split_key(order_id: UUID) -> str:
    """The job that splits an order's money."""
    return f"profit-sharing-split-{order_id}"


JOBS = (
    JobSpec("split", split),
    JobSpec("send", send, limit=120, tries=20),
    JobSpec("give_back", give_back, limit=60, tries=20),
    JobSpec("resume", resume),
    JobSpec("sweep", sweep, daily_at="05:10", limit=120),
)
