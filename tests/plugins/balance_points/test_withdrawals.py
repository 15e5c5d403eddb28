"""Withdrawals: asked with the pay password, set aside, decided by staff, paid once; adjustments by staff."""

from typing import Any

import pytest

from core.db import all_of, reading
from core.models import LedgerEntry
from plugins.balance_points.models import BalancePointsEntry
from tests.plugins.balance_points.desk import NAME, asks_for, balance, decides, gives, history, points
from tests.vocabulary import BuyerActor, Shop


@pytest.mark.both_databases
def test_a_withdrawal_is_asked_approved_and_paid(shop: Shop, mei: BuyerActor) -> None:
    gives(shop, mei, balance=10_000)
    asked = asks_for(mei, 4000)
    assert (asked.status, asked.amount, asked.currency) == ("asked", 4000, "CNY")
    assert balance(mei) == (6000, 4000)
    assert [row["number"] for row in shop.lists(f"{NAME}/withdrawals", status="asked")] == [asked.number]
    assert decides(shop, asked, "approve", remark="known").status == "approved"
    assert balance(mei) == (6000, 4000)
    paid = decides(shop, asked, "paid", reference="OUT-1")
    assert (paid.status, paid.reference, paid.paid_by, paid.customer_id) == ("paid", "OUT-1", "Olga Owner", mei.id)
    assert balance(mei) == (6000, 0)
    assert [kind for kind, *_ in history(mei)] == ["adjustment", "withdrawal_hold", "withdrawal"]
    with shop.merchant.inside(), reading():
        rows = all_of(LedgerEntry, shop.merchant.id, LedgerEntry.kind == "withdrawal")
        assert {(row.book, row.amount) for row in rows} == {("tender:balance", 4000), ("by_hand", -4000)}


@pytest.mark.parametrize("word", ["refuse", "refuse after approval", "cancel"])
def test_what_is_not_paid_out_is_free_again_once(word: str, shop: Shop, mei: BuyerActor) -> None:
    gives(shop, mei, balance=10_000)
    asked = asks_for(mei, 4000)
    if word == "cancel":
        path = f"{NAME}/withdrawals/{asked.id}/cancel"
        assert mei.asks("POST", path).status == "cancelled"
        assert mei.is_refused(409).asks("POST", path).code == "withdrawal_status"
    else:
        if word != "refuse":
            decides(shop, asked, "approve")
        refused = decides(shop, asked, "refuse", remark="the account is not yours")
        assert (refused.status, refused.remark, refused.decided_by) == (
            "refused", "the account is not yours", "Olga Owner",
        )  # fmt: skip
        assert decides(shop.is_refused(409), asked, "refuse", remark="again").code == "withdrawal_status"
    assert balance(mei) == (10_000, 0)
    assert decides(shop.is_refused(409), asked, "paid", reference="OUT-1").status_now != "paid"
    assert balance(mei) == (10_000, 0)


def test_only_what_is_approved_is_paid_and_one_transfer_pays_one(shop: Shop, mei: BuyerActor) -> None:
    gives(shop, mei, balance=10_000)
    first, second = asks_for(mei, 1000), asks_for(mei, 2000)
    assert decides(shop.is_refused(409), first, "paid", reference="OUT-1").code == "withdrawal_status"
    for asked in (first, second):
        decides(shop, asked, "approve")
    path = f"{NAME}/withdrawals/{first.id}/cancel"
    assert mei.is_refused(409).asks("POST", path).code == "withdrawal_status", "it is decided"
    decides(shop, first, "paid", reference="OUT-1")
    assert decides(shop.is_refused(409), second, "paid", reference="OUT-1").code == "reference_used"
    assert balance(mei) == (7000, 2000)
    assert (
        shop.is_refused(422).asks("POST", f"{NAME}/withdrawals/{second.id}/paid", {}).errors[0].pointer == "/reference"
    )
    assert (
        shop.is_refused(422).asks("POST", f"{NAME}/withdrawals/{second.id}/refuse", {}).errors[0].pointer == "/remark"
    )


def test_who_asks_knows_the_pay_password_and_has_the_money(shop: Shop, mei: BuyerActor) -> None:
    gives(shop, mei, balance=1000)
    assert asks_for(mei.is_refused(409), 500, "guessed").code == "pay_password_wrong"
    assert asks_for(mei.is_refused(409), 500, None).code == "pay_password_missing"
    assert asks_for(mei.is_refused(409), 1001).code == "not_enough"
    assert asks_for(mei.is_refused(422), 99).errors[0].pointer == "/amount"
    assert (balance(mei), mei.lists(f"{NAME}/withdrawals")) == ((1000, 0), [])


