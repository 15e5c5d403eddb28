"""Many scanners, one code; a scan against a refund; many buyers, the last place of a slot: who comes first has it."""

from collections import Counter
from functools import partial
from itertools import count
from typing import Any

import pytest

from core.db import all_of, reading
from plugins.pickup import slots, verifying
from plugins.pickup.models import PickupRedemption
from tests.plugins.pickup.counter import HOURS, breaches_of
from tests.races.unguarded import take_the_order_lock_out
from tests.races.yard import Said, Stall, together, trouble_in, until_broken

pytestmark = [pytest.mark.on_postgres, pytest.mark.timeout(300)]

SCANNERS, PRICE = 20, 4900
_numbers = count(1)


@pytest.fixture
def stall(stall: Stall) -> Stall:
    """It has a store in the east, whose shelf holds everything."""
    stall.staff("POST", "plugins/pickup/enable", {})
    stall.staff("POST", "stores", {"code": "east", "name": "East"})
    stall.staff("POST", "warehouses", {"code": "shelf", "name": "Shelf", "store": "east"})
    stall.staff("POST", "pickup/stores/east", {})
    stall.sells("tea", PRICE, shelf=5000)
    return stall


def wish(**chosen: str) -> dict[str, Any]:
    """The rest of an order that is fetched in the east."""
    return {"delivery": {"method": "pickup"}, "options": {"pickup": {"store": "east", **chosen}}}


def bought(stall: Stall, units: int = 1) -> tuple[Said, str]:
    """A paid order, and its code."""
    (buyer,) = stall.buyers(1)
    number = stall.placed(buyer, ("tea", units), total=units * PRICE, **wish())["number"]
    money = {"amount": units * PRICE, "reference": f"line {next(_numbers)}-{number}", "note": "seen"}
    order = stall.staff("POST", f"orders/{number}/confirm-offline", money)
    return order, stall.shop(buyer, "GET", f"pickup/orders/{number}")["code"]


def scan(stall: Stall, code: str, nonce: str | None = None, **more: Any) -> Said:
    """The second step of somebody who previewed before anybody handed anything over."""
    body = {"code": code, "version": 0, "nonce": nonce or f"scan-{next(_numbers):08}", **more}
    return stall.admin("POST", "pickup/redemptions", body)


def redeemed(stall: Stall) -> list[int]:
    """How many units each redemption handed over."""
    with stall.inside(), reading():
        return [row.quantity for row in all_of(PickupRedemption, stall.id)]


def earned(stall: Stall) -> int:
    """The head office's total."""
    return int(stall.staff("GET", "pickup/sums")["total"]["amount"])


def one(order: Said) -> dict[str, Any]:
    """One unit of the order's only line."""
    return {"lines": [{"line_id": order["lines"][0]["id"], "quantity": 1}]}


def test_of_twenty_scanners_of_one_code_one_hands_over_and_the_others_hear_who(stall: Stall) -> None:
    order, code = bought(stall, 3)
    said = together([partial(scan, stall, code, **one(order))] * SCANNERS)
    assert trouble_in(said) == []
    counts = Counter((row.status, row.body.get("code")) for row in said)
    assert counts == {(201, None): 1, (409, "already_redeemed"): SCANNERS - 1}
    told = [row["redeemed"] for row in said if row.status == 409]
    assert {(row["by"], row["store"], row["quantity"]) for row in told} == {("Olga", "east", 1)}
    assert (redeemed(stall), earned(stall)) == ([1], PRICE)
    assert stall.staff("GET", f"orders/{order['number']}")["state"] == "awaiting_shipment"
    assert breaches_of(stall.app) == [] and stall.broken_laws() == []


def test_one_device_that_sends_the_same_scan_twenty_times_at_once_is_answered_the_same(stall: Stall) -> None:
    order, code = bought(stall)
    said = together([partial(scan, stall, code, "the-same-nonce")] * SCANNERS)
    assert {row.status for row in said} == {201} and len({row["id"] for row in said}) == 1
    assert (redeemed(stall), earned(stall)) == ([1], PRICE)
    assert stall.staff("GET", f"orders/{order['number']}")["state"] == "completed"
    assert breaches_of(stall.app) == [] and stall.broken_laws() == []


