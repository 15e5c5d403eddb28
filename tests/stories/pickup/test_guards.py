"""Every guard of a handover: who may, for which order, with which refunds, when; what is refused changes nothing."""

import pytest

from core.db import all_of, reading
from plugins.pickup.models import PickupOrder
from tests.conftest import Clock
from tests.plugins.pickup import counter
from tests.plugins.pickup.counter import at, buys, own, previews, redeems, scans, sums, units, works_at
from tests.vocabulary import BuyerActor, Shop

pytestmark = pytest.mark.both_databases


def nothing_happened(shop: Shop, order: counter.Told, state: str = "awaiting_shipment") -> None:
    """The order stands where it stood and nothing was counted."""
    assert (shop.sees(order).state, sums(shop)) == (state, ({}, 0))
    assert shop.lists("pickup/redemptions") == []


def test_a_code_of_another_store_is_answered_like_one_that_is_not_there(
    shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    west = works_at(shop, "west")
    order = buys(shop, mei, {"tea": 1})
    mine = own(mei, order)
    for shown in (mine.code, mine.token):
        answers = [previews(west.is_refused(404), code) for code in (shown, "000000000000")]
        answers += [redeems(west.is_refused(404), code, 0) for code in (shown, "000000000000")]
        told = [{k: v for k, v in one.told.items() if k not in ("request_id", "instance")} for one in answers]
        assert told[0] == told[1] == told[2] == told[3] and told[0]["code"] == "pickup_unknown_code"
    for path in ("preparation", "returns", "renewal"):
        body = {"state": "prepared"} if path == "preparation" else {"lines": units(order, tea=1)}
        west.is_refused(404).asks("POST", f"pickup/orders/{order.number}/{path}", {} if path == "renewal" else body)
    assert west.lists("pickup/orders") == [] and len(works_at(shop, "east").lists("pickup/orders")) == 1
    nothing_happened(shop, order)
    assert scans(works_at(shop, "west", "east"), mine.token).left == 0


def test_only_who_may_redeem_does(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    order = buys(shop, mei, {"tea": 1})
    code = own(mei, order).code
    packer = works_at(shop, "east", role="warehouse")
    for step in (previews, redeems):
        rest = () if step is previews else (0,)
        assert step(packer.is_refused(403), code, *rest).code == "forbidden"
    clerk = works_at(shop, "east")
    member = next(row for row in shop.lists("staff") if row["name"] == clerk.api.name)  # type: ignore[attr-defined]
    shop.api.patch(f"staff/{member['id']}", {"enabled": False}, shop.api.get(f"staff/{member['id']}").etag)
    assert clerk.api.send("POST", "pickup/preview", json={"code": code}).status == 401
    nothing_happened(shop, order)
    key = shop.merchant.api_key("pickup.redeem")
    assert key.post("pickup/preview", {"code": code})["number"] == order.number
    done = key.post("pickup/redemptions", {"code": code, "version": 0, "nonce": "by a server"})
    assert (done["verifier"], done["left"]) == ("a server", 0)


def test_an_order_has_no_code_before_all_of_it_is_paid(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    order = mei.orders({"tea": 1}, **at())
    assert (own(mei, order).code, own(mei, order).status) == (None, "placed")
    mei.is_refused(404).asks("GET", f"pickup/orders/{order.number}/qr.png")
    nothing_happened(shop, order, "pending_payment")
    bo = shop.buyer("Bo")
    bo.is_refused(404).asks("GET", f"pickup/orders/{order.number}")
    bo.is_refused(404).asks("POST", f"pickup/orders/{order.number}/change", {"store": "west"})
    sent = shop.sees_money(mei.orders({"tea": 1}))
    mei.is_refused(404).asks("GET", f"pickup/orders/{sent.number}")


def test_what_is_held_back_or_closed_is_not_handed_over(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    shop.sets(risk_hold_amount=1)
    order = buys(shop, mei, {"tea": 1})
    assert order.state == "paid"
    clerk, code = works_at(shop, "east"), own(mei, order).code
    seen = previews(clerk, code)
    assert seen.refused.code == redeems(clerk.is_refused(409), code, seen).code == "pickup_held"
    nothing_happened(shop, order, "paid")
    order = shop.refunds(order)
    shop.withdraws_refund(order)
    assert (shop.sees(order).state, own(mei, order).code) == ("paid", code)
    shop.does(order, "free")
    today = {"first_day": "2026-03-02", "last_day": "2026-03-02", "reason": "stocktaking"}
    closure = shop.asks("POST", "pickup/stores/east/closures", today)
    seen = previews(clerk, code)
    assert seen.refused.code == redeems(clerk.is_refused(409), code, seen).code == "pickup_store_closed"
    shop.asks("POST", f"pickup/closures/{closure.id}/lift", {})
    assert redeems(clerk, code, seen).left == 0


def test_units_with_an_open_refund_are_not_handed_over_and_the_others_are(
    shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    clerk = works_at(shop, "east")
    order = buys(shop, mei, {"tea": 3, "cup": 1})
    code = own(mei, order).code
    shop.refunds(order, {"tea": 1, "cup": 1}, reason="changed_mind")
    clock.settles()
    seen = previews(clerk, code)
    assert [(row.sku, row.left, row.refunding) for row in seen.lines] == [("tea", 2, 1), ("cup", 0, 1)]
    assert (seen.refund, seen.refused) == ("applying", None)
    for wanted in ({"tea": 3}, {"cup": 1}):
        told = redeems(clerk.is_refused(409), code, seen, lines=units(order, **wanted))
        assert told.code == "pickup_refund_open"
    nothing_happened(shop, order)
    assert redeems(clerk, code, seen).left == 0
    order = shop.sees(order)
    assert order.state == "awaiting_shipment"
    shop.transfers_back(order)
    assert shop.sees(order).state == "completed"
    assert sums(shop) == ({"east": 2 * counter.TEA}, 2 * counter.TEA)


def test_an_order_that_is_asked_back_whole_is_not_handed_over_until_it_is_withdrawn(
    shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    clerk = works_at(shop, "east")
    order = buys(shop, mei, {"tea": 1})
    code = own(mei, order).code
    order = shop.refunds(order)
    seen = previews(clerk, code)
    assert (seen.state, seen.refused.code) == ("refunding", "pickup_refund_open")
    assert redeems(clerk.is_refused(409), code, seen).code == "pickup_refund_open"
    nothing_happened(shop, order, "refunding")
    shop.withdraws_refund(order)
    assert scans(clerk, code).left == 0
    gone = buys(shop, mei, {"tea": 1})
    code = own(mei, gone).code
    shop.refunds(gone)
    clock.settles()
    shop.transfers_back(shop.sees(gone))
    assert shop.sees(gone).state == "refunded"
    seen = previews(clerk, code)
    assert seen.refused.code == redeems(clerk.is_refused(409), code, seen).code == "pickup_over"


def test_goods_of_a_pickup_leave_against_their_code_only(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    order = buys(shop, mei, {"tea": 1})
    assert shop.is_refused(409).hands_over(order).code == "pickup_needs_code"
    assert shop.is_refused(409).sends(order).code == "pickup_needs_code"
    nothing_happened(shop, order)


def test_a_second_scan_is_told_who_was_first_and_changes_nothing(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    clerk, other = works_at(shop, "east"), works_at(shop, "east")
    order = buys(shop, mei, {"tea": 1})
    code = own(mei, order).code
    seen = previews(other, code)
    done = scans(clerk, code, device="till 1")
    clock.passes(minutes=5)
    before = shop.sees(order).told
    for told in (redeems(other.is_refused(409), code, seen), previews(other.is_refused(409), code)):
        first = told.redeemed
        assert (told.code, first.by, first.store, first.device) == ("already_redeemed", done.verifier, "east", "till 1")
        assert first.at == done.at and "Store East" in told.detail
    assert shop.sees(order).told == before and sums(shop) == ({"east": counter.TEA}, counter.TEA)


def test_the_same_nonce_gets_the_same_answer_however_often(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    clerk, other = works_at(shop, "east"), works_at(shop, "east")
    order = buys(shop, mei, {"tea": 3})
    code = own(mei, order).code
    seen = previews(clerk, code)
    first = redeems(clerk, code, seen, nonce="nonce-0001", lines=units(order, tea=1))
    clock.passes(hours=9)
    again = redeems(clerk, code, seen, nonce="nonce-0001", lines=units(order, tea=1))
    assert again.told == first.told and previews(clerk, code).lines[0].left == 2
    with_more = redeems(clerk.is_refused(422), code, seen, nonce="nonce-0001", lines=units(order, tea=2))
    assert with_more.code == "nonce_used"
    assert redeems(other.is_refused(409), code, seen, nonce="nonce-0001").code == "already_redeemed"
    elsewhere = own(mei, buys(shop, mei, {"cup": 1})).code
    assert redeems(clerk.is_refused(422), elsewhere, 0, nonce="nonce-0001").code == "nonce_used"
    assert scans(clerk, code).left == 0
    assert redeems(clerk, code, seen, nonce="nonce-0001").told == first.told


def test_whoever_enters_too_many_wrong_codes_waits_and_nobody_else_does(
    shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    shop.sets_plugin("pickup", wrong_codes=3)
    clerk, other = works_at(shop, "east"), works_at(shop, "east")
    code = own(mei, buys(shop, mei, {"tea": 1})).code
    for wrong in ("123456789012", f"PK1.AAAA.{'x' * 22}", "no code at all"):
        previews(clerk.is_refused(404), wrong)
    for step in (previews, redeems):
        rest = () if step is previews else (0,)
        told = step(clerk.is_refused(429), code, *rest)
        assert told.code == "pickup_too_many_codes"
    answer = clerk.api.send("POST", "pickup/preview", json={"code": code})
    assert 0 < int(answer.headers["Retry-After"]) <= 600
    assert previews(other, code).refused is None
    clock.passes(minutes=10)
    assert scans(clerk, code).left == 0


def test_the_database_holds_no_code_and_the_qr_says_nothing_of_the_order(
    shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    order = buys(shop, mei, {"tea": 1})
    mine = own(mei, order)
    with shop.merchant.inside(), reading():
        (row,) = all_of(PickupOrder, shop.merchant.id)
        kept = " ".join(str(getattr(row, column.key)) for column in PickupOrder.__table__.columns)
    assert mine.code not in kept and order.id not in mine.token and order.number not in mine.token
    for kind, begins in (("png", b"\x89PNG"), ("svg", b"<?xml")):
        answer = mei.api.send("GET", f"pickup/orders/{order.number}/qr.{kind}")
        assert answer.status == 200 and answer.body.startswith(begins)
        assert answer.headers["Cache-Control"] == "no-store"
    forged = mine.token[:-2] + ("AA" if not mine.token.endswith("AA") else "BB")
    previews(shop.is_refused(404), forged)
    assert previews(shop, mine.token).number == order.number
