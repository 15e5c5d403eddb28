"""Ways to pay as a merchant sees them: listed, named, switched, tested; and what buyers are offered of them."""

import re
from collections import Counter
from typing import Any

import pytest
from flask import Flask
from marshmallow import Schema

from core import metrics, plugins
from core.contracts.payment_channel import Started
from core.errors import Refused
from core.schemas.fields import In, Text
from plugins.bank_transfer.plugin import PLUGIN
from tests import invariants
from tests.actors import Answer, Merchant
from tests.conftest import AppMaker, Clock
from tests.core.by_wire.words import pays, receipt, tells
from tests.plugin_yard import make_plugin
from tests.purse import Purse
from tests.purse import register as register_purse
from tests.vocabulary import BANK, BuyerActor, Shop
from tests.wire import NoSettings, Wire, told

pytestmark = pytest.mark.both_databases


class KeyIn(In):
    """What the cable's plugin must be told."""

    key = Text(required=True)


class Inspector:
    """The wire's own check of an account, and what it finds there."""

    def __init__(self) -> None:
        self.finds: dict[str, list[str]] = {}

    def check(self, given: Any, account: Any) -> list[str]:
        """What is wrong with the account."""
        found = self.finds.get(account.name if account else "", [])
        if found == ["raise"]:
            raise Refused("The key secret-key-of-cable is not known there.")
        return found


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def purse() -> Purse:
    return Purse()


@pytest.fixture
def inspector() -> Inspector:
    return Inspector()


@pytest.fixture
def app(make_app: AppMaker, wire: Wire, purse: Purse, inspector: Inspector) -> Flask:
    cable = Wire()
    cable.name, cable.title = "cable", {"en": "Cable", "zh": "电汇"}
    account: type[Schema] = NoSettings
    return make_app(
        EXTRA_PLUGINS=[
            make_plugin("wire", {"register_payment_channels": lambda: [wire]}, account=account, check=inspector.check),
            make_plugin(
                "cable", {"register_payment_channels": lambda: [cable]}, account=KeyIn, account_secret=("key",),
                settings=KeyIn, secret=("key",),
            ),
            register_purse(purse),
        ]
    )  # fmt: skip


@pytest.fixture
def shop(merchant: Merchant, clock: Clock) -> Shop:
    shop = Shop(merchant)
    shop.sells("tea", 4900)
    shop.api.post("accounts", {"plugin": "wire", "name": "main", "settings": {}})
    shop.turns_on("wire")
    shop.turns_on("purse")
    return shop


@pytest.fixture
def mei(shop: Shop) -> BuyerActor:
    return shop.buyer("Mei")


def lists(shop: Shop, *methods: str | dict[str, Any], status: int | None = None) -> Answer:
    """The merchant lists its ways to pay, each by its name or whole."""
    etag = shop.api.get("payment-methods").etag
    body = {"methods": [{"name": one} if isinstance(one, str) else one for one in methods]}
    if status is not None:
        return shop.api.refused(status, "PUT", "payment-methods", body, headers=etag)
    return shop.api.put("payment-methods", body, etag)


def seen(shop: Shop, name: str) -> Any:
    """A method as the merchant sees it."""
    return next(row for row in shop.api.get("payment-methods")["methods"] if row["name"] == name)


def offered(buyer: Any) -> list[str]:
    return [row["channel"] for row in buyer.get("payment-methods")["data"]]


# ---------------------------------------------------------------------------------------------- order and names
def test_buyers_see_the_ways_to_pay_in_the_merchants_order_and_words(shop: Shop, mei: BuyerActor) -> None:
    assert offered(mei.api) == ["bank_transfer", "wire", "purse"], "as the plugins stand"
    lists(
        shop, {"name": "purse", "title": {"zh": "我的钱包"}}, {"name": "wire", "title": {"en": "Quick", "zh": "快付"}}
    )
    found = mei.api.get("payment-methods")["data"]
    assert [(row["channel"], row["kind"]) for row in found] == [
        ("purse", "tender"), ("wire", "cash"), ("bank_transfer", "cash"),
    ]  # fmt: skip
    assert [row["title"] for row in found[:2]] == [{"en": "Purse", "zh": "我的钱包"}, {"en": "Quick", "zh": "快付"}]
    shown = seen(shop, "purse")
    assert (shown["own_title"], shown["title"]["en"], shown["offered"]) == ({"zh": "我的钱包"}, "Purse", True)


def test_reports_call_a_method_by_the_merchants_words(shop: Shop, mei: BuyerActor) -> None:
    lists(shop, {"name": "bank_transfer", "title": {"en": "Our bank", "zh": "对公"}})
    shop.sees_money(mei.orders({"tea": 1}))
    assert shop.api.get("reports/dashboard")["methods"][0]["title"] == {"en": "Our bank", "zh": "对公"}


