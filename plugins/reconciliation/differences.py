"""Differences: found once, with a case for people; handled by a member of staff, or by what turns out later."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core import (
    Case,
    Refused,
    add,
    all_of,
    announce,
    current_actor,
    current_merchant,
    flush,
    get,
    lock_order,
    now,
    open_case,
    release,
    resolve_key,
    soon,
)
from plugins.reconciliation.classes import ASKED, HOLDING, TITLES
from plugins.reconciliation.models import ReconciliationBatch, ReconciliationDifference


@dataclass(frozen=True)
class Finding:
    """What differs, as it is to be written down; see the columns of the table."""

    finding: str
    kind: str
    number: str
    out_trade_no: str
    currency: str
    reference: str | None = None
    order_id: UUID | None = None
    payment_id: UUID | None = None
    refund_part_id: UUID | None = None
    local_amount: int | None = None
    channel_amount: int | None = None
    local_says: str | None = None
    channel_says: str | None = None


def write(batch: ReconciliationBatch, day_found: Iterable[Finding]) -> None:
    """Write down what a bill has shown, with a case for each; what was found before stays as it is."""
    wanted = {(one.number, one.finding): one for one in day_found}
    if not wanted:
        return
    flush()
    numbers = {number for number, _ in wanted}
    there = all_of(
        ReconciliationDifference,
        batch.merchant_id,
        ReconciliationDifference.account_id == batch.account_id,
        ReconciliationDifference.day == batch.day,
        ReconciliationDifference.number.in_(numbers),
    )
    known = {(row.number, row.finding) for row in there}
    # what was asked about since may have turned out to be a duplicate: it is not found again as what it was
    known |= {(row.number, _asked_name(row)) for row in there if row.finding.endswith("DUPLICATE_PAYMENT")}
    for key, one in wanted.items():
        if key not in known:
            _write(batch, one)


def handle(difference_id: UUID, basis: str, remark: str) -> ReconciliationDifference:
    """A member of staff has seen to it; an order that was held for it alone goes on.

    :param basis: ``platform``: our books were right; ``channel``: the bill was.
    :raises Refused: it was handled before.
    """
    order_id = get(ReconciliationDifference, current_merchant().id, difference_id).order_id
    order = lock_order(order_id) if order_id else None
    row = get(ReconciliationDifference, current_merchant().id, difference_id, lock=True)
    if row.status != "open":
        raise Refused(
            f"This difference was handled by {row.handled_by}; only open ones can be.", code="difference_handled"
        )
    _close(row, basis, remark)
    if order is not None:
        flush()
        release(order)
    return row


def settle(row: ReconciliationDifference, remark: str, basis: str = "channel") -> None:
    """It has turned out well by itself; a job frees the order that was held for it."""
    _close(row, basis, remark)
    if row.order_id and row.finding in HOLDING:
        soon("reconciliation.free", order_id=row.order_id)


def rename(row: ReconciliationDifference, finding: str, why: str) -> None:
    """It has turned out to be something else, which needs another look."""
    resolve_key(_case_key(row.account_id, row.day, row.number, row.finding), why)
    row.finding = finding
    row.case_id = _open_case(row).id


def open_of(*where: object) -> list[ReconciliationDifference]:
    """The open differences that meet *where*."""
    flush()
    open_now = ReconciliationDifference.status == "open"
    return all_of(ReconciliationDifference, current_merchant().id, open_now, *where)


def holding(order_id: UUID) -> list[str]:
    """The classes of open differences that put the order in doubt."""
    difference = ReconciliationDifference
    rows = open_of(difference.order_id == order_id, difference.finding.in_(HOLDING))
    return sorted({row.finding for row in rows})


def _close(row: ReconciliationDifference, basis: str, remark: str) -> None:
    row.status, row.basis, row.remark = "handled", basis, remark
    row.handled_by, row.handled_at = current_actor().name, now()
    resolve_key(_case_key(row.account_id, row.day, row.number, row.finding), remark)


def _case_key(account_id: UUID, day: date, number: str, finding: str) -> str:
    """One open case for one difference."""
    return f"reconciliation:{account_id}:{day}:{finding}:{number}"[:200]


def _asked_name(row: ReconciliationDifference) -> str:
    return row.finding.removesuffix("DUPLICATE_PAYMENT") + "CHANNEL_PAID_LOCAL_NOT"


def _write(batch: ReconciliationBatch, one: Finding) -> ReconciliationDifference:
    row = ReconciliationDifference(
        merchant_id=batch.merchant_id,
        batch_id=batch.id,
        account_id=batch.account_id,
        day=batch.day,
        found_at=now(),
        status="open",
        **vars(one),
    )
    row.case_id = _open_case(row).id
    add(row)
    announce("reconciliation.difference", None, finding=one.finding, number=one.number, day=batch.day.isoformat())
    if one.finding in ASKED and one.payment_id:
        soon("reconciliation.ask", difference_id=row.id)
    elif one.finding == "DUPLICATE_PAYMENT" and one.payment_id:
        soon("reconciliation.look_again", difference_id=row.id)
    return row


def _open_case(row: ReconciliationDifference) -> Case:
    ours, theirs = _told(row.local_amount, row.local_says), _told(row.channel_amount, row.channel_says)
    return open_case(
        "reconciliation",
        f"{TITLES[row.finding]['en']}: {row.kind} {row.number} in the bill of {row.day} (ours {ours}, theirs "
        f"{theirs}). Compare both sides, then handle the difference.",
        thing_kind="refund_part" if row.kind == "refund" else "payment",
        thing_id=row.refund_part_id or row.payment_id,
        key=_case_key(row.account_id, row.day, row.number, row.finding),
        order_id=row.order_id,
        finding=row.finding,
        number=row.number,
        day=row.day.isoformat(),
    )


def _told(amount: int | None, says: str | None) -> str:
    return "nothing" if amount is None else f"{amount} {says or ''}".rstrip()
