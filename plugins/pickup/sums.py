"""What was fetched, per store and day: raised in the transaction of the redemption itself, and read at once."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from core import Store, add, current_actor, current_merchant, db, flush
from plugins.pickup.models import PickupRedemption, PickupSum
from plugins.pickup.places import locked_terms


def count(made: PickupRedemption) -> None:
    """One more redemption of its store and day."""
    if _raise(made):
        return
    # the day's first here: nobody makes the same row beside us
    locked_terms([made.store_id])
    if not _raise(made):
        where = {"merchant_id": made.merchant_id, "store_id": made.store_id, "day": made.day}
        add(PickupSum(**where, redemptions=1, units=made.quantity, amount=made.amount))
        flush()


def report(first: date, last: date, store_id: UUID | None) -> dict[str, Any]:
    """Every store's days in turn, and the head office's sum of them; people bound to stores see those alone."""
    table, bound = PickupSum, current_actor().store_ids
    here = [table.merchant_id == current_merchant().id, table.day.between(first, last)]
    if store_id is not None:
        here.append(table.store_id == store_id)
    if bound:
        here.append(table.store_id.in_(bound))
    same = (Store.merchant_id == table.merchant_id) & (Store.id == table.store_id)
    columns = (table.day, Store.code.label("store"), table.redemptions, table.units, table.amount)
    query = select(*columns).join(Store, same).where(*here).order_by(table.day, Store.code)
    rows = list(db.session().execute(query))
    return {
        "first_day": str(first),
        "last_day": str(last),
        "currency": current_merchant().currency,
        "stores": [row._asdict() | {"day": str(row.day)} for row in rows],
        "total": _total(here),
    }


def _total(here: Sequence[Any]) -> dict[str, int]:
    table = PickupSum
    sums = (func.coalesce(func.sum(column), 0) for column in (table.redemptions, table.units, table.amount))
    row = db.session().execute(select(*sums).where(*here)).one()
    return dict(zip(("redemptions", "units", "amount"), map(int, row), strict=True))


def _raise(made: PickupRedemption) -> bool:
    table = PickupSum
    done: Any = db.session().execute(
        update(table)
        .where(table.merchant_id == made.merchant_id, table.store_id == made.store_id, table.day == made.day)
        .values(
            redemptions=table.redemptions + 1,
            units=table.units + made.quantity,
            amount=table.amount + made.amount,
        )
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount)