def test_a_buyer_is_told_what_is_in_the_purse_and_a_visitor_is_not(shop: Shop, mei: BuyerActor, purse: Purse) -> None:
    purse.fills(shop, mei, 1234)
    balances = {row["channel"]: row["balance"] for row in mei.api.get("payment-methods")["data"]}
    assert balances == {"bank_transfer": None, "wire": None, "purse": 1234}
    visitor = shop.merchant.visitor.get("payment-methods")["data"]
    assert {row["balance"] for row in visitor} == {None} and len(visitor) == 3
    purse.is_ill = True
    assert {row["balance"] for row in mei.api.get("payment-methods")["data"]} == {None}


def test_two_people_who_edit_the_list_do_not_overwrite_each_other(shop: Shop) -> None:
    etag = shop.api.get("payment-methods").etag
    shop.api.put("payment-methods", {"methods": [{"name": "wire"}]}, etag)
    late = shop.api.refused(412, "PUT", "payment-methods", {"methods": []}, headers=etag)
    assert late["code"] == "version_changed"
    assert shop.api.refused(428, "PUT", "payment-methods", {"methods": []})["code"] == "precondition_required"
    assert [row["name"] for row in shop.api.get("payment-methods")["methods"]][0] == "wire"


def test_a_list_that_cannot_be_is_refused_by_the_field_at_fault(shop: Shop) -> None:
    for methods, pointer, code in (
        (["wire", "wechat"], "/methods/1/name", "unknown"),
        (["wire", "purse", "wire"], "/methods/2/name", "repeated"),
        ([{"name": "wire", "title": {"zh": ""}}], "/methods/0/title/zh", "blank"),
        ([{"name": "wire", "title": {"!": "x"}}], "/methods/0/title/!", "bad_language"),
        ([{"name": "wire", "enabled": "no"}], "/methods/0/enabled", "wrong_type"),
    ):
        errors = lists(shop, *methods, status=422)["errors"]
        assert [(error["pointer"], error["code"]) for error in errors] == [(pointer, code)]
    assert {str(row["own_title"]) for row in shop.api.get("payment-methods")["methods"]} == {"{}"}, "nothing changed"


def test_the_list_has_a_door_of_its_own_and_stays_when_other_settings_change(shop: Shop) -> None:
    lists(shop, "purse")
    etag = shop.api.get("settings").etag
    problem = shop.api.refused(422, "PATCH", "settings", {"payment_methods": []}, headers=etag)
    assert problem["errors"][0]["code"] == "unknown_field"
    shop.sets(freight_flat=300)
    assert [row["name"] for row in shop.api.get("payment-methods")["methods"]][0] == "purse"
    assert "payment_methods" not in shop.api.get("settings/schema")["properties"]


# ---------------------------------------------------------------------------------------------- off and on
@pytest.mark.parametrize("by", ["the list", "its plugin"])
def test_one_that_is_switched_off_is_gone_at_once_while_old_notices_still_count(
    shop: Shop, mei: BuyerActor, by: str, app: Flask
) -> None:
    order = mei.orders({"tea": 1})
    payment = pays(mei, order)
    if by == "the list":
        lists(shop, {"name": "wire", "enabled": False})
    else:
        shop.api.post("plugins/wire/disable", {})
    assert offered(mei.api) == offered(shop.merchant.visitor) == ["bank_transfer", "purse"]
    assert not seen(shop, "wire")["offered"]
    other = mei.orders({"tea": 1})
    problem = pays(mei.is_refused(422), other)
    assert (
        problem.errors[0].code == "not_offered" and "'wire' is not offered; these are: bank_transfer" in problem.detail
    )
    assert mei.sees(other).payments == []
    assert tells(shop, told(receipt(payment))).status_code == 204
    assert (mei.sees(order).state, mei.sees(order).paid) == ("awaiting_shipment", 4900)
    with app.app_context():
        assert invariants.broken() == []


def test_a_tender_that_is_switched_off_pays_nothing_more(shop: Shop, mei: BuyerActor, purse: Purse) -> None:
    purse.fills(shop, mei, 9000)
    lists(shop, {"name": "purse", "enabled": False})
    assert "purse" not in offered(mei.api)
    order = mei.orders({"tea": 1})
    assert mei.is_refused(422).does(order, "payments", tenders=[{"channel": "purse"}]).errors[0].code == "not_offered"
    assert mei.sees(order).payments == []
    lists(shop, "purse")
    assert mei.does(order, "payments", tenders=[{"channel": "purse"}]).state == "settled"


def test_a_payment_that_fails_leaves_the_order_payable_and_says_so(
    shop: Shop, mei: BuyerActor, wire: Wire, clock: Clock
) -> None:
    before = counted("wire")
    wire.says("start", Started("failed", failure="the card was declined"))
    order = mei.orders({"tea": 1})
    problem = pays(mei.is_refused(502), order)
    assert (problem.code, problem.detail) == ("channel_refused", "the card was declined")
    failed = mei.sees(order).payments[0]
    assert (failed.state, failed.failure) == ("failed", "the card was declined")
    clock.settles()
    assert [row["name"] for row in mei.inbox()][0] == "order.payment_failed"
    order = mei.sees(order)
    assert order.state == "pending_payment" and "pay" in order.actions
    payment = pays(mei, order)
    assert payment.state == "open" and payment.out_trade_no != failed.out_trade_no
    tells(shop, told(receipt(payment)))
    assert counted("wire") - before == Counter(created=2, failed=1, open=1, settled=1)