def test_without_the_guards_one_scan_is_handed_over_twice(stall: Stall, monkeypatch: pytest.MonkeyPatch) -> None:
    take_the_order_lock_out(stall, monkeypatch)
    monkeypatch.setattr(verifying, "_unchanged", lambda seen: ())
    stall.execute("ALTER TABLE pickup_redemptions DROP CONSTRAINT uq_pickup_redemptions_merchant_id_pickup_id_seq")

    def handed_over_twice() -> bool:
        order, code = bought(stall, 3)
        said = together([partial(scan, stall, code, **one(order))] * 4)
        return sum(isinstance(row, Said) and row.good for row in said) > 1

    assert until_broken(handed_over_twice)


def test_units_are_redeemed_or_given_back_and_never_both(stall: Stall) -> None:
    for _ in range(4):
        order, code = bought(stall)
        line = {"line_id": order["lines"][0]["id"], "quantity": 1}
        back = {"reason": "changed_mind", "lines": [line]}
        give = partial(stall.admin, "POST", f"orders/{order['number']}/refunds", back)
        said = together([give, partial(scan, stall, code), give, partial(scan, stall, code)])
        assert trouble_in(said) == []
        assert sum(row.good for row in said) == 1, [(row.status, row.body) for row in said]
        row = stall.staff("GET", f"orders/{order['number']}")
        assert row["lines"][0]["shipped"] + row["lines"][0]["refunding"] == 1
        assert row["state"] in ("completed", "refunding")
    assert breaches_of(stall.app) == [] and stall.broken_laws() == []


def test_the_last_place_of_a_slot_goes_to_one_of_many(stall: Stall, monkeypatch: pytest.MonkeyPatch) -> None:
    terms = {"hours": HOURS, "slot_minutes": 60, "capacity": 3, "days_ahead": 10}
    stall.staff("POST", "pickup/stores/east", terms)
    shop = stall.ask("GET", f"/v1/shop/{stall.code}/pickup/stores?days=9", None)
    free = [slot["starts_at"] for slot in shop["data"][0]["slots"]]

    def placed(slot: str) -> Counter[tuple[int, Any]]:
        body = stall.wish(("tea", 1), total=PRICE, **wish(slot=slot))
        buyers = stall.buyers(SCANNERS)
        said = together([partial(stall.shop, buyer, "POST", "orders", body) for buyer in buyers])
        assert trouble_in(said) == []
        return Counter((row.status, row.body.get("code")) for row in said)

    assert placed(free[0]) == {(201, None): 3, (409, "pickup_slot_full"): SCANNERS - 3}
    assert breaches_of(stall.app) == [] and stall.broken_laws() == []
    monkeypatch.setattr(slots, "_fits", lambda change, capacity: ())
    assert until_broken(lambda: placed(free.pop())[201, None] > 3)


def test_many_codes_at_once_on_the_first_morning_come_to_one_sum(stall: Stall) -> None:
    codes = [bought(stall)[1] for _ in range(12)]
    said = together([partial(scan, stall, code) for code in codes])
    assert [row.status for row in said] == [201] * 12, [(row.status, row.body) for row in said]
    told = stall.staff("GET", "pickup/sums")
    assert [(row["redemptions"], row["units"], row["amount"]) for row in told["stores"]] == [(12, 12, 12 * PRICE)]
    assert told["total"]["amount"] == 12 * PRICE
    assert breaches_of(stall.app) == [] and stall.broken_laws() == []


def test_buyers_who_change_places_at_once_leave_every_slot_with_its_number(stall: Stall) -> None:
    stall.staff("POST", "pickup/stores/east", {"hours": HOURS, "slot_minutes": 60, "capacity": 9, "days_ahead": 10})
    shop = stall.ask("GET", f"/v1/shop/{stall.code}/pickup/stores?days=9", None)
    early, late = (shop["data"][0]["slots"][place]["starts_at"] for place in (0, -1))
    buyers = stall.buyers(8)
    slots_of = [early, late] * 4
    numbers = [
        stall.placed(buyer, ("tea", 1), total=PRICE, **wish(slot=slot))["number"]
        for buyer, slot in zip(buyers, slots_of, strict=True)
    ]
    works = [
        partial(stall.shop, buyer, "POST", f"pickup/orders/{number}/change", {"slot": late if slot == early else early})
        for buyer, number, slot in zip(buyers, numbers, slots_of, strict=True)
    ]
    cancel = partial(stall.shop, buyers[0], "POST", f"orders/{numbers[0]}/cancel", {"reason": "other"})
    said = together([*works, cancel])
    assert trouble_in(said) == [] and [row.status for row in said[1:]] == [200] * 8
    assert breaches_of(stall.app) == [] and stall.broken_laws() == []
