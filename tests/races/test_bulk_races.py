"""Many who send the same: two imports of one file, two workers on one batch."""

import io
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from core.db import across_merchants, reading
from plugins.bulk_orders import checks, jobs
from tests.races.unguarded import take_the_order_lock_out
from tests.races.yard import Stall, together, trouble_in, until_broken

pytestmark = [pytest.mark.on_postgres, pytest.mark.timeout(300)]

PRICE, ROWS = 4900, 12


@pytest.fixture
def stall(stall: Stall) -> Stall:
    """It sells tea and does much at once."""
    stall.sells("tea", PRICE, north=5000)
    stall.staff("POST", "plugins/bulk_orders/enable", {})
    return stall


def paid(stall: Stall, many: int = ROWS) -> list[str]:
    """The numbers of orders of three units that wait for shipment."""
    buyers = stall.buyers(many)
    return [stall.paid(token, ("tea", 3), total=3 * PRICE)["number"] for token in buyers]


def committed(stall: Stall, numbers: list[str]) -> UUID:
    """A file with a parcel of one unit for each of them, looked into and committed; nobody works on it yet."""
    lines = ["order_no,carrier,tracking_no,sku,qty", *(f"{number},SF,{number},tea,1" for number in numbers)]
    url = f"/v1/admin/{stall.code}/bulk_orders/imports"
    form: dict[str, Any] = {"file": (io.BytesIO("\n".join(lines).encode()), "parcels.csv")}
    answer = stall.app.test_client().post(url, data=form, headers={"Authorization": f"Bearer {stall.owner}"})
    assert answer.status_code == 201 and answer.json is not None, answer.text
    stall.staff("POST", f"bulk_orders/imports/{answer.json['id']}/commit")
    return UUID(answer.json["id"])


def work(stall: Stall, batch_id: UUID) -> None:
    """As a worker does."""
    with stall.inside():
        jobs.work(batch_id)


def counts(stall: Stall, *batches: UUID) -> dict[str, int]:
    """How the rows of all of them stand."""
    found: dict[str, int] = {}
    for one in batches:
        for name, many in stall.staff("GET", f"bulk_orders/imports/{one}")["counts"].items():
            found[name] = found.get(name, 0) + many
    return {name: many for name, many in found.items() if many}


def parcels(stall: Stall, numbers: list[str]) -> list[int]:
    """How many parcels each order has."""
    orders = [stall.staff("GET", f"orders/{number}") for number in numbers]
    return [sum(len(shipment["parcels"]) for shipment in order["shipments"]) for order in orders]


def breaches(stall: Stall) -> list[str]:
    """What the doctor would find."""
    with stall.app.app_context(), across_merchants(), reading():
        return [*checks.parcels(), *checks.counts(), *checks.ends()]


def test_two_imports_of_one_file_at_once_send_each_parcel_once(stall: Stall) -> None:
    numbers = paid(stall)
    batches = [committed(stall, numbers) for _ in range(2)]
    assert trouble_in(together([partial(work, stall, one) for one in batches])) == []
    assert parcels(stall, numbers) == [1] * ROWS
    assert counts(stall, *batches) == {"done": ROWS, "skipped": ROWS}
    assert breaches(stall) == [] and stall.broken_laws() == []


def test_two_workers_on_one_batch_send_each_parcel_once(stall: Stall) -> None:
    numbers = paid(stall)
    batch = committed(stall, numbers)
    assert trouble_in(together([partial(work, stall, batch)] * 3)) == []
    assert parcels(stall, numbers) == [1] * ROWS and counts(stall, batch) == {"done": ROWS}
    assert breaches(stall) == [] and stall.broken_laws() == []


def test_without_the_orders_lock_two_imports_of_one_file_send_a_parcel_twice(
    stall: Stall, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_the_order_lock_out(stall, monkeypatch)

    def sent_twice() -> bool:
        numbers = paid(stall, 4)
        batches = [committed(stall, numbers) for _ in range(2)]
        together([partial(work, stall, one) for one in batches])
        return max(parcels(stall, numbers)) > 1

    assert until_broken(sent_twice)
