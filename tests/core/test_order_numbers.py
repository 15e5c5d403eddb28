"""Order numbers: the merchant's day and nine digits, all different however many are drawn at once."""

import re
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import chain, repeat
from uuid import UUID

import pytest
from flask import Flask

from core import clock as core_clock
from core.contracts.people import Actor
from core.current import acting
from core.db import reading, transaction
from core.services import checkout, merchants, ordering, pricing
from tests.actors import Merchant
from tests.conftest import Clock
from tests.vocabulary import BuyerActor, Shop


@pytest.mark.parametrize(
    ("zone", "day"), [("Asia/Shanghai", "20260101"), ("UTC", "20251231"), ("America/New_York", "20251231")]
)
def test_a_number_tells_the_day_where_the_merchant_lives(
    zone: str, day: str, app: Flask, server: str, clock: Clock
) -> None:
    with Merchant(app, server, "here", timezone=zone) as merchant:
        shop = Shop(merchant)
        shop.sells("tea")
        core_clock.freeze(datetime(2025, 12, 31, 23, 59, tzinfo=UTC))
        order = shop.buyer().orders({"tea": 1})
        assert re.fullmatch(rf"SO{day}\d{{9}}", order.number)
        if zone == "UTC":
            core_clock.freeze(datetime(2026, 1, 1, tzinfo=UTC))
            assert shop.buyer().orders({"tea": 1}).number.startswith("SO20260101")


@pytest.fixture
def loaded_dice(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """The system's randomness, made to fall as said for numbers of nine digits."""
    fair = secrets.randbelow

    def load(*faces: int) -> None:
        falls = chain(faces, repeat(faces[-1]))
        monkeypatch.setattr(secrets, "randbelow", lambda n: next(falls) if n == 10**9 else fair(n))

    return load


def test_a_number_that_is_taken_is_drawn_anew(shop: Shop, mei: BuyerActor, loaded_dice: Callable[..., None]) -> None:
    loaded_dice(7, 7, 7, 8)
    numbers = [mei.orders({"tea": 1}).number[-9:], mei.orders({"tea": 1}).number[-9:]]
    assert numbers == ["000000007", "000000008"]
    assert shop.stock_of("tea") == (10, 2), "a number drawn in vain held nothing back"


def test_two_merchants_may_draw_the_same_number(
    shop: Shop, mei: BuyerActor, other_merchant: Merchant, loaded_dice: Callable[..., None]
) -> None:
    other = Shop(other_merchant)
    other.sells("tea")
    loaded_dice(5)
    ann = other.buyer()
    here, there = mei.orders({"tea": 1}), ann.orders({"tea": 1})
    assert here.number == there.number and here.id != there.id
    assert (mei.sees(here).id, ann.sees(there).id) == (here.id, there.id)


@pytest.mark.on_postgres
def test_a_thousand_orders_in_parallel_have_a_thousand_numbers(app: Flask, merchant: Merchant, clock: Clock) -> None:
    shop = Shop(merchant)
    shop.sets(open_unpaid_limit=1000)
    shop.sells("song", 100, stock=0, virtual=True)
    mei = shop.buyer()
    with app.app_context(), reading():
        view = merchants.view(merchants.find_merchant(merchant.code))

    customer = UUID(mei.id)
    line = {"variant_id": UUID(shop.variants["song"]), "quantity": 1}
    wishes = {
        "entry": "buy_now", "lines": [line], "options": {}, "store": None,
        "delivery": {"method": "none", "receiver": None, "store": None},
    }  # fmt: skip

    def place(_: int) -> str:
        with app.app_context(), acting(view, Actor("buyer", None, "Mei", "api", "r")), transaction():
            wish = ordering.wish_of(wishes, customer)
            return checkout.place(pricing.price(wish), expected_total=100, note=None, language=None).number

    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(place, range(1000)))
    assert len(set(numbers)) == 1000 == len(mei.own_orders())
