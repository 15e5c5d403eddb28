"""Text messages and WeChat messages: signed, once each, tried again when it helps, only to where they may go."""

from typing import Any

import pytest
from flask import Flask

from core.addresses import shut_address
from tests.conftest import Clock
from tests.plugins.notifications.conftest import APP, PHONE
from tests.plugins.notifications.senders import SmsGateway, Wechat
from tests.server import serving
from tests.vocabulary import BuyerActor, Shop

SECRET = "Kanari-gateway-secret"


def ships(shop: Shop, mei: BuyerActor, clock: Clock) -> Any:
    """An order that is on its way."""
    order = shop.sees_money(mei.orders({"tea": 1}))
    clock.settles()
    order = shop.sends(order)
    clock.settles()
    return order


def test_a_text_message_is_signed_and_sent_once_although_the_gateway_stumbles(
    shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    gateway = SmsGateway(SECRET, answers=[503, 429])
    with serving(gateway.app()) as url:
        shop.sets_plugin("notifications", sms_url=f"{url}/send", sms_secret=SECRET, sms_sender="Acme")
        order = ships(shop, mei, clock)
        clock.passes(minutes=5)
    (sent,) = gateway.sent.values()
    assert gateway.posts == 3
    assert (sent["to"], sent["sender"], sent["language"]) == (PHONE, "Acme", "zh")
    assert sent["text"] == f"订单 {order.number} 已发货。"
    (row,) = shop.lists("notifications/deliveries", channel="sms")
    assert (row["status"], row["reference"], row["tries"], row["to"]) == ("sent", "sms-1", 3, "138****1234")


def test_a_gateway_that_refuses_is_not_asked_again(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    gateway = SmsGateway("another secret")
    with serving(gateway.app()) as url:
        shop.sets_plugin("notifications", sms_url=f"{url}/send", sms_secret=SECRET)
        order = ships(shop, mei, clock)
        clock.passes(hours=20)
    assert gateway.posts == 1 and order.state == "shipped"
    (row,) = shop.lists("notifications/deliveries", channel="sms")
    assert (row["status"], row["result"]) == ("failed", "the gateway answered 401")


def wechat_template(shop: Shop) -> None:
    """Mei's account is told by WeChat when her order is sent."""
    shop.asks(
        "POST", "notifications/templates",
        {
            "event": "order.shipped", "audience": "buyer", "channel": "wechat_template", "language": "zh",
            "provider_template": "TPL-1", "provider_values": {"character_string1": "{number}", "thing2": "{shop}"},
        },
    )  # fmt: skip


def test_a_wechat_message_fills_the_accounts_own_template_and_renews_its_token(
    shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    wechat = Wechat(APP, SECRET)
    with serving(wechat.app()) as url:
        shop.sets_plugin("notifications", wechat_url=url, wechat_app_id=APP, wechat_secret=SECRET)
        wechat_template(shop)
        first = ships(shop, mei, clock)
        wechat.valid = "somebody else asked for a new one"
        wechat.errors = [-1]
        ships(shop, mei, clock)
        clock.passes(minutes=5)
    one, two = wechat.sent.values()
    assert (one["touser"], one["template_id"]) == ("openid-mei", "TPL-1")
    assert one["data"] == {"character_string1": {"value": first.number}, "thing2": {"value": "Acme"}}
    assert wechat.tokens == 2 and two["client_msg_id"] != one["client_msg_id"]
    rows = shop.lists("notifications/deliveries", channel="wechat_template")
    assert [row["status"] for row in rows] == ["sent", "sent"] and SECRET not in str(rows)


def test_who_does_not_follow_the_account_is_not_asked_again(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    wechat = Wechat(APP, SECRET, errors=[43004])
    with serving(wechat.app()) as url:
        shop.sets_plugin("notifications", wechat_url=url, wechat_app_id=APP, wechat_secret=SECRET)
        wechat_template(shop)
        ships(shop, mei, clock)
        clock.passes(hours=20)
    (row,) = shop.lists("notifications/deliveries", channel="wechat_template")
    assert row["status"] == "failed" and "43004" in row["result"] and wechat.sent == {}


def test_a_merchant_cannot_make_us_call_into_our_own_network(
    app: Flask, shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    gateway = SmsGateway(SECRET)
    app.config["NOTIFY_HOSTS"] = ""
    with serving(gateway.app()) as url:
        shop.sets_plugin("notifications", sms_url=f"{url}/send", sms_secret=SECRET)
        ships(shop, mei, clock)
    assert gateway.posts == 0
    (row,) = shop.lists("notifications/deliveries", channel="sms")
    assert row["status"] == "waiting" and "not public" in row["result"]


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.1.1", "0.0.0.0", "100.64.0.1", "224.0.0.1", "::1",
     "::ffff:10.0.0.1", "fe80::1%eth0", "fd00::1", "64:ff9b::a00:1", "2002:a00:1::"],
)  # fmt: skip
def test_addresses_that_are_not_public_are_known(address: str) -> None:
    assert shut_address(address)


def test_public_addresses_are_called() -> None:
    assert shut_address("8.8.8.8") is None and shut_address("2606:4700::1111") is None
