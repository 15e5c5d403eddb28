"""Parcels that Kdniao follows: subscribed when the number is typed, seen at the next sync, pushed to the end."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from plugins.kdniao_logistics.client import CLIENT
from tests.conftest import Clock
from tests.plugins.kdniao_logistics.simulators import Kdn, simulator
from tests.stories.tracking.drivers import trail
from tests.vocabulary import RECEIVER, BuyerActor, Shop

pytestmark = pytest.mark.both_databases
PLACE = {"province": "广东省", "city": "深圳市", "area": "福田区"}
SENDER = PLACE | {"name": "Acme", "phone": "075555512345", "address": "2 Road & Co"}


@pytest.fixture
def kdn(shop: Shop, stage: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kdn]:
    """Kdniao, with an account of the shop's that pushes to its address."""
    monkeypatch.setattr(CLIENT, "_pause", lambda seconds: None)
    monkeypatch.setattr(CLIENT, "_patience", 1.0)
    stage.callback(CLIENT.close)
    kdn = stage.enter_context(simulator(tmp_path / "kdniao"))
    opens_account(shop, kdn)
    return kdn


def opens_account(shop: Shop, kdn: Kdn, **settings: object) -> None:
    """The shop writes its key down, turns the plugin on, and types its address into Kdniao's console."""
    body = {"plugin": "kdniao_logistics", "name": "kdn", "settings": kdn.settings(**settings)}
    shop.api.post("accounts", body)
    shop.turns_on("kdniao_logistics")
    shop.merchant.app.config["PUBLIC_URL"] = shop.merchant.base_url
    (address,) = shop.api.get("kdniao_logistics/push-addresses")["data"]
    kdn.switch(push_url=address["url"])


def test_entering_a_number_shows_the_trail_at_once_and_pushes_bring_the_rest(
    shop: Shop, mei: BuyerActor, clock: Clock, kdn: Kdn
) -> None:
    order = shop.sends(shop.sees_money(mei.orders({"tea": 1})), tracking_no="yt1000000000055", carrier="yto")
    clock.settles()
    (track,) = trail(mei, order)
    assert (track.carrier, track.carrier_title["zh"], track.tracking_no) == ("YTO", "圆通速递", "YT1000000000055")
    assert (track.status, len(track.points)) == ("collected", 1)
    (asked,) = kdn.calls("1008")
    assert (asked["OrderCode"], asked["LogisticCode"]) == (order.number, "YT1000000000055")
    clock.passes(hours=29)
    (push,) = kdn.flush()
    assert (push["accepted"], push["numbers"]) == (True, ["YT1000000000055"])
    assert trail(mei, order)[0].status == "on_the_way"
    assert kdn.flush() == [], "nothing is new"
    clock.passes(hours=2)
    assert kdn.flush()[0]["accepted"]
    clock.settles()
    (track,) = trail(mei, order)
    assert (track.status, len(track.points)) == ("signed", 5)
    assert shop.sees(order).shipments[0].parcels[0].delivered_at == track.points[0].at
    assert mei.inbox()[0]["texts"]["en"] == f"Parcel YT1000000000055 of order {order.number} was delivered."
    queries = len(kdn.calls("1002"))
    clock.passes(days=6)
    assert len(kdn.calls("1002")) == queries, "nobody asks after what is over"


def test_a_parcel_in_trouble_is_told_to_the_buyer_and_to_customer_service(
    shop: Shop, mei: BuyerActor, clock: Clock, kdn: Kdn
) -> None:
    order = shop.sends(shop.sees_money(mei.orders({"tea": 1})), tracking_no="STO000000000004", carrier="STO")
    clock.settles()
    said = f"Parcel STO000000000004 of order {order.number}: it was refused."
    assert [mail["texts"]["en"] for mail in mei.inbox()][0] == said
    assert said in [mail["texts"]["en"] for mail in shop.inbox()]
    assert trail(mei, order)[0].told["status"] == "returning"
    assert shop.cases(status="open") == []
    clock.passes(hours=25)
    kdn.flush()
    clock.settles()
    assert [case.kind for case in shop.cases(status="open")] == ["parcel_returned"]
    assert shop.sees(order).state == "shipped", "no trail moves an order"


