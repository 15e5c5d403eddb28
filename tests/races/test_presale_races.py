"""The last unit of a quota, and a final paid at the moment its window ends: one of both, never both, never neither."""

from collections import Counter
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from core import clock
from core.db import across_merchants, reading
from core.flows import close
from plugins.presale import counting, selling
from plugins.presale.checks import CHECKS
from tests.conftest import MORNING
from tests.races.tills import Bill, PaidStall
from tests.races.unguarded import take_every_lock_out
from tests.races.yard import Said, Stall, together, until_broken

pytestmark = [pytest.mark.on_postgres, pytest.mark.timeout(300)]

THREADS = 20
PRICE, DEPOSIT = 5000, 500
#: no test has so many buyers that the windows end by themselves
HOUR = timedelta(hours=1)


def activity(stall: Stall, sku: str, *, quota: int, per_buyer: int = 0) -> str:
    """Presell a new SKU: deposits for an hour, the final for another."""
    stall.sells(sku, PRICE, north=500)
    starts = clock.now() - timedelta(minutes=1)
    edges = {"deposit_starts_at": starts, "deposit_ends_at": starts + HOUR, "final_starts_at": starts + HOUR}
    edges |= {"final_ends_at": starts + 2 * HOUR, "ship_at": starts + 3 * HOUR}
    item = {"variant_id": str(stall.variants[sku]), "price": PRICE, "deposit": DEPOSIT, "quota": quota}
    body = {name: moment.isoformat() for name, moment in edges.items()}
    more = {"title": {"zh": "预售", "en": "Presale"}, "type": "deposit", "items": [item], "per_buyer": per_buyer}
    return str(stall.staff("POST", "presale/activities", body | more)["id"])


def sick(stall: Stall) -> list[str]:
    """What the doctor says of presales."""
    with stall.app.app_context(), across_merchants(), reading():
        return [told for check in CHECKS for told in check.find()]


# ---------------------------------------------------------------------------------------------- the quota
@pytest.fixture
def presale(stall: Stall) -> Stall:
    """It presells."""
    stall.staff("POST", "plugins/presale/enable", {})
    return stall


def orders(stall: Stall, sku: str, buyers: list[str]) -> Counter[tuple[int, str]]:
    """Each of *buyers* orders one at once."""
    body = stall.wish((sku, 1), total=PRICE, entry="presale")
    said: list[Said] = together([partial(stall.shop, token, "POST", "orders", body) for token in buyers])
    return Counter((one.status, one.body.get("code", "")) for one in said)


def test_the_last_units_of_a_quota_go_to_as_many_as_there_are(presale: Stall) -> None:
    made = activity(presale, "lamp", quota=5)
    counts = orders(presale, "lamp", presale.buyers(THREADS))
    assert counts == {(201, ""): 5, (409, "presale_sold_out"): THREADS - 5}
    (item,) = presale.staff("GET", f"presale/activities/{made}")["items"]
    assert (item["placed"], item["left"]) == (5, 0)
    assert sick(presale) == [] and presale.broken_laws() == []


def test_without_its_guard_more_is_ordered_than_a_quota_has(presale: Stall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "_has_left", lambda units: True)
    presale.execute("ALTER TABLE presale_items DROP CONSTRAINT ck_presale_items_counts")
    buyers, skus = presale.buyers(8), iter(f"lamp{n}" for n in range(8))

    def oversold() -> bool:
        sku = next(skus)
        activity(presale, sku, quota=1)
        return orders(presale, sku, buyers)[201, ""] > 1

    assert until_broken(oversold)


def test_one_buyer_has_no_more_than_one_may(presale: Stall) -> None:
    activity(presale, "lamp", quota=50, per_buyer=2)
    (mei,) = presale.buyers(1)
    assert orders(presale, "lamp", [mei] * THREADS) == {(201, ""): 2, (409, "presale_limit"): THREADS - 2}
    assert sick(presale) == []


