"""Books to bill: money that no bill has named waits in a pool for the next bills, and is missing when they are over."""

from collections.abc import Collection
from datetime import date, datetime, timedelta, timezone
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import delete, exists, or_, select, true

from core import LedgerEntry, Payment, RefundPart, add, current_merchant, db, get, settings_of
from plugins.reconciliation import books, differences
from plugins.reconciliation.classes import PREFIXES
from plugins.reconciliation.differences import Finding
from plugins.reconciliation.judging import LONGEST
from plugins.reconciliation.models import (
    ReconciliationBatch,
    ReconciliationDifference,
    ReconciliationLine,
    ReconciliationPooled,
)

#: the zone whose days the providers' bills are of
ZONE = timezone(timedelta(hours=8), "Asia/Shanghai")
#: rows in one transaction
SLICE = 500
#: what compares equal to the end of a day
DAY = timedelta(days=1)
FINISHED = ("success", "no_bill")
#: what money that no bill has named was found to be; the last by asking the channel
MISSING = (*(f"{prefix}MISSING_AT_CHANNEL" for prefix in PREFIXES.values()), "LOCAL_PAID_CHANNEL_NOT")
#: kind -> the column that names such a thing
KINDS = {"payment": "payment_id", "refund": "refund_part_id", "split": "number", "split_return": "number"}
#: the ledger's word for money that bills tell of -> the kind; None: its sign says which
BOOKINGS = {"receipt": "payment", "refund": "refund", "split": None}


def beginning(day: date) -> datetime:
    """The moment *day* begins for the providers."""
    return datetime.combine(day, datetime.min.time(), tzinfo=ZONE)


class Cursor(NamedTuple):
    """How far the books of a day have been gone through."""

    booked_at: datetime
    entry_id: UUID


def start_of(day: date) -> Cursor:
    """Before the first booking of *day*."""
    return Cursor(beginning(day), UUID(int=0))


def fill(batch: ReconciliationBatch, after: Cursor) -> Cursor | None:
    """Put what was booked on the bill's day, and no bill has named, into the pool: a slice from *after* on.

    :returns: where the next slice begins; None = that was all.
    """
    rows = list(db.session().execute(_booked(batch, after)))
    for kind, told in KINDS.items():
        wanted = {_thing(row, told): row.id for row in rows if _kind(row) == kind}
        wanted.pop(None, None)
        for thing in sorted(wanted.keys() - _named(batch, kind, told, wanted)):
            add(
                ReconciliationPooled(
                    merchant_id=batch.merchant_id,
                    account_id=batch.account_id,
                    day=batch.day,
                    kind=kind,
                    entry_id=wanted[thing] if told == "number" else None,
                    **{told: thing},
                )
            )
    return Cursor(rows[-1].booked_at, rows[-1].id) if len(rows) == SLICE else None


def _kind(entry: Any) -> str:
    return BOOKINGS[entry.kind] or books.split_kind(entry.amount)


def _thing(entry: Any, told: str) -> Any:
    """What names it; None: it cannot be compared."""
    if told != "number":
        return getattr(entry, told)
    return entry.reference[:LONGEST] if entry.reference and entry.payment_id else None


def _booked(batch: ReconciliationBatch, after: Cursor) -> Any:
    """SQL: the day's bookings in the account's book, in their order."""
    entry = LedgerEntry
    return (
        select(entry.id, entry.booked_at, entry.kind, entry.amount, entry.reference)
        .add_columns(entry.payment_id, entry.refund_part_id)
        .where(entry.merchant_id == batch.merchant_id, entry.book == f"channel:{batch.account_id}")
        .where(entry.kind.in_(BOOKINGS))
        .where(entry.booked_at >= after.booked_at, entry.booked_at < beginning(batch.day + DAY))
        .where(or_(entry.booked_at > after.booked_at, entry.id > after.entry_id))
        .order_by(entry.booked_at, entry.id)
        .limit(SLICE)
    )