def test_a_lost_parcel_is_a_case_and_its_money_goes_back(shop: Shop, mei: BuyerActor, clock: Clock, kdn: Kdn) -> None:
    order = shop.sees_money(mei.orders({"tea": 3}))
    order = shop.sends(order, {"tea": 2}, "STO000000000026", carrier="STO")
    order = shop.sends(order, tracking_no="STO000000000003", carrier="STO")
    clock.settles()
    said = f"Parcel STO000000000026 of order {order.number}: it is lost."
    assert said in [mail["texts"]["en"] for mail in mei.inbox()] and said in [m["texts"]["en"] for m in shop.inbox()]
    (case,) = shop.cases(status="open")
    assert (case.kind, case.order_id) == ("parcel_lost", order.id)
    order = shop.refunds(order, {"tea": 2}, reason="lost")
    clock.passes(days=9)
    assert shop.sees(order).state == "shipped", "nothing is confirmed while money is owed"
    order = shop.transfers_back(shop.sees(order))
    shop.asks("POST", f"cases/{case.id}/resolve", {"remark": "two of three are paid back"})
    clock.passes(days=7)
    order = shop.sees(order)
    assert (order.state, order.refund_axis, order.refunded) == ("completed", "part", 2 * 4900)


def test_sf_is_told_the_end_of_the_receivers_number(shop: Shop, mei: BuyerActor, clock: Clock, kdn: Kdn) -> None:
    order = shop.sends(shop.sees_money(mei.orders({"tea": 1})), tracking_no="SF1000000000003")
    clock.settles()
    assert kdn.calls("1008")[0]["CustomerName"] == "1234"
    assert trail(mei, order)[0].told["status"] == "signed"
    kdn.switch(tail="9999")
    shop.sells("cup", 300)
    shop.sends(shop.sees_money(mei.orders({"cup": 1})), tracking_no="SF1000000000055")
    clock.settles()
    (case,) = shop.cases(status="open")
    assert case.kind == "tracking_refused" and "手机尾号不正确" in case.title


def test_while_kdniao_is_down_the_goods_leave_and_the_trail_comes_when_it_is_back(
    shop: Shop, mei: BuyerActor, clock: Clock, kdn: Kdn
) -> None:
    kdn.fault("1008", "cut_after", count=3)
    kdn.fault("1008", "refuse_500", count=3)
    order = shop.sends(shop.sees_money(mei.orders({"tea": 1})), tracking_no="YT1000000000002", carrier="YTO")
    assert order.state == "shipped"
    clock.settles()
    assert trail(shop, order)[0].told["subscription"] == "waiting"
    clock.passes(minutes=2)
    track = trail(shop, order)[0]
    assert (track.subscription, track.status) == ("done", "on_the_way")


def test_a_number_that_changes_while_a_push_is_under_way_keeps_its_history_and_is_subscribed_anew(
    shop: Shop, mei: BuyerActor, clock: Clock, kdn: Kdn
) -> None:
    order = shop.sends(shop.sees_money(mei.orders({"tea": 1})), tracking_no="YT1000000000055", carrier="YTO")
    clock.settles()
    parcel = order.shipments[0].parcels[0]
    body = {"carrier": "ZTO", "tracking_no": "ZT1000000000055", "reason": "mistyped"}
    shop.asks("POST", f"parcels/{parcel.id}/tracking", body)
    clock.passes(hours=31)
    kdn.flush()
    clock.settles()
    (track,) = trail(mei, order)
    assert (track.tracking_no, track.status) == ("ZT1000000000055", "signed")
    old, new = trail(shop, order)
    assert (old.tracking_no, old.status, len(old.points)) == ("YT1000000000055", "collected", 1)
    assert [row["LogisticCode"] for row in kdn.calls("1008")] == ["YT1000000000055", "ZT1000000000055"]
    assert new.replaced_at is None


