"""How many SQL statements each request of an order's path may send: fewer is progress, more needs a reason."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from tests.conftest import Clock
from tests.vocabulary import BuyerActor, Shop
from tests.walls import Counted

Counting = Callable[[], AbstractContextManager[Counted]]


@pytest.fixture
def shop(merchant, clock: Clock) -> Shop:  # type: ignore[no-untyped-def]
    shop = Shop(merchant)
    shop.sells("tea", 4900, 1000)
    shop.sells("cup", 1500, 1000)
    return shop


@pytest.fixture
def mei(shop: Shop) -> BuyerActor:
    return shop.buyer("Mei")


def test_the_order_path_sends_no_more_statements_than_it_did(
    shop: Shop, mei: BuyerActor, count_statements: Counting
) -> None:
    steps: dict[str, int] = {}

    def counted(name: str, step: Callable[[], object]) -> object:
        with count_statements() as statements:
            result = step()
        steps[name] = len(statements)
        return result

    counted("quote", lambda: mei.is_quoted({"tea": 2}))
    order = mei.orders({"tea": 2})
    body = mei.wishes({"tea": 2}) | {"expected_total": order.payable}
    order = counted("place", lambda: mei.asks("POST", "orders", body))
    counted("show", lambda: mei.sees(order))
    counted("pay", lambda: mei.starts_transfer(order))
    counted("confirm", lambda: shop.sees_money(order))
    counted("ship", lambda: shop.sends(order))
    counted("receive", lambda: mei.receives(order))
    assert steps == {"quote": 3, "place": 16, "show": 10, "pay": 16, "confirm": 35, "ship": 13, "receive": 11}


def test_an_order_of_many_lines_costs_statements_for_its_stock_rows_only(
    shop: Shop, mei: BuyerActor, count_statements: Counting
) -> None:
    """Each stock row is one conditional UPDATE, in sorted order; nothing else grows with the lines."""
    with count_statements() as one:
        mei.asks("POST", "orders", mei.wishes({"tea": 1}) | {"expected_total": 4900})
    with count_statements() as two:
        mei.asks("POST", "orders", mei.wishes({"tea": 1, "cup": 1}) | {"expected_total": 6400})
    assert len(two) == len(one) + 1


def test_lists_of_orders_cost_the_same_for_any_number_of_orders(
    shop: Shop, mei: BuyerActor, count_statements: Counting
) -> None:
    counts = []
    for _ in range(2):
        for _ in range(3):
            shop.sends(shop.sees_money(mei.orders({"tea": 1})))
        with count_statements() as bought:
            mei.own_orders()
        with count_statements() as sold:
            shop.lists("orders")
        counts.append((len(bought), len(sold)))
    assert counts[0] == counts[1]
