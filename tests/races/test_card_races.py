"""One gift card, many orders: what lies on it is spent once, whoever comes first."""

from collections import Counter
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Select, bindparam, select, update

from core.db import across_merchants, reading
from plugins.stored_value import accounts
from plugins.stored_value.checks import CHECKS
from plugins.stored_value.models import StoredValueCard
from tests.races.yard import Said, Stall, together, trouble_in, until_broken

pytestmark = [pytest.mark.on_postgres, pytest.mark.timeout(300)]

PRICE, ORDERS = 1000, 12
_table: Any = StoredValueCard.__table__
#: as the plugin's own, without its condition
UNGUARDED = (
    update(_table)
    .where(_table.c.merchant_id == bindparam("merchant"), _table.c.id == bindparam("card"))
    .values(
        {
            name: _table.c[name] + bindparam(f"by_{name}")
            for name in ("principal", "bonus", "held_principal", "held_bonus")
        }
    )
)


@pytest.fixture
def shop(stall: Stall) -> Stall:
    """It sells tea and takes cards."""
    stall.staff("POST", "plugins/stored_value/enable", {})
    stall.sells("tea", PRICE, north=10_000)
    return stall


def somebody(shop: Stall) -> tuple[str, str]:
    """A buyer: token and id."""
    (token,) = shop.buyers(1)
    return token, str(shop.shop(token, "GET", "me")["id"])


def card(shop: Stall, customer_id: str, principal: int, bonus: int) -> str:
    """A card with so much on it; its number."""
    body = {"customer_id": customer_id, "principal": principal, "bonus": bonus, "valid_days": 10, "remark": "race"}
    return str(shop.staff("POST", "stored_value/cards", body)["number"])


def rush(shop: Stall, token: str, orders: list[Any], *inputs: dict[str, Any]) -> Counter[tuple[int, str]]:
    """Every order is paid with cards at once."""
    works = []
    for n, order in enumerate(orders):
        tender = {"channel": "stored_value", "amount": PRICE, "input": inputs[n % len(inputs)] if inputs else {}}
        path = f"orders/{order['number']}/payments"
        works.append(partial(shop.shop, token, "POST", path, {"tenders": [tender]}))
    said: list[Said] = together(works)
    assert not trouble_in(said), trouble_in(said)
    return Counter((one.status, one.body.get("code", "")) for one in said)


def placed(shop: Stall, token: str, many: int = ORDERS) -> list[Any]:
    """So many orders, unpaid."""
    return [shop.placed(token, ("tea", 1), total=PRICE) for _ in range(many)]


def on(shop: Stall, number: str) -> tuple[int, int, int]:
    """Free principal and bonus of a card, and all that it sets aside."""
    row = shop.staff("GET", f"stored_value/cards/{number}")
    return row["principal"], row["bonus"], row["held_principal"] + row["held_bonus"]


def broken(shop: Stall) -> list[str]:
    """Every law of cards and of the shop that does not hold."""
    with shop.inside(), across_merchants(), reading():
        found = [told for check in CHECKS for told in check.find()]
    return found + shop.broken_laws()


def take_the_lock_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cards are read as before, but nobody waits for anybody."""
    for name in ("OWN", "OWN_NAMED"):
        guarded: Select[Any] = getattr(accounts, name)
        assert guarded.whereclause is not None
        monkeypatch.setattr(accounts, name, select(*guarded.selected_columns).where(guarded.whereclause))


def take_the_guards_out(shop: Stall, monkeypatch: pytest.MonkeyPatch) -> None:
    """As before; and cards are changed without a condition; nor does the database mind."""
    take_the_lock_out(monkeypatch)
    monkeypatch.setattr(accounts, "CHANGE", UNGUARDED)
    for name in ("free", "held"):
        shop.execute(f"ALTER TABLE stored_value_cards DROP CONSTRAINT ck_stored_value_cards_{name}")


def test_a_card_that_pays_for_five_of_twelve_orders_pays_for_five(shop: Stall) -> None:
    token, mei = somebody(shop)
    number = card(shop, mei, 4 * PRICE, PRICE + 1)
    said = rush(shop, token, placed(shop, token))
    assert said == {(201, ""): 5, (409, "not_enough"): ORDERS - 5}
    assert sum(on(shop, number)) == 1 and on(shop, number)[2] == 0
    assert broken(shop) == []


def test_without_lock_and_condition_a_card_pays_for_more_than_it_holds(
    shop: Stall, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_the_guards_out(shop, monkeypatch)
    token, mei = somebody(shop)

    def overspent() -> bool:
        number = card(shop, mei, PRICE, 0)
        return rush(shop, token, placed(shop, token, 6), {"cards": [number]})[201, ""] > 1

    assert until_broken(overspent)


def test_without_the_lock_the_condition_alone_keeps_a_card_from_being_overdrawn(
    shop: Stall, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_the_lock_out(monkeypatch)
    token, mei = somebody(shop)
    for _ in range(3):
        number = card(shop, mei, 2 * PRICE, 0)
        assert rush(shop, token, placed(shop, token, 6), {"cards": [number]})[201, ""] <= 2
    assert broken(shop) == []


def test_orders_that_name_two_cards_in_opposite_order_never_wait_for_each_other(shop: Stall) -> None:
    token, mei = somebody(shop)
    first, second = (card(shop, mei, 20 * PRICE, 7) for _ in range(2))
    ways = ({"cards": [first, second]}, {"cards": [second, first]})
    assert rush(shop, token, placed(shop, token), *ways) == {(201, ""): ORDERS}
    deadlocks = shop.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    assert int(deadlocks) == 0
    assert broken(shop) == []


def test_one_code_gives_a_card_to_one_of_many(shop: Stall) -> None:
    made = shop.staff("POST", "stored_value/cards", {"bonus": 5, "valid_days": 1, "remark": "race"})
    code = shop.staff("POST", f"stored_value/cards/{made['number']}/code")["code"]
    body = {"number": made["number"], "code": code}
    works = [partial(shop.shop, token, "POST", "stored_value/cards/bind", body) for token in shop.buyers(8)]
    said = together(works)
    assert Counter(one.status for one in said) == {200: 1, 404: 7}
