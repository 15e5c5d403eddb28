"""What becomes of differences by themselves: the channel was asked, or money has gone back."""

from uuid import UUID

from core import Order, Payment, PaymentStatus, RefundPart, current_merchant, get
from plugins.reconciliation import books, differences
from plugins.reconciliation.classes import PREFIXES, SPLITS
from plugins.reconciliation.models import ReconciliationBatch, ReconciliationDifference

#: shares that the channel had done and our books did not know
UNHEARD = tuple(f"{PREFIXES[kind]}CHANNEL_PAID_LOCAL_NOT" for kind in SPLITS)


def asked(order: Order, difference_id: UUID, status: PaymentStatus) -> None:
    """The channel has said what it knows, and core has booked it. *order* is locked."""
    row = get(ReconciliationDifference, order.merchant_id, difference_id, lock=True)
    payment = get(Payment, order.merchant_id, row.payment_id)
    if row.status != "open":
        return
    if row.finding == "MISSING_AT_CHANNEL":
        _is_it_there(row, status)
    elif row.finding == "CHANNEL_PAID_LOCAL_NOT" and payment.state == "settled":
        _it_is_there(row, order, payment)


def _is_it_there(row: ReconciliationDifference, status: PaymentStatus) -> None:
    """No bill has the money. If the channel says it has it, people wait for a bill or decide; if it has not, nobody has
    paid."""
    row.channel_says = status.state
    row.channel_amount = status.receipt.amount if status.receipt else None
    if status.state != "paid":
        why = f"The channel was asked: it says {status.state}. Nobody has paid this."
        differences.rename(row, "LOCAL_PAID_CHANNEL_NOT", why)


def _it_is_there(row: ReconciliationDifference, order: Order, payment: Payment) -> None:
    told = f"The channel was asked: the money is there. Order {order.number} is {order.state}."
    if books.is_duplicate(payment):
        differences.rename(row, "DUPLICATE_PAYMENT", f"{told} It had been paid before.")
        _settle_if_back(row, payment)
    else:
        differences.settle(row, told)


def booked_since(batch: ReconciliationBatch) -> None:
    """Shares that a bill named before our books did, which say the same by now."""
    table = ReconciliationDifference
    rows = differences.open_of(table.account_id == batch.account_id, table.finding.in_(UNHEARD))
    booked = books.booked_splits(batch.account_id, {row.order_id for row in rows if row.order_id}) if rows else {}
    for row in rows:
        entry = booked.get((row.kind, row.number))
        if entry is not None and abs(entry.amount) == row.channel_amount:
            differences.settle(row, "The share has been booked meanwhile.")


def looked_at(difference_id: UUID) -> None:
    """Money that came twice may be back already. The order is locked."""
    row = get(ReconciliationDifference, current_merchant().id, difference_id, lock=True)
    if row.status == "open" and row.payment_id:
        _settle_if_back(row, get(Payment, row.merchant_id, row.payment_id))


def went_back(refund_part_id: UUID) -> None:
    """Money has gone back. The order is locked."""
    table = ReconciliationDifference
    part = get(RefundPart, current_merchant().id, refund_part_id)
    payment = get(Payment, part.merchant_id, part.payment_id)
    mine = table.refund_part_id == part.id
    if part.state == "done":
        for row in differences.open_of(table.finding == "REFUND_CHANNEL_PAID_LOCAL_NOT", mine):
            differences.settle(row, "The refund has been booked meanwhile.")
    for row in differences.open_of(table.finding == "DUPLICATE_PAYMENT", table.payment_id == payment.id):
        _settle_if_back(row, payment)


def _settle_if_back(row: ReconciliationDifference, payment: Payment) -> None:
    if row.reference == payment.provider_ref and 0 < payment.surplus <= payment.refunded:
        differences.settle(row, "The money that came twice has gone back.", "platform")
