"""People are written to about their orders: once each, in their language, whatever the mail server does meanwhile."""

import logging
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from core import clock as core_clock
from core import plugins
from core.db import all_of, reading, transaction
from core.models import Event
from plugins.notifications import jobs, sending
from plugins.notifications.models import NotificationDelivery
from tests.conftest import Clock
from tests.logbook import written
from tests.plugins.notifications.post_office import PASSWORD, PostOffice
from tests.told import Told
from tests.vocabulary import BuyerActor, Shop

pytestmark = pytest.mark.both_databases


def deliveries(shop: Shop, **filters: Any) -> list[Any]:
    """What staff see of them."""
    return shop.lists("notifications/deliveries", **filters)


def is_bought(shop: Shop, buyer: BuyerActor, clock: Clock) -> Told:
    """Ordered and paid."""
    order = shop.sees_money(buyer.orders({"tea": 2}))
    clock.settles()
    return order


def test_each_step_is_told_once_to_whom_it_concerns(
    post_shop: Shop, mei: BuyerActor, office: PostOffice, clock: Clock
) -> None:
    order = is_bought(post_shop, mei, clock)
    post_shop.sends(order, tracking_no="SF1000")
    clock.settles()
    number = order.number
    assert sorted(office.subjects(mei.email)) == sorted(
        [f"订单 {number} 已提交", f"订单 {number} 已付款", f"订单 {number} 已发货"]
    )
    assert office.subjects("boss@acme.example") == [f"新订单 {number}"]
    assert office.subjects("north@acme.example") == [f"待发货：{number}"]
    sent = next(one for one in office.to(mei.email) if "已发货" in one["Subject"])
    assert "SF SF1000" in sent.get_content() and sent["From"] == "Acme 商店 <shop@acme.example>"
    paid = next(one for one in office.to(mei.email) if "已付款" in one["Subject"])
    assert "Mei，您好" in paid.get_content() and "¥98.00" in paid.get_content() and "Tea × 2" in paid.get_content()
    rows = deliveries(post_shop, order_id=order.id)
    assert {row["status"] for row in rows} == {"sent"} and len(rows) == 5
    assert all(row["to"].endswith(("***@example.com", "***@acme.example")) for row in rows), "addresses are masked"
    assert len(mei.inbox()) == 3, "the inbox is filled beside it"


def test_who_reads_english_is_written_to_in_english(
    post_shop: Shop, mei: BuyerActor, office: PostOffice, clock: Clock
) -> None:
    mei.asks("PATCH", "me", {"language": "en"})
    order = is_bought(post_shop, mei, clock)
    assert sorted(office.subjects(mei.email)) == [f"Your order {order.number}", f"Your payment for {order.number}"]


def test_the_merchants_own_words_are_said_in_place_of_the_built_in_ones(
    post_shop: Shop, mei: BuyerActor, office: PostOffice, clock: Clock
) -> None:
    place = {"event": "order.paid", "audience": "buyer", "channel": "email"}
    own = {"subject": "Danke {customer}", "body": "{{{number}}} für {shop}"}
    post_shop.asks("POST", "notifications/templates", {**place, "language": "zh", **own})
    post_shop.asks(
        "POST", "notifications/templates",
        {"event": "order.placed", "audience": "buyer", "channel": "email", "language": "zh", "enabled": False},
    )  # fmt: skip
    order = is_bought(post_shop, mei, clock)
    assert office.subjects(mei.email) == ["Danke Mei"]
    assert office.to(mei.email)[0].get_content().strip() == f"{{{order.number}}} für Acme"


def test_a_server_that_is_down_for_an_hour_delays_letters_and_doubles_none(
    post_shop: Shop, mei: BuyerActor, office: PostOffice, clock: Clock
) -> None:
    office.shuts()
    order = is_bought(post_shop, mei, clock)
    assert order.state == "awaiting_shipment", "the order does not care"
    clock.passes(minutes=30)
    order = post_shop.sends(order)
    clock.passes(minutes=30)
    assert office.letters == [] and order.state == "shipped"
    assert {row["status"] for row in deliveries(post_shop)} == {"waiting"}
    office.opens()
    clock.passes(hours=1)
    assert len(office.subjects(mei.email)) == len(set(office.subjects(mei.email))) == 3
    assert len(office.letters) == 5 and {row["status"] for row in deliveries(post_shop)} == {"sent"}
    assert all(row["tries"] > 1 for row in deliveries(post_shop))
    assert post_shop.cases(kind="notifications_stuck") == []


def test_told_twice_is_as_told_once(post_shop: Shop, mei: BuyerActor, office: PostOffice, clock: Clock) -> None:
    is_bought(post_shop, mei, clock)
    before = len(office.letters)
    merchant = post_shop.merchant
    with merchant.inside():
        with reading():
            events = [row.id for row in all_of(Event, merchant.id)]
            known = [row.id for row in all_of(NotificationDelivery, merchant.id)]
        for event_id in events:
            plugins.call_one("notifications", "after_event", event_id=event_id)
        for delivery_id in known:
            jobs.deliver(delivery_id)
    clock.passes(hours=2)
    assert len(office.letters) == before == 4 and len(deliveries(post_shop)) == 4


