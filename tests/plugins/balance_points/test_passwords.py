"""Pay passwords: set, changed, tried, locked, forgotten."""

from threading import Barrier, Thread
from typing import Any

import pytest

from core.db import all_of, reading
from plugins.balance_points.models import BalancePointsPassword
from tests.conftest import Clock
from tests.plugins.balance_points.desk import NAME, PASSWORD, balance, gives, pays, sets_password, with_balance
from tests.vocabulary import BuyerActor, Shop


def test_without_a_pay_password_balance_is_refused_and_told_how_to_set_one(shop: Shop) -> None:
    wang = shop.buyer("Wang")
    gives(shop, wang, balance=9800)
    told = pays(wang.is_refused(409), wang.orders({"tea": 1}), with_balance())
    assert told.code == "pay_password_not_set" and "balance_points/password" in told.detail
    assert wang.api.get(f"{NAME}/password").body == {"set": False, "required": True}
    assert sets_password(wang).told == {"set": True, "required": True}
    assert pays(wang, wang.orders({"tea": 1}), with_balance()).state == "settled"


def test_a_shop_may_do_without_but_who_has_a_password_is_asked_for_it(shop: Shop, mei: BuyerActor) -> None:
    shop.sets_plugin(NAME, password_required=False)
    wang = shop.buyer("Wang")
    for buyer in (mei, wang):
        gives(shop, buyer, balance=4900)
    assert pays(wang, wang.orders({"tea": 1}), with_balance(None)).state == "settled"
    assert pays(mei.is_refused(409), mei.orders({"tea": 1}), with_balance(None)).code == "pay_password_missing"
    assert balance(mei) == (4900, 0)


def test_another_password_needs_the_one_there_is(shop: Shop, mei: BuyerActor) -> None:
    assert sets_password(mei.is_refused(409), "another one").code == "pay_password_missing"
    assert sets_password(mei.is_refused(409), "another one", "guessed").code == "pay_password_wrong"
    sets_password(mei, "another one", PASSWORD)
    gives(shop, mei, balance=4900)
    order = mei.orders({"tea": 1})
    assert pays(mei.is_refused(409), order, with_balance()).code == "pay_password_wrong"
    assert pays(mei, order, with_balance("another one")).state == "settled"


@pytest.mark.parametrize("password", ["", "12345", "x" * 101, 123456, None])
def test_a_password_is_a_text_of_six_characters_or_more(password: Any, mei: BuyerActor) -> None:
    told = mei.is_refused(422).asks("POST", f"{NAME}/password", {"password": password})
    assert told.errors[0].pointer == "/password"


def test_wrong_tries_lock_it_for_a_while_and_a_right_one_forgives_those_before(
    shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    gives(shop, mei, balance=9800)
    order = mei.orders({"tea": 1})
    for left in (4, 3, 2, 1):
        told = pays(mei.is_refused(409), order, with_balance("wrong!"))
        assert (told.code, told.tries_left) == ("pay_password_wrong", left)
    assert pays(mei, order, with_balance()).state == "settled"
    order = mei.orders({"tea": 1})
    for _ in range(4):
        pays(mei.is_refused(409), order, with_balance("wrong!"))
    assert pays(mei.is_refused(409), order, with_balance("wrong!")).code == "pay_password_locked"
    told = pays(mei.is_refused(409), order, with_balance())
    assert told.code == "pay_password_locked" and told.locked_until == "2026-03-02T02:30:00+00:00"
    assert sets_password(mei.is_refused(409), "another one", PASSWORD).code == "pay_password_locked"
    clock.passes(minutes=29)
    assert pays(mei.is_refused(409), order, with_balance()).code == "pay_password_locked"
    clock.passes(minutes=1)
    order = mei.orders({"tea": 1})
    assert pays(mei.is_refused(409), order, with_balance("wrong!")).tries_left == 4
    assert pays(mei, order, with_balance()).state == "settled"


def test_of_twenty_wrong_tries_at_once_five_are_looked_at_and_the_rest_find_it_locked(
    shop: Shop, mei: BuyerActor
) -> None:
    gives(shop, mei, balance=9800)
    order = mei.orders({"tea": 1})
    barrier, codes = Barrier(20), []

    def tries() -> None:
        barrier.wait()
        codes.append(pays(mei.is_refused(409), order, with_balance("wrong!")).code)

    threads = [Thread(target=tries) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(codes) == 20 and codes.count("pay_password_locked") >= 15
    assert pays(mei.is_refused(409), order, with_balance()).code == "pay_password_locked"
    assert (mei.sees(order).payments, balance(mei)) == ([], (9800, 0))


def test_staff_take_a_forgotten_password_away_and_say_why(shop: Shop, mei: BuyerActor) -> None:
    path = f"{NAME}/customers/{mei.id}/password/reset"
    assert shop.is_refused(422).asks("POST", path, {}).errors[0].pointer == "/remark"
    assert shop.employs("finance").is_refused(403).asks("POST", path, {"remark": "no"}).code == "forbidden"
    assert shop.asks("POST", path, {"remark": "showed a passport"}).set is False
    with shop.merchant.inside(), reading():
        (row,) = all_of(BalancePointsPassword, shop.merchant.id)
        assert (row.hash, row.reset_by, row.reset_remark) == (None, "Olga Owner", "showed a passport")
    assert shop.is_refused(409).asks("POST", path, {"remark": "again"}).code == "pay_password_not_set"
    gives(shop, mei, balance=4900)
    order = mei.orders({"tea": 1})
    assert pays(mei.is_refused(409), order, with_balance()).code == "pay_password_not_set"
    sets_password(mei, "a new one")
    assert pays(mei, order, with_balance("a new one")).state == "settled"


def test_a_pay_password_is_kept_as_a_hash_and_told_to_nobody(shop: Shop, mei: BuyerActor) -> None:
    gives(shop, mei, balance=4900)
    order = mei.orders({"tea": 1})
    pays(mei, order, with_balance())
    with shop.merchant.inside(), reading():
        (row,) = all_of(BalancePointsPassword, shop.merchant.id)
        assert row.hash is not None and row.hash.startswith("$argon2id$") and PASSWORD not in row.hash
    assert PASSWORD not in str(shop.sees(order).told) + str(mei.sees(order).told)
