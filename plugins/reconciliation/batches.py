"""The bill of one account and day: begun, gone on with, ended; and which days are still to be compared."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from core import Account, BillRow, LedgerEntry, add, all_of, announce, current_merchant, db, flush, get, now
from plugins.reconciliation import comparing, pooling
from plugins.reconciliation.models import ReconciliationBatch, ReconciliationDifference, ReconciliationPooled
from plugins.reconciliation.pooling import DAY, FINISHED, ZONE

#: how many days back a bill that was missed is still fetched by itself
LOOK_BACK = 7
ENDED = (*FINISHED, "fail")


def today() -> date:
    """The day it is where the providers are."""
    return now().astimezone(ZONE).date()


def accounts_to_compare() -> list[Account]:
    """The open ones; and closed ones into which money came lately, or whose money no bill has named yet."""
    return [row for row in all_of(Account, current_merchant().id) if row.enabled or _is_still_told_of(row)]


def _is_still_told_of(account: Account) -> bool:
    since = pooling.beginning(today() - timedelta(days=LOOK_BACK))
    entry, pooled = LedgerEntry, ReconciliationPooled
    booked = select(entry.id).where(entry.merchant_id == account.merchant_id, entry.booked_at >= since)
    booked = booked.where(entry.book == f"channel:{account.id}").limit(1)
    waiting = select(pooled.id).where(pooled.merchant_id == account.merchant_id, pooled.account_id == account.id)
    session = db.session()
    return bool(session.scalar(booked) or session.scalar(waiting.limit(1)))


def days_to_compare(account: Account) -> list[date]:
    """Yesterday, what was not begun since the last bill, and what went wrong lately."""
    yesterday = today() - DAY
    first = yesterday - timedelta(days=LOOK_BACK - 1)
    table = ReconciliationBatch
    rows = all_of(table, account.merchant_id, table.account_id == account.id, table.day >= first)
    ended = {row.day for row in rows if row.status in ENDED}
    # an account without any bill begins with yesterday's
    begin = min((row.day for row in rows), default=yesterday)
    days = [begin + timedelta(days=many) for many in range((yesterday - begin).days + 1)]
    return [day for day in days if day not in ended]


def not_before(hour: int) -> datetime:
    """The moment from which bills are fetched today."""
    return max(now(), pooling.beginning(today()) + timedelta(hours=hour))


def find(account_id: UUID, day: date, *, lock: bool = False) -> ReconciliationBatch | None:
    """The batch of that bill, if it was ever begun."""
    table = ReconciliationBatch
    rows = all_of(table, current_merchant().id, table.account_id == account_id, table.day == day, table.kind == "trade")
    return get(table, rows[0].merchant_id, rows[0].id, lock=True) if rows and lock else next(iter(rows), None)


def begin(account_id: UUID, day: date, *, anew: bool = False) -> ReconciliationBatch:
    """The batch, under way; *anew*: from the first row on."""
    batch = find(account_id, day, lock=True)
    if batch is None:
        merchant_id = current_merchant().id
        # two who begin it at once: the account's lock lets one of them find it
        get(Account, merchant_id, account_id, lock=True)
        batch = find(account_id, day)
    if batch is None:
        return _new(account_id, day)
    if anew:
        _restart(batch)
    elif batch.status == "error":
        batch.status, batch.reason = "init", None
    return batch


def _new(account_id: UUID, day: date) -> ReconciliationBatch:
    batch = ReconciliationBatch(
        merchant_id=current_merchant().id,
        account_id=account_id,
        day=day,
        kind="trade",
        status="init",
        position=0,
        digest="",
        started_at=now(),
        differences=0,
        **dict.fromkeys(_SUMS, 0),
    )
    add(batch)
    flush()
    return batch


_SUMS = ("payments", "paid", "refunds", "refunded", "fees")


def _restart(batch: ReconciliationBatch) -> None:
    batch.status, batch.reason, batch.position, batch.digest = "init", None, 0, ""
    batch.started_at, batch.finished_at = now(), None
    for name in _SUMS:
        setattr(batch, name, 0)


def take(account_id: UUID, day: date, piece: Sequence[BillRow], position: int, known: str) -> bool:
    """Compare one slice. False = somebody else has gone on with this bill meanwhile."""
    batch = under_way(account_id, day)
    if batch is None or (batch.position, batch.digest) != (position, known):
        return False
    comparing.compare(batch, piece)
    batch.position += len(piece)
    batch.digest = comparing.digest(known, piece)
    return True


def under_way(account_id: UUID, day: date) -> ReconciliationBatch | None:
    """The batch, locked, while it is gone through."""
    batch = find(account_id, day, lock=True)
    return batch if batch is not None and batch.status == "init" else None


def end(batch: ReconciliationBatch) -> None:
    """Both passes are done."""
    batch.status, batch.finished_at = "success" if batch.position else "no_bill", now()
    batch.differences = _count_differences(batch)
    told = {"rows": batch.position, "differences": batch.differences}
    announce("reconciliation.done", None, day=batch.day.isoformat(), **told)


def stop(account_id: UUID, day: date, status: str, reason: str) -> None:
    """It could not be had: ``error`` is tried again, ``fail`` is not."""
    batch = begin(account_id, day)
    if batch.status == "init":
        batch.status, batch.reason = status, reason[:500]


def _count_differences(batch: ReconciliationBatch) -> int:
    flush()
    table = ReconciliationDifference
    query: Any = select(func.count()).select_from(table)
    found = db.session().scalar(query.where(table.merchant_id == batch.merchant_id, table.batch_id == batch.id))
    return int(found or 0)
