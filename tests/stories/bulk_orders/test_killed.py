"""A worker dies at some row of a file: whoever goes on sends no row twice and loses none."""

import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core import clock
from plugins.bulk_orders import doing
from tests.conftest import AppMaker
from tests.plugins.bulk_orders.desk import Desk
from tests.told import Told
from tests.vocabulary import BuyerActor, Shop

ROOT = Path(__file__).parents[3]
ROWS = 12
#: the lease of a batch's job, and a little more
LEASE = timedelta(seconds=361)


class Killed(BaseException):
    """What ends a worker for good: no `except` of ours stops it."""


@pytest.fixture
def app(make_app: AppMaker) -> Any:
    """No rq: the worker of these tests is one of their own."""
    return make_app()


def begun(desk: Desk, mei: BuyerActor, rows: int = ROWS) -> tuple[Any, Sequence[Told]]:
    """A file that is committed, and its orders; one row of it fails, in the middle."""
    orders = desk.paid_orders(mei, rows)
    batch = desk.uploads(*(f"{one.number},,SF,SF{n},,,," for n, one in enumerate(orders)))
    desk.shop.refunds(orders[rows // 2])
    # what the refund set off is done: only the batch is left
    desk.clock.settles()
    desk.api.post(f"bulk_orders/imports/{batch['id']}/commit")
    return batch, orders


def is_whole(desk: Desk, batch: Any, orders: Sequence[Told]) -> None:
    """Every row once, and in the log of each order one parcel."""
    done = desk.api.get(f"bulk_orders/imports/{batch['id']}").body
    assert (done["status"], done["counts"]["done"], done["counts"]["failed"]) == ("done", len(orders) - 1, 1)
    for n, order in enumerate(orders):
        moves = [row for row in desk.shop.history(order, "order") if row.move == "ship"]
        parcels = [one for shipment in desk.shop.sees(order).shipments for one in shipment.parcels]
        wanted = 0 if n == len(orders) // 2 else 1
        assert (len(moves), len(parcels)) == (wanted, wanted), order.number


def test_a_worker_that_dies_in_a_row_is_followed_by_one_that_goes_on_there(
    desk: Desk, mei: BuyerActor, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch, orders = begun(desk, mei, 6)
    take = doing.take
    for row in (1, 3, 2):
        turns = iter(range(row - 1))

        def dies(part: Any, turns: Any = turns) -> None:
            take(part)
            if next(turns, None) is None:
                raise Killed

        monkeypatch.setattr(doing, "take", dies)
        with pytest.raises(Killed):
            desk.clock.settles()
        monkeypatch.setattr(doing, "take", take)
        moved_on()
    is_whole(desk, desk.waits_for(batch), orders)


def moved_on() -> None:
    """The lease of the dead is over; nobody works yet."""
    clock.freeze(clock.now() + LEASE)


def test_an_order_closed_by_a_worker_that_died_then_counts_as_done(
    desk: Desk, shop: Shop, mei: BuyerActor, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = mei.orders({"tea": 1}), mei.orders({"tea": 1})
    body = {"orders": [ours.number, theirs.number], "reason": "out_of_stock"}
    batch = desk.api.post("bulk_orders/batches/close", body)
    shop.closes(theirs)

    def dies(part: Any) -> None:
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(doing, "take", dies)
        desk.clock.settles()
    assert shop.sees(ours).state == "closed"
    moved_on()
    desk.waits_for(batch)
    assert desk.results(batch) == [("done", None), ("skipped", "closed_before")]


@pytest.mark.slow
@pytest.mark.both_databases
def test_a_worker_killed_with_9_at_any_row_loses_none_and_sends_none_twice(
    desk: Desk, shop: Shop, mei: BuyerActor, database: str, tmp_path: Path
) -> None:
    batch, orders = begun(desk, mei)
    # the seventh row fails, which is an end too
    for row, when, through in ((1, "before", 0), (3, "before", 2), (2, "after", 4), (4, "before", 8)):
        words = [database, str(tmp_path / "var"), str(row), when, clock.now().isoformat()]
        worker = subprocess.run([sys.executable, "-m", "tests.stories.bulk_orders.mortal", *words], cwd=ROOT)
        assert worker.returncode == -signal.SIGKILL
        progress = desk.api.get(f"bulk_orders/imports/{batch['id']}")["progress"]
        assert progress == {"done": through, "total": ROWS}, "the row it died in is not done, those before are"
        moved_on()
    is_whole(desk, desk.waits_for(batch), orders)
