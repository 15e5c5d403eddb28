"""Shares: a payment's money that is held, what each receiver gets of it, and what the channel says came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete

from core import (
    Order,
    Payment,
    SplitReceiver,
    SplitResult,
    SplitStatus,
    add,
    all_of,
    current_merchant,
    db,
    flush,
    get,
    later,
    lock_order,
    now,
    open_case,
    post,
    resolve_key,
    settings_of,
    soon,
    split_reference,
)
from plugins.profit_sharing import receivers, rules
from plugins.profit_sharing.models import ProfitSharingShare, ProfitSharingSplit
from plugins.profit_sharing.terms import NAME, OPEN, PAUSES, pause


@dataclass(frozen=True)
class Asked:
    """What the channel is asked about a share. *again*: it was asked before, so it is looked for first."""

    payment_id: UUID
    number: str
    receivers: tuple[SplitReceiver, ...]
    place: str
    again: bool


def opened(order: Order, payment: Payment) -> ProfitSharingShare | None:
    """The share of a payment that its channel holds, written if it is new; None if it holds none. *order* is locked."""
    if payment.state != "settled" or payment.role != "cash" or not payment.note.get("to_split"):
        return None
    found = of_payment(payment.id)
    if found is not None:
        return found
    return add(
        ProfitSharingShare(
            merchant_id=order.merchant_id,
            order_id=order.id,
            payment_id=payment.id,
            status="frozen",
            number=f"{payment.out_trade_no}S",
            base=0,
            fee=0,
            cap=0,
            amount=0,
            tries=0,
            paid_at=payment.settled_at or now(),
        )
    )


def of_payment(payment_id: UUID) -> ProfitSharingShare | None:
    """The share of a payment, if its channel holds one."""
    table = ProfitSharingShare
    return next(iter(all_of(table, current_merchant().id, table.payment_id == payment_id)), None)


def locked(share_id: UUID) -> tuple[Order, ProfitSharingShare]:
    """A share, and its order, which is locked before it."""
    merchant_id = current_merchant().id
    order = lock_order(get(ProfitSharingShare, merchant_id, share_id).order_id)
    return order, get(ProfitSharingShare, merchant_id, share_id, lock=True)


def splits_of(share: ProfitSharingShare) -> list[ProfitSharingSplit]:
    """What each receiver gets of it."""
    return all_of(ProfitSharingSplit, share.merchant_id, ProfitSharingSplit.share_id == share.id)


def left_of(payment: Payment) -> int:
    """What of it is neither given back nor promised back."""
    return payment.settled_amount - payment.refunded - payment.refund_pending


def begin(share_id: UUID, *, unheard: bool, finish: bool) -> Asked | None:
    """About to ask the channel. Who gets what is worked out on what is left, unless a call may still be on its way.

    :param unheard: the channel was asked and has not heard of it. :param finish: nobody gets a part, all is let go.
    :returns: None if there is nothing to ask.
    """
    order, share = locked(share_id)
    if share.status not in OPEN:
        return None
    payment = get(Payment, share.merchant_id, share.payment_id)
    again = share.status != "frozen" and not unheard
    if not again:
        if share.status in ("frozen", "failed") and not _plan(order, share, payment, finish):
            return None
        share.status = "sending"
    named = tuple(SplitReceiver(row.kind, row.account, row.name, row.amount, order.number) for row in splits_of(share))
    return Asked(payment.id, share.number, named, receivers.place_of(order, payment), again)


def _plan(order: Order, share: ProfitSharingShare, payment: Payment, finish: bool) -> bool:
    """Work out who gets what. False: nothing is left that could be split or let go."""
    table = ProfitSharingSplit
    db.session().execute(delete(table).where(table.merchant_id == share.merchant_id, table.share_id == share.id))
    left = left_of(payment)
    if left == 0:
        _end(share, "gone")
        return False
    found = rules.shared(left, [] if finish else rules.in_force(order.store_id), settings_of(NAME))
    share.base, share.fee, share.cap, share.amount = left, found.fee, found.cap, found.total
    # letting go wants a number that no split was asked under
    share.number = f"{payment.out_trade_no}{'S' if found.parts else 'F'}"
    for part in found.parts:
        rule = part.rule
        add(
            ProfitSharingSplit(
                merchant_id=order.merchant_id,
                share_id=share.id,
                order_id=order.id,
                kind=rule.kind,
                account=rule.account,
                name=rule.name,
                basis_points=rule.basis_points,
                amount=part.amount,
                status="planned",
                returned=0,
            )
        )
    flush()
    return True


def note(share_id: UUID, said: SplitStatus, step: int) -> None:
    """Write down what the channel said, and what follows from it. A repeat changes nothing.

    :param step: how often it was looked at before.
    """
    order, share = locked(share_id)
    if share.status not in OPEN:
        return
    rows = splits_of(share)
    share.failure = said.failure
    if said.state == "done":
        _done(order, share, rows, said.results)
        return
    if said.state == "failed":
        _refused(order, share, rows)
        return
    share.status = "unsure" if said.state == "unsure" else "pending"
    for row in rows if said.state == "pending" else ():
        row.status = "pending"
    _again(share, step)
    if step + 1 == len(PAUSES):
        _tell(order, share, f"The split {share.number} is under way for days: ask the channel what became of it.")


def _done(
    order: Order, share: ProfitSharingShare, rows: Sequence[ProfitSharingSplit], results: Sequence[SplitResult]
) -> None:
    told = {(one.kind, one.account): one for one in results}
    for row in rows:
        result = told.get((row.kind, row.account))
        if result is None or result.state != "done" or result.amount != row.amount:
            row.status, row.failure = "failed", (result and result.failure) or "the channel tells of another amount"
            continue
        row.status, row.reference, row.done_at = "done", result.reference, now()
        book(share, row, row.amount, split_reference(share.number, row.account))
    resolve_key(case_key(share), "It was split.")
    _end(share, "done")
    if lost := [row for row in rows if row.status == "failed"]:
        whom = ", ".join(f"{row.account}: {row.failure}" for row in lost)
        _tell(
            order, share, f"{len(lost)} receivers of order {order.number} were not paid, the merchant kept it: {whom}."
        )
    soon(f"{NAME}.resume", order_id=order.id)


def _refused(order: Order, share: ProfitSharingShare, rows: Sequence[ProfitSharingSplit]) -> None:
    share.status, share.tries = "failed", share.tries + 1
    for row in rows:
        row.status = "planned"
    receivers.forget(rows)
    if not rows and share.tries > len(PAUSES):
        # the channel lets it go by itself when its time is over
        _end(share, "gone")
        return
    _again(share, share.tries)
    if rows:
        _tell(order, share, f"Order {order.number} could not be split: {share.failure} It is tried again by itself.")
    soon(f"{NAME}.resume", order_id=order.id)


def _again(share: ProfitSharingShare, step: int) -> None:
    if step < len(PAUSES):
        later(f"{NAME}.send", now() + pause(step), key=send_key(share), share_id=share.id, step=step + 1)


def _end(share: ProfitSharingShare, status: str) -> None:
    share.status, share.ended_at = status, now()


def book(share: ProfitSharingShare, row: ProfitSharingSplit, amount: int, reference: str) -> None:
    """So much of a payment's money is the receiver's; negative: it is back. *reference* names it at the channel."""
    payment = get(Payment, share.merchant_id, share.payment_id)
    post(
        "split",
        {f"split:{row.kind}": amount, f"channel:{payment.account_id}": -amount},
        source=NAME,
        currency=payment.currency,
        order_id=share.order_id,
        payment_id=payment.id,
        reference=reference,
    )


def send_key(share: ProfitSharingShare) -> str:
    """The job that asks the channel about it."""
    return f"profit-sharing-{share.id}"


def case_key(share: ProfitSharingShare) -> str:
    """The case of a share that went wrong."""
    return f"profit_sharing:{share.id}"


def _tell(order: Order, share: ProfitSharingShare, title: str) -> None:
    open_case(
        "profit_sharing_failed",
        title,
        thing_kind="order",
        thing_id=order.id,
        key=case_key(share),
        order_id=order.id,
        number=share.number,
        failure=share.failure,
    )