def _named(batch: ReconciliationBatch, kind: str, told: str, wanted: Collection[Any]) -> set[Any]:
    """Those of the things *wanted* that a bill names, that wait already, or that were missed before."""
    if not wanted:
        return set()
    found: set[Any] = set()
    missed = ReconciliationDifference.finding.in_(MISSING)
    for model, where in (
        (ReconciliationLine, true()),
        (ReconciliationPooled, true()),
        (ReconciliationDifference, missed),
    ):
        table: Any = model
        thing = getattr(table, told)
        query = select(thing).where(table.merchant_id == batch.merchant_id, thing.in_(wanted), table.kind == kind)
        if told == "number":
            query = query.where(table.account_id == batch.account_id)
        found.update(db.session().scalars(query.where(where)))
    return found


def drop_named(batch: ReconciliationBatch) -> None:
    """What a bill has named by now waits no more."""
    pooled, line = ReconciliationPooled, ReconciliationLine
    for kind, told in KINDS.items():
        about: tuple[Any, ...] = (line.kind == kind, getattr(line, told) == getattr(pooled, told))
        if told == "number":
            about = (*about, line.account_id == batch.account_id)
        named = exists().where(line.merchant_id == batch.merchant_id, *about)
        db.session().execute(
            delete(pooled)
            .where(pooled.merchant_id == batch.merchant_id, pooled.account_id == batch.account_id)
            .where(pooled.kind == kind, named)
            .execution_options(synchronize_session=False)
        )


def give_up(batch: ReconciliationBatch) -> int:
    """What enough further bills have not named is missing at the channel; at most a slice.

    :returns: how many rows it were: 0 = all is said.
    """
    last = _last_day_to_miss(batch)
    if last is None:
        return 0
    pooled = ReconciliationPooled
    rows = list(
        db.session().scalars(
            select(pooled)
            .where(pooled.merchant_id == batch.merchant_id, pooled.account_id == batch.account_id, pooled.day <= last)
            .order_by(pooled.day, pooled.id)
            .limit(SLICE)
        )
    )
    for row in rows:
        _miss(batch, row)
    ids = [row.id for row in rows]
    db.session().execute(
        delete(pooled)
        .where(pooled.merchant_id == batch.merchant_id, pooled.id.in_(ids))
        .execution_options(synchronize_session=False)
    )
    return len(rows)


def _last_day_to_miss(batch: ReconciliationBatch) -> date | None:
    """The newest day after which enough bills have come, this one among them."""
    days: int = settings_of("reconciliation")["pool_days"]
    if days == 0:
        return batch.day
    table = ReconciliationBatch
    query = (
        select(table.day)
        .where(table.merchant_id == batch.merchant_id, table.account_id == batch.account_id, table.day < batch.day)
        .where(table.status.in_(FINISHED))
        .order_by(table.day.desc())
        .limit(days - 1)
    )
    came = [batch.day, *db.session().scalars(query)]
    return min(came) - DAY if len(came) == days else None


def _miss(batch: ReconciliationBatch, row: ReconciliationPooled) -> None:
    merchant_id = current_merchant().id
    part = get(RefundPart, merchant_id, row.refund_part_id) if row.refund_part_id else None
    entry = get(LedgerEntry, merchant_id, row.entry_id) if row.entry_id else None
    payment = get(Payment, merchant_id, part.payment_id if part else entry.payment_id if entry else row.payment_id)
    if part is not None and part.state != "done":
        return
    if entry is not None:
        number, reference, amount, says = str(row.number), None, abs(entry.amount), "done"
    elif part is not None:
        number, reference, amount, says = part.out_refund_no, part.provider_ref, part.amount, part.state
    else:
        number, reference, amount, says = (
            payment.out_trade_no,
            payment.provider_ref,
            payment.settled_amount,
            payment.state,
        )
    finding = Finding(
        finding=f"{PREFIXES[row.kind]}MISSING_AT_CHANNEL",
        kind=row.kind,
        number=number,
        reference=reference,
        out_trade_no=payment.out_trade_no,
        order_id=payment.order_id,
        payment_id=payment.id,
        refund_part_id=part.id if part else None,
        local_amount=amount,
        currency=payment.currency,
        local_says=says,
    )
    differences.write(batch, [finding])
