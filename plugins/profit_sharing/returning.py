"""Giving back: before a buyer is refunded, receivers return their part of what goes back."""

from dataclasses import dataclass
from uuid import UUID

from core import (
    Order,
    Payment,
    ReturnStatus,
    SplitReceiver,
    add,
    all_of,
    current_merchant,
    get,
    later,
    lock_order,
    now,
    open_case,
    resolve_key,
    soon,
)
from plugins.profit_sharing import shares
from plugins.profit_sharing.models import ProfitSharingReturn, ProfitSharingShare, ProfitSharingSplit
from plugins.profit_sharing.terms import NAME, PAUSES, UNDER_WAY, pause


@dataclass(frozen=True)
class Asked:
    """What the channel is asked about a return. *again*: it was asked before, so it is looked for first."""

    payment_id: UUID
    out_split_no: str
    number: str
    receiver: SplitReceiver
    again: bool


def waits(payment_id: UUID) -> list[str]:
    """Why a refund of the payment must wait; what must be given back first is planned. Its order is locked.

    What is about to be refunded is promised already: of what a receiver got of the payment, it keeps the part that
    the merchant keeps. Persons cannot give back: their part is the merchant's to bear.
    """
    share = shares.of_payment(payment_id)
    if share is None or share.status == "frozen":
        return []
    if share.status in UNDER_WAY:
        return [f"{NAME}:split_under_way"]
    payment = get(Payment, share.merchant_id, payment_id)
    open_returns = False
    for split in shares.splits_of(share):
        if split.status == "done" and split.kind == "merchant":
            returns = all_of(ProfitSharingReturn, split.merchant_id, ProfitSharingReturn.split_id == split.id)
            short = split.amount - split.amount * shares.left_of(payment) // share.base
            short -= sum(row.amount for row in returns)
            if short > 0:
                _plan(share, split, short, len(returns))
            open_returns = open_returns or short > 0 or any(row.status != "done" for row in returns)
    return [f"{NAME}:return"] if open_returns else []


def _plan(share: ProfitSharingShare, split: ProfitSharingSplit, amount: int, before: int) -> None:
    row = add(
        ProfitSharingReturn(
            merchant_id=share.merchant_id,
            split_id=split.id,
            order_id=share.order_id,
            number=f"{share.number}R{str(split.id)[-6:]}{before + 1}",
            amount=amount,
            status="planned",
            tries=0,
            created_at=now(),
        )
    )
    soon(f"{NAME}.give_back", key=key_of(row), return_id=row.id)


def begin(return_id: UUID) -> Asked | None:
    """About to ask the channel; None if it is done."""
    _, share, split, row = _locked(return_id)
    if row.status == "done":
        return None
    again = row.status != "planned"
    if not again:
        row.status = "sending"
    receiver = SplitReceiver("merchant", split.account, split.name, row.amount, row.number)
    return Asked(share.payment_id, share.number, row.number, receiver, again)


def note(return_id: UUID, said: ReturnStatus, step: int) -> None:
    """Write down what the channel said, and what follows from it. A repeat changes nothing."""
    order, share, split, row = _locked(return_id)
    if row.status == "done":
        return
    row.failure = said.failure
    if said.state == "done":
        row.status, row.done_at = "done", now()
        split.returned += row.amount
        shares.book(share, split, -row.amount, row.number)
        resolve_key(case_key(row), "It was given back.")
        soon(f"{NAME}.resume", order_id=order.id)
        return
    row.status = said.state
    row.tries += said.state == "failed"
    if said.state == "failed" or step + 1 == len(PAUSES):
        _tell(order, split, row)
    if step < len(PAUSES):
        later(f"{NAME}.give_back", now() + pause(step), key=key_of(row), return_id=row.id, step=step + 1)


def key_of(row: ProfitSharingReturn) -> str:
    """The job that asks the channel about it."""
    return f"profit-sharing-return-{row.id}"


def case_key(row: ProfitSharingReturn) -> str:
    """The case of a return that does not come."""
    return f"profit_sharing_return:{row.id}"


def _locked(return_id: UUID) -> tuple[Order, ProfitSharingShare, ProfitSharingSplit, ProfitSharingReturn]:
    merchant_id = current_merchant().id
    order = lock_order(get(ProfitSharingReturn, merchant_id, return_id).order_id)
    row = get(ProfitSharingReturn, merchant_id, return_id, lock=True)
    split = get(ProfitSharingSplit, merchant_id, row.split_id, lock=True)
    return order, get(ProfitSharingShare, merchant_id, split.share_id), split, row


def _tell(order: Order, split: ProfitSharingSplit, row: ProfitSharingReturn) -> None:
    open_case(
        "profit_sharing_return",
        f"A refund of order {order.number} waits: {split.account} has not given {row.amount} back ({row.failure}). "
        "It is asked again by itself; have its balance topped up.",
        thing_kind="order",
        thing_id=order.id,
        key=case_key(row),
        order_id=order.id,
        number=row.number,
        failure=row.failure,
    )
