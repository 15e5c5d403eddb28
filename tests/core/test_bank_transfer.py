"""The channel `bank_transfer`: its settings and accounts, what becomes of money in flight, and its own check."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import update

from core.db import reading, transaction
from plugins.bank_transfer import books
from plugins.bank_transfer.models import BankTransferLine
from tests.actors import Merchant
from tests.conftest import Clock
from tests.vocabulary import BANK, BuyerActor, Shop


def test_it_stays_off_until_there_is_an_account(merchant: Merchant, clock: Clock) -> None:
    problem = merchant.owner.refused(409, "POST", "plugins/bank_transfer/enable", {})
    assert problem["code"] == "plugin_check_failed" and "bank, holder and number" in problem["detail"]
    assert merchant.visitor.get("payment-methods").body["data"] == []
    incomplete = {"plugin": "bank_transfer", "name": "main", "settings": {"bank": "ICBC"}}
    told = merchant.owner.refused(422, "POST", "accounts", incomplete)
    assert {error["pointer"] for error in told["errors"]} == {"/settings/holder", "/settings/number"}


@pytest.mark.parametrize(("name", "value"), [("pay_days", 0), ("pay_days", 31), ("four_eyes", "yes"), ("color", 1)])
def test_settings_it_does_not_know_or_cannot_use_are_refused(name: str, value: object, shop: Shop) -> None:
    etag = shop.api.get("plugins/bank_transfer").etag
    told = shop.api.refused(422, "PATCH", "plugins/bank_transfer/settings", {name: value}, headers=etag)
    assert name in told["errors"][0]["pointer"]
    assert shop.api.get("plugins/bank_transfer")["settings"] == {"pay_days": 3, "four_eyes": False}


def test_a_shop_may_give_more_or_fewer_days(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    running = mei.orders({"tea": 1})
    mei.starts_transfer(running)
    shop.sets_plugin("bank_transfer", pay_days=10)
    order = mei.orders({"tea": 1})
    mei.starts_transfer(order)
    assert mei.sees(order).deadline("pay") == clock.now + timedelta(days=10)
    assert mei.sees(running).deadline("pay") == clock.now + timedelta(days=3)


def test_switched_off_it_is_offered_to_nobody_and_money_on_its_way_still_counts(shop: Shop, mei: BuyerActor) -> None:
    order, other = mei.orders({"tea": 1}), mei.orders({"tea": 1})
    mei.starts_transfer(order)
    shop.api.post("plugins/bank_transfer/disable", {})
    assert mei.api.get("payment-methods").body["data"] == []
    assert mei.is_refused(422).starts_transfer(other).errors[0].code == "not_offered"
    assert shop.is_refused(422).sees_money(other).errors[0].code == "not_offered"
    assert shop.sees_money(order).state == "awaiting_shipment"


def test_money_given_before_it_was_switched_off_goes_back_through_it(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    order = shop.sees_money(mei.orders({"tea": 1}))
    shop.api.post("plugins/bank_transfer/disable", {})
    order = shop.refunds(order)
    clock.settles()
    assert shop.transfers_back(order).state == "refunded"


def test_each_store_is_paid_at_its_own_account(shop: Shop, mei: BuyerActor) -> None:
    shop.api.post("stores", {"code": "bund", "name": "The Bund"})
    body = {"plugin": "bank_transfer", "name": "bund", "settings": BANK | {"number": "777"}, "stores": {"bund": {}}}
    shop.api.post("accounts", body)
    here, anywhere = mei.orders({"tea": 1}, store="bund"), mei.orders({"tea": 1})
    assert mei.starts_transfer(here).client.number == "777"
    assert mei.starts_transfer(anywhere).client.number == BANK["number"]
    # the same line number on two statements is two lines
    assert shop.sees_money(here, reference="0001").state == "awaiting_shipment"
    assert shop.sees_money(anywhere, reference="0001").state == "awaiting_shipment"


def test_money_nobody_announced_makes_its_own_attempt(shop: Shop, mei: BuyerActor) -> None:
    order = shop.sees_money(mei.orders({"tea": 1}))
    assert [(row.channel, row.state, row.client) for row in order.payments] == [("bank_transfer", "settled", None)]


def test_money_is_confirmed_for_an_attempt_of_that_order_only(shop: Shop, mei: BuyerActor) -> None:
    mine, other = mei.orders({"tea": 1}), mei.orders({"tea": 1})
    theirs = mei.starts_transfer(other)
    problem = shop.is_refused(404).sees_money(mine, out_trade_no=theirs.out_trade_no)
    assert problem.code == "not_found"
    assert mei.sees(mine).told == mine.told


def test_a_seen_line_is_not_confirmed_for_another_order(shop: Shop, mei: BuyerActor) -> None:
    shop.sets_plugin("bank_transfer", four_eyes=True)
    ann = shop.employs("finance")
    first, second = mei.orders({"tea": 1}), mei.orders({"tea": 1})
    shop.sees_money(first, reference="L-1")
    assert ann.is_refused(409).sees_money(second, reference="L-1").code == "line_differs"
    assert mei.sees(second).payments == []


def test_buyers_give_it_no_input(shop: Shop, mei: BuyerActor) -> None:
    order = mei.orders({"tea": 1})
    tender = {"channel": "bank_transfer", "input": {"colour": "red"}}
    assert mei.is_refused(422).does(order, "payments", tenders=[tender]).errors[0].pointer == "/tenders/0/input/colour"
    tender = {"channel": "bank_transfer", "product": "h5"}
    assert mei.is_refused(422).does(order, "payments", tenders=[tender]).errors[0].pointer == "/tenders/0/product"
    assert mei.is_refused(422).does(order, "payments", tenders=[{"channel": "gold"}]).errors[0].code == "not_offered"
    assert mei.sees(order).told == order.told


def test_a_transfer_back_is_proved_by_a_line_a_note_and_a_file_that_exists(
    shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    order = shop.refunds(shop.sees_money(mei.orders({"tea": 1})))
    clock.settles()
    word = f"refunds/{order.refunds[0].number}/done"
    told = shop.is_refused(422).does(order, word)
    assert {error.pointer for error in told.errors} == {"/reference", "/note"}
    shop.is_refused(404).does(order, word, reference="R", note="n", file_id=str(uuid4()))
    assert shop.sees(order).state == "refunding"


def test_its_check_finds_a_line_that_stands_behind_no_settled_payment(shop: Shop, mei: BuyerActor) -> None:
    shop.sees_money(mei.orders({"tea": 1}), reference="L-7")
    with shop.merchant.inside():
        with reading():
            assert books.lines_without_payment() == []
        with transaction() as session:
            mine = update(BankTransferLine).where(BankTransferLine.merchant_id == shop.merchant.id)
            session.execute(mine.values(amount=1))
        with reading():
            assert [row for row in books.lines_without_payment() if "L-7 of 1" in row]
