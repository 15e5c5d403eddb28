"""What comes by itself: bills are fetched every day, compared, and what differs is asked about."""

from collections.abc import Iterator
from datetime import date
from itertools import islice
from uuid import UUID

from core import (
    Account,
    BillRow,
    ChannelDown,
    ChannelRefused,
    ChannelUnsure,
    JobSpec,
    Refused,
    current_merchant,
    fetch_bill,
    get,
    later,
    lock_order,
    open_case,
    query_payment,
    reading,
    release,
    resolve_key,
    settings_of,
    soon,
    transaction,
)
from plugins.reconciliation import batches, comparing, pooling, turnout
from plugins.reconciliation.models import ReconciliationDifference

NAME = "reconciliation"
#: rows that are compared in one transaction
SLICE = 500
#: how many slices one run takes; the next run goes on
SLICES_PER_RUN = 100
#: why a bill does not come, or not whole
TROUBLES = (ChannelDown, ChannelUnsure, ChannelRefused)


class OtherFile(Exception):
    """The bill is not the one that was begun with: it must be gone through from its first row."""


def daily() -> None:
    """Have the bills of every account compared that took money lately: yesterday's, and those that were missed."""
    with transaction():
        due = batches.not_before(settings_of(NAME)["hour"])
        for account in batches.accounts_to_compare():
            for day in batches.days_to_compare(account):
                key = f"reconciliation-{account.id}-{day}"
                later("reconciliation.compare", due, key=key, account_id=account.id, day=day.isoformat())


def compare(account_id: UUID, day: str) -> None:
    """Fetch a bill and go on comparing it. May be called twice.

    :raises ChannelDown: the bill could not be had. :raises ChannelUnsure: it is not ready, or did not come whole.
    """
    on = date.fromisoformat(day)
    with reading():
        batch, channel = batches.find(account_id, on), get(Account, current_merchant().id, account_id).plugin
        if batch is not None and batch.status in batches.ENDED:
            return
        begun = batch is not None
    try:
        _compare(account_id, on, channel)
    except OtherFile:
        with transaction():
            batches.begin(account_id, on, anew=True)
            soon("reconciliation.compare", account_id=account_id, day=day)
    except (ChannelDown, ChannelUnsure) as trouble:
        _stop(account_id, on, "error", trouble.detail)
        raise
    except ChannelRefused as why:
        _stop(account_id, on, "fail", why.detail)
        _tell_refused(account_id, on, why.detail)
    except Refused as why:
        # an account without bills is nothing to tell of, unless somebody asked for one
        if begun:
            _stop(account_id, on, "fail", why.detail)


def _compare(account_id: UUID, day: date, channel: str) -> None:
    if not _go_through(account_id, day, fetch_bill(account_id, channel, day)):
        with transaction():
            soon("reconciliation.compare", account_id=account_id, day=day.isoformat())
        return
    with transaction():
        resolve_key(_case_key(account_id, day), "The bill has come.")


def _go_through(account_id: UUID, day: date, rows: Iterator[BillRow]) -> bool:
    """Compare *rows* from where the last run has stopped, a slice in each transaction.

    :returns: whether this run has no more to do; if not, another one goes on.
    """
    with transaction():
        batch = batches.begin(account_id, day)
        position, known = batch.position, batch.digest
    _pass_over(rows, position, known)
    for _ in range(SLICES_PER_RUN):
        piece, trouble = _next_piece(rows)
        if piece:
            with transaction():
                if not batches.take(account_id, day, piece, position, known):
                    return True
        if trouble is not None:
            raise trouble
        position, known = position + len(piece), comparing.digest(known, piece)
        if len(piece) < SLICE:
            _end(account_id, day)
            return True
    return False


def _next_piece(rows: Iterator[BillRow]) -> tuple[list[BillRow], Exception | None]:
    """The next slice; and why no more rows come, though there should be some."""
    piece: list[BillRow] = []
    try:
        for row in islice(rows, SLICE):
            piece.append(row)
    except TROUBLES as why:
        return piece, why
    return piece, None


def _pass_over(rows: Iterator[BillRow], position: int, known: str) -> None:
    """Leave out what was compared before.

    :raises OtherFile: it is not what was compared before.
    """
    left, chain = position, ""
    while left and (piece := list(islice(rows, min(SLICE, left)))):
        chain, left = comparing.digest(chain, piece), left - len(piece)
    if left or chain != known:
        raise OtherFile(f"The first {position} rows are not those that were compared.")


def _end(account_id: UUID, day: date) -> None:
    """Books to bill; then the batch is done. Each slice is committed on its own, and twice is as once."""
    cursor: pooling.Cursor | None = pooling.start_of(day)
    while cursor is not None:
        with transaction():
            batch = batches.under_way(account_id, day)
            cursor = pooling.fill(batch, cursor) if batch is not None else None
    more = True
    while more:
        with transaction():
            batch = batches.under_way(account_id, day)
            if batch is None:
                return
            pooling.drop_named(batch)
            more = pooling.give_up(batch) > 0
            if not more:
                turnout.booked_since(batch)
                batches.end(batch)


def _stop(account_id: UUID, day: date, status: str, reason: str) -> None:
    with transaction():
        batches.stop(account_id, day, status, reason)


def _tell_refused(account_id: UUID, day: date, why: str) -> None:
    with transaction():
        open_case(
            "reconciliation_bill",
            f"The bill of {day} will not come: {why}",
            thing_kind="account",
            thing_id=account_id,
            key=_case_key(account_id, day),
            day=day.isoformat(),
        )


def _case_key(account_id: UUID, day: date) -> str:
    return f"reconciliation_bill:{account_id}:{day}"


# ---------------------------------------------------------------------------------------------- what turns out
def ask(difference_id: UUID) -> None:
    """Ask the channel about a payment that differs; what it says is booked by core. May be called twice.

    :raises ChannelTrouble: it could not be asked, or gave no clear answer.
    """
    with reading():
        row = get(ReconciliationDifference, current_merchant().id, difference_id)
        if row.status != "open" or row.order_id is None or row.payment_id is None:
            return
        order_id, payment_id = row.order_id, row.payment_id
    status = query_payment(order_id, payment_id)
    if status.state == "unsure":
        raise ChannelUnsure(status.failure or "The channel gave no clear answer about the payment.")
    with transaction():
        turnout.asked(lock_order(order_id), difference_id, status)


def look_again(difference_id: UUID) -> None:
    """Money that came twice may be back already when the bill tells of it. May be called twice."""
    with transaction():
        order_id = get(ReconciliationDifference, current_merchant().id, difference_id).order_id
        if order_id is not None:
            lock_order(order_id)
            turnout.looked_at(difference_id)


def note_refund(refund_part_id: UUID, order_id: UUID) -> None:
    """Money has gone back: what waited for that is settled. May be called twice."""
    with transaction():
        lock_order(order_id)
        turnout.went_back(refund_part_id)


def free(order_id: UUID) -> None:
    """Nothing of ours may hold the order any more: it is looked at again. May be called twice."""
    with transaction():
        release(lock_order(order_id))


JOBS = (
    JobSpec("daily", daily, daily_at="10:30", limit=120),
    JobSpec("compare", compare, limit=900),
    JobSpec("ask", ask, limit=60),
    JobSpec("look_again", look_again),
    JobSpec("free", free),
)
