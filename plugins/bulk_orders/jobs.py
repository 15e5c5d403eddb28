"""What the worker runs: a batch, part after part, each in its own transaction; and the look for those left behind."""

import logging
import time
from typing import Final
from uuid import UUID

from sqlalchemy.exc import DBAPIError

from core import (
    JobSpec,
    MerxError,
    acting,
    all_of,
    close_unpaid,
    current_merchant,
    get,
    reading,
    soon,
    transaction,
)
from plugins.bulk_orders import batches, doing
from plugins.bulk_orders.cells import Wrong
from plugins.bulk_orders.doing import Part
from plugins.bulk_orders.models import BulkBatch
from plugins.bulk_orders.terms import NAME

log = logging.getLogger("merx.bulk_orders")

#: parts that are looked up at once
PIECE: Final = 100
#: seconds after which one run hands over to the next, so that other jobs get their turn
LONG_ENOUGH: Final = 60.0


def work(batch_id: UUID) -> None:
    """Go on with a batch where the last run ended, however that was. May be called twice, even side by side."""
    until = time.monotonic() + LONG_ENOUGH
    with reading():
        actor = batches.actor_of(get(BulkBatch, current_merchant().id, batch_id))
    with acting(current_merchant(), actor):
        while parts := _parts(batch_id):
            for part in parts:
                _do(part)
                if time.monotonic() > until:
                    _hand_over(batch_id)
                    return
    with transaction():
        batches.end_if_done(batches.locked(batch_id))


def _parts(batch_id: UUID) -> list[Part]:
    with reading():
        return doing.parts_left(batch_id, PIECE)


def _do(part: Part) -> None:
    """One part: done, or written down why not. Whatever becomes of it, the next one has its turn."""
    try:
        if part.kind == "close":
            _close(part)
        with transaction():
            doing.take(part)
    except (Wrong, MerxError) as why:
        _give_up(part, why)
    except DBAPIError:
        # not the row's fault, as a rule: the job comes again and goes on here
        raise
    except Exception:
        log.exception("batch %s, line %s", part.batch_id, part.number)
        _give_up(part, Wrong("internal_error", None, "Something broke here; the log tells what."))


def _close(part: Part) -> None:
    """Its attempts are closed at their channels, then the order; one that is closed already is no trouble."""
    with reading():
        order = doing.look_up(part)
        if order is None or order.state == "closed":
            return
    close_unpaid(part.order or "", "close", customer_id=None, reason=part.reason or "", remark=part.remark)


def _give_up(part: Part, why: Wrong | MerxError) -> None:
    with transaction():
        doing.give_up(part, why)


def _hand_over(batch_id: UUID) -> None:
    with transaction():
        soon(batches.JOB, key=f"{NAME}-{batch_id}", batch_id=batch_id)


def sweep() -> None:
    """A batch that runs and has no job any more (the plugin was off meanwhile) gets one."""
    with transaction():
        for batch in all_of(BulkBatch, current_merchant().id, BulkBatch.status == "running"):
            batches.commit(batch)


JOBS: Final = (JobSpec("work", work, limit=300, tries=20), JobSpec("sweep", sweep, every=3600))
