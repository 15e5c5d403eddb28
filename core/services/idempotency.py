"""One use of an Idempotency-Key: who may work on it, what it answered, and when it is forgotten."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, or_, select

from core import clock
from core.current import current_merchant
from core.db import after_commit, claim, db, notes, waiting
from core.db_writing import Part, Shape
from core.errors import KeyReused, StillRunning
from core.ids import new_id
from core.models import IdempotencyKey

#: seconds after which a request that never answered is taken for dead
LEASE: Final = 60
#: how long an answer is kept
KEPT: Final = timedelta(hours=24)


@dataclass
class Use:
    """A key in our hands until *leased_until*, which is also the proof that it is still ours."""

    merchant_id: int
    id: UUID
    key: str
    leased_until: datetime
    secret: bool = False
    kept: bool = False


@dataclass(frozen=True)
class Kept:
    """The answer that was given before."""

    status: int
    headers: dict[str, Any]
    body: str


def begin(principal: str, key: str, fingerprint: str) -> Use | None:
    """A first use of *key*, written at once, outside of any scope; None if the key is known: see :func:`repeat`."""
    now = clock.now()
    use = Use(current_merchant().id, new_id(), key, now + timedelta(seconds=LEASE))
    row = IdempotencyKey(
        merchant_id=use.merchant_id,
        id=use.id,
        principal=principal,
        key=key,
        fingerprint=fingerprint,
        leased_until=use.leased_until,
        created_at=now,
    )
    return use if claim(row) else None


def repeat(principal: str, key: str, fingerprint: str) -> Use | Kept | None:
    """A key that was used before: its answer, or a turn of our own if whoever had it died; None = gone meanwhile.

    :raises KeyReused: it was used for another request.
    :raises StillRunning: the first request has not answered yet.
    """
    rows = IdempotencyKey
    merchant_id, now = current_merchant().id, clock.now()
    row = db.session().scalar(
        select(rows)
        .where(rows.merchant_id == merchant_id, rows.principal == principal, rows.key == key)
        .with_for_update()
    )
    if row is None:
        return None
    if row.created_at < now - KEPT and row.leased_until < now:
        db.session().connection().execute(delete(rows).where(rows.merchant_id == merchant_id, rows.id == row.id))
        return None
    if row.fingerprint != fingerprint:
        raise KeyReused("This Idempotency-Key was used for another request: a new request needs a new key.")
    if row.status is not None:
        return Kept(row.status, row.headers or {}, row.body or "")
    if row.leased_until > now:
        raise StillRunning("The same request is being worked on: ask again in a moment.", retry_after=1)
    row.leased_until = now + timedelta(seconds=LEASE)
    return Use(merchant_id, row.id, key, row.leased_until)


_ANSWER = Shape(
    "update",
    IdempotencyKey.__tablename__,
    ("body", "headers", "status"),
    match=("merchant_id", "id", "leased_until"),
    empty=("status",),
)


def keep(use: Use, kept: Kept) -> None:
    """Keep the answer, in the transaction of the work itself, written with everything else of it.

    If the lease ran out and somebody else took over, the work is undone with :class:`StillRunning`: it must not be
    done twice.
    """
    info = notes()
    if info.get("answered") is use:
        return
    info["answered"] = use
    values = {
        "merchant_id": use.merchant_id,
        "id": use.id,
        "leased_until": use.leased_until,
        "status": kept.status,
        "headers": kept.headers,
        "body": kept.body,
    }
    late = StillRunning("This request took too long and was started again elsewhere.", retry_after=1)
    waiting().parts.append(Part(_ANSWER, [values], late))
    after_commit(partial(setattr, use, "kept", True))


def give_up(use: Use) -> None:
    """The work was refused or failed: the same key may be tried again at once. An answer once kept stays."""
    rows = IdempotencyKey
    db.session().connection().execute(
        delete(rows)
        .where(rows.merchant_id == use.merchant_id, rows.id == use.id, rows.leased_until == use.leased_until)
        .where(rows.status.is_(None))
    )


def purge_idempotency_keys() -> int:
    """Forget the current merchant's keys older than 24 hours.

    :returns: how many there were.
    """
    rows, now = IdempotencyKey, clock.now()
    done = (
        db.session()
        .connection()
        .execute(
            delete(rows)
            .where(rows.merchant_id == current_merchant().id, rows.created_at < now - KEPT)
            .where(or_(rows.status.is_not(None), rows.leased_until < now))
        )
    )
    return int(done.rowcount)