def test_a_label_is_printed_once_sent_with_its_number_and_another_is_given_back(
    shop: Shop, mei: BuyerActor, clock: Clock, kdn: Kdn
) -> None:
    account = next(one for one in shop.api.get("accounts")["data"] if one["plugin"] == "kdniao_logistics")
    etag = shop.api.get(f"accounts/{account['id']}").etag
    shop.api.patch(f"accounts/{account['id']}", {"settings": {"sender": SENDER}}, etag)
    order = shop.sees_money(mei.orders({"tea": 1}))
    wish = {"order": order.number, "carrier": "YTO", "receiver": PLACE}
    kdn.fault("1007", "cut_after", count=3)
    label = shop.asks("POST", "kdniao_logistics/labels", wish)
    assert (label.status, label.tracking_no) == ("planned", None)
    clock.passes(minutes=1)
    label = shop.asks("GET", f"kdniao_logistics/labels/{label.id}")
    assert label.status == "done" and label.order_code == f"{order.number}-1"
    assert {one["OrderCode"] for one in kdn.calls("1007")} == {label.order_code}
    assert kdn.calls("1007")[0]["Sender"]["Address"] == "2 Road ＆ Co"
    page = shop.api.send("GET", f"kdniao_logistics/labels/{label.id}/page")
    assert label.tracking_no in page.body.decode() and "sandbox" in page.headers["Content-Security-Policy"]
    other = shop.asks("POST", "kdniao_logistics/labels", wish)
    assert other.status == "done" and other.tracking_no != label.tracking_no
    corrected = RECEIVER | {"name": "Li Wei the younger"}
    assert shop.is_refused(409).edits_receiver(order, **corrected).code == "label_exists"
    order = shop.sends(order, tracking_no=label.tracking_no, carrier="YTO")
    clock.settles()
    assert trail(mei, order)[0].told["status"] == "collected"
    assert shop.is_refused(409).asks("POST", f"kdniao_logistics/labels/{label.id}/void").code == "label_is_used"
    assert shop.asks("POST", f"kdniao_logistics/labels/{other.id}/void").status == "void"
    assert shop.is_refused(409).asks("POST", f"kdniao_logistics/labels/{other.id}/void").code == "not_done"


def test_whose_number_it_may_be_is_recognised(shop: Shop, kdn: Kdn) -> None:
    assert [one["code"] for one in shop.api.get("carriers", tracking_no="YT1000000000055")["data"]] == ["YTO"]
    assert shop.api.get("carriers", tracking_no="0000")["data"] == []
    codes = [one["code"] for one in shop.api.get("carriers")["data"]]
    assert codes[:3] == ["SF", "ZTO", "YTO"] and len(codes) == len(set(codes)) > 500


def test_a_push_of_ten_long_trails_is_taken_and_an_endless_one_is_not(
    shop: Shop, mei: BuyerActor, clock: Clock, kdn: Kdn
) -> None:
    order = shop.sends(shop.sees_money(mei.orders({"tea": 1})), tracking_no="YT1000000000000", carrier="YTO")
    clock.settles()
    rows = [(clock.now - timedelta(minutes=n), "2", f"【上海市】快件运输中，下一站转运中心{n:04d}") for n in range(200)]
    numbers = [("YTO", f"YT{n:011d}00") for n in range(9)]
    for carrier, number in [("YTO", "YT1000000000000"), *numbers]:
        kdn.trail(carrier, number, *rows)
    letter = kdn.letter(("YTO", "YT1000000000000"), *numbers)
    assert 64 * 1024 < len(letter["body"]) < 1024 * 1024
    assert kdn.flush()[0]["accepted"]
    address = kdn.get("config")["switches"]["push_url"]
    form = {"Content-Type": letter["content_type"]}
    assert httpx.post(address, content=letter["body"], headers=form, trust_env=False).json()["Success"]
    assert len(trail(mei, order)[0].points) == 200
    endless = letter["body"] + "&x=" + "0" * 1024 * 1024
    assert httpx.post(address, content=endless, headers=form, trust_env=False).status_code == 413