def test_without_its_count_one_buyer_has_too_many(presale: Stall, monkeypatch: pytest.MonkeyPatch) -> None:
    count = selling.within_limit
    # what is asked before the item is locked stays; what is asked under its lock goes
    asked_by_entry = lambda *args: count(*args) if len(args) == 4 and args[1].placed == 0 else None  # noqa: E731
    monkeypatch.setattr(selling, "within_limit", asked_by_entry)
    (mei,) = presale.buyers(1)
    skus = iter(f"lamp{n}" for n in range(8))

    def too_many() -> bool:
        sku = next(skus)
        activity(presale, sku, quota=50, per_buyer=1)
        return orders(presale, sku, [mei] * 4)[201, ""] > 1

    assert until_broken(too_many)


# ---------------------------------------------------------------------------------------------- the final
def finals(stall: PaidStall, sku: str, how_many: int) -> list[Bill]:
    """Orders whose deposit is paid and whose final is begun, one second before the window ends."""
    made = activity(stall, sku, quota=50)
    bills = []
    for buyer in stall.buyers(how_many):
        order = stall.placed(buyer, (sku, 1), total=PRICE, entry="presale")
        deposit = str(stall.begins(buyer, order["number"])["out_trade_no"])
        pays(stall, deposit, DEPOSIT)
        bills.append((buyer, order["number"], UUID(order["id"])))
    ends = datetime.fromisoformat(stall.staff("GET", f"presale/activities/{made}")["final_ends_at"])
    clock.freeze(ends - HOUR)
    stall.settles()
    clock.freeze(ends - timedelta(seconds=1))
    begun = [(bill, stall.begins(bill[0], bill[1])) for bill in bills]
    return [Bill(*bill, {"wire": str(said["out_trade_no"])}) for bill, said in begun]


def pays(stall: PaidStall, number: str, amount: int, *, at_closing: bool = False, **more: Any) -> Said | None:
    """The buyer pays, if the wire still takes it, and the wire tells so.

    :param at_closing: not before somebody asks the wire to close it.
    """
    if at_closing:
        stall.wires["wire"].closing[number].wait(20)
    receipt = stall.wires["wire"].pays(number, amount, **more)
    return stall.tells(receipt) if receipt else None


def ended_as(stall: PaidStall, bill: Bill) -> tuple[str, int, int]:
    """Node, money of the order, and what went back of its payments."""
    order = stall.seen(bill)
    return order["state"], order["paid"], sum(row["refunded"] for row in order["payments"])


def race(stall: PaidStall, bill: Bill, *, late: bool) -> None:
    """The final is paid while its window ends; *late*: at the channel past its closing."""
    pay = partial(pays, stall, bill.attempts["wire"], PRICE - DEPOSIT, past_closing=late, at_closing=late)
    together([pay, stall.rings(bill, close.ring)])


#: the final was in time; or the window was faster and the deposit is kept; or the money came and went back
PAID, MISSED, LATE = ("paid", PRICE, 0), ("closed", DEPOSIT, 0), ("closed", DEPOSIT, PRICE - DEPOSIT)


@pytest.fixture
def till(paid_stall: PaidStall) -> PaidStall:
    """It presells, and is paid by wire."""
    clock.freeze(MORNING)
    paid_stall.staff("POST", "plugins/presale/enable", {})
    return paid_stall


def test_a_final_paid_as_its_window_ends_is_in_time_or_goes_back_and_the_deposit_is_kept_once(till: PaidStall) -> None:
    bills = finals(till, "lamp", 6)
    clock.advance(timedelta(seconds=1))
    for place, bill in enumerate(bills):
        race(till, bill, late=place >= 3)
    till.settles()
    ends = Counter(ended_as(till, bill) for bill in bills)
    assert set(ends) <= {PAID, MISSED, LATE}, ends
    assert all(ended_as(till, bill) != MISSED for bill in bills[3:]), "the channel took the money of these"
    forfeits = till.execute("SELECT coalesce(sum(-amount), 0) FROM ledger_entries WHERE book = 'forfeited_income'")
    assert forfeits == DEPOSIT * (ends[MISSED] + ends[LATE])
    assert sick(till) == [] and till.broken_laws() == []


def test_without_any_lock_a_final_is_booked_on_an_order_that_is_closed(
    till: PaidStall, monkeypatch: pytest.MonkeyPatch
) -> None:
    bills = iter(finals(till, "lamp", 8))
    clock.advance(timedelta(seconds=1))
    take_every_lock_out(till, monkeypatch)

    def broken() -> bool:
        race(till, next(bills), late=True)
        return bool(till.broken_laws())

    assert until_broken(broken)