def test_who_opted_out_is_told_only_what_must_be_told(
    post_shop: Shop, mei: BuyerActor, office: PostOffice, clock: Clock
) -> None:
    mei.asks("POST", "notifications/channels", {"channel": "email", "wanted": False})
    order = is_bought(post_shop, mei, clock)
    order = post_shop.refunds(order)
    clock.settles()
    post_shop.transfers_back(order)
    clock.settles()
    number = order.number
    assert office.subjects(mei.email) == [f"订单 {number} 已提交", f"订单 {number} 退款中。", f"订单 {number} 已退款"]
    skipped = deliveries(post_shop, status="skipped")
    assert [row["event"] for row in skipped] == ["order.paid"] and skipped[0]["result"]
    mei.asks("POST", "notifications/channels", {"channel": "email", "wanted": True})
    is_bought(post_shop, mei, clock)
    assert len(office.subjects(mei.email)) == 5


def test_what_cannot_be_sent_for_long_becomes_one_case_and_goes_out_when_it_is_mended(
    post_shop: Shop, mei: BuyerActor, office: PostOffice, clock: Clock
) -> None:
    post_shop.sets_plugin("notifications", smtp_password="wrong")
    is_bought(post_shop, mei, clock)
    clock.passes(hours=20)
    failed = deliveries(post_shop, status="failed")
    assert len(failed) == 4 and all("535" in row["result"] for row in failed)
    (case,) = post_shop.cases(kind="notifications_stuck", status="open")
    assert "E-mail could not be sent" in case.title and office.letters == []
    post_shop.sets_plugin("notifications", smtp_password=PASSWORD)
    for row in failed:
        post_shop.asks("POST", f"notifications/deliveries/{row['id']}/retry")
    clock.settles()
    assert len(office.letters) == 4 and post_shop.cases(kind="notifications_stuck", status="open") == []
    post_shop.is_refused(409).asks("POST", f"notifications/deliveries/{failed[0]['id']}/retry")


def test_a_letter_whose_fate_is_unknown_is_not_sent_again_by_itself(
    post_shop: Shop, mei: BuyerActor, office: PostOffice, clock: Clock
) -> None:
    office.loses_answers = True
    is_bought(post_shop, mei, clock)
    office.loses_answers = False
    clock.passes(hours=20)
    assert len(office.subjects(mei.email)) == 2, "each went out once"
    unsure = deliveries(post_shop, status="unsure")
    assert len(unsure) == 4
    post_shop.asks("POST", f"notifications/deliveries/{unsure[0]['id']}/retry")
    clock.settles()
    assert len(office.letters) == 5 and len(deliveries(post_shop, status="sent")) == 1


def test_an_address_that_is_refused_stops_nobody_else(
    post_shop: Shop, mei: BuyerActor, office: PostOffice, clock: Clock
) -> None:
    office.bad_addresses.add(mei.email)
    order = is_bought(post_shop, mei, clock)
    assert order.state == "awaiting_shipment" and office.subjects("boss@acme.example")
    failed = deliveries(post_shop, status="failed")
    assert len(failed) == 2 and all("550" in row["result"] and row["tries"] == 1 for row in failed)
    assert all(mei.email not in row["result"] for row in failed), "the address is masked there, too"


def test_a_worker_that_died_in_the_middle_leaves_a_doubtful_letter(
    post_shop: Shop, mei: BuyerActor, office: PostOffice, clock: Clock
) -> None:
    office.shuts()
    is_bought(post_shop, mei, clock)
    merchant = post_shop.merchant
    (row, *_) = deliveries(post_shop, audience="buyer")
    core_clock.freeze(clock.now + timedelta(minutes=1))
    with merchant.inside(), transaction():
        # taken, and then nothing more is heard of the worker
        assert sending.take(UUID(row["id"])) is not None
    office.opens()
    clock.passes(hours=3)
    (now_,) = [one for one in deliveries(post_shop) if one["id"] == row["id"]]
    assert now_["status"] == "unsure" and "died" in now_["result"]
    assert len(office.letters) == 3, "the others went out"


def test_the_password_is_seen_nowhere(post_shop: Shop, mei: BuyerActor, office: PostOffice, clock: Clock) -> None:
    with written(logging.DEBUG) as book:
        is_bought(post_shop, mei, clock)
        post_shop.sets_plugin("notifications", smtp_port=1)
        is_bought(post_shop, mei, clock)
        clock.passes(hours=20)
        shown = post_shop.asks("GET", "plugins/notifications")
        post_shop.asks("POST", "plugins/notifications/check", {})
    assert PASSWORD not in book.text and PASSWORD not in str(shown.told)
    assert PASSWORD not in str(deliveries(post_shop)) and PASSWORD not in str(post_shop.cases())