def counted(channel: str) -> Counter[str]:
    """Payments of a channel by the states they came to, as those who watch the shop see it."""
    found = re.findall(rf'merx_payments_total{{channel="{channel}",state="(\w+)"}} (\d+)', metrics.text().decode())
    return Counter({state: int(times) for state, times in found})


# ---------------------------------------------------------------------------------------------- what is missing
def test_what_is_missing_keeps_a_method_off_and_is_named(shop: Shop, mei: BuyerActor) -> None:
    found = seen(shop, "cable")
    assert [(lack["code"], lack["names"]) for lack in found["missing"]] == [
        ("settings", ["key"]), ("plugin_off", []), ("no_account", []),
    ]  # fmt: skip
    assert shop.api.refused(422, "POST", "plugins/cable/enable", {})["errors"][0]["pointer"] == "/key"
    problem = shop.api.refused(422, "POST", "accounts", {"plugin": "cable", "name": "main", "settings": {}})
    assert problem["errors"][0]["pointer"] == "/settings/key"

    lists(shop, {"name": "cable", "enabled": False})
    problem = lists(shop, "cable", status=409)
    assert problem["code"] == "method_not_ready" and "Set key of plugin cable." in problem["detail"]
    assert [lack["code"] for lack in problem["missing"]] == ["settings", "plugin_off", "no_account"]
    shop.sets_plugin("cable", key="secret-key-of-cable")
    shop.turns_on("cable")
    assert [lack["code"] for lack in lists(shop, "cable", status=409)["missing"]] == ["no_account"]
    account = {"plugin": "cable", "name": "main", "settings": {"key": "secret-key-of-cable"}}
    shop.api.post("accounts", account)
    lists(shop, "cable")
    assert seen(shop, "cable")["offered"] and offered(mei.api)[0] == "cable"


def test_an_account_that_its_plugin_no_longer_understands_is_named(shop: Shop, app: Flask) -> None:
    stricter = type("Stricter", (PLUGIN.account,), {"iban": Text(required=True)})  # type: ignore[arg-type]
    with app.app_context():
        known: Any = plugins.manifests()
        object.__setattr__(known["bank_transfer"], "account", stricter)
    try:
        missing = seen(shop, "bank_transfer")["missing"]
    finally:
        object.__setattr__(PLUGIN, "account", stricter.__bases__[0])
    assert [(lack["code"], lack["account"], lack["names"]) for lack in missing] == [
        ("account_settings", "main", ["iban"])
    ]


# ---------------------------------------------------------------------------------------------- testing
def test_a_test_asks_the_plugin_about_every_open_account(shop: Shop, inspector: Inspector) -> None:
    shop.api.post("accounts", {"plugin": "wire", "name": "branch", "settings": {}})
    shop.api.post("accounts", {"plugin": "wire", "name": "closed", "settings": {}, "enabled": False})
    well = shop.api.post("payment-methods/wire/test")
    assert well["ok"] and [(one["name"], one["ok"]) for one in well["accounts"]] == [("main", True), ("branch", True)]
    inspector.finds = {"branch": ["The certificate ends tomorrow."]}
    ill = shop.api.post("payment-methods/wire/test")
    assert not ill["ok"] and ill["findings"] == []
    assert [one["findings"] for one in ill["accounts"]] == [[], ["The certificate ends tomorrow."]]


def test_a_test_of_what_is_not_ready_says_what_is_missing_and_shows_no_secret(shop: Shop, inspector: Inspector) -> None:
    told_of = shop.api.post("payment-methods/cable/test")
    assert not told_of["ok"] and told_of["findings"][0] == "Set key of plugin cable." and told_of["accounts"] == []
    shop.sets_plugin("cable", key="secret-key-of-cable")
    inspector.finds = {"main": ["raise"]}
    refused = shop.api.post("payment-methods/wire/test")["accounts"][0]
    assert not refused["ok"] and "is not known there" in refused["findings"][0]
    assert "secret-key" not in str(refused)
    assert shop.api.refused(404, "POST", "payment-methods/paypal/test")["code"] == "not_found"


def test_who_may_change_plugins_may_change_the_ways_to_pay(shop: Shop) -> None:
    finance, operator = shop.employs("finance"), shop.employs("operator")
    for method, path in (("GET", "payment-methods"), ("PUT", "payment-methods"), ("POST", "payment-methods/wire/test")):
        body = {"methods": []} if method == "PUT" else None
        assert finance.is_refused(403).asks(method, path, body).code == "forbidden"
    assert operator.asks("POST", "payment-methods/wire/test").ok


def test_a_second_account_does_not_list_a_method_twice(shop: Shop, mei: BuyerActor) -> None:
    shop.api.post("accounts", {"plugin": "bank_transfer", "name": "second", "settings": BANK})
    assert offered(mei.api).count("bank_transfer") == 1
