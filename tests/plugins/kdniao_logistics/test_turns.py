"""Kdniao's limits are kept over all jobs: who must wait comes back, and nobody asks once it is enough for today."""

from datetime import UTC, datetime, timedelta

import pytest

from core import clock as core_clock
from core.db import transaction
from core.services.accounts import open_accounts
from plugins.kdniao_logistics import turns
from tests.actors import Merchant
from tests.conftest import Clock
from tests.plugins.kdniao_logistics.simulators import Kdn
from tests.vocabulary import BuyerActor, Shop


def opens(shop: Shop, kdn: Kdn, **settings: object) -> None:
    """The shop's account."""
    body = {"plugin": "kdniao_logistics", "name": "kdn", "settings": kdn.settings(**settings)}
    shop.api.post("accounts", body)
    shop.turns_on("kdniao_logistics")


def sends_many(shop: Shop, mei: BuyerActor, many: int) -> list[str]:
    """So many parcels of one order; their numbers."""
    order = shop.sees_money(mei.orders({"tea": many}))
    numbers = [f"YT{n:011d}02" for n in range(many)]
    for number in numbers:
        order = shop.sends(order, {"tea": 1}, tracking_no=number, carrier="YTO")
    return numbers


@pytest.mark.both_databases
def test_more_parcels_than_a_second_takes_are_all_followed_and_nobody_is_turned_away(
    shop: Shop, mei: BuyerActor, clock: Clock, control: Kdn
) -> None:
    opens(shop, control, query_type="none")
    numbers = sends_many(shop, mei, 45)
    clock.settles()
    assert len(control.calls("1008")) == 15, "as many as may be asked at once"
    clock.passes(seconds=3)
    asked = [one["LogisticCode"] for one in control.calls("1008")]
    assert sorted(asked) == numbers, "each once: none was refused, none was asked for twice"


def test_when_the_day_is_used_up_the_rest_waits_for_the_next_day_of_china(
    shop: Shop, mei: BuyerActor, clock: Clock, control: Kdn
) -> None:
    opens(shop, control, subscribe_type="none", daily_limit=3)
    sends_many(shop, mei, 5)
    clock.passes(hours=1)
    assert len(control.calls("1002")) == 3
    clock.passes(hours=12)
    assert len(control.calls("1002")) == 3, "it is ten at night in China"
    clock.passes(hours=3)
    assert len({one["LogisticCode"] for one in control.calls("1002")}) == 5


def test_once_kdniao_says_that_it_is_enough_nobody_asks_before_tomorrow(
    shop: Shop, mei: BuyerActor, clock: Clock, control: Kdn
) -> None:
    opens(shop, control)
    control.fault("1008", "quota")
    order = shop.sees_money(mei.orders({"tea": 1}))
    shop.sends(order, tracking_no="YT0000000000002", carrier="YTO")
    clock.passes(hours=13)
    assert control.calls("1008") == []
    clock.passes(hours=2)
    assert len(control.calls("1008")) == 1
    assert shop.cases(status="open") == []


def test_turns_are_given_out_evenly_and_a_day_ends_at_midnight_in_china(shop: Shop, merchant: Merchant) -> None:
    shop.api.post(
        "accounts", {"plugin": "kdniao_logistics", "name": "kdn", "settings": {"business_id": "1", "api_key": "k"}}
    )
    with merchant.inside(), transaction():
        (account,) = open_accounts("kdniao_logistics")
        waits = [turns.take(account.id, "2002", 9) for _ in range(7)]
        assert waits == [None] * 5 + [timedelta(seconds=0.2), timedelta(seconds=0.4)]
        core_clock.freeze(core_clock.now() + timedelta(seconds=1))
        assert turns.take(account.id, "2002", 9) is None
        core_clock.freeze(datetime(2026, 3, 2, 15, 0, tzinfo=UTC))
        assert [turns.take(account.id, "1002", 1) for _ in range(2)] == [None, timedelta(hours=1)]
        core_clock.freeze(datetime(2026, 3, 2, 16, 0, tzinfo=UTC))
        assert turns.take(account.id, "1002", 1) is None
        assert turns.close_for_today(account.id, "1002") == timedelta(hours=24)