def test_each_step_has_a_permission_of_its_own(shop: Shop, mei: BuyerActor) -> None:
    gives(shop, mei, balance=1000)
    asked = asks_for(mei, 500)
    finance = shop.employs("finance")
    bodies: dict[str, Any] = {"approve": {}, "refuse": {"remark": "no"}, "paid": {"reference": "OUT-1"}}
    for word, body in bodies.items():
        assert decides(finance.is_refused(403), asked, word, **body).code == "forbidden"
    assert gives(finance.is_refused(403), mei, balance=1).code == "forbidden"
    for path in ("withdrawals", f"customers/{mei.id}/accounts", f"customers/{mei.id}/entries"):
        assert finance.is_refused(403).asks("GET", f"{NAME}/{path}").code == "forbidden"
    key = shop.merchant.api_key("balance_points.decide")
    assert key.post(f"{NAME}/withdrawals/{asked.id}/approve", {})["status"] == "approved"


# ---------------------------------------------------------------------------------------------- adjustments
def test_an_adjustment_needs_a_remark_and_stands_under_the_name_of_who_made_it(shop: Shop, mei: BuyerActor) -> None:
    told = gives(shop.is_refused(422), mei, balance=100, remark="  ")
    assert told.errors[0].pointer == "/remark"
    account = gives(shop, mei, balance=100, remark="a present")
    assert (account.kind, account.available) == ("balance", 100)
    (row,) = shop.lists(f"{NAME}/customers/{mei.id}/entries", kind="balance")
    assert (row["remark"], row["actor_name"], row["kind"]) == ("a present", "Olga Owner", "adjustment")
    with shop.merchant.inside(), reading():
        (entry,) = all_of(BalancePointsEntry, shop.merchant.id)
        assert entry.actor_id is not None


def test_an_adjustment_never_leaves_less_than_nothing(shop: Shop, mei: BuyerActor) -> None:
    gives(shop, mei, balance=100)
    assert gives(shop.is_refused(409), mei, balance=-101).code == "not_enough"
    assert gives(shop.is_refused(409), mei, points=-1).code == "not_enough"
    body = {"kind": "points", "change": 0, "remark": "nothing"}
    assert shop.is_refused(422).asks("POST", f"{NAME}/customers/{mei.id}/adjustments", body).code == "zero"
    gives(shop, mei, balance=-100)
    assert (balance(mei), points(mei)) == ((0, 0), (0, 0))


def test_the_same_reference_adjusts_once(shop: Shop, mei: BuyerActor) -> None:
    gives(shop, mei, balance=100, reference="ticket-7")
    assert gives(shop.is_refused(409), mei, balance=100, reference="ticket-7").code == "adjustment_made"
    assert balance(mei) == (100, 0)


# ---------------------------------------------------------------------------------------------- walls
def test_another_buyer_finds_nothing_of_mine(shop: Shop, mei: BuyerActor) -> None:
    gives(shop, mei, balance=1000)
    asked, wang = asks_for(mei, 500), shop.buyer("Wang")
    assert wang.is_refused(404).asks("POST", f"{NAME}/withdrawals/{asked.id}/cancel").code == "not_found"
    assert wang.lists(f"{NAME}/withdrawals") == [] == wang.lists(f"{NAME}/entries", kind="balance")
    assert (balance(wang), balance(mei)) == ((0, 0), (500, 500))


def test_another_merchant_finds_nothing_of_ours(shop: Shop, mei: BuyerActor, other_merchant: Any) -> None:
    gives(shop, mei, balance=1000)
    asked = asks_for(mei, 500)
    bolt = Shop(other_merchant)
    bolt.turns_on(NAME)
    for word, body in {"approve": {}, "refuse": {"remark": "no"}, "paid": {"reference": "OUT-1"}}.items():
        assert decides(bolt.is_refused(404), asked, word, **body).code == "not_found"
    for path in ("accounts", "entries"):
        assert bolt.is_refused(404).asks("GET", f"{NAME}/customers/{mei.id}/{path}").code == "not_found"
    assert gives(bolt.is_refused(404), mei, balance=1).code == "not_found"
    reset = f"{NAME}/customers/{mei.id}/password/reset"
    assert bolt.is_refused(404).asks("POST", reset, {"remark": "x"}).code == "not_found"
    assert bolt.lists(f"{NAME}/withdrawals") == []
    assert balance(mei) == (500, 500)


def test_switched_off_its_addresses_are_not_there(shop: Shop, mei: BuyerActor) -> None:
    shop.api.post(f"plugins/{NAME}/disable", {})
    assert mei.is_refused(404).asks("GET", f"{NAME}/accounts").code == "not_found"
    assert shop.is_refused(404).asks("GET", f"{NAME}/withdrawals").code == "not_found"
    shop.turns_on(NAME)
