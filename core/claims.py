"""Whose job a row is: claims, leases and their ends, in SQL. Services: they run inside the caller's transaction.

A claimed row carries its own id as lease: it is on its way to some worker, and whichever comes first may take it.
Taking it puts a new token there, which nobody else knows: it is being run, and only that run may end it. So a row that
was sent twice (a queue was slow, or forgot) is run once, and a run that lost its lease changes nothing.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, delete, or_, select, tuple_, update

from core.clock import now
from core.db import across_merchants, db
from core.models.record import Job

#: name of a job -> how long it may stay away before somebody else gets it: its limit and a margin
LeaseFor = Callable[[str], timedelta]


@dataclass(frozen=True)
class Claimed:
    """One row on its way to a worker."""

    merchant_id: int
    id: UUID
    #: the plugin whose queue carries it
    plugin: str
    name: str
    tries: int


def claim(limit: int, lease_for: LeaseFor, without: Collection[str] = ()) -> list[Claimed]:
    """Up to *limit* due rows of any merchant that nobody has, longest due first; they are leased.

    :param without: plugins whose rows stay where they are.
    """
    moment, session = now(), db.session()
    free = or_(Job.leased_until.is_(None), Job.leased_until <= moment)
    due = (
        select(Job.merchant_id, Job.id, Job.plugin, Job.name, Job.tries)
        .where(Job.status == "waiting", Job.due_at <= moment, free, *([Job.plugin.not_in(without)] if without else []))
        .order_by(Job.due_at, Job.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    with across_merchants():
        found = [Claimed(*row) for row in session.execute(due)]
        if found:
            until = moment + max(lease_for(one.name) for one in found)
            session.execute(_among(found, update(Job)).values(leased_until=until, lease=Job.id))
    return found


def give_back(claimed: Iterable[Claimed]) -> None:
    """Nobody could be given these: free them again, unless one was taken meanwhile."""
    keys = tuple_(Job.merchant_id, Job.id).in_([(row.merchant_id, row.id) for row in claimed])
    ours = select(Job).where(keys, Job.lease == Job.id).with_for_update(skip_locked=True)
    with across_merchants():
        for job in db.session().scalars(ours):
            job.lease = job.leased_until = None


def take(merchant_id: int, job_id: UUID, token: UUID, lease_for: LeaseFor) -> Job | None:
    """The row, to be run now by the holder of *token*; None if it is gone, not due, or somebody runs it.

    The try is counted here, before it is made: a job that kills its process must run out of tries too.
    """
    moment = now()
    # waits for the lock: somebody's claim() may hold it for a moment without wanting the row
    query = select(Job).where(Job.merchant_id == merchant_id, Job.id == job_id).with_for_update()
    job = db.session().scalar(query)
    if job is None or job.status != "waiting" or job.due_at > moment:
        return None
    if job.leased_until is not None and job.leased_until > moment and job.lease != job.id:
        return None
    job.lease, job.leased_until = token, moment + lease_for(job.name)
    job.tries += 1
    return job


def end(job: Job) -> bool:
    """It is done, or nobody wants it any more: the row goes. False if its lease was lost."""
    return _touched(db.session().execute(_ours(job, delete(Job))))


def put_off(job: Job, due_at: datetime, *, tries: int, error: str | None = None) -> bool:
    """Wait until *due_at* with *tries* behind it. False if its lease was lost."""
    values = {"due_at": due_at, "tries": tries, "error": error, "lease": None, "leased_until": None}
    return _touched(db.session().execute(_ours(job, update(Job)).values(**values)))


def give_up(job: Job, error: str) -> bool:
    """No more tries: it stays as `failed` until a person decides. False if its lease was lost."""
    values = {"status": "failed", "error": error, "lease": None, "leased_until": None}
    return _touched(db.session().execute(_ours(job, update(Job)).values(**values)))


def _ours(job: Job, statement: Any) -> Any:
    mine = (Job.merchant_id == job.merchant_id, Job.id == job.id, Job.lease == job.lease)
    return statement.where(*mine).execution_options(synchronize_session=False)


def _among(rows: list[Claimed], statement: Any) -> Any:
    keys = tuple_(Job.merchant_id, Job.id).in_([(row.merchant_id, row.id) for row in rows])
    return statement.where(keys).execution_options(synchronize_session=False)


def _touched(result: Any) -> bool:
    return cast("CursorResult[Any]", result).rowcount > 0
