"""How goods leave: in parcels, from several warehouses, without a courier, to a corrected receiver."""

from datetime import timedelta

import pytest

from tests.conftest import Clock
from tests.vocabulary import BuyerActor, Shop

pytestmark = pytest.mark.both_databases


def test_one_warehouse_sends_in_two_parcels_and_the_clock_starts_with_the_last(
    shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    shop.sells("cup", 300)
    order = shop.sees_money(mei.orders({"tea": 3, "cup": 2}))
    order = shop.sends(order, {"tea": 2}, "SF1")
    assert (order.state, order.fulfilment_axis, order.shipments[0].state) == (
        "awaiting_shipment",
        "part",
        "part_shipped",
    )
    assert order.deadline("confirm") is None
    assert mei.is_refused(409).receives(order).state == "awaiting_shipment"
    assert shop.is_refused(422).sends(order, {"tea": 2}, "SF2").errors[0].code == "too_many"
    clock.passes(days=2)
    order = shop.sends(order, None, "SF2")
    assert (order.state, order.fulfilment_axis, order.shipments[0].state) == ("shipped", "shipped", "shipped")
    assert order.deadline("confirm") == clock.now + timedelta(days=7)
    parcels = order.shipments[0].parcels
    tea, cup = order.line("tea").id, order.line("cup").id
    assert [parcel.contents.told for parcel in parcels] == [{tea: 2}, {tea: 1, cup: 2}]
    assert mei.receives(order).state == "completed"


def test_two_warehouses_send_two_shipments_which_are_received_one_by_one(
    shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    shop.opens_warehouse("south")
    shop.stocks("tea", south=5)
    order = shop.sees_money(mei.orders({"tea": 13}))
    assert [(row.number, row.lines[0].quantity) for row in order.shipments] == [
        (f"{order.number}-1", 10),
        (f"{order.number}-2", 3),
    ]
    north, south = order.shipments
    assert "shipment_id" in shop.is_refused(422).sends(order).errors[0].pointer, "which warehouse's?"
    order = shop.sends(order, tracking_no="N1", shipment_id=north.id)
    assert (order.state, order.fulfilment_axis) == ("awaiting_shipment", "part")
    assert mei.is_refused(409).receives_shipment(north).state == "awaiting_shipment"
    order = shop.sends(order, {"tea": 1}, "S1", shipment_id=south.id)
    assert order.state == "awaiting_shipment"
    order = shop.sends(order, tracking_no="S2")
    assert order.state == "shipped"

    assert [row.actions for row in mei.sees(order).shipments] == [["receive"], ["receive"]]
    order = mei.receives_shipment(north)
    assert (order.state, order.line("tea").received) == ("shipped", 10)
    assert [row.actions for row in order.shipments] == [[], ["receive"]]
    assert mei.is_refused(409).receives_shipment(north).state == "received"
    order = mei.receives_shipment(south)
    assert (order.state, order.fulfilment_axis) == ("completed", "received")
    followed = [(row.source_state, row.target_state) for row in shop.history(order, "order") if row.move == "receive"]
    assert followed == [("shipped", "received")], "the order follows its shipments"


def test_the_shop_marks_one_shipment_received_and_the_clock_confirms_the_other(
    shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    shop.opens_warehouse("south")
    shop.stocks("tea", south=5)
    order = shop.sees_money(mei.orders({"tea": 13}))
    for number, shipment in enumerate(order.shipments):
        order = shop.sends(order, tracking_no=f"N{number}", shipment_id=shipment.id)
    order = shop.receives_shipment(order.shipments[1])
    assert (order.state, [row.state for row in order.shipments]) == ("shipped", ["shipped", "received"])
    clock.passes(days=7)
    order = shop.sees(order)
    assert (order.state, [row.state for row in order.shipments]) == ("completed", ["received", "received"])


def test_virtual_goods_are_handed_over_without_a_courier(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    shop.sells("song", 900, stock=0, virtual=True)
    assert mei.is_refused(422).is_quoted({"tea": 1}, by="none").code == "needs_delivery"
    order = shop.sees_money(mei.orders({"song": 1}, by="none"))
    assert order.receiver is None and order.shipments[0].warehouse_id is None
    assert "edit_receiver" not in order.actions
    assert shop.is_refused(409).edits_receiver(order).code == "move_refused"
    order = shop.hands_over(order)
    assert (order.state, order.shipments[0].parcels[0].carrier) == ("shipped", None)
    assert [row.move for row in shop.history(order, "order")][-1] == "hand_over"
    assert shop.is_refused(409).fixes_tracking(order.shipments[0].parcels[0], "SF9").code == "handed_over"
    assert mei.receives(order).state == "completed"


def test_a_wrong_tracking_number_is_mended_and_the_clock_is_not_started_anew(
    shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    order = shop.sends(shop.sees_money(mei.orders({"tea": 1})), tracking_no="SF-WRONG")
    due = order.deadline("confirm")
    clock.passes(days=1)
    parcel = order.shipments[0].parcels[0]
    order = shop.fixes_tracking(parcel, "SF-RIGHT")
    mended = order.shipments[0].parcels[0]
    assert (mended.tracking_no, order.deadline("confirm")) == ("SF-RIGHT", due)
    assert [(row.tracking_no, row.reason) for row in mended.history] == [("SF-WRONG", "mistyped")]
    log = shop.history(order, "order")[-1]
    assert (log.move, log.before.tracking_no, log.after.tracking_no) == ("fix_tracking", "SF-WRONG", "SF-RIGHT")
    assert shop.is_refused(409).fixes_tracking(parcel, "SF-RIGHT").code == "unchanged"
    for attempt in range(19):
        shop.fixes_tracking(parcel, f"SF-TRY-{attempt}")
    assert shop.is_refused(409).fixes_tracking(parcel, "SF-ONCE-MORE").code == "too_many_corrections"
    mei.receives(order)
    assert shop.is_refused(409).fixes_tracking(parcel, "SF3").code == "received"


def test_a_wrong_receiver_is_corrected_until_something_is_sent(shop: Shop, mei: BuyerActor) -> None:
    shop.sets(freight_flat=600)
    order = mei.orders({"tea": 2})
    order = shop.edits_receiver(order, shop.sees(order).etag, name="Li Wie")
    order = shop.sees_money(order)
    read = shop.sees(order)
    order = shop.edits_receiver(order, read.etag, name="Li Wei", phone="13911115678", address="22 Short Lane, Suzhou")
    assert (order.receiver.name, order.receiver.phone, order.payable) == ("Li Wei", "13911115678", 10400)
    log = shop.history(order, "order")[-1]
    assert log.before.told == {"name": "L*****", "phone": "*******1234", "region": "310000", "address": "1 Long…"}
    assert log.after.told == {"name": "L*****", "phone": "*******5678", "region": "310000", "address": "22 Sho…"}

    assert shop.is_refused(428).edits_receiver(order, None, name="X").code == "precondition_required"
    assert shop.is_refused(412).edits_receiver(order, read.etag, name="X").version == order.version
    order = shop.sends(order, {"tea": 1})
    problem = shop.is_refused(409).edits_receiver(order, name="X")
    assert problem.code == "move_refused" and "nothing is sent yet" in problem.detail
    assert shop.sees(order).receiver.name == "Li Wei"


def test_buyers_correct_the_receiver_only_where_the_shop_lets_them(shop: Shop, mei: BuyerActor) -> None:
    order = mei.orders({"tea": 1})
    assert mei.is_refused(409).edits_receiver(order, name="Ann").code == "move_refused"
    shop.sets(buyer_may_edit_receiver=True)
    order = mei.edits_receiver(order, name="Ann")
    assert order.receiver.name == "Ann"
    order = shop.sends(shop.sees_money(order))
    assert mei.is_refused(409).edits_receiver(order, name="Bob").state == "shipped"


def test_an_order_is_held_back_above_an_amount_and_freed_by_staff(shop: Shop, mei: BuyerActor) -> None:
    shop.sets(risk_hold_amount=9800)
    small = shop.sees_money(mei.orders({"tea": 1}))
    assert small.state == "awaiting_shipment"
    order = shop.sees_money(mei.orders({"tea": 2}))
    assert (order.state, order.holds, order.shipments) == ("paid", ["risk:amount"], [])
    counts = shop.asks("GET", "orders/counts")
    assert (counts.nodes.paid, counts.nodes.awaiting_shipment, counts.flags.risk_held) == (1, 1, 1)
    assert shop.is_refused(409).sends(order).state == "paid"
    assert shop.is_refused(409).does(order, "hold", reason="again").code == "move_refused"
    order = shop.does(order, "free", remark="known customer")
    assert (order.state, order.risk_hold) == ("awaiting_shipment", None)
    assert [row.move for row in shop.history(order, "order")][-2:] == ["free", "release"]


def test_a_held_order_is_held_and_freed_by_hand_too(shop: Shop, mei: BuyerActor) -> None:
    shop.turns_on("good", token="abc")
    order = shop.sees_money(mei.orders({"tea": 1}, options={"good": {"hold": True}}))
    assert (order.state, order.holds) == ("paid", ["good.look"])
    order = shop.does(order, "hold", reason="odd address")
    assert (order.state, order.holds) == ("paid", ["risk:odd address", "good.look"])
    order = shop.does(order, "free")
    assert (order.state, order.holds) == ("paid", ["good.look"]), "the plugin still holds it"
